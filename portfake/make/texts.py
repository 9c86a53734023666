"""Compiled texts: what they give, and how pieces become one."""

from __future__ import annotations

from portfake.make.machine import Machine

__all__ = ["FEW", "Literal", "Part", "Text", "as_text", "joined", "merge"]

FEW = 4
"""Expressions that may be joined without a look at how long they are together."""


class Text:
    """What a text, or an expression in one, was compiled to: something to be expanded.

    A subclass has `read` or `expand`, whichever is its nature; the other follows from it. It is a
    class and no function, because calls of functions that are values go through Python.
    """

    __slots__ = ()

    def read(self, machine: Machine) -> str | None:
        """The value, None if that is undefined."""
        return self.expand(machine)

    def expand(self, machine: Machine) -> str:
        """The value as text: what is undefined counts as empty."""
        return self.read(machine) or ""


Part = str | Text
"""A piece of a text: literal, or to be expanded."""


class Literal(Text):
    """A text without expressions."""

    __slots__ = ("literal",)

    def __init__(self, literal: str) -> None:
        self.literal = literal

    def expand(self, machine: Machine) -> str:
        """The text itself."""
        return self.literal


class _Pair(Text):
    __slots__ = ("first", "second")

    def __init__(self, first: Text, second: Text) -> None:
        self.first = first
        self.second = second

    def expand(self, machine: Machine) -> str:
        return self.first.expand(machine) + self.second.expand(machine)


class _Triple(Text):
    """Three pieces, as most texts have that have several."""

    __slots__ = ("first", "second", "third")

    def __init__(self, first: Text, second: Text, third: Text) -> None:
        self.first = first
        self.second = second
        self.third = third

    def expand(self, machine: Machine) -> str:
        first, second = self.first.expand(machine), self.second.expand(machine)
        return f"{first}{second}{self.third.expand(machine)}"


class _Many(Text):
    __slots__ = ("is_long", "texts")

    def __init__(self, texts: list[Text]) -> None:
        self.texts = texts
        self.is_long = sum(not isinstance(text, Literal) for text in texts) > FEW

    def expand(self, machine: Machine) -> str:
        pieces = [text.expand(machine) for text in self.texts]
        if self.is_long:
            machine.bound(sum(map(len, pieces)))
        return "".join(pieces)


def as_text(part: Part) -> Text:
    """The piece as something to be expanded, be it literal or not."""
    return Literal(part) if isinstance(part, str) else part


def merge(parts: list[Part]) -> Part:
    """Several pieces as one; what is undefined counts as empty among others."""
    if len(parts) == 1:
        return parts[0]
    merged: list[Part] = []
    for part in parts:
        last = merged[-1] if merged else None
        if isinstance(part, str) and isinstance(last, str):
            merged[-1] = last + part
        elif part != "":
            merged.append(part)
    if not merged:
        return ""
    if len(merged) == 1:
        return merged[0]
    texts = [as_text(part) for part in merged]
    if len(texts) == 2:
        return _Pair(texts[0], texts[1])
    return _Triple(texts[0], texts[1], texts[2]) if len(texts) == 3 else _Many(texts)


def joined(parts: list[Part]) -> Text:
    """Several pieces as one text."""
    return as_text(merge(parts))
