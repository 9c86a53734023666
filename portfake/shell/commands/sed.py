"""sed(1): edits lines; the script is read by sed_script."""

from __future__ import annotations

import errno
from collections.abc import Iterator, Sequence

from portfake.limits import LimitExceeded
from portfake.model.entry import EntryType
from portfake.patterns import Match, Pattern
from portfake.shell.clocale import c_bytes, c_text, to_c
from portfake.shell.command import Command, CommandFailure, Invocation, Options, UnknownOption
from portfake.shell.commands.sed_script import (
    Address,
    AddressKind,
    Step,
    Substitution,
    parse_script,
)

__all__ = ["COMMANDS"]

_OPTIONS = Options(flags="Eanlrsu", valued="efiI")


def _sed(run: Invocation) -> int:
    given = run.given
    operands = list(run.operands)
    pieces = []
    for option, value in given.all("e", "f"):
        text = to_c(value) if option == "e" else c_text(run.read(value)).removesuffix("\n")
        pieces.append(text)
    if not pieces:
        if not operands:
            raise CommandFailure("usage: sed script [-Ealnru] [-i extension] [file ...]")
        pieces.append(to_c(operands.pop(0)))
    script = "\n".join(pieces)
    quiet = "n" in given or (script[:2] == "#n" and script[2:3] in {"", "\n"})
    steps = parse_script(script, extended="E" in given or "r" in given)
    _make_files(run, steps)
    suffix = given.get("i") if "i" in given else given.get("I")
    if suffix is None:
        editor = _Editor(run, steps, quiet=quiet)
        contents = [content for _, content in run.inputs(operands or ["-"])]
        editor.edit(_lines(contents))
        run.out.write(c_bytes("".join(editor.output)))
        return int(run.failed)
    status = 0
    for name in operands:
        try:
            _in_place(run, _Editor(run, steps, quiet=quiet), name, suffix)
        except OSError as error:
            status = run.complain(error)
    return status


def _make_files(run: Invocation, steps: Sequence[Step]) -> None:
    """Truncate what w will write to."""
    for step in steps:
        name = step.text if step.code == "w" else ""
        if step.substitution is not None:
            name = step.substitution.file
        if name:
            run.view.write(name, ())


def _in_place(run: Invocation, editor: _Editor, name: str, suffix: str) -> None:
    entry = run.view.need(name, follow=False)
    if entry.type is not EntryType.FILE:
        raise OSError(errno.EINVAL, "in-place editing only works for regular files", name)
    editor.edit(_lines([run.view.read(name)]))
    if suffix:
        backup = suffix.replace("*", name.rpartition("/")[2]) if "*" in suffix else name + suffix
        run.view.rename(name, backup)
    else:
        run.view.unlink(name)
    run.view.write(name, (c_bytes("".join(editor.output)),), mode=entry.mode)
    run.view.chown(name, entry.owner, entry.group)


def _lines(contents: Sequence[bytes]) -> Iterator[str]:
    """Lines with their newlines; one that lacks it gets it where another file follows."""
    texts = [c_text(content) for content in contents if content]
    for number, text in enumerate(texts):
        if number < len(texts) - 1 and not text.endswith("\n"):
            text += "\n"
        start = 0
        while start < len(text):
            end = text.find("\n", start) + 1 or len(text)
            yield text[start:end]
            start = end


class _Quit(Exception):
    """The script ends; what is in the pattern space is dropped."""


