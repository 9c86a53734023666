"""The functions of conditions: `defined()`, `empty()`, `make()` and so on."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from portfake.make.comparisons import Malformed, Test
from portfake.make.machine import BUILT_IN, Machine
from portfake.make.outcome import ErrorText
from portfake.make.texts import Part, Text, as_text

__all__ = ["FUNCTIONS", "call", "empty"]

_WHITE = " \t\n\v\f\r"
_LOOK = 20
"""The steps that it costs to look for a file."""


def _defined(machine: Machine, name: str) -> bool:
    return machine.is_defined(name)


def _make(machine: Machine, pattern: str) -> bool:
    fits = machine.compiler.matchers[pattern]
    return any(fits(target) for target in machine.targets.wanted)


def _exists(machine: Machine, path: str) -> bool:
    machine.spend(_LOOK)
    if machine.outside.exists(machine.absolute(path)):
        return True
    if path.startswith("/"):
        return False
    folders = machine.targets.search_path
    machine.spend(_LOOK * len(folders))
    return any(machine.outside.exists(machine.absolute(f"{each}/{path}")) for each in folders)


def _target(machine: Machine, name: str) -> bool:
    return machine.targets.is_target(name)


def _commands(machine: Machine, name: str) -> bool:
    return machine.targets.has_commands(name)


FUNCTIONS: Mapping[str, Callable[[Machine, str], bool]] = {
    "commands": _commands,
    "defined": _defined,
    "exists": _exists,
    "make": _make,
    "target": _target,
}


def empty(argument: Part) -> Test:
    """The test `empty(argument)`, the argument being an expression."""
    if isinstance(argument, str):
        return _Known(not argument.strip(_WHITE))
    return _Empty(argument)


def defined(name: str) -> Test:
    """The test `defined(name)`."""
    return _Known(True) if name in BUILT_IN else _Defined(name)


def call(function: Callable[[Machine, str], bool], argument: Part) -> Test:
    """The test `function(argument)`; of nothing, nothing is true."""
    if function is _defined and isinstance(argument, str):
        return defined(argument) if argument else _Known(False)
    return _Call(function, as_text(argument))


class _Known(Test):
    __slots__ = ("answer",)

    def __init__(self, answer: bool) -> None:
        self.answer = answer

    def holds(self, machine: Machine) -> bool:
        return self.answer


class _Empty(Test):
    __slots__ = ("text",)

    def __init__(self, text: Text) -> None:
        self.text = text

    def holds(self, machine: Machine) -> bool:
        value = self.text.read(machine)
        if not value:
            if type(value) is ErrorText:
                raise Malformed
            return True
        return value[0] in _WHITE and not value.strip(_WHITE)


class _Defined(Test):
    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def holds(self, machine: Machine) -> bool:
        return self.name in machine.variables or self.name in machine.uncertain


class _Call(Test):
    __slots__ = ("argument", "function")

    def __init__(self, function: Callable[[Machine, str], bool], argument: Text) -> None:
        self.function = function
        self.argument = argument

    def holds(self, machine: Machine) -> bool:
        argument = self.argument.expand(machine)
        return argument != "" and self.function(machine, argument)
