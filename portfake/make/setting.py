"""What compiled text may depend on besides itself, and the shapes compilation gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from portfake.make.loops import loop_text, mentions, needs_source
from portfake.make.machine import Machine

if TYPE_CHECKING:
    from portfake.make.compiler import Compiler

__all__ = ["FEW", "Part", "Read", "Setting", "Text", "constant", "merge", "text_of"]

Text = Callable[[Machine], str]
"""A compiled text: gives its expansion."""
Read = Callable[[Machine], str | None]
"""A compiled expression: gives its value, None if that is undefined."""
FEW = 4
"""Expressions that may be joined without a look at how long they are together."""
Part = str | Read
"""A piece of a text: literal, or an expression."""


class Setting:
    """Where a text stands."""

    __slots__ = ("compiler", "keep", "loop")

    def __init__(
        self, compiler: Compiler, loop: tuple[str, ...] = (), *, keep: bool = False
    ) -> None:
        self.compiler = compiler
        self.loop = loop
        """The variables of the `.for` loops around, outermost first; the place is the slot."""
        self.keep = keep
        """The right side of `:=`: what is undefined stays in the text."""

    def compile(self, text: str) -> Text:
        """Compile a text that stands inside another which was already looked at."""
        return self.compiler.compile(text, self)

    def text(self, text: str) -> Text:
        """The function that expands a text, loop variables included."""
        if "$" not in text:
            return lambda machine: text
        texts = self.compiler.late_texts if self.keep else self.compiler.texts
        if not self.loop or not mentions(text, self.loop):
            return texts[text]
        if needs_source(text, self.loop):
            source = self.raw(text)
            return lambda machine: texts[source(machine)](machine)
        return self.compile(text)

    def raw(self, text: str) -> Text:
        """The function that gives a text as it is stored: loop variables written out."""
        written = loop_text(text, self.loop) if self.loop and "$" in text else None
        return written or (lambda machine: text)

    def stored(self, text: str) -> Text:
        """The same, for a text that will be expanded as it is: its compiled form is handed on.

        What is stored differs with each turn of a loop, and most of it is expanded once only.
        """
        written = self.raw(text)
        if not self.loop or not mentions(text, self.loop) or needs_source(text, self.loop):
            return written
        texts = self.compiler.texts
        compiled: list[Text] = []

        def store(machine: Machine) -> str:
            source = written(machine)
            if source not in texts:
                if not compiled:
                    compiled.append(self.compile(text))
                texts.add(source, _in_turn(compiled[0], machine.slots.copy()))
            return source

        return store

    def keeping(self) -> Setting:
        """The same place, on the right side of `:=`."""
        return Setting(self.compiler, self.loop, keep=True)

    def inside(self, names: tuple[str, ...]) -> Setting:
        """The body of a loop with these variables that stands here."""
        return Setting(self.compiler, self.loop + names, keep=self.keep)

    def alone(self) -> Setting:
        """The same, outside of all loops."""
        return Setting(self.compiler, keep=self.keep)


def _in_turn(text: Text, slots: list[str]) -> Text:
    """A text of a loop's body as it is in one turn."""

    def expand(machine: Machine) -> str:
        outer, machine.slots = machine.slots, slots
        expanded = text(machine)
        machine.slots = outer
        return expanded

    return expand


def constant(part: Part) -> Text:
    """The piece as a function that always gives text."""
    if isinstance(part, str):
        literal = part
        return lambda machine: literal
    read = part
    return lambda machine: read(machine) or ""


def merge(parts: list[Part]) -> Part:
    """Several pieces as one; what is undefined counts as empty among others."""
    if len(parts) == 1:
        return parts[0]
    merged = _merged(parts)
    if not merged:
        return ""
    return merged[0] if len(merged) == 1 else _joined(merged)


def text_of(parts: list[Part]) -> Text:
    """The function that joins the pieces."""
    merged = _merged(parts)
    return _joined(merged) if len(merged) > 1 else constant(merged[0] if merged else "")


def _merged(parts: list[Part]) -> list[Part]:
    merged: list[Part] = []
    for part in parts:
        last = merged[-1] if merged else None
        if isinstance(part, str) and isinstance(last, str):
            merged[-1] = last + part
        elif part != "":
            merged.append(part)
    return merged


def _joined(parts: list[Part]) -> Text:
    first, second = parts[:2]
    if len(parts) == 2:
        if isinstance(first, str) and not isinstance(second, str):
            before, only = first, second
            return lambda machine: before + (only(machine) or "")
        if isinstance(second, str) and not isinstance(first, str):
            behind, only = second, first
            return lambda machine: (only(machine) or "") + behind
    if len(parts) == 3 and not isinstance(second, str):
        return _between(first, second, parts[2])
    literals = [part if isinstance(part, str) else "" for part in parts]
    holes = [(at, part) for at, part in enumerate(parts) if not isinstance(part, str)]
    is_long = len(holes) > FEW

    def expand(machine: Machine) -> str:
        pieces = literals.copy()
        for at, read in holes:
            pieces[at] = read(machine) or ""
        if is_long:
            machine.bound(sum(map(len, pieces)))
        return "".join(pieces)

    return expand


def _between(first: Part, second: Read, third: Part) -> Text:
    """Three pieces of which the middle one is an expression, as most texts are."""
    if isinstance(first, str) and isinstance(third, str):
        before, behind = first, third
        return lambda machine: f"{before}{second(machine) or ''}{behind}"
    left, right = constant(first), constant(third)
    return lambda machine: f"{left(machine)}{second(machine) or ''}{right(machine)}"
