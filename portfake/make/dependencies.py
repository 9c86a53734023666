"""Dependency lines and recipe lines acted on: rules are made, special targets take effect."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from portfake.make.actions import NEXT, Action, Call
from portfake.make.arguments import apply_arguments
from portfake.make.dependency_lines import ATTRIBUTES, WITH_RECIPES, Dependency, cut_command
from portfake.make.machine import Machine
from portfake.make.outcome import MessageKind
from portfake.make.setting import Setting
from portfake.make.targets import Operator, Rule
from portfake.make.texts import Text

__all__ = ["compile_dependency", "compile_recipe"]

_WHITE = " \t\n\v\f\r"
_RULE = 40
"""The steps that it costs to make a target."""
_NOT_MAIN = {".NOTMAIN", ".USE", ".USEBEFORE", ".EXEC"}


def compile_recipe(text: str, setting: Setting) -> Action:
    """The action of a line that starts with a tab, here without it."""
    text = text.lstrip(_WHITE)
    raw = setting.raw(text)
    return Call(lambda machine: _add_command(machine, raw.expand(machine)))


def _add_command(machine: Machine, text: str) -> None:
    current = machine.targets.current
    if current is None:
        machine.complain(f'Unassociated shell command "{text}"', fatal=True)
        return
    for rule in current:
        if rule.closed:
            machine.warn(f'duplicate script for target "{rule.name}" ignored')
            machine.say(
                MessageKind.WARNING,
                f'using previous script for "{rule.name}" defined here',
                rule.lines()[-1].place,
            )
        else:
            rule.recipe.append((text, machine.readings[-1], machine.line_number()))


def compile_dependency(text: str, setting: Setting) -> Action:
    """The action of a line that is nothing else."""
    line, command = cut_command(text)
    raw = None if command is None else setting.raw(command.strip(_WHITE))
    return _DependencyLine(setting.text(line), raw, setting.compiler.dependencies)


class _DependencyLine(Action):
    __slots__ = ("command", "line", "parsed")

    def __init__(self, line: Text, command: Text | None, parsed: Mapping[str, Dependency]) -> None:
        self.line = line
        self.command = command
        self.parsed = parsed

    def act(self, machine: Machine) -> int:
        line = self.line.expand(machine)
        if machine.touched:
            machine.decide("a dependency line")
        _depend(machine, self.parsed[line])
        if self.command is not None and (first := self.command.expand(machine)):
            _add_command(machine, first)
        return NEXT


def _depend(machine: Machine, line: Dependency) -> None:
    machine.targets.end_group()
    machine.targets.current = []
    for expression in line.expressions:
        machine.expand(expression)
    for problem in line.warnings:
        machine.warn(problem)
    for problem in line.errors:
        machine.complain(problem, fatal=True)
    if line.errors:
        return
    targets = machine.targets
    special = line.special
    names = line.targets
    if special == ".MAIN" and targets.wanted:
        special, names = None, (*names, ".MAIN")
    elif special in WITH_RECIPES:
        targets.rule(special).attributes.add(".NOTMAIN")
        names = (*names, special)
    elif names and special is not None:
        machine.warn("Special and mundane targets don't mix. Mundane ones ignored")
    machine.spend(_RULE * (len(names) + len(line.sources)))
    rules = targets.current = [targets.rule(name) for name in names]
    _give_operator(machine, rules, line.operator)
    if special is None or special in WITH_RECIPES:
        _add_sources(machine, rules, line)
    elif special in ATTRIBUTES:
        for word in line.sources:
            targets.rule(word).attributes.add(special)
    else:
        _SPECIAL[special](machine, line.text)
    if targets.main is None and special is None:
        targets.main = _main_target(machine, rules)


def _give_operator(machine: Machine, rules: list[Rule], operator: Operator) -> None:
    for rule in rules:
        if rule.operator is None:
            rule.operator = operator
        elif rule.operator is not operator:
            machine.complain(f"Inconsistent operator for {rule.name}", fatal=True)
            break


def _add_sources(machine: Machine, rules: list[Rule], line: Dependency) -> None:
    if line.attributes:
        for rule in rules:
            rule.attributes |= line.attributes
    if line.sources:
        rule_of = machine.targets.rule
        machine.spend(len(rules) * len(line.sources))
        for word in line.sources:
            rule_of(word)
        for rule in rules:
            rule.sources += line.sources


def _main_target(machine: Machine, rules: list[Rule]) -> str | None:
    for rule in rules:
        if not rule.attributes & _NOT_MAIN and not _is_transformation(machine, rule.name):
            return rule.name
    return None


def _is_transformation(machine: Machine, name: str) -> bool:
    """`.c` and `.c.o`, if the suffixes are known."""
    if not name.startswith("."):
        return False
    suffixes = machine.targets.suffixes
    machine.spend(len(suffixes))
    known = set(suffixes)
    return any(
        name == first or (name.startswith(first) and name[len(first) :] in known)
        for first in suffixes
    )


# What special targets do with their sources.


def _main(machine: Machine, text: str) -> None:
    for name in text.split():
        machine.targets.wanted.append(name)
        machine.append(".TARGETS", name)


def _order(machine: Machine, text: str) -> None:
    names = tuple(text.split())
    machine.spend(_RULE * len(names))
    for name in names:
        machine.targets.rule(name)
    machine.targets.orders.append(names)


def _path(machine: Machine, text: str) -> None:
    machine.targets.search_path[:] = (
        []
        if not text
        else [
            *machine.targets.search_path,
            *text.split(),
        ]
    )
    machine.variables[".PATH"] = " ".join([".", *machine.targets.search_path])


def _suffixes(machine: Machine, text: str) -> None:
    suffixes = machine.targets.suffixes
    known = dict.fromkeys([*suffixes, *text.split()] if text else ())
    machine.spend(len(known))
    suffixes[:] = known


def _posix(machine: Machine, text: str) -> None:
    machine.assign("%POSIX", "1003.2")


def _readonly(machine: Machine, text: str) -> None:
    machine.frozen.update(text.split())


def _not_readonly(machine: Machine, text: str) -> None:
    machine.frozen.difference_update(text.split())


def _nothing(machine: Machine, text: str) -> None:
    """It only matters where recipes run."""


_SPECIAL: Mapping[str, Callable[[Machine, str], None]] = {
    ".MAIN": _main,
    ".MAKEFLAGS": apply_arguments,
    ".DELETE_ON_ERROR": _nothing,
    ".INCLUDES": _nothing,
    ".LIBS": _nothing,
    ".MFLAGS": apply_arguments,
    ".NOTHING": _nothing,
    ".NOTPARALLEL": _nothing,
    ".NO_PARALLEL": _nothing,
    ".NULL": _nothing,
    ".OBJDIR": _nothing,
    ".NOREADONLY": _not_readonly,
    ".ORDER": _order,
    ".PATH": _path,
    ".PARALLEL": _nothing,
    ".POSIX": _posix,
    ".READONLY": _readonly,
    ".SHELL": _nothing,
    ".SINGLESHELL": _nothing,
    ".SUFFIXES": _suffixes,
    ".SYSPATH": _nothing,
}