class _Editor:
    """The state of one pass: pattern and hold space, line number, open ranges."""

    def __init__(self, run: Invocation, steps: list[Step], *, quiet: bool) -> None:
        self.output: list[str] = []
        self._run = run
        self._steps = steps
        self._quiet = quiet
        self._space = ""
        self._newline = "\n"
        self._hold = ""
        self._deleted = False
        self._substituted = False
        self._number = 0
        self._starts: dict[int, int] = {}
        self._appended: list[tuple[str, str]] = []
        self._recent: Pattern | None = None
        self._lines: Iterator[str] = iter(())
        self._ahead: str | None = None

    def edit(self, lines: Iterator[str]) -> None:
        """Run the script over lines; the result is in `output`."""
        self._lines = lines
        self._ahead = next(lines, None)
        try:
            while self._read():
                self._deleted = False
                while self._cycle():
                    pass
                self._finish()
        except _Quit:
            self._flush()

    def _read(self, *, append: bool = False) -> bool:
        line = self._ahead
        if line is None:
            return False
        self._ahead = next(self._lines, None)
        self._number += 1
        self._run.shell.budget.spend_steps()
        text = line.removesuffix("\n")
        self._newline = line[len(text) :]
        self._space = f"{self._space}\n{text}" if append else text
        return True

    def _show(self, text: str, newline: str | None = None) -> None:
        self.output.append(text + (self._newline if newline is None else newline))

    def _finish(self) -> None:
        if not self._quiet and not self._deleted:
            self._show(self._space)
        self._flush()

    def _flush(self) -> None:
        for kind, text in self._appended:
            if kind == "a":
                self.output.append(text)
                continue
            try:
                self.output.append(c_text(self._run.read(text)))
            except OSError:
                continue
        self._appended.clear()
        self._substituted = False

    def _cycle(self) -> bool:
        """Run the script once; True asks for another turn on the same pattern space."""
        position, turns = 0, 0
        while position < len(self._steps):
            step = self._steps[position]
            turns += 1
            if turns % 1000 == 0:
                self._run.shell.budget.spend_steps(1000)
            if self._applies(position, step) is step.negated:
                position = step.target if step.code == "{" else position + 1
                continue
            match step.code:
                case "s":
                    self._substitute(step.substitution)
                case "b" | "t" if step.code == "b" or self._substituted:
                    self._substituted = self._substituted and step.code == "b"
                    position = step.target - 1
                case "c" | "d" | "D":
                    return self._delete(step, position)
                case "{" | "}" | ":" | "t":
                    pass
                case _:
                    _SIMPLE[step.code](self, step)
            position += 1
        return False

    def _delete(self, step: Step, position: int) -> bool:
        """Do c, d and D; True asks for another turn."""
        _, newline, rest = self._space.partition("\n")
        if step.code == "D" and newline:
            self._space = rest
            return True
        self._deleted = True
        ended = position not in self._starts or self._ahead is None
        if step.code == "c" and (step.second is None or step.negated or ended):
            self.output.append(step.text)
        return False

    # addresses

    def _applies(self, position: int, step: Step) -> bool:
        if step.first is None:
            return True
        if step.second is None:
            return self._is_at(step.first)
        start = self._starts.get(position)
        if start is None:
            if not self._is_at(step.first):
                return False
            if not self._ends_at_once(step.second):
                self._starts[position] = self._number
            return True
        if step.second.kind is AddressKind.RELATIVE:
            if self._number - start >= step.second.number:
                del self._starts[position]
            return self._number - start <= step.second.number
        if self._is_at(step.second):
            del self._starts[position]
        elif step.second.kind is AddressKind.LINE and self._number > step.second.number:
            del self._starts[position]
            return False
        return True

    def _ends_at_once(self, second: Address) -> bool:
        if second.kind is AddressKind.RELATIVE:
            return second.number == 0
        return second.kind is AddressKind.LINE and self._number >= second.number

    def _is_at(self, address: Address) -> bool:
        if address.kind is AddressKind.LAST:
            return self._ahead is None
        if address.kind is AddressKind.LINE:
            return self._number == address.number
        return self._used(address.pattern).search(self._space) is not None

    def _used(self, pattern: Pattern | None) -> Pattern:
        """Remember a pattern for an empty one later."""
        pattern = pattern or self._recent
        if pattern is None:
            raise CommandFailure("first RE may not be empty")
        self._recent = pattern
        return pattern

    # commands

    def _substitute(self, substitution: Substitution | None) -> None:
        assert substitution is not None
        space = self._space
        pattern = self._used(substitution.pattern)
        if pattern.search(space) is None:
            return
        pieces = []
        end, count = 0, 0
        for match in pattern.finditer(space):
            count += 1
            if count < substitution.number:
                continue
            pieces.append(space[end : match.start()])
            pieces.append(_replaced(match, substitution.replacement))
            end = match.end()
            if not substitution.every:
                break
        if not pieces:
            return
        pieces.append(space[end:])
        self._space = "".join(pieces)
        if len(self._space) > self._run.shell.limits.text:
            raise LimitExceeded("sed: a line grows beyond the limit")
        self._substituted = True
        if substitution.shown:
            self._show(self._space)
        if substitution.file:
            self._write(substitution.file)

    def _write(self, name: str) -> None:
        data = c_bytes(self._space + "\n")
        if name == "/dev/stdout":
            self.output.append(self._space + "\n")
        else:
            self._run.view.append(name, data)

    def next_line(self, step: Step) -> None:
        """Do n and N."""
        if step.code == "n" and not self._quiet and not self._deleted:
            self._show(self._space)
        self._flush()
        if not self._read(append=step.code == "N"):
            raise _Quit
        self._deleted = False

    def print_space(self, step: Step) -> None:
        """Do p, P and =."""
        if step.code == "=":
            self.output.append(f"{self._number}\n")
        elif self._deleted:
            return
        elif step.code == "P" and "\n" in self._space:
            self._show(self._space.partition("\n")[0], "\n")
        else:
            self._show(self._space)

    def list_space(self, step: Step) -> None:
        """Do l: one line, unprintable characters as escapes."""
        names = {"\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\b": "\\b", "\f": "\\f"}
        shown = "".join(
            names.get(char) or (char if " " <= char <= "~" else f"\\{ord(char):03o}")
            for char in self._space
        )
        width = 59
        while len(shown) > width:
            self.output.append(shown[:width] + "\\\n")
            shown = shown[width:]
        self.output.append(shown + "$\n")

    def use_hold(self, step: Step) -> None:
        """Do g, G, h, H and x."""
        match step.code:
            case "g":
                self._space = self._hold
            case "G":
                self._space += "\n" + self._hold
            case "h":
                self._hold = self._space
            case "H":
                self._hold += "\n" + self._space
            case _:
                self._space, self._hold = self._hold, self._space

    def put_text(self, step: Step) -> None:
        """Do a, i, r and w."""
        match step.code:
            case "i":
                self.output.append(step.text)
            case "w":
                self._write(step.text)
            case _:
                self._appended.append((step.code, step.text))

    def translate(self, step: Step) -> None:
        """Do y."""
        self._space = self._space.translate(step.table or {})

    def quit(self, step: Step) -> None:
        """Do q; a file edited in place keeps its other lines."""
        self._finish()
        if "i" in self._run.given or "I" in self._run.given:
            rest = [] if self._ahead is None else [self._ahead, *self._lines]
            self.output.extend(rest)
        raise _Quit


_SIMPLE = {
    **dict.fromkeys("nN", _Editor.next_line),
    **dict.fromkeys("pP=", _Editor.print_space),
    **dict.fromkeys("gGhHx", _Editor.use_hold),
    **dict.fromkeys("airw", _Editor.put_text),
    "l": _Editor.list_space,
    "y": _Editor.translate,
    "q": _Editor.quit,
}


def _replaced(match: Match, replacement: tuple[str | int, ...]) -> str:
    return "".join(
        part if isinstance(part, str) else match.group(part) or "" for part in replacement
    )


def _check(arguments: Sequence[str | None]) -> str | None:
    """Say which option or what in a literal script is not known."""
    known = ["\0" if argument is None else argument for argument in arguments]
    try:
        given = _OPTIONS.parse(known, "sed")
        scripts = [value for _, value in given.all("e")]
        if not scripts and not given.all("f"):
            scripts = list(given.operands[:1])
        text = "\n".join(to_c(script) for script in scripts)
        if "\0" not in text:
            parse_script(text, extended="E" in given or "r" in given)
    except UnknownOption as error:
        return error.message
    except CommandFailure as error:
        return f"sed: {error.message}"
    return None


COMMANDS = (Command("sed", _sed, _OPTIONS, _check),)
