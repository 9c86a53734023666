"""Make's own globs, of `:M`, `:N` and `make()`: like fnmatch(3), but for broken lists."""

from __future__ import annotations

import re
from collections.abc import Callable

from portfake.patterns.nodes import CharSet

__all__ = ["Matcher", "matcher"]

Matcher = Callable[[str], bool]
"""Tells whether a whole word fits."""

_SPECIAL = re.compile(r"[*?\[\\]")
_SPECIAL_BUT_STAR = re.compile(r"[?\[\\]")


def matcher(pattern: str) -> Matcher:
    r"""A function that tells whether a word fits the pattern.

    Rules of Str_Match in bmake's str.c: a `]` closes a list wherever it stands, ranges run both
    ways, a list that is not closed takes what it can, a `\` at the end fits nothing.
    """
    if _SPECIAL.search(pattern) is None:
        return lambda word: word == pattern
    if _SPECIAL_BUT_STAR.search(pattern) is None:
        return _stars(pattern.split("*"))
    fits = re.compile(_source(pattern), re.DOTALL).fullmatch
    return lambda word: fits(word) is not None


def _stars(pieces: list[str]) -> Matcher:
    """Pieces of text with anything between them: each is looked for behind the one before."""
    first, last = pieces[0], pieces[-1]
    middle = [piece for piece in pieces[1:-1] if piece]
    if not middle:
        if not last:
            return lambda word: word.startswith(first)
        if not first:
            return lambda word: word.endswith(last)
    if len(middle) == 1 and not first and not last:
        only = middle[0]
        return lambda word: only in word
    begin, least = len(first), len(first) + len(last)

    def fits(word: str) -> bool:
        if len(word) < least or not word.startswith(first) or not word.endswith(last):
            return False
        at, end = begin, len(word) - len(last)
        for piece in middle:
            found = word.find(piece, at, end)
            if found < 0:
                return False
            at = found + len(piece)
        return True

    return fits


def _source(pattern: str) -> str:
    """The pattern for `re`; a star takes as little as will do and never thinks again."""
    pieces = [""]
    at = 0
    while at < len(pattern):
        char = pattern[at]
        at += 1
        if char == "*":
            pieces.append("")
        elif char == "?":
            pieces[-1] += "."
        elif char == "[":
            chars, at = _list(pattern, at)
            pieces[-1] += chars.source
        elif char == "\\":
            pieces[-1] += re.escape(pattern[at]) if at < len(pattern) else "(?!)"
            at += 1
        else:
            pieces[-1] += re.escape(char)
    first, *middle = pieces
    if not middle:
        return first
    *middle, last = middle
    return first + "".join(f"(?>.*?{piece})" for piece in middle if piece) + ".*" + last


def _list(pattern: str, at: int) -> tuple[CharSet, int]:
    negated = pattern.startswith("^", at)
    at += negated
    ranges: list[tuple[int, int]] = []
    while at < len(pattern) and pattern[at] != "]":
        low = high = ord(pattern[at])
        if pattern.startswith("-", at + 1):
            if at + 2 >= len(pattern):
                return CharSet(tuple(ranges), negated), len(pattern)
            high = ord(pattern[at + 2])
            at += 2
        at += 1
        ranges.append((min(low, high), max(low, high)))
    return CharSet(tuple(ranges), negated), at + 1
