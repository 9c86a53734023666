"""`.for` variables in texts: found once, and written as `${:Uvalue}` where text is stored.

A loop means textual substitution: `${i}` in its body becomes `${:Uvalue}` before anything is
parsed. Doing so for every turn would mean to parse every turn. So the body is compiled once and
reads `${i}` from a slot of the machine; only where raw text is stored is the substitution carried
out. Items that could change how a line is read are substituted in the source, as make does it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from portfake.make.machine import Machine
from portfake.make.texts import Text

__all__ = ["changes_syntax", "loop_text", "mentions", "needs_source", "substitute", "uses"]

_SYNTAX = "#$(){}\n"


def changes_syntax(item: str) -> bool:
    """Whether an item could change how a line that it is written into is read."""
    return any(sign in item for sign in _SYNTAX)


@lru_cache(maxsize=1024)
def _mention(names: tuple[str, ...]) -> re.Pattern[str]:
    long = "|".join(re.escape(name) for name in names)
    short = "|".join(re.escape(name) for name in names if len(name) == 1 and name not in "}):$")
    pattern = rf"\$\$|\$(?:\{{({long})(?=[:}}\\])|\(({long})(?=[:)\\])"
    return re.compile(pattern + (rf"|({short}))" if short else ")"))


def mentions(text: str, names: tuple[str, ...]) -> bool:
    """Whether a loop variable is used in the text."""
    return any(found.group() != "$$" for found in _mention(names).finditer(text))


def needs_source(text: str, names: tuple[str, ...]) -> bool:
    r"""Whether the text must be substituted before it is parsed: it has `\$`, `$$` or `${i\`."""
    if "$$" in text or "\\$" in text:
        return True
    return any(text.startswith("\\", found.end()) for found in _mention(names).finditer(text))


def loop_text(text: str, names: tuple[str, ...]) -> Text | None:
    """The text with `${:Uvalue}` for loop variables; None if it has none."""
    pieces: list[str] = []
    holes: list[_Hole] = []
    at = 0
    for found in _mention(names).finditer(text):
        brace, parenthesis, short = (*found.groups(), None)[:3]
        if found.group() == "$$":
            continue
        pieces.append(text[at : found.start()])
        name = brace or parenthesis or short or ""
        opening, closing, behind = "${:U", "}", "}" if short else ""
        if parenthesis:
            opening, closing = "$(:U", ")"
        holes.append(_Hole(len(pieces), names.index(name), opening, closing, behind))
        pieces.append("")
        at = found.end()
    if not holes:
        return None
    pieces.append(text[at:])
    return _Written(pieces, holes)


class _Hole:
    """Where a loop variable stands in a text: its place among the pieces, and its slot."""

    __slots__ = ("behind", "closing", "opening", "place", "slot")

    def __init__(self, place: int, slot: int, opening: str, closing: str, behind: str) -> None:
        self.place = place
        self.slot = slot
        self.opening = opening
        self.closing = closing
        self.behind = behind


class _Written(Text):
    __slots__ = ("holes", "pieces")

    def __init__(self, pieces: list[str], holes: list[_Hole]) -> None:
        self.pieces = pieces
        self.holes = holes

    def expand(self, machine: Machine) -> str:
        pieces = self.pieces.copy()
        for hole in self.holes:
            item = _escaped(machine.slots[hole.slot], hole.closing)
            pieces[hole.place] = f"{hole.opening}{item}{hole.behind}"
        return "".join(pieces)


def _escaped(item: str, closing: str) -> str:
    if "\\" in item:
        item = item.replace("\\", "\\\\")
    if ":" in item:
        item = item.replace(":", "\\:")
    return item.replace(closing, "\\" + closing) if closing in item else item


def substitute(source: str, names: tuple[str, ...], items: Sequence[str]) -> str:
    """The source of a loop's body with the items of one turn in it.

    Rules of bmake's for.c: a dollar that begins a whole expression stays one.
    """

    def written(found: re.Match[str]) -> str:
        brace, parenthesis, short = (*found.groups(), None)[:3]
        if found.group() == "$$":
            return "$$"
        item = items[names.index(brace or parenthesis or short or "")]
        if parenthesis:
            return "$(:U" + _escaped_source(item, ")")
        return "${:U" + _escaped_source(item, "}") + ("}" if short else "")

    return _mention(names).sub(written, source)


def uses(source: str, names: tuple[str, ...]) -> list[str]:
    """The loop variables that a source uses, one for each place."""
    found = (each for each in _mention(names).finditer(source) if each.group() != "$$")
    return [next(filter(None, each.groups())) for each in found]


def _escaped_source(item: str, closing: str) -> str:
    result: list[str] = []
    at = 0
    while at < len(item):
        char = item[at]
        at += 1
        if char == "$":
            size = _expression_size(item, at)
            if size:
                result.append("$" + item[at : at + size])
                at += size
                continue
            char = "\\$"
        elif char in {":", "\\", closing}:
            char = "\\" + char
        result.append(" " if char == "\n" else char)
    return "".join(result)


def _expression_size(item: str, at: int) -> int:
    """The length of the expression behind a dollar, 0 if there is none."""
    opening = item[at : at + 1]
    if opening not in {"(", "{"}:
        return len(opening)
    closing = ")" if opening == "(" else "}"
    depth = 0
    for end in range(at, len(item)):
        depth += (item[end] == opening) - (item[end] == closing)
        if depth == 0:
            return end + 1 - at
    return 0
