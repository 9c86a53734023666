"""Dependency lines and recipe lines: targets, operator, sources."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from portfake.make.arguments import apply_arguments
from portfake.make.expressions import parse_expression
from portfake.make.machine import Machine
from portfake.make.setting import Setting
from portfake.make.targets import Operator, RawLine, Rule

__all__ = ["compile_dependency", "compile_recipe"]

Action = Callable[[Machine], None]

_WHITE = " \t\n\v\f\r"

_ATTRIBUTES = frozenset(
    {
        ".EXEC",
        ".IGNORE",
        ".INVISIBLE",
        ".JOIN",
        ".MADE",
        ".MAKE",
        ".META",
        ".NOMETA",
        ".NOMETA_CMP",
        ".NOPATH",
        ".NOTMAIN",
        ".OPTIONAL",
        ".PHONY",
        ".PRECIOUS",
        ".RECURSIVE",
        ".SILENT",
        ".USE",
        ".USEBEFORE",
    }
)
"""Words that say something about targets: among sources of these, as a target of its sources."""
_RUN_BY_MAKE = frozenset({".BEGIN", ".DEFAULT", ".END", ".ERROR", ".INTERRUPT", ".STALE"})
"""Special targets that have recipes."""
_NOT_MAIN = {".NOTMAIN", ".USE", ".USEBEFORE", ".EXEC"}


def compile_recipe(text: str, setting: Setting) -> Action:
    """The action of a line that starts with a tab, here without it."""
    text = text.lstrip(_WHITE)
    raw = setting.raw(text)
    return lambda machine: _add_command(machine, raw(machine))


def _add_command(machine: Machine, text: str) -> None:
    targets = machine.targets
    if targets.current is None:
        machine.complain(f'Unassociated shell command "{text}"', fatal=True)
        return
    place = machine.place()
    assert place is not None
    line = RawLine(text, place)
    for rule in targets.current:
        if rule.closed:
            machine.warn(f'duplicate script for target "{rule.name}" ignored')
        else:
            rule.recipes.append(line)


def compile_dependency(text: str, setting: Setting) -> Action:
    """The action of a line that is nothing else."""
    line, semicolon, command = _cut_command(text)
    expanded = setting.text(line)
    raw = setting.raw(command.strip(_WHITE))

    def depend(machine: Machine) -> None:
        machine.targets.end_group()
        whole = expanded(machine)
        if machine.touched:
            machine.decide("a dependency line")
        machine.targets.current = []
        _Dependency(machine, whole, setting.alone()).read()
        if semicolon and (first := raw(machine)):
            _add_command(machine, first)

    return depend


def _cut_command(text: str) -> tuple[str, bool, str]:
    """The line before a semicolon outside of expressions, and the command behind it."""
    if ";" not in text:
        return text, False, ""
    level = 0
    at = 0
    while at < len(text):
        char = text[at]
        if char == "\\" and at + 1 < len(text):
            at += 1
        elif char == "$" and text[at + 1 : at + 2] in {"(", "{"}:
            level += 1
        elif level and char in ")}":
            level -= 1
        elif not level and char == ";":
            return text[:at], True, text[at + 1 :]
        at += 1
    return text, False, ""


class _Dependency:
    """One dependency line, expanded, being read."""

    def __init__(self, machine: Machine, text: str, setting: Setting) -> None:
        self.machine = machine
        self.text = text
        self.at = 0
        self.setting = setting
        self.special: str | None = None

    def read(self) -> None:
        if not self._targets():
            return
        operator = self._operator()
        current = self.machine.targets.current or []
        if current and self.special not in {None, *_RUN_BY_MAKE}:
            self.machine.warn("Special and mundane targets don't mix. Mundane ones ignored")
        for rule in current:
            if rule.operator not in {None, operator}:
                self.machine.complain(f"Inconsistent operator for {rule.name}", fatal=True)
                break
            rule.operator = operator
        self._sources(self.text[self.at :].strip(_WHITE))
        self._choose_main(current)

    def _targets(self) -> bool:
        text = self.text
        while True:
            self._skip(_WHITE)
            start = self.at
            self._word()
            if self.at >= len(text):
                self.machine.complain(_invalid_line(text), fatal=True)
                return False
            self._target(text[start : self.at])
            if self.special is not None and self.special != ".PATH":
                self._skip_to_operator()
            else:
                self._skip(_WHITE)
            if self.at >= len(text) or text[self.at] in ":!":
                return True

    def _skip(self, chars: str) -> None:
        while self.at < len(self.text) and self.text[self.at] in chars:
            self.at += 1

    def _word(self) -> None:
        text = self.text
        while self.at < len(text):
            char = text[self.at]
            if (char in _WHITE or char in "!:") and not self._escaped():
                break
            if char == "$":
                _, self.at = parse_expression(text, self.at, self.setting)
            else:
                self.at += 1

    def _escaped(self) -> bool:
        before = self.text[: self.at]
        return (len(before) - len(before.rstrip("\\"))) % 2 == 1

    def _skip_to_operator(self) -> None:
        start = self.at
        while self.at < len(self.text):
            if self.text[self.at] in "!:" and not self._escaped():
                break
            self.at += 1
        if self.text[start : self.at].strip(" \t"):
            self.machine.warn("Extra target ignored")

    def _target(self, name: str) -> None:
        targets = self.machine.targets
        assert targets.current is not None
        if name in _SPECIAL or name in _ATTRIBUTES or name.startswith(".PATH"):
            if name == ".MAIN" and targets.wanted:
                targets.current.append(targets.rule(name))
            else:
                self.special = name
        elif name in _RUN_BY_MAKE:
            self.special = name
            rule = targets.rule(name)
            rule.attributes.add(".NOTMAIN")
            targets.current.append(rule)
        elif self.special == ".PATH" and name:
            self.machine.warn(f"Extra target ({name}) ignored")
        elif self.special is None and name:
            targets.current += [targets.rule(each) for each in _braces_expanded(name)]

    def _operator(self) -> Operator:
        if self.at >= len(self.text):
            return Operator.DEPENDS
        if self.text[self.at] == "!":
            self.at += 1
            return Operator.FORCE
        double = self.text.startswith("::", self.at)
        self.at += 1 + double
        return Operator.DOUBLE if double else Operator.DEPENDS

    def _sources(self, text: str) -> None:
        targets = self.machine.targets
        current = targets.current or []
        special = self.special
        if special is not None and special in _SPECIAL:
            _SPECIAL[special](self.machine, text)
            return
        words = text.split() if text.isprintable() else re.split(rf"[{_WHITE}]+", text)
        if special is not None and special in _ATTRIBUTES:
            _give_attribute(self.machine, special, words)
            return
        for word in filter(None, words):
            if word in _ATTRIBUTES:
                for rule in current:
                    rule.attributes.add(word)
            elif word != ".WAIT":
                targets.rule(word)
                for rule in current:
                    rule.sources.append(word)

    def _choose_main(self, current: list[Rule]) -> None:
        targets = self.machine.targets
        if targets.main is None and self.special is None:
            for rule in current:
                if not rule.attributes & _NOT_MAIN and not self._is_transformation(rule.name):
                    targets.main = rule.name
                    return

    def _is_transformation(self, name: str) -> bool:
        """`.c` and `.c.o`, if the suffixes are known."""
        suffixes = self.machine.targets.suffixes
        return name.startswith(".") and any(
            name == first or (name.startswith(first) and name[len(first) :] in suffixes)
            for first in suffixes
        )


_BRACES = re.compile(r"(.*?)\{([^{}]*)\}(.*)", re.DOTALL)


def _braces_expanded(name: str) -> list[str]:
    """`a{b,c}` as the two names it stands for; make does the same, and looks for files too."""
    found = _BRACES.fullmatch(name)
    if found is None or name.count("{") > 4:
        return [name]
    before, inside, behind = found.groups()
    return [
        each for choice in inside.split(",") for each in _braces_expanded(before + choice + behind)
    ]


def _invalid_line(text: str) -> str:
    if text.startswith(("<<<<<<", "======", ">>>>>>")):
        return "Makefile appears to contain unresolved CVS/RCS/??? merge conflicts"
    found = re.match(r"\.\s*([A-Za-z0-9-]*)", text)
    return f'Unknown directive "{found.group(1)}"' if found else "Invalid line type"


# What special targets do with their sources.


def _give_attribute(machine: Machine, attribute: str, words: list[str]) -> None:
    for word in filter(None, words):
        machine.targets.rule(word).attributes.add(attribute)


def _main(machine: Machine, text: str) -> None:
    for name in text.split():
        machine.targets.wanted.append(name)
        machine.append(".TARGETS", name)


def _order(machine: Machine, text: str) -> None:
    names = tuple(text.split())
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
    if not text:
        suffixes.clear()
    suffixes += [name for name in text.split() if name not in suffixes]


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
