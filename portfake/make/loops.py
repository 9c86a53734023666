"""`.for` variables in texts: found once, and written as `${:Uvalue}` where text is stored.

A loop means textual substitution: `${i}` in its body becomes `${:Uvalue}` before anything is
parsed. Doing so for every turn would mean to parse every turn. So the body is compiled once and
reads `${i}` from a slot of the machine; only where raw text is stored is the substitution carried
out. Items that could change how a line is read are substituted in the source, as make does it.
"""

from __future__ import annotations

from collections.abc import Sequence

from portfake.make.machine import Machine
from portfake.make.texts import Text

__all__ = ["changes_syntax", "loop_text", "mentions", "needs_source", "substitute", "uses"]

_SYNTAX = "#$(){}\n"


def changes_syntax(item: str) -> bool:
    """Whether an item could change how a line that it is written into is read."""
    return any(sign in item for sign in _SYNTAX)


class _Mention:
    """Where a loop variable stands in a text."""

    __slots__ = ("bracket", "end", "slot", "start")

    def __init__(self, slot: int, bracket: str, start: int, end: int) -> None:
        self.slot = slot
        self.bracket = bracket
        """What stands before the name; nothing if it is `$x`."""
        self.start = start
        """Where the dollar stands."""
        self.end = end
        """Where the name ends; the bracket and modifiers may follow."""


def _mentions(text: str, names: tuple[str, ...]) -> list[_Mention]:
    """All of them; a dollar that another one escapes begins none."""
    found: list[_Mention] = []
    at = text.find("$")
    while at >= 0:
        char = text[at + 1 : at + 2]
        end = at + 2
        if char in {"{", "("}:
            for slot, name in enumerate(names):
                name_end = end + len(name)
                if text.startswith(name, end) and text[name_end : name_end + 1] in _BEHIND[char]:
                    found.append(_Mention(slot, char, at, name_end))
                    end = name_end
                    break
        elif char in names and char not in _NOT_SHORT:
            found.append(_Mention(names.index(char), "", at, end))
        elif char != "$":
            end = at + 1
        at = text.find("$", end)
    return found


_BEHIND = {"{": {":", "}", "\\"}, "(": {":", ")", "\\"}}
"""What follows the name of a loop variable, by the bracket before it."""
_NOT_SHORT = "}):$"


def mentions(text: str, names: tuple[str, ...]) -> bool:
    """Whether a loop variable is used in the text."""
    return bool(_mentions(text, names))


def needs_source(text: str, names: tuple[str, ...]) -> bool:
    r"""Whether the text must be substituted before it is parsed: it has `\$`, `$$` or `${i\`."""
    if "$$" in text or "\\$" in text:
        return True
    return any(text.startswith("\\", each.end) for each in _mentions(text, names))


def loop_text(text: str, names: tuple[str, ...]) -> Text | None:
    """The text with `${:Uvalue}` for loop variables; None if it has none."""
    pieces: list[str] = []
    holes: list[_Hole] = []
    at = 0
    for each in _mentions(text, names):
        pieces.append(text[at : each.start])
        opening, closing = ("$(:U", ")") if each.bracket == "(" else ("${:U", "}")
        behind = "" if each.bracket else "}"
        holes.append(_Hole(len(pieces), each.slot, opening, closing, behind))
        pieces.append("")
        at = each.end
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
    pieces: list[str] = []
    at = 0
    for each in _mentions(source, names):
        opening, closing = ("$(:U", ")") if each.bracket == "(" else ("${:U", "}")
        item = _escaped_source(items[each.slot], closing)
        pieces += (source[at : each.start], opening, item, "" if each.bracket else "}")
        at = each.end
    return "".join(pieces) + source[at:]


def uses(source: str, names: tuple[str, ...]) -> list[str]:
    """The loop variables that a source uses, one for each place."""
    return [names[each.slot] for each in _mentions(source, names)]


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
