"""Shell globs as fnmatch(3) and glob(7) have them."""

from __future__ import annotations

from portfake.patterns.brackets import read_bracket
from portfake.patterns.errors import PatternError
from portfake.patterns.nodes import (
    ANYTHING,
    Assertion,
    CharSet,
    Node,
    Repeat,
    Sequence,
    single,
)

__all__ = ["read_glob"]

_NOT_SLASH = CharSet(((47, 47),), negated=True)
_NO_PERIOD = Assertion(r"(?!\.)")


def read_glob(
    text: str, *, path: bool = False, period: bool = False, escape: bool = True, fold: bool = False
) -> Node:
    """The glob as nodes that match the whole text; an unclosed `[` stands for itself.

    `path` is FNM_PATHNAME (no wildcard takes a slash), `period` FNM_PERIOD (a leading period
    must be written out), `escape` off is FNM_NOESCAPE, `fold` FNM_CASEFOLD.
    """
    wild = _NOT_SLASH if path else ANYTHING
    parts: list[Node] = []
    at = 0
    while at < len(text):
        char = text[at]
        leading = at == 0 or (path and text[at - 1] == "/")
        found: Node
        at += 1
        match char:
            case "*":
                found = Repeat(wild, 0, None)
                while text.startswith("*", at):
                    at += 1
            case "?":
                found = wild
            case "[":
                found, at = _list(text, at, path=path)
            case "\\" if escape and at < len(text):
                found = single(text[at])
                at += 1
            case _:
                found = single(char)
        if period and leading and char in "*?[":
            parts.append(_NO_PERIOD)
        parts.append(found.folded() if fold and isinstance(found, CharSet) else found)
    return Sequence((*parts, Assertion(r"\Z", ends_text=True)))


def _list(text: str, at: int, *, path: bool) -> tuple[CharSet, int]:
    try:
        found, end = read_bracket(text, at, negators="!^")
    except PatternError:
        return single("["), at
    if path and found.negated:
        found = CharSet((*found.ranges, (47, 47)), negated=True)
    return found, end
