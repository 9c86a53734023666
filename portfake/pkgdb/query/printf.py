r"""Formats of pkg_printf(3): ``%n: %C%{%Cn%|, %}`` joins the items of a list on one line."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from portfake.errors import UsageError
from portfake.model.manifest import LicenseLogic
from portfake.pkgdb.query.subject import Subject
from portfake.pkgdb.query.values import LISTS, SCALARS, Mode, Value, human, message_text

__all__ = ["ESCAPES", "PrintfFormat", "parse_printf"]

ESCAPES: Mapping[str, str] = {
    "n": "\n",
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "r": "\r",
    "t": "\t",
    "\\": "\\",
}
"""What stands after a backslash -> what it means."""

_SCALARS: Mapping[str, Callable[[Subject], Value]] = {
    "n": SCALARS["name"],
    "v": SCALARS["version"],
    "o": SCALARS["origin"],
    "p": SCALARS["prefix"],
    "m": SCALARS["maintainer"],
    "c": SCALARS["comment"],
    "e": SCALARS["desc"],
    "w": SCALARS["www"],
    "q": SCALARS["abi"],
    "l": SCALARS["licenselogic"],
    "a": SCALARS["automatic"],
    "k": SCALARS["locked"],
    "s": SCALARS["flatsize"],
    "t": SCALARS["time"],
    "N": SCALARS["repository"],
    "X": SCALARS["digest"],
    "M": message_text,
}
_ATTRIBUTES = {"n": "name", "u": "user", "g": "group", "p": "mode", "f": "flags"}
_DEPENDENCY = {"n": "name", "o": "origin", "v": "version", "k": "locked"}
_NAME = {"n": "name"}
_LISTS: Mapping[str, tuple[str, Mapping[str, str], str, str]] = {
    "A": ("annotations", {"n": "name", "t": "name", "v": "value"}, "%An: %Av\n", ""),
    "B": ("shlibs_required", _NAME, "%Bn\n", ""),
    "C": ("categories", _NAME, "%Cn", ", "),
    "D": ("directories", _ATTRIBUTES, "%Dn\n", ""),
    "F": ("files", {**_ATTRIBUTES, "s": "sum", "t": "target", "l": "time"}, "%Fn\n", ""),
    "G": ("groups", _NAME, "%Gn\n", ""),
    "L": ("licenses", _NAME, "%Ln", " %l "),
    "O": ("options", {"n": "name", "k": "name", "v": "value"}, "%On %Ov\n", ""),
    "U": ("users", _NAME, "%Un\n", ""),
    "b": ("shlibs_provided", _NAME, "%bn\n", ""),
    "d": ("deps", _DEPENDENCY, "%dn-%dv\n", ""),
    "r": ("required_by", _DEPENDENCY, "%rn-%rv\n", ""),
    "y": ("provides", _NAME, "%yn\n", ""),
    "Y": ("requires", _NAME, "%Yn\n", ""),
}
"""Letter -> the list, the letters of its items' parts, and the default item and separator."""

