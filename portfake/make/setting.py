"""What compiled text may depend on besides itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from portfake.make.loops import loop_text, mentions, needs_source
from portfake.make.machine import Machine
from portfake.make.texts import Literal, Text

if TYPE_CHECKING:
    from portfake.make.compiler import Compiler

__all__ = ["Setting"]


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
        """The text compiled, loop variables included."""
        if "$" not in text:
            return Literal(text)
        texts = self.compiler.late_texts if self.keep else self.compiler.texts
        if not self.loop or not mentions(text, self.loop):
            return texts[text]
        if needs_source(text, self.loop):
            return _FromSource(self.raw(text), texts)
        return self.compile(text)

    def raw(self, text: str) -> Text:
        """A text as it is stored: loop variables written out."""
        written = loop_text(text, self.loop) if self.loop and "$" in text else None
        return written or Literal(text)

    def stored(self, text: str) -> Text:
        """The same, for a text that will be expanded as it is: its compiled form is handed on.

        What is stored differs with each turn of a loop, and most of it is expanded once only.
        """
        written = self.raw(text)
        if isinstance(written, Literal) or needs_source(text, self.loop):
            return written
        return _Stored(written, text, self)

    def keeping(self) -> Setting:
        """The same place, on the right side of `:=`."""
        return Setting(self.compiler, self.loop, keep=True)

    def inside(self, names: tuple[str, ...]) -> Setting:
        """The body of a loop with these variables that stands here."""
        return Setting(self.compiler, self.loop + names, keep=self.keep)

    def alone(self) -> Setting:
        """The same, outside of all loops."""
        return Setting(self.compiler, keep=self.keep)


class _FromSource(Text):
    """A text that is compiled when its loop's variables have been written into it."""

    __slots__ = ("source", "texts")

    def __init__(self, source: Text, texts: Mapping[str, Text]) -> None:
        self.source = source
        self.texts = texts

    def expand(self, machine: Machine) -> str:
        return self.texts[self.source.expand(machine)].expand(machine)


class _Stored(Text):
    """See `Setting.stored`."""

    __slots__ = ("compiled", "setting", "text", "written")

    def __init__(self, written: Text, text: str, setting: Setting) -> None:
        self.written = written
        self.text = text
        self.setting = setting
        self.compiled: Text | None = None

    def expand(self, machine: Machine) -> str:
        source = self.written.expand(machine)
        texts = self.setting.compiler.texts
        if source not in texts:
            if self.compiled is None:
                self.compiled = self.setting.compile(self.text)
            texts.add(source, _InTurn(self.compiled, machine.slots.copy()))
        return source


class _InTurn(Text):
    """A text of a loop's body as it is in one turn."""

    __slots__ = ("slots", "text")

    def __init__(self, text: Text, slots: list[str]) -> None:
        self.text = text
        self.slots = slots

    def expand(self, machine: Machine) -> str:
        outer, machine.slots = machine.slots, self.slots
        expanded = self.text.expand(machine)
        machine.slots = outer
        return expanded
