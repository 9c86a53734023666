"""The functions of conditions: `defined()`, `empty()`, `make()` and so on."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from portfake.make.comparisons import Malformed, Test
from portfake.make.machine import BUILT_IN, Machine
from portfake.make.outcome import ErrorText
from portfake.make.setting import Part, Read, Text, constant

__all__ = ["FUNCTIONS", "call", "empty"]

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
        answer = not argument.strip(" \t\n\v\f\r")
        return lambda machine: answer
    read: Read = argument

    def is_empty(machine: Machine) -> bool:
        value = read(machine)
        if not value:
            if type(value) is ErrorText:
                raise Malformed
            return True
        return value[0] in " \t\n\v\f\r" and not value.strip(" \t\n\v\f\r")

    return is_empty


def defined(name: str) -> Test:
    """The test `defined(name)`."""
    if name in BUILT_IN:
        return lambda machine: True
    return lambda machine: name in machine.variables or name in machine.uncertain


def call(function: Callable[[Machine, str], bool], argument: Part) -> Test:
    """The test `function(argument)`; of nothing, nothing is true."""
    if isinstance(argument, str):
        if not argument:
            return lambda machine: False
        if function is _defined:
            return defined(argument)
        return lambda machine: function(machine, argument)
    text: Text = constant(argument)
    if function is _defined:

        def is_defined(machine: Machine) -> bool:
            name = text(machine)
            return name in machine.variables or (name != "" and machine.is_hidden(name))

        return is_defined

    def ask(machine: Machine) -> bool:
        value = text(machine)
        return value != "" and function(machine, value)

    return ask
