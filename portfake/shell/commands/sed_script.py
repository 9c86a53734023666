"""Reads sed(1) scripts into a flat list of steps.

The syntax is FreeBSD's (usr.bin/sed/compile.c): a, i and c take their text from the lines that
follow, labels reach to the end of their line. Like GNU's, a ``}`` needs no semicolon before it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import Enum
from typing import NoReturn

from portfake.patterns import Pattern, PatternError, bre, ere
from portfake.shell.command import CommandFailure

__all__ = ["Address", "AddressKind", "Step", "Substitution", "parse_script"]


class AddressKind(Enum):
    """What an address is compared with."""

    LINE = "line"
    LAST = "last"
    PATTERN = "pattern"
    RELATIVE = "relative"


@dataclass(frozen=True, slots=True)
class Address:
    """One address; a pattern that is None is the last one used."""

    kind: AddressKind
    number: int = 0
    pattern: Pattern | None = None


@dataclass(frozen=True, slots=True)
class Substitution:
    """``s``: the replacement's parts are text, or the number of a group."""

    pattern: Pattern | None
    replacement: tuple[str | int, ...]
    every: bool = False
    number: int = 1
    shown: bool = False
    file: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One command; `target` is the step to go on with for ``{`` (if it does not apply), b, t."""

    code: str
    first: Address | None = None
    second: Address | None = None
    negated: bool = False
    text: str = ""
    target: int = 0
    substitution: Substitution | None = None
    table: dict[int, int] | None = None


def parse_script(text: str, *, extended: bool) -> list[Step]:
    """Parse a script of C-locale text; CommandFailure where sed would refuse it."""
    return _Reader(text, extended=extended).steps()


_NO_TEXT = "{}=dDgGhHlnNpPqx"
_MOST_ADDRESSES = {"}": 0, ":": 0, "=": 2, "a": 1, "i": 1, "q": 1, "r": 1}
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "v": "\v", "a": "\a"}


class _Reader:
    def __init__(self, text: str, *, extended: bool) -> None:
        self._text = text
        self._at = 0
        self._compile = ere if extended else bre
        self._steps: list[Step] = []
        self._open: list[int] = []
        self._labels: dict[str, int] = {}

    def fail(self, message: str) -> NoReturn:
        line = self._text.count("\n", 0, self._at) + 1
        raise CommandFailure(f'{line}: "{self._text[:60]}": {message}')

    def steps(self) -> list[Step]:
        while True:
            self._skip(" \t\n;")
            if self._at >= len(self._text):
                break
            if self._peek() == "#":
                self._to_end_of_line()
                continue
            self._step()
        if self._open:
            self.fail("unexpected EOF (pending }'s)")
        return [self._aimed(step) for step in self._steps]

    def _aimed(self, step: Step) -> Step:
        """Give a branch the number of its label."""
        if step.code not in "bt":
            return step
        if not step.text:
            return replace(step, target=len(self._steps))
        if step.text not in self._labels:
            self.fail(f"undefined label '{step.text}'")
        return replace(step, target=self._labels[step.text])

    # characters

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _next(self) -> str:
        char = self._peek()
        self._at += 1
        return char

    def _skip(self, chars: str) -> None:
        while self._peek() and self._peek() in chars:
            self._at += 1

    def _to_end_of_line(self) -> str:
        end = self._text.find("\n", self._at)
        end = len(self._text) if end == -1 else end
        text = self._text[self._at : end]
        self._at = end
        return text

    # commands

    def _step(self) -> None:
        first = self._address()
        second = None
        if first is not None:
            self._skip(" \t")
            if self._peek() == ",":
                self._at += 1
                self._skip(" \t")
                second = self._address(relative=True)
                if second is None:
                    self.fail("expected context address")
        self._skip(" \t")
        negated = False
        while self._peek() == "!":
            negated = True
            self._at += 1
            self._skip(" \t")
        code = self._next()
        count = (first is not None) + (second is not None)
        if count > _MOST_ADDRESSES.get(code, 2):
            self.fail(f"command {code} expects fewer addresses")
        step = Step(code, first, second, negated)
        if not code:
            self.fail("command expected")
        elif code in _NO_TEXT:
            self._plain(step)
        elif code in "aic":
            self._steps.append(replace(step, text=self._lines()))
        elif code in "btrw:":
            self._skip(" \t")
            self._named(replace(step, text=self._to_end_of_line()))
        elif code == "s":
            self._steps.append(replace(step, substitution=self._substitution()))
        elif code == "y":
            self._steps.append(replace(step, table=self._table()))
        else:
            self.fail(f"invalid command code {code}")

    def _plain(self, step: Step) -> None:
        number = len(self._steps)
        self._steps.append(step)
        if step.code == "{":
            self._open.append(number)
            return
        if step.code == "}":
            if not self._open:
                self.fail("unexpected }")
            start = self._open.pop()
            self._steps[start] = replace(self._steps[start], target=number + 1)
        self._end_of_command(step.code)

    def _end_of_command(self, code: str) -> None:
        self._skip(" \t")
        if self._peek() not in {"", ";", "\n", "}", "#"}:
            self.fail(f"extra characters at the end of {code} command")

    def _named(self, step: Step) -> None:
        if not step.text and step.code not in "bt":
            self.fail("empty label" if step.code == ":" else "filename expected")
        if step.code == ":":
            self._labels[step.text] = len(self._steps)
        self._steps.append(step)

    def _lines(self) -> str:
        """Read the text of a, i, c: lines that go on while they end in a backslash."""
        self._skip(" \t")
        if self._next() != "\\":
            self.fail("command expects \\ followed by text")
        self._skip(" \t")
        if self._next() not in {"\n", ""}:
            self.fail("extra characters after \\")
        chars = []
        while (char := self._next()) and char != "\n":
            if char == "\\":
                char = self._next()
            chars.append(char)
        return "".join(chars) + "\n"

    # addresses and patterns

    def _address(self, *, relative: bool = False) -> Address | None:
        char = self._peek()
        if char == "$":
            self._at += 1
            return Address(AddressKind.LAST)
        number = re.compile(r"\+?[0-9]{1,18}").match(self._text, self._at)
        if number is not None and (relative or number.group()[0] != "+"):
            self._at = number.end()
            kind = AddressKind.RELATIVE if number.group()[0] == "+" else AddressKind.LINE
            return Address(kind, int(number.group()))
        if char not in {"/", "\\"}:
            return None
        if char == "\\":
            self._at += 1
        text = self._delimited(self._next())
        fold = self._peek() == "I"
        if fold:
            self._at += 1
        return Address(AddressKind.PATTERN, pattern=self._pattern(text, fold=fold))

    def _pattern(self, text: str, *, fold: bool) -> Pattern | None:
        if not text:
            return None
        try:
            return self._compile(text, ignore_case=fold)
        except PatternError as error:
            self.fail(error.message)

    def _delimited(self, delimiter: str) -> str:
        """Read a pattern up to its delimiter; escapes of it and of newlines are taken away."""
        if delimiter in {"", "\\", "\n"}:
            self.fail("bad delimiter")
        chars: list[str] = []
        while (char := self._next()) != delimiter:
            if not char or (char == "\n" and not chars and delimiter == "\n"):
                self.fail("unterminated regular expression")
            if char == "[":
                chars.append(self._bracket())
            elif char == "\\":
                chars.append(self._escaped(delimiter))
            else:
                chars.append(char)
        return "".join(chars)

    def _escaped(self, delimiter: str) -> str:
        char = self._next()
        if char == delimiter:
            return char
        if char in {"n", "r", "t"}:
            return _ESCAPES[char]
        if char == "x" and (digits := re.compile("[0-9a-fA-F]{1,2}").match(self._text, self._at)):
            self._at = digits.end()
            found = chr(int(digits.group(), 16))
            return f"\\{found}" if found in "\\.[]*^$" else found
        return "\\" + char

    def _bracket(self) -> str:
        """Copy a bracket expression, in which the delimiter means itself."""
        start = self._at - 1
        if self._peek() == "^":
            self._at += 1
        if self._peek() == "]":
            self._at += 1
        while (char := self._next()) != "]":
            if not char:
                self.fail("unbalanced brackets ([])")
            if char == "[" and self._peek() in {".", ":", "="}:
                end = self._text.find(self._next() + "]", self._at)
                if end == -1:
                    self.fail("unbalanced brackets ([])")
                self._at = end + 2
        text = self._text[start : self._at]
        return re.sub(r"\\([nrt])", lambda match: _ESCAPES[match[1]], text)

    # s and y

    def _substitution(self) -> Substitution:
        delimiter = self._next()
        text = self._delimited(delimiter)
        replacement = self._replacement(delimiter)
        every, shown, fold, number, file = False, False, False, 1, ""
        while True:
            flag = self._peek()
            if flag == "g":
                every = True
            elif flag == "p":
                shown = True
            elif flag in {"i", "I"}:
                fold = True
            elif flag.isdigit() and flag:
                digits = re.compile("[0-9]{1,9}").match(self._text, self._at)
                assert digits is not None
                number = int(digits.group())
                self._at = digits.end()
                continue
            elif flag == "w":
                self._at += 1
                self._skip(" \t")
                file = self._to_end_of_line()
                break
            else:
                break
            self._at += 1
        self._end_of_command("s")
        pattern = self._pattern(text, fold=fold)
        groups = [part for part in replacement if isinstance(part, int)]
        if pattern is not None and max(groups, default=0) > pattern.groups:
            self.fail(f"\\{max(groups)} not defined in the RE")
        return Substitution(pattern, tuple(replacement), every, number, shown, file)

    def _replacement(self, delimiter: str) -> list[str | int]:
        parts: list[str | int] = []
        chars: list[str] = []

        def group(number: int) -> None:
            parts.extend(["".join(chars), number] if chars else [number])
            chars.clear()

        while (char := self._next()) != delimiter:
            if not char:
                self.fail("unterminated substitute in regular expression")
            if char == "\n":
                self.fail("unescaped newline inside substitute pattern")
            if char == "&":
                group(0)
            elif char != "\\":
                chars.append(char)
            elif (char := self._next()) in {*"123456789"}:
                group(int(char))
            elif char in {"n", "r", "t"} and char != delimiter:
                chars.append(_ESCAPES[char])
            else:
                chars.append(char)
        if chars:
            parts.append("".join(chars))
        return parts

    def _table(self) -> dict[int, int]:
        delimiter = self._next()
        old, new = self._plain_delimited(delimiter), self._plain_delimited(delimiter)
        if len(old) != len(new):
            self.fail("transform strings are not the same length")
        self._end_of_command("y")
        return {ord(a): ord(b) for a, b in reversed(list(zip(old, new, strict=True)))}

    def _plain_delimited(self, delimiter: str) -> str:
        chars = []
        while (char := self._next()) != delimiter:
            if not char:
                self.fail("unterminated transform string")
            if char == "\\":
                char = self._next()
                if char not in {delimiter, "\\"}:
                    char = _ESCAPES.get(char, "\\" + char)
            chars.append(char)
        return "".join(chars)
