"""Searching lines: grep, egrep, fgrep."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from portfake.model.entry import EntryType
from portfake.patterns import Match, PatternError, bre, ere, glob
from portfake.shell.clocale import c_text, to_c
from portfake.shell.command import Command, CommandFailure, Invocation, Options

__all__ = ["COMMANDS"]

_Spans = Callable[[str], Iterator[tuple[int, int]]]


class _Grep:
    """One call: what to look for, what to print."""

    def __init__(self, run: Invocation) -> None:
        self._run = run
        given, operands = run.given, list(run.operands)
        patterns: list[str] = []
        for option, value in given.all("e", "f"):
            text = to_c(value)
            if option == "f":
                text = c_text(run.read(value)).removesuffix("\n")
                if not text:
                    continue
            patterns.extend(text.split("\n"))
        if not given.all("e", "f"):
            if not operands:
                raise CommandFailure("usage: grep [-abcdDEFGHhIiLlmnOopqRSsUVvwxz] pattern", 2)
            patterns = to_c(operands.pop(0)).split("\n")
        self._names = operands
        kind = given.last_of("EFG") or {"egrep": "E", "fgrep": "F"}.get(run.command, "G")
        self._spans = [_spans(pattern, kind, given) for pattern in patterns]
        self._invert = "v" in given
        self._most = int(given.get("m") or 1 << 60)
        recursive = given.last_of("Rr")
        self._named = not given.last_of("h") and (
            "H" in given or len(operands) > 1 or bool(recursive)
        )

    def search(self) -> int:
        run = self._run
        found, names = False, self._names or ["-"]
        if run.given.last_of("Rr"):
            names = [name for top in self._names or ["."] for name in self._below(top)]
        for name in names:
            try:
                content = run.read(name)
            except OSError as error:
                run.failed = True
                if "s" not in run.given:
                    run.complain(error)
                continue
            if self._file(name, content):
                found = True
                if "q" in run.given:
                    return 0
        return 2 if run.failed else int(not found)

    def _below(self, name: str) -> Iterator[str]:
        entry = self._run.view.stat(name)
        if entry is None or entry.type is not EntryType.DIRECTORY:
            if self._chosen(name):
                yield name
            return
        for child in self._run.view.listdir(name):
            yield from self._below(f"{name.rstrip('/')}/{child}")

    def _chosen(self, name: str) -> bool:
        base, given = name.rpartition("/")[2], self._run.given
        included = [value for _, value in given.all("include")]
        if included and not any(glob(value).match(base) for value in included):
            return False
        return not any(glob(value).match(base) for _, value in given.all("exclude"))

    def _file(self, name: str, content: bytes) -> bool:
        given, run = self._run.given, self._run
        text = c_text(content)
        lines = text.split("\n")
        if not lines[-1]:
            lines.pop()
        binary = "\0" in text and "a" not in given and "text" not in given
        matching = []
        for number, line in enumerate(lines):
            run.shell.budget.spend_steps()
            if self._matches(line) is not self._invert:
                matching.append(number)
                if len(matching) >= self._most or "q" in given:
                    break
        shown = "(standard input)" if name == "-" else name
        if "q" in given:
            return bool(matching)
        if "l" in given or "L" in given:
            if bool(matching) is ("l" in given):
                run.print(shown)
        elif "c" in given:
            run.print(f"{shown}:{len(matching)}" if self._named else str(len(matching)))
        elif binary and matching:
            run.print(f"Binary file {shown} matches")
        else:
            self._show(shown, lines, matching)
        return bool(matching)

    def _matches(self, line: str) -> bool:
        return any(next(spans(line), None) is not None for spans in self._spans)

    def _show(self, name: str, lines: list[str], matching: list[int]) -> None:
        given = self._run.given
        if "o" in given:
            if not self._invert:
                for number in matching:
                    for start, end in self._all_spans(lines[number]):
                        self._put(name, number, ":", lines[number][start:end])
            return
        around = given.get("C")
        before = int(given.get("B") or around or 0)
        after = int(given.get("A") or around or 0)
        last = -1
        chosen = set(matching)
        for number in matching:
            start = max(number - before, last + 1)
            if last >= 0 and start > last + 1 and (before or after):
                self._run.print("--")
            for index in range(start, min(number + after, len(lines) - 1) + 1):
                if index > last:
                    self._put(name, index, ":" if index in chosen else "-", lines[index])
                    last = index

    def _all_spans(self, line: str) -> Iterator[tuple[int, int]]:
        position = 0
        spans = sorted({span for spans in self._spans for span in spans(line)})
        for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
            if start >= position and end > start:
                yield start, end
                position = end

    def _put(self, name: str, number: int, mark: str, text: str) -> None:
        prefix = f"{name}{mark}" if self._named else ""
        if "n" in self._run.given:
            prefix += f"{number + 1}{mark}"
        self._run.out.write(prefix.encode("utf-8", "surrogateescape") + text.encode("latin-1"))
        self._run.out.write(b"\n")


def _spans(pattern: str, kind: str, given: object) -> _Spans:
    """A function that yields where a line matches one pattern."""
    fold = "i" in given or "y" in given  # type: ignore[operator] # Parsed has __contains__
    if kind == "F":
        expression = re.compile(re.escape(pattern), re.IGNORECASE if fold else 0)
        find: Callable[[str], Iterator[Match]] = expression.finditer
    else:
        try:
            compiled = (ere if kind == "E" else bre)(pattern, ignore_case=fold)
        except PatternError as error:
            raise CommandFailure(error.message, 2) from None
        find = compiled.finditer
    whole_line, whole_word = "x" in given, "w" in given  # type: ignore[operator] # as above

    def spans(line: str) -> Iterator[tuple[int, int]]:
        for match in find(line):
            start, end = match.span()
            if whole_line and (start, end) != (0, len(line)):
                continue
            if whole_word and (_is_word(line, start - 1) or _is_word(line, end)):
                continue
            yield start, end

    return spans


def _is_word(line: str, position: int) -> bool:
    char = line[position : position + 1] if position >= 0 else ""
    return char == "_" or (char.isascii() and char.isalnum())


def _grep(run: Invocation) -> int:
    try:
        return _Grep(run).search()
    except OSError as error:
        run.complain(error)
        return 2


_OPTIONS = Options(
    flags="abcEFGHhIiLlnoqRrSsUuvwxyz",
    valued="ABCefm",
    long={
        "quiet": "q",
        "silent": "q",
        "extended-regexp": "E",
        "fixed-strings": "F",
        "ignore-case": "i",
        "invert-match": "v",
        "line-number": "n",
        "only-matching": "o",
        "text": "a",
        "null": "null",
        "recursive": "r",
        "files-with-matches": "l",
        "no-filename": "h",
        "count": "c",
    },
    long_valued={
        "include": "include",
        "exclude": "exclude",
        "color": "color",
        "colour": "color",
        "regexp": "e",
        "max-count": "m",
    },
    permute=True,
    number="C",
)


def _with_options(names: Sequence[str]) -> tuple[Command, ...]:
    make = partial(Command, run=_grep, options=_OPTIONS)
    return tuple(make(name) for name in names)


COMMANDS = _with_options(("grep", "egrep", "fgrep"))
