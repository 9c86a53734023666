"""Modifiers for paths and for the text as a whole."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from portfake.make.machine import Machine
from portfake.make.modifiers.model import Change, Cursor, Modifier, ModifierFailed, per_word
from portfake.make.modifiers.selection import parse_separator
from portfake.make.words import basename, dirname, root, split, suffix

__all__ = [
    "parse_hash",
    "parse_modified",
    "parse_quote",
    "parse_time",
    "parse_to",
    "parse_word_function",
]

_WORD_FUNCTIONS: dict[str, Callable[[str], str]] = {
    "E": suffix,
    "H": dirname,
    "R": root,
    "T": basename,
}


def parse_word_function(cursor: Cursor) -> Modifier | None:
    """`:E`, `:H`, `:R`, `:T`."""
    if not cursor.ends(1):
        return None
    letter = cursor.peek()
    cursor.at += 1
    return Change(per_word(_WORD_FUNCTIONS[letter], split, cursor))


_PLAIN = re.compile(r"[^ \t\v\f\r\n!\"#$&'()*;<>?\[\\\]^`{|}~]*").fullmatch
_QUOTES = str.maketrans(
    {"\n": "'\n'", **{char: "\\" + char for char in " \t\v\f\r!\"#$&'()*;<>?[\\]^`{|}~"}}
)


def parse_quote(cursor: Cursor) -> Modifier | None:
    """`:Q`, a backslash before all that the shell might take amiss; `:q` doubles dollars too."""
    if not cursor.ends(1):
        return None
    double = cursor.peek() == "q"
    cursor.at += 1

    def quote(machine: Machine, value: str) -> str:
        quoted = value if _PLAIN(value) else value.translate(_QUOTES)
        machine.bound(len(quoted))
        return quoted.replace(r"\$", r"\$\$") if double else quoted

    return Change(quote)


_UPPER = str.maketrans("abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")


def _upper(machine: Machine, value: str) -> str:
    return value.upper() if value.isascii() else value.translate(_UPPER)


def _lower(machine: Machine, value: str) -> str:
    return value.lower() if value.isascii() else value.translate(_LOWER)


def parse_to(cursor: Cursor) -> Modifier:
    """`:tA`, `:tl`, `:tu`, `:tw`, `:tW` and `:tsC`."""
    letter = cursor.peek(1)
    if letter == "s":
        return parse_separator(cursor)
    if letter in {"", ":", cursor.closing} or not cursor.ends(2) or letter not in "AluwW":
        raise cursor.bad(cursor.at + 1)
    cursor.at += 2
    if letter == "A":
        return Change(_real_paths(cursor))
    if letter in "wW":
        cursor.one_word = letter == "W"
        return Change(lambda machine, value: value)
    return Change(_upper if letter == "u" else _lower)


def _real_paths(cursor: Cursor) -> Callable[[Machine, str], str]:
    separator, one_word = cursor.separator, cursor.one_word

    def real(machine: Machine, value: str) -> str:
        words = [value] if one_word else filter(None, split(value))
        found = (machine.outside.realpath(machine.absolute(word)) or word for word in words)
        return separator.join(filter(None, found))

    return real


def parse_hash(cursor: Cursor) -> Modifier | None:
    """`:hash`."""
    if not cursor.named("hash"):
        return None
    cursor.at += 4
    return Change(lambda machine, value: _hash(value.encode("utf-8", "surrogateescape")))


def _hash(data: bytes) -> str:
    """bmake's variant of MurmurHash3: 32 bits as hex digits, the low one first."""
    word = 0xFFFFFFFF
    h, c1, c2 = 0x971E137B, 0x95543787, 0x2AD7EB25
    for at in range(0, len(data), 4):
        k = int.from_bytes(data[at : at + 4], "little")
        c1 = (c1 * 5 + 0x7B7D159C) & word
        c2 = (c2 * 5 + 0x6BCE6396) & word
        k = (k * c1) & word
        k = ((k << 11) ^ (k >> 21)) & word
        k = (k * c2) & word
        h = ((h << 13) ^ (h >> 19)) & word
        h = (h * 5 + 0x52DCE729) & word
        h ^= k
    h ^= len(data)
    h = (h * 0x85EBCA6B) & word
    h ^= h >> 13
    h = (h * 0xC2B2AE35) & word
    h ^= h >> 16
    return f"{h:08x}"[::-1]


def parse_time(cursor: Cursor) -> Modifier | None:
    """`:gmtime` and `:localtime`, each with `=seconds`; the value is strftime(3)'s format.

    Without seconds it would be the time of the run, and values would differ from run to run: the
    clock of an evaluation stands still at the machine's `now`. Local time is UTC.
    """
    name = "gmtime" if cursor.peek() == "g" else "localtime"
    if not cursor.named_with(name):
        return None
    cursor.at += len(name)
    seconds = _seconds(cursor)

    def format_time(machine: Machine, value: str) -> str:
        machine.bound(64 * len(value))
        moment = time.gmtime(seconds or machine.now)
        return time.strftime(value or "%c", moment)

    return Change(format_time)


def parse_modified(cursor: Cursor) -> Modifier | None:
    """`:mtime`, the seconds a file was last changed: evaluation does not know, and says `now`."""
    if not cursor.named_with("mtime"):
        return None
    cursor.at += 5
    seconds = None
    if not cursor.text.startswith("=error", cursor.at):
        seconds = _seconds(cursor)
    else:
        cursor.at += 6
    return Change(
        lambda machine, value: " ".join(str(seconds or machine.now) for _ in split(value))
    )


_LATEST = 253_402_300_799  # the last second of the year 9999


def _seconds(cursor: Cursor) -> int:
    if cursor.peek() != "=":
        return 0
    digits = re.compile("[0-9]*").match(cursor.text, cursor.at + 1)
    given = digits.group() if digits is not None else ""
    seconds = int(given) if 0 < len(given) <= 20 else _LATEST + 1
    if seconds > _LATEST:
        raise ModifierFailed(
            f'Invalid time value at "{cursor.text[cursor.at + 1 :]}"', cursor.at, fatal=True
        )
    cursor.at += 1 + len(given)
    return seconds
