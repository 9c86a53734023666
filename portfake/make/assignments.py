"""Assignments: what is one, and what its operator does."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from portfake.make.expressions import check_syntax
from portfake.make.machine import Machine
from portfake.make.outside import FailedOutput
from portfake.make.setting import Setting

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


Action = Callable[[Machine], None]


def compile_assignment(text: str, setting: Setting) -> Action | None:
    """The action of a line that assigns, None if it does not."""
    parsed = parse_assignment(text)
    if parsed is None:
        return None
    act = _OPERATORS[parsed.operator](setting, parsed.value)
    stored = "" if parsed.operator == ":=" else parsed.value
    if "$" not in parsed.name:
        name = parsed.name

        def assign_to(machine: Machine) -> None:
            if machine.targets.current is not None:
                machine.targets.end_group()
            if machine.strict:
                check_syntax(machine, stored, setting)
            act(machine, name)

        return assign_to
    name_text = setting.text(parsed.name)

    def assign(machine: Machine) -> None:
        if machine.targets.current is not None:
            machine.targets.end_group()
        if machine.strict:
            check_syntax(machine, stored, setting)
        name = name_text(machine)
        if machine.touched:
            machine.decide("the name of a variable")
        act(machine, name)

    return assign


_PLAIN_OPERATORS = {"=", "+=", "?="}


def plain_assignment(text: str, setting: Setting) -> Assignment | None:
    """The assignment that a line is, if it stores the text as it stands."""
    parsed = parse_assignment(text)
    if parsed is None or parsed.operator not in _PLAIN_OPERATORS or "$" in parsed.name:
        return None
    if not parsed.name or parsed.name[0] == "." or (setting.loop and "$" in parsed.value):
        return None
    return parsed


def compile_plain(
    assignments: list[Assignment], first: int, setting: Setting
) -> Callable[[Machine], int]:
    """The action of several such lines at once, from line `first` on; it gives the next line."""
    end = first + len(assignments)
    names = frozenset(each.name for each in assignments)
    values = {each.name: each.value for each in assignments}
    only_sets = all(each.operator == "=" for each in assignments)

    def assign_all(machine: Machine) -> int:
        if machine.targets.current is not None:
            machine.targets.end_group()
        if machine.strict:
            for machine.index, each in enumerate(assignments, first):
                check_syntax(machine, each.value, setting)
        variables = machine.variables
        is_plain = not machine.uncertain and machine.frozen.isdisjoint(names)
        if is_plain and only_sets:
            variables.update(values)
            return end
        for name, operator, value in assignments:
            if operator == "?=":
                if name not in variables and not machine.is_hidden(name):
                    variables[name] = value
            elif operator == "+=":
                machine.append(name, value)
            elif is_plain:
                variables[name] = value
            else:
                machine.assign(name, value)
        return end

    return assign_all


def assign_argument(machine: Machine, text: str, setting: Setting) -> str | None:
    """Carry out an assignment of the command line; gives the name, None if it is none."""
    parsed = parse_assignment(text)
    if parsed is None:
        return None
    name = machine.expand(parsed.name)
    machine.frozen.discard(name)
    _OPERATORS[parsed.operator](setting, parsed.value)(machine, name)
    machine.frozen.add(name)
    machine.environment[name] = machine.variables.get(name, "")
    return name


_Act = Callable[[Machine, str], None]


def _set(setting: Setting, value: str) -> _Act:
    if not setting.loop or "$" not in value:
        return lambda machine, name: machine.assign(name, value)
    raw = setting.stored(value)
    return lambda machine, name: machine.assign(name, raw(machine))


def _append(setting: Setting, value: str) -> _Act:
    if not setting.loop or "$" not in value:
        return lambda machine, name: machine.append(name, value)
    raw = setting.raw(value)
    return lambda machine, name: machine.append(name, raw(machine))


def _set_default(setting: Setting, value: str) -> _Act:
    raw = setting.raw(value)

    def set_default(machine: Machine, name: str) -> None:
        if name not in machine.variables and not machine.is_hidden(name):
            machine.assign(name, raw(machine))

    return set_default


def _set_now(setting: Setting, value: str) -> _Act:
    if "$" not in value:
        return lambda machine, name: machine.assign(name, value)
    text = setting.keeping().text(value)
    late_texts = setting.compiler.late_texts

    def set_now(machine: Machine, name: str) -> None:
        if name not in machine.variables and not machine.is_hidden(name):
            machine.assign(name, "")
        texts, machine.texts = machine.texts, late_texts
        expanded = text(machine)
        machine.texts = texts
        machine.charge(expanded)
        machine.assign_known(name, expanded)

    return set_now


def _set_output(setting: Setting, value: str) -> _Act:
    command = setting.text(value)

    def set_output(machine: Machine, name: str) -> None:
        expanded = command(machine)
        output = machine.command(expanded, name)
        if type(output) is FailedOutput:
            machine.warn(f'"{expanded}" returned non-zero status')
        machine.assign_known(name, output)

    return set_output


_OPERATORS: Mapping[str, Callable[[Setting, str], _Act]] = {
    "=": _set,
    "+=": _append,
    "?=": _set_default,
    ":=": _set_now,
    "!=": _set_output,
}
