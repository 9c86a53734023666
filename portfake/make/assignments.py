"""Assignments: what is one, and what its operator does."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from portfake.make.actions import NEXT, Action
from portfake.make.expressions import check_syntax
from portfake.make.machine import Machine
from portfake.make.outside import FailedOutput
from portfake.make.setting import Setting
from portfake.make.texts import Text

__all__ = [
    "Assignment",
    "assign_argument",
    "compile_assignment",
    "compile_plain",
    "parse_assignment",
    "plain_assignment",
]

_SIMPLE = re.compile(r"[ \t]*([A-Za-z0-9_.\-]+)[ \t]*([+?:!]?=)\s*(.*)", re.DOTALL)
_BLANKS = " \t"
_WHITE = " \t\n\v\f\r"


class Assignment(NamedTuple):
    """A line of the form `name operator value`, nothing expanded."""

    name: str
    operator: str
    value: str


def parse_assignment(text: str) -> Assignment | None:
    """The assignment that a line or an argument is, None if it is none.

    Rules of bmake's Parse_IsVar: the operator stands outside of brackets and directly behind the
    name or blanks; `NAME+ =` sets a variable called `NAME+`.
    """
    simple = _SIMPLE.fullmatch(text)
    if simple is not None:
        return Assignment(*simple.groups())
    start = at = len(text) - len(text.lstrip(_BLANKS))
    level = 0
    first_blank = None
    size = len(text)
    while at < size:
        char = text[at]
        at += 1
        if char in "({":
            level += 1
            continue
        if char in ")}":
            level -= 1
            continue
        if level:
            continue
        if char in _BLANKS and first_blank is None:
            first_blank = at - 1
        while char in _BLANKS and char:
            char = text[at : at + 1]
            at += 1
        if char == ":" and text.startswith("sh", at):
            at += 2
            continue
        if char == "=":
            equals = at - 1
        elif char and text.startswith("=", at) and char in "+:?!":
            equals = at
        elif first_blank is not None:
            return None
        else:
            continue
        name_end = equals if first_blank is None else first_blank
        value = text[equals + 1 :].lstrip(_WHITE)
        return _with_operator(text, start, name_end, equals, value)
    return None


def _with_operator(text: str, start: int, name_end: int, equals: int, value: str) -> Assignment:
    sign = text[equals - 1] if equals > start else ""
    if sign and sign in "+?:!":
        at = equals - 1
        operator = sign + "="
    else:
        at = start + len(text[start:equals].rstrip(_WHITE))
        operator = "="
        if text.endswith(":sh", start, at):
            at -= 3
            operator = "!="
    return Assignment(text[start : min(name_end, at)], operator, value)


def compile_assignment(text: str, setting: Setting) -> Action | None:
    """The action of a line that assigns, None if it does not."""
    parsed = parse_assignment(text)
    return None if parsed is None else _Assign(parsed, setting)


class _Assign(Action):
    __slots__ = ("change", "name", "name_text", "setting", "stored")

    def __init__(self, parsed: Assignment, setting: Setting) -> None:
        self.name = parsed.name
        self.name_text = setting.text(parsed.name) if "$" in parsed.name else None
        self.change = _OPERATORS[parsed.operator](setting, parsed.value)
        self.stored = "" if parsed.operator == ":=" else parsed.value
        self.setting = setting

    def act(self, machine: Machine) -> int:
        if machine.targets.current is not None:
            machine.targets.end_group()
        if machine.strict:
            check_syntax(machine, self.stored, self.setting)
        name = self.name
        if self.name_text is not None:
            name = self.name_text.expand(machine)
            if machine.touched:
                machine.decide("the name of a variable")
        self.change.make(machine, name)
        return NEXT


_PLAIN_OPERATORS = {"=", "+=", "?="}


def plain_assignment(text: str, setting: Setting) -> Assignment | None:
    """The assignment that a line is, if it stores the text as it stands."""
    parsed = parse_assignment(text)
    if parsed is None or parsed.operator not in _PLAIN_OPERATORS or "$" in parsed.name:
        return None
    if not parsed.name or parsed.name[0] == "." or (setting.loop and "$" in parsed.value):
        return None
    return parsed


def compile_plain(assignments: list[Assignment], first: int, setting: Setting) -> Action:
    """The action of several such lines at once, from line `first` on."""
    return _AssignAll(assignments, first, setting)


class _AssignAll(Action):
    __slots__ = ("assignments", "end", "first", "names", "only_sets", "setting", "values")

    def __init__(self, assignments: list[Assignment], first: int, setting: Setting) -> None:
        self.assignments = assignments
        self.first = first
        self.end = first + len(assignments)
        self.setting = setting
        self.names = frozenset(each.name for each in assignments)
        self.values = {each.name: each.value for each in assignments}
        self.only_sets = all(each.operator == "=" for each in assignments)

    def act(self, machine: Machine) -> int:
        if machine.targets.current is not None:
            machine.targets.end_group()
        if machine.strict:
            for machine.index, each in enumerate(self.assignments, self.first):
                check_syntax(machine, each.value, self.setting)
        variables = machine.variables
        is_plain = not machine.uncertain and machine.frozen.isdisjoint(self.names)
        if is_plain and self.only_sets:
            variables.update(self.values)
            return self.end
        for name, operator, value in self.assignments:
            if operator == "?=":
                if name not in variables and not machine.is_hidden(name):
                    variables[name] = value
            elif operator == "+=":
                machine.append(name, value)
            elif is_plain:
                variables[name] = value
            else:
                machine.assign(name, value)
        return self.end


def assign_argument(machine: Machine, text: str, setting: Setting) -> str | None:
    """Carry out an assignment of the command line; gives the name, None if it is none."""
    parsed = parse_assignment(text)
    if parsed is None:
        return None
    name = machine.expand(parsed.name)
    machine.frozen.discard(name)
    _OPERATORS[parsed.operator](setting, parsed.value).make(machine, name)
    machine.frozen.add(name)
    machine.environment[name] = machine.variables.get(name, "")
    return name


class _Change:
    """What an operator does to a variable."""

    __slots__ = ()

    def make(self, machine: Machine, name: str) -> None:
        raise NotImplementedError


class _Set(_Change):
    __slots__ = ("raw",)

    def __init__(self, setting: Setting, value: str) -> None:
        self.raw = setting.stored(value)

    def make(self, machine: Machine, name: str) -> None:
        machine.assign(name, self.raw.expand(machine))


class _Append(_Change):
    __slots__ = ("raw",)

    def __init__(self, setting: Setting, value: str) -> None:
        self.raw = setting.raw(value)

    def make(self, machine: Machine, name: str) -> None:
        machine.append(name, self.raw.expand(machine))


class _SetDefault(_Change):
    __slots__ = ("raw",)

    def __init__(self, setting: Setting, value: str) -> None:
        self.raw = setting.raw(value)

    def make(self, machine: Machine, name: str) -> None:
        if name not in machine.variables and not machine.is_hidden(name):
            machine.assign(name, self.raw.expand(machine))


class _SetNow(_Change):
    __slots__ = ("late_texts", "text")

    def __init__(self, setting: Setting, value: str) -> None:
        self.text = setting.keeping().text(value)
        self.late_texts: Mapping[str, Text] = setting.compiler.late_texts

    def make(self, machine: Machine, name: str) -> None:
        if name not in machine.variables and not machine.is_hidden(name):
            machine.assign(name, "")
        texts, machine.texts = machine.texts, self.late_texts
        expanded = self.text.expand(machine)
        machine.texts = texts
        machine.charge(expanded)
        machine.assign_known(name, expanded)


class _SetOutput(_Change):
    __slots__ = ("command",)

    def __init__(self, setting: Setting, value: str) -> None:
        self.command = setting.text(value)

    def make(self, machine: Machine, name: str) -> None:
        command = self.command.expand(machine)
        output = machine.command(command, name)
        if type(output) is FailedOutput:
            machine.warn(f'"{command}" returned non-zero status')
        machine.assign_known(name, output)


_OPERATORS: Mapping[str, Callable[[Setting, str], _Change]] = {
    "=": _Set,
    "+=": _Append,
    "?=": _SetDefault,
    ":=": _SetNow,
    "!=": _SetOutput,
}
