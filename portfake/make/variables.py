"""What the expressions of a text are compiled to: they look variables up and change values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from portfake.make.machine import Machine
from portfake.make.modifiers.chain import Chain
from portfake.make.modifiers.model import NAME, Defined, ModifierFailed, State
from portfake.make.outcome import ErrorText
from portfake.make.texts import Part, Text, as_text

__all__ = [
    "DYNAMIC",
    "LONG_NAMES",
    "STAYING",
    "Broken",
    "ChangedLiteral",
    "ChangedSlot",
    "ChangedVariable",
    "Computed",
    "Controlled",
    "ControlledSlot",
    "Slot",
    "Unclosed",
    "Variable",
]

LONG_NAMES: Final = {
    ".ALLSRC": ">",
    ".ARCHIVE": "!",
    ".IMPSRC": "<",
    ".MEMBER": "%",
    ".OODATE": "?",
    ".PREFIX": "*",
    ".TARGET": "@",
}
DYNAMIC: Final = {"@": ".TARGET", "%": ".MEMBER", "*": ".PREFIX", "!": ".ARCHIVE"}
"""Variables that stay in the text where no target is being made."""
STAYING: Final = {*DYNAMIC, *(name + part for name in DYNAMIC for part in "DF")}
"""The same, and their parts, as `@D`."""


class Broken(Text):
    """A dollar that begins nothing."""

    __slots__ = ("problem",)

    def __init__(self, problem: str) -> None:
        self.problem = problem

    def read(self, machine: Machine) -> str:
        """See Text."""
        if machine.strict:
            machine.complain(self.problem, fatal=True)
        return ErrorText()


class Unclosed(Text):
    """An expression whose name does not end."""

    __slots__ = ("name",)

    def __init__(self, name: Part) -> None:
        self.name = as_text(name)

    def read(self, machine: Machine) -> str:
        """See Text."""
        machine.complain(f'Unclosed variable "{self.name.expand(machine)}"', fatal=True)
        return ErrorText()


class Slot(Text):
    """The variable of a loop."""

    __slots__ = ("number",)

    def __init__(self, number: int) -> None:
        self.number = number

    def expand(self, machine: Machine) -> str:
        """See Text."""
        return machine.slots[self.number]


class Variable(Text):
    """`${NAME}`; one that stays where it is undefined has its source."""

    __slots__ = ("name", "source")

    def __init__(self, name: str, source: str | None) -> None:
        self.name = name
        self.source = source

    def read(self, machine: Machine) -> str | None:
        """See Text."""
        raw = machine.variables.get(self.name)
        if raw is None:
            raw = machine.missing(self.name)
            if raw is None:
                return None if self.source is None or machine.local else self.source
        return machine.late(self.name, raw) if "$" in raw else raw


class Computed(Text):
    """`${${OPSYS}_VERSION}`."""

    __slots__ = ("name", "source")

    def __init__(self, name: Text, source: str) -> None:
        self.name = name
        self.source = source

    def read(self, machine: Machine) -> str | None:
        """See Text."""
        name = self.name.expand(machine)
        raw = machine.variables.get(name)
        if raw is None:
            name = LONG_NAMES.get(name, name)
            raw = machine.lookup(name)
            if raw is None:
                return self.source if name in STAYING and not machine.local else None
        return machine.late(name, raw) if "$" in raw else raw


_LONG: Final = 4096
"""From this length on the work of a modifier is counted by the value's length."""
_Apply = Callable[[Machine, str], str]


class ChangedVariable(Text):
    """`${NAME:modifiers}` where all of the modifiers only change the value."""

    __slots__ = ("applies", "name")

    def __init__(self, name: str, applies: list[_Apply]) -> None:
        self.name = name
        self.applies = applies

    def read(self, machine: Machine) -> str | None:
        """See Text."""
        raw = machine.variables.get(self.name)
        if raw is None:
            raw = machine.missing(self.name)
            if raw is None:
                return None
        value = machine.late(self.name, raw) if "$" in raw else raw
        if len(value) > _LONG:
            machine.spend(len(self.applies) * len(value) >> 3)
        for apply in self.applies:
            value = apply(machine, value)
        return value


class ChangedLiteral(Text):
    """`${:Utext:changes}`: the value is known, only the changes are to be made."""

    __slots__ = ("applies", "literal")

    def __init__(self, literal: str, applies: list[_Apply]) -> None:
        self.literal = literal
        self.applies = applies

    def expand(self, machine: Machine) -> str:
        """See Text."""
        value = self.literal
        for apply in self.applies:
            value = apply(machine, value)
        return value


class ChangedSlot(Text):
    """The variable of a loop with such modifiers."""

    __slots__ = ("applies", "number")

    def __init__(self, number: int, applies: list[_Apply]) -> None:
        self.number = number
        self.applies = applies

    def expand(self, machine: Machine) -> str:
        """See Text."""
        value = machine.slots[self.number]
        for apply in self.applies:
            value = apply(machine, value)
        return value


class ControlledSlot(Text):
    """The variable of a loop with any modifiers."""

    __slots__ = ("chain", "end", "number", "text")

    def __init__(self, number: int, chain: Chain, text: str, end: int) -> None:
        self.number = number
        self.chain = chain
        self.text = text
        self.end = end

    def read(self, machine: Machine) -> str | None:
        """See Text."""
        state = State("", machine.slots[self.number], Defined.BY_MODIFIER)
        return _through(machine, state, self.chain, self.text, self.end)


class Controlled(Text):
    """`${NAME:modifiers}`, any name and any modifiers."""

    __slots__ = ("chain", "end", "name", "source", "text")

    def __init__(self, name: Part, chain: Chain, text: str, source: str, end: int) -> None:
        self.name = as_text(name)
        self.chain = chain
        self.text = text
        self.source = source
        self.end = end

    def read(self, machine: Machine) -> str | None:
        """See Text."""
        said = self.name.expand(machine)
        short = LONG_NAMES.get(said, said)
        value = machine.value(short)
        if value is not None:
            return self.through(machine, State(short, value, Defined.YES))
        if short in STAYING and not machine.local:
            changed = self.through(machine, State(said, "", Defined.NO))
            return self.source if changed is None else changed
        return None if self.chain.is_inert else self.through(machine, State(said, "", Defined.NO))

    def through(self, machine: Machine, state: State) -> str | None:
        """The state passed through the modifiers."""
        return _through(machine, state, self.chain, self.text, self.end)


def _through(machine: Machine, state: State, chain: Chain, text: str, end: int) -> str | None:
    """Pass a state through the modifiers; after an error the text goes on where it was met."""
    try:
        for modifier in chain.modifiers:
            modifier.control(machine, state)
            if len(state.value) > _LONG:
                machine.bound(len(state.value))
                machine.spend(len(state.value) >> 3)
    except ModifierFailed as failure:
        if failure.message:
            machine.complain(failure.message.replace(NAME, state.name), fatal=failure.fatal)
        left_over = machine.expand(text[failure.at + 1 : end])
        if left_over or state.defined is not Defined.NO:
            return ErrorText(left_over)
    return None if state.defined is Defined.NO else state.value