_KEY = re.compile(r"%(?P<flags>[?#0\-+ ']*)(?P<width>\d{0,4})(?P<letter>.)", re.DOTALL)
_ROW = re.compile(r"%\{(?P<item>(?:(?!%[|}]).)*)(?:%\|(?P<separator>(?:(?!%\}).)*))?%\}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Row:
    """Where in a list the text is: an item, its letter, and its number from 1."""

    letter: str
    item: Any
    number: int


Piece = Callable[[Subject, _Row | None], str]


@dataclass(frozen=True, slots=True)
class PrintfFormat:
    """A format that gives one text for a package, whatever its lists."""

    pieces: tuple[Piece, ...]
    reads_contents: bool

    def text(self, subject: Subject) -> str:
        """What is printed for a package."""
        return "".join(piece(subject, None) for piece in self.pieces)

    def lines(self, subject: Subject) -> list[str]:
        """The text, as the one line of an answer."""
        return [self.text(subject)]


def parse_printf(text: str) -> PrintfFormat:
    """Return the format; UsageError says what it does not know."""
    letters = {match["letter"] for match in _KEY.finditer(text)}
    return PrintfFormat(_pieces(text, inside=None), bool(letters & {"F", "D"}))


def _pieces(text: str, *, inside: str | None) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    at = 0
    while at < len(text):
        if text[at] == "\\":
            pieces.append(_literal(ESCAPES.get(text[at + 1 : at + 2], "")))
            at += 2
        elif text[at] == "%":
            piece, at = _conversion(text, at, inside)
            pieces.append(piece)
        else:
            end = min(f"{text}{mark}".index(mark, at) for mark in "\\%")
            pieces.append(_literal(text[at:end]))
            at = end
    return tuple(pieces)


def _literal(text: str) -> Piece:
    return lambda subject, row: text


def _conversion(text: str, at: int, inside: str | None) -> tuple[Piece, int]:
    match = _KEY.match(text, at)
    if match is None:
        raise UsageError("a % stands alone at the end of the format")
    letter, flags, width = match["letter"], match["flags"], int(match["width"] or 0)
    end = match.end()
    if letter == "%":
        return _literal("%"), end
    if letter == inside:
        part = _LISTS[letter][1].get(text[end : end + 1])
        if part is None:
            raise UsageError(f"%{letter} has no part {text[end : end + 1]!r}")
        find = LISTS[_LISTS[letter][0]].parts[part]
        return lambda subject, row: _shown(row and find(row.item), flags, width), end + 1
    if letter == "I" and inside:
        return lambda subject, row: _shown(row.number if row else 0, flags, width), end
    if letter in _LISTS and inside is None:
        return _list(letter, flags, width, text, end)
    if letter == "t":
        return _time(flags, width, text, end)
    if letter in _SCALARS:
        scalar = _SCALARS[letter]
        return lambda subject, row: _shown(scalar(subject), flags, width), end
    raise UsageError(f"unknown format key %{letter}", hint="pkg_printf(3) lists them")


def _list(letter: str, flags: str, width: int, text: str, end: int) -> tuple[Piece, int]:
    name, _, item_format, separator_format = _LISTS[letter]
    items = LISTS[name]
    if "?" in flags or "#" in flags:

        def count(subject: Subject, row: _Row | None) -> str:
            number = len(items.of(subject))
            plain = flags.replace("?", "").replace("#", "")
            return _shown(min(number, 1) if "?" in flags else number, plain, width)

        return count, end
    match = _ROW.match(text, end)
    if match:
        item_format = match["item"]
        if match["separator"] is not None:
            separator_format = match["separator"]
        end = match.end()
    each = _pieces(item_format, inside=letter)
    between = _pieces(separator_format, inside=letter)

    def joined(subject: Subject, row: _Row | None) -> str:
        shown: list[str] = []
        for number, item in enumerate(items.of(subject), 1):
            here = _Row(letter, item, number)
            pieces = (*between, *each) if number > 1 else each
            shown.extend(piece(subject, here) for piece in pieces)
        return "".join(shown)

    return joined, end


def _time(flags: str, width: int, text: str, end: int) -> tuple[Piece, int]:
    """The time of installation, by a format of strftime(3) in the reader's time zone.

    One that a database made up, of which the calendar knows nothing, shows as a number.
    """
    row = re.compile(r"%\{(.*?)%\}", re.DOTALL).match(text, end)
    if row is None:
        return lambda subject, _: _shown(subject.package.time or 0, flags, width), end
    form = row[1]

    def shown(subject: Subject, _: _Row | None) -> str:
        seconds = subject.package.time or 0
        try:
            return time.strftime(form, time.localtime(seconds))
        except (OverflowError, OSError, ValueError):
            return str(seconds)

    return shown, row.end()


_BOOLEANS = {False: ("false", "no", ""), True: ("true", "yes", "(*)")}
_LOGIC = {
    LicenseLogic.SINGLE: ("single", "", "=="),
    LicenseLogic.OR: ("or", "|", "||"),
    LicenseLogic.AND: ("and", "&", "&&"),
}


def _shown(value: Value, flags: str = "", width: int = 0) -> str:
    """A value under the flags of a conversion, which mean to each kind what pkg_printf(3) says."""
    form = 2 if "#" in flags else 1 if "?" in flags else 0
    zero = "0" in flags and "-" not in flags
    match value:
        case bool():
            text = _BOOLEANS[value][form]
        case LicenseLogic():
            text = _LOGIC[value][form]
        case Mode():
            text = _mode(value, form)
        case int() if form:
            text = human(value, width=width, binary=form == 2)
        case int():
            text = f"{value:+d}" if "+" in flags else f"{value: d}" if " " in flags else str(value)
        case _:
            text, zero = value or "", False
    if zero:
        return text.rjust(width, "0")
    return text.ljust(width) if "-" in flags else text.rjust(width)


def _mode(mode: int, form: int) -> str:
    if form == 1:
        letters = "".join(
            letter if mode >> (8 - at) & 1 else "-" for at, letter in enumerate("rwxrwxrwx")
        )
        for bit, at, lower in ((0o4000, 2, "s"), (0o2000, 5, "s"), (0o1000, 8, "t")):
            if mode & bit:
                mark = lower if letters[at] == "x" else lower.upper()
                letters = letters[:at] + mark + letters[at + 1 :]
        return f"?{letters} "
    return f"0{mode:o}" if form == 2 and mode else f"{mode:o}"
