"""Make's own globs, of `:M`, `:N` and `make()`: like fnmatch(3), but for broken lists."""

from __future__ import annotations

import re
from collections.abc import Callable

from portfake.patterns.nodes import ANYTHING, Assertion, CharSet, Node, Repeat, Sequence, single
from portfake.patterns.pattern import Pattern

__all__ = ["Matcher", "matcher"]

Matcher = Callable[[str], bool]
"""Tells whether a whole word fits."""

_SPECIAL = re.compile(r"[*?\[\\]")


def matcher(pattern: str) -> Matcher:
    r"""A function that tells whether a word fits the pattern.

    Rules of Str_Match in bmake's str.c: a `]` closes a list wherever it stands, ranges run both
    ways, a list that is not closed takes what it can, a `\` at the end fits nothing.
    """
    plain = _SPECIAL.search(pattern)
    if plain is None:
        return pattern.__eq__
    body = pattern.strip("*")
    if _SPECIAL.search(body) is None:
        starts, ends = not pattern.startswith("*"), not pattern.endswith("*")
        if starts:
            return lambda word: word.startswith(body)
        if ends:
            return lambda word: word.endswith(body)
        return lambda word: body in word
    fits = Pattern(pattern, _read(pattern), 0).match
    return lambda word: fits(word) is not None


def _read(pattern: str) -> Node:
    parts: list[Node] = []
    at = 0
    while at < len(pattern):
        char = pattern[at]
        at += 1
        if char == "*":
            parts.append(Repeat(ANYTHING, 0, None))
            while pattern.startswith("*", at):
                at += 1
        elif char == "?":
            parts.append(ANYTHING)
        elif char == "[":
            chars, at = _list(pattern, at)
            parts.append(chars)
        elif char == "\\" and at == len(pattern):
            parts.append(CharSet(()))
        else:
            if char == "\\":
                char = pattern[at]
                at += 1
            parts.append(single(char))
    return Sequence((*parts, Assertion(r"\Z", ends_text=True)))


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
