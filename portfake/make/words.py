"""Values as lists of words, and what a word's path says."""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["basename", "dirname", "join", "root", "split", "suffix", "unquoted"]

# A word takes quoted parts and backslashed characters whole; an open quote takes all the rest.
_PIECES = r"""(?: [^ \t\n"'\\]+ | \\. | \\\Z
        | "(?: [^"\\]+ | \\. | \\\Z )*(?: "|\Z )
        | '(?: [^'\\]+ | \\. | \\\Z )*(?: '|\Z ) )"""
_WORD = re.compile(_PIECES + "*", re.DOTALL | re.VERBOSE)
_WORDS = re.compile(_PIECES + "+", re.DOTALL | re.VERBOSE)
_BLANKS = re.compile(r"[ \t\n]*")


def split(value: str) -> list[str]:
    """Split into words as every word modifier and `.for` do; quotes stay in the text.

    A newline directly behind a word ends the list. An empty value is one empty word.
    """
    if " " not in value and "\t" not in value and "\n" not in value:
        return [value]
    if '"' in value or "'" in value or "\\" in value or "\n" in value or "\t" in value:
        return _split_carefully(value)
    words = value.split(" ")
    return words if "" not in words else [word for word in words if word] or [""]


def _split_carefully(value: str) -> list[str]:
    value = value.lstrip(" \t")
    if "\n" not in value:
        return [found.group() for found in _WORDS.finditer(value)] or [""]
    words: list[str] = []
    at = 0
    while True:
        word = _WORD.match(value, at)
        assert word is not None  # it also matches nothing
        words.append(word.group())
        at = word.end()
        if at >= len(value) or value[at] == "\n":
            return words
        blanks = _BLANKS.match(value, at)
        assert blanks is not None
        at = blanks.end()
        if at >= len(value):
            return words


_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_PIECE = re.compile(r"""\\(.|\Z)|(["'])|([^\\"']+)""", re.DOTALL)


def unquoted(value: str) -> list[str] | None:
    """Split as a command line: quotes go and escapes are carried out; None for an open quote."""
    words: list[str] = []
    for word in split(value):
        quote = ""
        pieces: list[str] = []
        for escaped, mark, plain in _PIECE.findall(word):
            if escaped:
                pieces.append(_ESCAPES.get(escaped, escaped))
            elif plain:
                pieces.append(plain)
            elif not mark or (quote and mark != quote):
                pieces.append(mark or "\\")
            else:
                quote = "" if quote else mark
        if quote:
            return None
        words.append("".join(pieces))
    return words


def join(words: Iterable[str], separator: str = " ") -> str:
    """Join the words that are left once modified; empty ones vanish."""
    return separator.join(filter(None, words))


def dirname(word: str) -> str:
    """`:H`, all before the last slash."""
    head, slash, _ = word.rpartition("/")
    return head if slash else "."


def basename(word: str) -> str:
    """`:T`, all behind the last slash."""
    return word.rpartition("/")[2]


def suffix(word: str) -> str:
    """`:E`, all behind the last dot."""
    _, dot, tail = word.rpartition(".")
    return tail if dot else ""


def root(word: str) -> str:
    """`:R`, all before the last dot."""
    head, dot, tail = word.rpartition(".")
    return head if dot else tail
