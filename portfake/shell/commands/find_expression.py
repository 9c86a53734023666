"""The expressions of find(1): primaries joined by -a, -o, ! and parentheses."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from portfake.model.entry import EntryType
from portfake.patterns import Pattern, bre, ere, glob
from portfake.shell.command import CommandFailure, UnknownOption
from portfake.shell.commands.find_walk import MEASURES, Expression, Found, Quit, Walk
from portfake.shell.modes import changed_mode

if TYPE_CHECKING:
    from portfake.shell.syntax import Word

__all__ = ["inner_commands", "parse_expression"]

_TYPES = {
    "f": EntryType.FILE,
    "d": EntryType.DIRECTORY,
    "l": EntryType.SYMLINK,
    "p": EntryType.FIFO,
    "s": EntryType.SOCKET,
    "b": EntryType.BLOCK_DEVICE,
    "c": EntryType.CHARACTER_DEVICE,
}
_MOST_ARGUMENTS = 5000
_MOST_NESTING = 50


def parse_expression(words: Sequence[str], walk: Walk | None) -> Expression:
    """Read an expression; without a walk it is only judged.

    Raises UnknownOption for a primary that is not known, CommandFailure for bad syntax.
    """
    reader = _Reader(list(words), walk)
    expression = reader.whole()
    if reader.acts:
        return expression
    return _both(expression, _printer(walk, "\n"))


def _both(first: Expression, second: Expression) -> Expression:
    return lambda found: first(found) and second(found)


def _printer(walk: Walk | None, end: str) -> Expression:
    def show(found: Found) -> bool:
        assert walk is not None
        walk.run.print(found.path, end=end)
        return True

    return show


class _Reader:
    def __init__(self, words: list[str], walk: Walk | None) -> None:
        self._words = words
        self._walk = walk
        self._nesting = 0
        self.acts = False
        """An action was named, so nothing is printed by itself."""

    def whole(self) -> Expression:
        if not self._words:
            return lambda found: True
        expression = self._either()
        if self._words:
            raise CommandFailure(f"{self._words[0]}: unexpected in the expression")
        return expression

    def _either(self) -> Expression:
        branches = [self._all()]
        while self._words and self._words[0] in {"-o", "-or"}:
            self._words.pop(0)
            branches.append(self._all())
        if len(branches) == 1:
            return branches[0]
        return lambda found: any(branch(found) for branch in branches)

    def _all(self) -> Expression:
        terms: list[Expression] = []
        while not terms or (self._words and self._words[0] not in {"-o", "-or", ")"}):
            # find(1) reads over it wherever it stands.
            if self._words and self._words[0] in {"-a", "-and"}:
                self._words.pop(0)
            else:
                terms.append(self._not())
        if len(terms) == 1:
            return terms[0]
        return lambda found: all(term(found) for term in terms)

    def _not(self) -> Expression:
        if self._words and self._words[0] in {"!", "-not"}:
            self._words.pop(0)
            inner = self._not()
            return lambda found: not inner(found)
        return self._primary()

    def _primary(self) -> Expression:
        word = self._next("expression")
        if word == "(":
            self._nesting += 1
            if self._nesting > _MOST_NESTING:
                raise CommandFailure("expression nested too deep")
            inner = self._either()
            if self._next(")") != ")":
                raise CommandFailure("(: missing closing ')'")
            return inner
        if word == "\0" and self._walk is None:
            return lambda found: True
        make = _PRIMARIES.get(word)
        if make is None:
            raise UnknownOption(f"find: {word} is not known")
        return make(self, word)

    def _next(self, what: str) -> str:
        if not self._words:
            raise CommandFailure(f"{what} expected")
        return self._words.pop(0)

    # tests

    def constant(self, word: str) -> Expression:
        value = word != "-false"
        return lambda found: value

    def name(self, word: str) -> Expression:
        text, fold = self._next(word), word in {"-iname", "-ipath", "-ilname"}
        pattern = glob(text, ignore_case=fold)
        if word in {"-name", "-iname"}:
            return lambda found: pattern.match(found.name) is not None
        if word in {"-lname", "-ilname"}:
            return lambda found: pattern.match(found.entry.target or "\0") is not None
        return lambda found: pattern.match(found.path) is not None

    def regex(self, word: str) -> Expression:
        text, fold = self._next(word), word == "-iregex"
        compiled: Pattern | None = None

        def test(found: Found) -> bool:
            nonlocal compiled
            assert self._walk is not None
            if compiled is None:
                compiled = (ere if self._walk.extended else bre)(text, ignore_case=fold)
            return compiled.fullmatch(found.path) is not None

        return test

    def type(self, word: str) -> Expression:
        text = self._next(word)
        # FreeBSD's find looks at the first letter alone (find_create(3)): "-type file" is "f".
        kind = _TYPES.get(text[:1])
        if kind is None and text != "\0":
            raise CommandFailure(f"-type: {text}: unknown type")
        return lambda found: found.entry.type is kind

    def permissions(self, word: str) -> Expression:
        text = self._next(word)
        sign, rest = (text[0], text[1:]) if text[:1] in {"-", "+", "/"} else ("", text)
        wanted = 0 if text == "\0" else changed_mode(rest, 0, umask=0)

        def test(found: Found) -> bool:
            mode = found.entry.mode or 0
            if sign == "-":
                return mode & wanted == wanted
            return bool(mode & wanted) if sign else mode == wanted

        return test

    def number(self, word: str) -> Expression:
        text = self._next(word)
        measure = MEASURES[word]
        match = re.fullmatch(r"([-+]?)(\d{1,15})([cwbkMGT]?)", text)
        if match is None and text != "\0":
            raise CommandFailure(f"{word}: {text}: illegal numeric value")
        sign, digits, unit = match.groups() if match else ("", "0", "")
        wanted = int(digits)

        def test(found: Found) -> bool:
            assert self._walk is not None
            value = measure(self._walk.run, found, unit)
            return value > wanted if sign == "+" else value < wanted if sign else value == wanted

        return test

    def newer(self, word: str) -> Expression:
        name = self._next(word)
        when = 0
        if self._walk is not None:
            when = self._walk.run.view.need(name).mtime or 0
        return lambda found: (found.entry.mtime or 0) > when

    def owner(self, word: str) -> Expression:
        name = self._next(word)
        if word == "-user":
            wanted = {"0": "root"}.get(name, name)
            return lambda found: found.entry.owner == wanted
        wanted = {"0": "wheel"}.get(name, name)
        return lambda found: found.entry.group == wanted

    def empty(self, word: str) -> Expression:
        def test(found: Found) -> bool:
            assert self._walk is not None
            if found.entry.type is EntryType.DIRECTORY:
                return not self._walk.run.view.listdir(found.path)
            return found.entry.type is EntryType.FILE and not found.entry.size

        return test

    def same(self, word: str) -> Expression:
        name = self._next(word)

        def test(found: Found) -> bool:
            assert self._walk is not None
            if found.entry.type is EntryType.SYMLINK:
                return False
            return self._walk.run.view.same(found.path, name)

        return test

    # the walk

    def depth(self, word: str) -> Expression:
        if self._words and re.fullmatch(r"[-+]?\d+", self._words[0]) and word == "-depth":
            return self.number("-depth N")
        if self._walk is not None:
            self._walk.depth_first = True
        return lambda found: True

    def bounds(self, word: str) -> Expression:
        text = self._next(word)
        if not text.isdigit() and text != "\0":
            raise CommandFailure(f"{word}: {text}: value must be positive")
        if self._walk is not None and word == "-maxdepth":
            self._walk.most = int(text)
        elif self._walk is not None:
            self._walk.least = int(text)
        return lambda found: True

    def prune(self, word: str) -> Expression:
        def act(found: Found) -> bool:
            assert self._walk is not None
            self._walk.pruned = True
            return True

        return act

    def quit(self, word: str) -> Expression:
        self.acts = True

        def act(found: Found) -> bool:
            raise Quit

        return act

    # actions

    def print(self, word: str) -> Expression:
        self.acts = True
        return _printer(self._walk, "\0" if word == "-print0" else "\n")

    def delete(self, word: str) -> Expression:
        self.acts = True
        if self._walk is not None:
            self._walk.depth_first = True

        def act(found: Found) -> bool:
            assert self._walk is not None
            if found.path in {".", ".."}:
                return True
            view = self._walk.run.view
            try:
                if found.entry.type is EntryType.DIRECTORY:
                    view.rmdir(found.path)
                else:
                    view.unlink(found.path)
            except OSError as error:
                self._walk.complain(f"-delete: {found.path}: {error.strerror}")
            return True

        return act

    def execute(self, word: str) -> Expression:
        self.acts = True
        command: list[str] = []
        while True:
            part = self._next('"-exec": no terminating ";" or "+"')
            if part == ";":
                break
            if part == "+" and command and command[-1] == "{}":
                return self._collect(command[:-1], word)
            command.append(part)
        if not command:
            raise CommandFailure("-exec: no command specified")
        in_folder = word == "-execdir"

        def act(found: Found) -> bool:
            assert self._walk is not None
            shell = self._walk.run.shell
            if not in_folder:
                return shell.call([part.replace("{}", found.path) for part in command]) == 0
            folder, _, name = found.path.rpartition("/")
            words = [part.replace("{}", name) for part in command]
            with shell.subshell() as state:
                if folder or found.path.startswith("/"):
                    state.cwd = shell.view.path(folder or "/")
                return shell.call(words) == 0

        return act

    def _collect(self, command: list[str], word: str) -> Expression:
        if word == "-execdir":
            raise UnknownOption("find: -execdir with + is not implemented")
        paths: list[str] = []
        if self._walk is not None:
            self._walk.collected.append((command, paths))

        def act(found: Found) -> bool:
            assert self._walk is not None
            paths.append(found.path)
            if len(paths) >= _MOST_ARGUMENTS:
                self._walk.flush(command, paths)
            return True

        return act


_PRIMARIES: dict[str, Callable[[_Reader, str], Expression]] = {
    **dict.fromkeys(("-true", "-false", "-xdev", "-mount", "-follow", "-x"), _Reader.constant),
    **dict.fromkeys(
        ("-name", "-iname", "-path", "-ipath", "-wholename", "-lname", "-ilname"), _Reader.name
    ),
    **dict.fromkeys(("-regex", "-iregex"), _Reader.regex),
    **dict.fromkeys(("-size", "-links", "-inum", "-mtime", "-mmin"), _Reader.number),
    **dict.fromkeys(("-newer", "-newermm", "-mnewer"), _Reader.newer),
    **dict.fromkeys(("-user", "-group"), _Reader.owner),
    **dict.fromkeys(("-depth", "-d"), _Reader.depth),
    **dict.fromkeys(("-maxdepth", "-mindepth"), _Reader.bounds),
    **dict.fromkeys(("-print", "-print0"), _Reader.print),
    **dict.fromkeys(("-exec", "-execdir"), _Reader.execute),
    "-type": _Reader.type,
    "-perm": _Reader.permissions,
    "-empty": _Reader.empty,
    "-samefile": _Reader.same,
    "-prune": _Reader.prune,
    "-quit": _Reader.quit,
    "-delete": _Reader.delete,
}


def inner_commands(words: Sequence[Word]) -> Iterator[Sequence[Word]]:
    """Yield the commands that -exec names."""
    start: int | None = None
    for number, word in enumerate(words):
        if word.literal in {"-exec", "-execdir"}:
            start = number + 1
        elif start is not None and word.literal in {";", "+"}:
            yield words[start:number]
            start = None
