r"""Formats of pkg-query(8): ``%n-%v\t%dn`` gives one line for each dependency of a package."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from portfake.errors import UsageError
from portfake.model.manifest import LicenseLogic
from portfake.pkgdb.query.printf import ESCAPES, PrintfFormat, parse_printf
from portfake.pkgdb.query.subject import Subject
from portfake.pkgdb.query.values import LISTS, SCALARS, Items, Mode, Value, human

__all__ = ["Format", "LineFormat", "parse_format"]

_SCALARS: Mapping[str, str] = {
    "n": "name",
    "v": "version",
    "o": "origin",
    "p": "prefix",
    "m": "maintainer",
    "c": "comment",
    "e": "desc",
    "w": "www",
    "q": "abi",
    "Q": "arch",
    "l": "licenselogic",
    "a": "automatic",
    "k": "locked",
    "V": "vital",
    "t": "time",
    "M": "message",
    "R": "repository",
    "X": "digest",
}
_DEPENDENCY = {"n": "name", "o": "origin", "v": "version"}
_ATTRIBUTES = {"p": "name", "u": "user", "g": "group", "m": "mode", "f": "flags"}
_LISTS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "d": ("deps", _DEPENDENCY),
    "r": ("required_by", _DEPENDENCY),
    "C": ("categories", {}),
    "F": ("files", {**_ATTRIBUTES, "s": "sum", "t": "target", "l": "time"}),
    "O": ("options", {"k": "name", "v": "value"}),
    "D": ("directories", {}),
    "S": ("directories", _ATTRIBUTES),
    "L": ("licenses", {}),
    "U": ("users", {}),
    "G": ("groups", {}),
    "B": ("shlibs_required", {}),
    "b": ("shlibs_provided", {}),
    "y": ("provides", {}),
    "Y": ("requires", {}),
    "A": ("annotations", {"t": "name", "v": "value"}),
}
"""Letter -> the list, and the letters of its items' parts; without any an item stands alone."""

Piece = Callable[[Subject, Any], str]


@dataclass(frozen=True, slots=True)
class LineFormat:
    """A format of text, values of a package, and parts of the items of at most one list."""

    pieces: tuple[Piece, ...]
    letter: str | None
    """Of the list."""
    has_scalars: bool
    reads_contents: bool
    """Whether files or folders are asked for."""

    def lines(self, subject: Subject) -> Iterator[str]:
        """Yield a line for each item; where there are none, one of the package's own values."""
        items = LISTS[_LISTS[self.letter][0]].of(subject) if self.letter else (None,)
        if not items and self.has_scalars:
            items = (None,)
        for item in items:
            yield "".join(piece(subject, item) for piece in self.pieces)


Format = LineFormat | PrintfFormat


def parse_format(text: str) -> Format:
    """Return the format; UsageError says what it does not know.

    A text with ``%{`` is one of pkg_printf(3) throughout, as pkg-query(8) has it.
    """
    if "%" not in text:
        raise UsageError("a query format has at least one %key", hint="%n-%v is the full name")
    return parse_printf(text) if "%{" in text else _Reader(text).read()


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.pieces: list[Piece] = []
        self.letter: str | None = None
        self.has_scalars = False
        self.reads_contents = False

    def read(self) -> LineFormat:
        while self.at < len(self.text):
            character = self._next()
            if character == "%":
                self._key(self._next())
            elif character == "\\":
                self._literal(ESCAPES.get(self._next(), ""))
            else:
                self._literal(character)
        return LineFormat(tuple(self.pieces), self.letter, self.has_scalars, self.reads_contents)

    def _next(self) -> str:
        self.at += 1
        return self.text[self.at - 1 : self.at]

    def _literal(self, text: str) -> None:
        self.pieces.append(lambda subject, item: text)

    def _key(self, key: str) -> None:
        if key == "%":
            self._literal("%")
        elif key in ("?", "#"):
            self._count(key, self._choice(key, _LISTS))
        elif key == "s":
            self._size(self._choice(key, "bh"))
        elif key in _SCALARS:
            scalar = SCALARS[_SCALARS[key]]
            self.has_scalars = True
            self.pieces.append(lambda subject, item: _shown(scalar(subject)))
        elif key in _LISTS:
            self._part(key)
        else:
            raise UsageError(f"unknown query format key %{key}", hint="pkg-query(8) lists them")

    def _choice(self, key: str, known: Mapping[str, Any] | str) -> str:
        chosen = self._next()
        if not chosen or chosen not in known:
            raise UsageError(f"%{key} is followed by one of: {', '.join(known)}")
        return chosen

    def _count(self, key: str, letter: str) -> None:
        items = self._list(letter)
        self.has_scalars = True

        def count(subject: Subject, item: Any) -> str:
            number = len(items.of(subject))
            return str(min(number, 1) if key == "?" else number)

        self.pieces.append(count)

    def _size(self, unit: str) -> None:
        self.has_scalars = True

        def size(subject: Subject, item: Any) -> str:
            number = subject.manifest.flatsize
            return str(number) if unit == "b" else f"{human(number)}B"

        self.pieces.append(size)

    def _part(self, letter: str) -> None:
        if self.letter not in (None, letter):
            raise UsageError(f"%{self.letter} and %{letter} cannot be asked for together")
        self.letter = letter
        items = self._list(letter)
        parts = _LISTS[letter][1]
        name = parts[self._choice(letter, parts)] if parts else "name"
        part, none = items.parts[name], "-" if name == "flags" else ""
        self.pieces.append(lambda subject, item: none if item is None else _shown(part(item)))

    def _list(self, letter: str) -> Items:
        name = _LISTS[letter][0]
        self.reads_contents |= name in ("files", "directories")
        return LISTS[name]


def _shown(value: Value) -> str:
    match value:
        case None:
            return ""
        case Mode():
            return f"{value:o}"
        case LicenseLogic():
            return value.value
        case bool():
            return str(int(value))
        case _:
            return str(value)
