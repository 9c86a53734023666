"""Bracket expressions, `[a-z[:digit:]_]`, as regular expressions and globs share them."""

from __future__ import annotations

from portfake.patterns.errors import PatternError
from portfake.patterns.nodes import CLASSES, CharSet

__all__ = ["read_bracket"]


def read_bracket(text: str, start: int, *, negators: str = "^") -> tuple[CharSet, int]:
    """The set whose list begins at `start`, just behind the `[`, and the index behind its `]`.

    Rules of regex(7): a `]` that comes first is itself, a backslash too; raises PatternError.
    """
    at = start
    negated = text[at : at + 1] != "" and text[at] in negators
    at += negated
    ranges: list[tuple[int, int]] = []
    first = True
    while True:
        if at >= len(text):
            raise PatternError(f"brackets are not balanced in {text!r}")
        if text[at] == "]" and not first:
            return CharSet(tuple(ranges), negated), at + 1
        first = False
        if text.startswith("[:", at):
            name, at = _named(text, at, ":")
            if name not in CLASSES or name == "word":
                raise PatternError(f"no character class {name!r} in {text!r}")
            ranges += CLASSES[name]
            continue
        low, at = _element(text, at)
        high = low
        if text.startswith("-", at) and at + 1 < len(text) and text[at + 1] != "]":
            high, at = _element(text, at + 1)
        if high < low:
            raise PatternError(f"range {chr(low)}-{chr(high)} runs backwards in {text!r}")
        ranges.append((low, high))


def _named(text: str, at: int, mark: str) -> tuple[str, int]:
    end = text.find(mark + "]", at + 2)
    if end < 0:
        raise PatternError(f"[{mark} without {mark}] in {text!r}")
    return text[at + 2 : end], end + 2


def _element(text: str, at: int) -> tuple[int, int]:
    """One end of a range: a character, `[.x.]` or `[=x=]`."""
    for mark in ".=":
        if text.startswith("[" + mark, at):
            name, at = _named(text, at, mark)
            if len(name) != 1:
                raise PatternError(f"no collating element {name!r} in {text!r}")
            return ord(name), at
    return ord(text[at]), at + 1
