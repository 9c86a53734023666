"""Directives other than conditionals and loops: `.include`, `.undef`, `.export`, messages."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from portfake.make.actions import NEXT, Action, Call
from portfake.make.machine import Machine
from portfake.make.outcome import MessageKind
from portfake.make.program import LoopBroken
from portfake.make.reading import include
from portfake.make.setting import Setting
from portfake.make.texts import Text
from portfake.make.words import split

__all__ = ["compile_directive", "compile_traditional"]

_INCLUDE = re.compile(r"\.\s*([sd-]?)include[ \t]*(.*)", re.DOTALL)
_DIRECTIVE = re.compile(r"\.\s*([a-z-]*)(?:\s+(.*)|\Z)", re.DOTALL)
_OLD_WORDS = ("include", "sinclude", "-include", "export")
_OLD_INCLUDE = re.compile(r"([s-]?)include\s+(.*)", re.DOTALL)
_OLD_EXPORT = re.compile(r"export\s+([^=]*)(=?)(.*)", re.DOTALL)


def compile_directive(text: str, setting: Setting) -> Action | None:
    """The action of a line that begins with a dot, None if it is no directive."""
    found = _INCLUDE.match(text)
    if found is not None:
        return _compile_include(found.group(2), bool(found.group(1)), setting)
    found = _DIRECTIVE.match(text)
    if found is None or found.group(1) not in _DIRECTIVES:
        return None
    name = found.group(1)
    act = _DIRECTIVES[name]
    if not found.group(2) and name in _NEEDS_ARGUMENT:
        problem = _NEEDS_ARGUMENT[name]
        return Call(lambda machine: machine.complain(problem, fatal=True))
    argument = setting.text(found.group(2) or "")
    return _Directive(act, argument)


def _compile_include(name: str, optional: bool, setting: Setting) -> Action:
    closing = {'"': '"', "<": ">"}.get(name[:1])
    problem = ""
    if closing is None:
        problem = ".include filename must be delimited by '\"' or '<'"
    elif closing not in name[1:]:
        problem = f"Unclosed .include filename. '{closing}' expected"
    if closing is None or problem:
        return Call(lambda machine: machine.complain(problem, fatal=True))
    path = setting.text(name[1:].partition(closing)[0])
    return _Include(path, system=closing == ">", optional=optional)


class _Include(Action):
    __slots__ = ("optional", "path", "system")

    def __init__(self, path: Text, *, system: bool, optional: bool) -> None:
        self.path = path
        self.system = system
        self.optional = optional

    def act(self, machine: Machine) -> int:
        path = self.path.expand(machine)
        machine.decide("the name of an included file")
        include(machine, path, system=self.system, optional=self.optional)
        return NEXT


class _Directive(Action):
    """A word that does something with what stands behind it."""

    __slots__ = ("argument", "function")

    def __init__(self, function: Callable[[Machine, str], None], argument: Text) -> None:
        self.function = function
        self.argument = argument

    def act(self, machine: Machine) -> int:
        self.function(machine, self.argument.expand(machine))
        return NEXT


def compile_traditional(text: str, setting: Setting) -> Action | None:
    """`include file` and `export NAME=value`, as other makes have them."""
    if not text.startswith(_OLD_WORDS):
        return None
    found = _OLD_INCLUDE.match(text)
    if found is not None and not _looks_like_dependency(text):
        optional = bool(found.group(1))
        names = setting.text(found.group(2))

        def read(machine: Machine) -> None:
            for name in re.split(r"\s", names.expand(machine)):
                include(machine, name, system=False, optional=optional)

        return Call(read)
    found = _OLD_EXPORT.match(text)
    if found is None or ":" in text:
        return None
    name, equals, value = found.groups()
    if not equals:
        problem = 'Variable/Value missing from "export"'
        return Call(lambda machine: machine.complain(problem, fatal=True))
    expanded = setting.text(value)

    def export(machine: Machine) -> None:
        machine.environment[name] = expanded.expand(machine)
        if name not in machine.variables:
            machine.variables[name] = machine.environment[name]

    return Call(export)


def _looks_like_dependency(text: str) -> bool:
    return any(
        text[at + 1 : at + 2] in {"", ":", " ", "\t"} for at, char in enumerate(text) if char == ":"
    )


# The directives; each gets its argument expanded.


def _break(machine: Machine, argument: str) -> None:
    if machine.loops:
        raise LoopBroken
    machine.complain("break outside of for loop", fatal=True)


def _undef(machine: Machine, argument: str) -> None:
    machine.decide("a name to undefine")
    for name in split(argument):
        machine.undefine(name)


def _export(machine: Machine, argument: str) -> None:
    if not argument:
        machine.export_all = True
    for name in _exportable(machine, argument):
        machine.exported.add(name)
        machine.append(".MAKE.EXPORTED", name)


def _exportable(machine: Machine, argument: str) -> list[str]:
    return [
        name
        for name in split(argument)
        if name in machine.variables
        and machine.variables[name] is not machine.environment.get(name)
        and name[0] not in ".-"
        and name not in "@%*!"
    ]


def _export_env(machine: Machine, argument: str) -> None:
    for name in _exportable(machine, argument):
        machine.environment[name] = machine.value(name) or ""


def _export_literal(machine: Machine, argument: str) -> None:
    for name in _exportable(machine, argument):
        machine.environment[name] = machine.variables[name]


def _unexport(machine: Machine, argument: str) -> None:
    for name in argument.split() if argument else list(machine.exported):
        if name in machine.exported:
            machine.exported.discard(name)
            machine.environment.pop(name, None)
    left = [
        name for name in split(machine.value(".MAKE.EXPORTED") or "") if name in machine.exported
    ]
    machine.variables[".MAKE.EXPORTED"] = " ".join(left)
    if not left:
        del machine.variables[".MAKE.EXPORTED"]


def _unexport_env(machine: Machine, argument: str) -> None:
    if argument:
        machine.complain("The directive .unexport-env does not take arguments", fatal=True)
    for name, value in machine.environment.items():
        if machine.variables.get(name) == value:
            del machine.variables[name]
    machine.environment.clear()
    machine.exported.clear()
    machine.variables.pop(".MAKE.EXPORTED", None)


def _info(machine: Machine, argument: str) -> None:
    machine.say(MessageKind.INFO, argument)


def _warning(machine: Machine, argument: str) -> None:
    machine.warn(argument)


def _error(machine: Machine, argument: str) -> None:
    raise machine.stop(argument)


_NEEDS_ARGUMENT: Mapping[str, str] = {
    "error": 'Missing argument for ".error"',
    "info": 'Missing argument for ".info"',
    "undef": "The .undef directive requires an argument",
    "warning": 'Missing argument for ".warning"',
}
"""What is said where nothing stands behind the directive; expanding to nothing is fine."""


_DIRECTIVES: Mapping[str, Callable[[Machine, str], None]] = {
    "break": _break,
    "error": _error,
    "export": _export,
    "export-env": _export_env,
    "export-literal": _export_literal,
    "info": _info,
    "undef": _undef,
    "unexport": _unexport,
    "unexport-env": _unexport_env,
    "warning": _warning,
}
