"""What a modifier is once compiled, and the cursor it is parsed with."""

from __future__ import annotations

import enum
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from portfake.make.machine import Machine
from portfake.make.setting import Setting
from portfake.make.texts import Part, Text, merge

if TYPE_CHECKING:
    from portfake.make.modifiers.chain import Chain

__all__ = [
    "NAME",
    "Change",
    "Control",
    "Cursor",
    "Defined",
    "Modifier",
    "ModifierFailed",
    "State",
    "dollars_halved",
    "per_word",
    "plain",
]

NAME = "\0"
"""Stands for the variable's name in messages that are made before it is known."""


class ModifierFailed(Exception):
    """The rest of the expression is not looked at; `at` is where its text goes on."""

    def __init__(self, message: str, at: int, *, fatal: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.at = at
        self.fatal = fatal


class Defined(enum.IntEnum):
    """Whether an expression has a value."""

    NO = 0
    BY_MODIFIER = 1
    YES = 2


class State:
    """An expression while modifiers that look beyond its value work on it."""

    __slots__ = ("defined", "name", "value")

    def __init__(self, name: str, value: str, defined: Defined) -> None:
        self.name = name
        self.value = value
        self.defined = defined


class Change:
    """A modifier that makes a new value from the old one, and nothing else."""

    __slots__ = ("apply", "fallible", "inert")

    def __init__(
        self,
        apply: Callable[[Machine, str], str],
        *,
        inert: bool = True,
        fallible: bool = False,
    ) -> None:
        self.apply = apply
        self.inert = inert
        """On an undefined variable it has no effect at all."""
        self.fallible = fallible
        """It may raise ModifierFailed."""

    def control(self, machine: Machine, state: State) -> None:
        """Do the same to a state."""
        state.value = self.apply(machine, state.value)


class Control:
    """A modifier that uses the name, or defines what was undefined, or assigns."""

    __slots__ = ("control", "default")

    def __init__(
        self, control: Callable[[Machine, State], None], default: str | None = None
    ) -> None:
        self.control = control
        self.default = default
        """The text of a `:U` whose text is fixed."""


Modifier = Change | Control


_CLOSING = {"{": "}", "(": ")", "": ""}


class Cursor:
    """A place in the text of an expression, behind the colon of a modifier."""

    __slots__ = (
        "at",
        "chains",
        "closing",
        "one_word",
        "opening",
        "parse_expression",
        "separator",
        "setting",
        "text",
    )

    def __init__(
        self,
        text: str,
        at: int,
        opening: str,
        setting: Setting,
        parse_expression: Callable[[str, int, Setting], tuple[Part, int]],
    ) -> None:
        self.text = text
        self.at = at
        self.opening = opening
        """`{` or `(`; empty for modifiers that come out of a variable."""
        self.closing = _CLOSING[opening]
        self.setting = setting
        self.parse_expression = parse_expression
        self.separator = " "
        """Set by `:ts`, used by the word modifiers behind it."""
        self.one_word = False
        """Set by `:tW` and `:[*]`: the value counts as a single word."""
        self.chains: dict[tuple[int, str, bool], Chain] = {}
        """Modifiers that were read ahead, by where they begin and what held there."""

    def ahead(self, at: int) -> Cursor:
        """The same, at another place."""
        other = Cursor(self.text, at, self.opening, self.setting, self.parse_expression)
        other.separator, other.one_word, other.chains = self.separator, self.one_word, self.chains
        return other

    def peek(self, offset: int = 0) -> str:
        """The character there, empty at the end of the text."""
        return self.text[self.at + offset : self.at + offset + 1]

    def ends(self, offset: int = 0) -> bool:
        """Whether a modifier ends there: at a colon or the closing bracket."""
        char = self.peek(offset)
        return char in {":", self.closing}

    def named(self, name: str) -> bool:
        """Whether exactly this modifier stands here."""
        return self.text.startswith(name, self.at) and self.ends(len(name))

    def named_with(self, name: str) -> bool:
        """Whether this modifier stands here, alone or with `=value`."""
        return self.text.startswith(name, self.at) and (
            self.ends(len(name)) or self.peek(len(name)) == "="
        )

    def bad(self, at: int) -> ModifierFailed:
        """What to raise for a modifier that means nothing; its text goes on behind `at`."""
        end = self.at
        while end < len(self.text) and self.text[end] not in ":)}":
            end += 1
        modifier = self.text[self.at : end]
        return ModifierFailed(f'Bad modifier ":{modifier}" for variable "{NAME}"', at)

    def part(self, delimiter: str, *, ampersand: Part | None = None) -> Part:
        """Read up to the delimiter and step over it; expressions inside are expanded.

        A backslash takes its meaning from the delimiter, a dollar, a backslash and, with
        `ampersand`, from `&`, which else stands for that piece.
        """
        part = merge(self.pieces(delimiter, ampersand=ampersand)[0])
        return part if isinstance(part, str) else dollars_halved(self.setting, part)

    def pieces(
        self, delimiter: str, *, ampersand: Part | None = None, anchor: bool = False
    ) -> tuple[list[Part], bool]:
        """The pieces of such a part; with `anchor`, also whether a `$` ended it."""
        text, at, size = self.text, self.at, len(self.text)
        pieces: list[Part] = []
        anchored = False
        escapable = {delimiter, "\\", "$"} | ({"&"} if ampersand is not None else set())
        while at < size and text[at] != delimiter:
            char = text[at]
            if char == "\\" and text[at + 1 : at + 2] in escapable:
                pieces.append(text[at + 1])
                at += 2
            elif char == "$":
                if text[at + 1 : at + 2] == delimiter:
                    anchored = anchored or anchor
                    if not anchor:
                        pieces.append("$")
                    at += 1
                else:
                    piece, at = self.parse_expression(text, at, self.setting)
                    pieces.append(piece)
            elif char == "&" and ampersand is not None:
                pieces.append(ampersand)
                at += 1
            else:
                end = plain(text, at, delimiter)
                pieces.append(text[at:end])
                at = end
        if at >= size and delimiter:
            raise ModifierFailed(
                f"Unfinished modifier for \"{NAME}\" ('{delimiter}' missing)", size
            )
        self.at = at + 1
        return pieces, anchored

    def raw_part(self, delimiter: str) -> str:
        """Read up to the delimiter, leaving expressions as they are."""
        text, at, size = self.text, self.at, len(self.text)
        pieces: list[str] = []
        while at < size and text[at] != delimiter:
            char = text[at]
            if char == "\\" and text[at + 1 : at + 2] in {delimiter, "\\", "$"}:
                pieces.append(text[at + 1])
                at += 2
            elif char == "$" and text[at + 1 : at + 2] == delimiter:
                pieces.append("$")
                at += 1
            elif char == "$":
                end = _bracket_end(text, at)
                pieces.append(text[at:end])
                at = end
            else:
                pieces.append(char)
                at += 1
        if at >= size:
            raise ModifierFailed(
                f"Unfinished modifier for \"{NAME}\" ('{delimiter}' missing)", size
            )
        self.at = at + 1
        return "".join(pieces)


_STOPS = re.compile(r"[\\$&]")


def plain(text: str, at: int, *delimiters: str) -> int:
    """Where a run of characters without meaning ends; it takes the first one whatever it is."""
    stop = _STOPS.search(text, at + 1)
    end = len(text) if stop is None else stop.start()
    for delimiter in delimiters:
        if delimiter and (found := text.find(delimiter, at + 1, end)) >= 0:
            end = found
    return end


def _bracket_end(text: str, at: int) -> int:
    """Where the expression at the dollar ends, by counting its brackets alone."""
    opening = text[at + 1 : at + 2]
    if opening not in {"(", "{"}:
        return at + 1
    closing = ")" if opening == "(" else "}"
    depth = 1
    at += 2
    while at < len(text) and depth > 0:
        if text[at - 1] != "\\":
            depth += (text[at] == opening) - (text[at] == closing)
        at += 1
    return at


def dollars_halved(setting: Setting, text: Text) -> Text:
    """The same, but `.MAKE.SAVE_DOLLARS` does not reach into parts of modifiers."""
    return _Halved(text) if setting.keep else text


class _Halved(Text):
    __slots__ = ("text",)

    def __init__(self, text: Text) -> None:
        self.text = text

    def expand(self, machine: Machine) -> str:
        saved, machine.save_dollars = machine.save_dollars, False
        expanded = self.text.expand(machine)
        machine.save_dollars = saved
        return expanded


def per_word(
    change: Callable[[str], str], split: Callable[[str], list[str]], cursor: Cursor
) -> Callable[[Machine, str], str]:
    """Change every word, joined with the separator that holds at the cursor."""
    separator = cursor.separator
    if cursor.one_word:
        return lambda machine, value: change(value)

    def change_all(machine: Machine, value: str) -> str:
        words = [change(word) for word in split(value)]
        return separator.join([word for word in words if word])

    return change_all
