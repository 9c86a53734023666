"""Lines acted on under observation: what they read, and what they would change.

A Recorder stands in for the machine. Variables are read through it and changed in it alone;
questions about files and targets are passed on and noted with their answers; targets and recipes
are noted and not made. Everything else a machine has is missing from it, so that lines which need
it (includes, commands, messages, exports) end the recording and leave no trace.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple, NoReturn, TypeVar

from portfake.make.dependency_lines import Dependency
from portfake.make.machine import ASSIGNED, COMPUTED, Machine
from portfake.make.program import Program

__all__ = ["Recorder", "Traced", "Unrecordable"]

Answer = TypeVar("Answer")


class Unrecordable(Exception):
    """The lines do, or look at, what is not written down."""


class Fact(NamedTuple):
    """What was asked of something other than variables, and the answer."""

    question: Callable[[Machine, str], object]
    argument: str
    answer: object


class Deed(NamedTuple):
    """What is to be done about targets, and at which line."""

    program: Program
    line: int
    act: Callable[..., None]
    arguments: tuple[object, ...]


class Traced(dict[str, str]):
    """Variables under observation; the dictionary itself is empty, and `base` stays as it is."""

    def __init__(self, base: dict[str, str]) -> None:
        super().__init__()
        self.base = base
        self.values_read: dict[str, str | None] = {}
        self.tested: dict[str, bool] = {}
        """Names of which only was asked whether they are defined."""
        self.changed: dict[str, str | None] = {}
        """None for what is no more."""
        self.removed: set[str] = set()
        """What was undefined at some time, whatever came later."""
        self.appended: dict[str, str] = {}
        """What was added to variables that were not looked at otherwise."""
        self.uses = 0
        self.line = 0
        self.read_at: dict[object, int] = {}
        """Where a name was first read or tested, or a question asked."""

    def _current(self, name: str) -> str | None:
        self.uses += 1
        if name in self.changed:
            return self.changed[name]
        if name not in self.values_read:
            self.values_read[name] = self.base.get(name)
            self.read_at.setdefault(name, self.line)
        value = self.values_read[name]
        if name in self.appended:
            added = self.appended.pop(name)
            value = self.changed[name] = added if value is None else f"{value} {added}"
        return value

    def append(self, name: str, text: str) -> None:
        """Add to a variable without a look at it."""
        self.uses += 1
        if name in self.changed:
            old = self.changed[name]
            self.changed[name] = text if old is None else f"{old} {text}"
        elif name in self.appended:
            self.appended[name] += f" {text}"
        else:
            self.appended[name] = text

    def remove(self, name: str) -> None:
        """Take a variable away without a look at it."""
        self.appended.pop(name, None)
        self.removed.add(name)
        self.changed[name] = None

    def get(self, name: str, default: str | None = None) -> str | None:  # type: ignore[override]  # dict's overloads
        """See dict."""
        value = self._current(name)
        return default if value is None else value

    def __getitem__(self, name: str) -> str:
        value = self._current(name)
        if value is None:
            raise KeyError(name)
        return value

    def __contains__(self, name: object) -> bool:
        assert isinstance(name, str)
        self.uses += 1
        if name in self.changed:
            return self.changed[name] is not None
        if name in self.appended:
            return True
        if name in self.values_read:
            return self.values_read[name] is not None
        if name not in self.tested:
            self.tested[name] = name in self.base
            self.read_at.setdefault(name, self.line)
        return self.tested[name]

    def __setitem__(self, name: str, value: str) -> None:
        self.uses += 1
        self.appended.pop(name, None)
        self.changed[name] = value

    def _refuse(self, *arguments: object, **named: object) -> NoReturn:
        raise Unrecordable

    def __iter__(self) -> Iterator[str]:
        raise Unrecordable

    __delitem__ = __len__ = __or__ = __ror__ = __ior__ = __eq__ = _refuse
    clear = copy = items = keys = pop = popitem = setdefault = update = values = _refuse


class _Files:
    """The part of an Outside that may be asked."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def exists(self, path: str) -> bool:
        return self._recorder.ask(_exists, path)

    def __getattr__(self, name: str) -> NoReturn:
        raise Unrecordable


class _Frozen(set[str]):
    """Names that cannot be set, and that stay so."""

    def _refuse(self, *names: object) -> NoReturn:
        raise Unrecordable

    add = clear = difference_update = discard = pop = remove = update = _refuse


class _Targets:
    """The part of Targets that may be asked; what is done to them is noted by the Recorder."""

    def __init__(self, recorder: Recorder, made: set[str]) -> None:
        self._recorder = recorder
        self.current: object = ()
        self.made = made
        """Names whose rules the noted deeds may change."""

    def is_target(self, name: str) -> bool:
        if name in self.made:
            raise Unrecordable
        return self._recorder.ask(_is_target, name)

    def has_commands(self, name: str) -> bool:
        if name in self.made:
            raise Unrecordable
        return self._recorder.ask(_has_commands, name)

    @property
    def wanted(self) -> tuple[str, ...]:
        return self._recorder.ask(_wanted, "")

    def end_group(self) -> None:
        if self.current is not None:
            self._recorder.act(_end_group)
        self.current = None

    def __getattr__(self, name: str) -> NoReturn:
        raise Unrecordable


def _exists(machine: Machine, path: str) -> bool:
    return machine.outside.exists(path)


def _is_target(machine: Machine, name: str) -> bool:
    return machine.targets.is_target(name)


def _has_commands(machine: Machine, name: str) -> bool:
    return machine.targets.has_commands(name)


def _wanted(machine: Machine, _: str) -> tuple[str, ...]:
    return tuple(machine.targets.wanted)


def _end_group(machine: Machine) -> None:
    machine.targets.end_group()


class Recorder(Machine):
    """A machine that notes; see the module."""

    recording = True
    variables: Traced

    def __init__(self, machine: Machine) -> None:
        # Not Machine's own: what is not set here is not to be had.
        self.compiler = machine.compiler
        self.limits = machine.limits
        self.text_limit = machine.text_limit
        self.deadline = machine.deadline
        self.depth_limit = machine.depth_limit
        self.internal = machine.internal
        self.frozen = _Frozen(machine.frozen)
        self.strict = False
        self.environment_names = machine.environment.keys()
        self.variables = Traced(machine.variables)
        self.uncertain = {}
        self.touched = False
        self.in_use = set()
        self.local = False
        self.save_dollars = False
        self.texts = machine.texts
        self.slots = machine.slots.copy()
        self.loops = machine.loops
        self.program = machine.program
        self.index = machine.index
        self.open_ifs = 0
        self.steps = machine.steps
        self.facts: dict[tuple[object, str], Fact] = {}
        self.deeds: list[Deed] = []
        self._machine = machine
        self._targets = _Targets(self, {rule.name for rule in machine.targets.current or ()})
        self.targets = self._targets  # type: ignore[assignment]  # a part of them
        self.outside = _Files(self)
        self._known = len(self.__dict__) + 1

    def __getattr__(self, name: str) -> NoReturn:
        raise Unrecordable

    @property
    def work(self) -> int:
        """About how much was done: uses of variables, and what costs as much."""
        return self.variables.uses + 2 * len(self.facts) + 4 * len(self.deeds)

    @property
    def size(self) -> int:
        """The characters of all texts that the record would hold."""
        variables = self.variables
        records = (variables.values_read, variables.changed, variables.appended)
        return sum(len(text) for each in records for text in each.values() if text is not None)

    def check(self) -> None:
        """Raise Unrecordable if something was set that a Recorder does not have."""
        if len(self.__dict__) != self._known:
            raise Unrecordable

    def close(self) -> None:
        """Let go of everything, so that nothing is left in a cycle."""
        self.__dict__.clear()

    def missing(self, name: str) -> str | None:
        """See Machine."""
        if name in self.internal or name in COMPUTED:
            raise Unrecordable
        return None

    def assign(self, name: str, raw: str) -> None:
        """See Machine."""
        if not name:
            return
        if name in self.frozen or name in ASSIGNED:
            raise Unrecordable
        self.variables[name] = raw

    def append(self, name: str, raw: str) -> None:
        """See Machine."""
        if not name:
            return
        if name in self.frozen or name in ASSIGNED or name in self.internal or name in COMPUTED:
            raise Unrecordable
        self.variables.append(name, raw)

    def undefine(self, name: str) -> None:
        """See Machine."""
        if name in self.frozen or name in self.in_use or name in self.environment_names:
            raise Unrecordable
        self.variables.remove(name)

    def ask(self, question: Callable[[Machine, str], Answer], argument: str) -> Answer:
        """Ask the true machine, and note the answer."""
        answer = question(self._machine, argument)
        if (question, argument) not in self.facts:
            self.facts[question, argument] = Fact(question, argument, answer)
            self.variables.read_at[question, argument] = self.variables.line
        return answer

    def act(self, deed: Callable[..., None], *arguments: object, variables: bool = False) -> None:
        """Note what changes targets alone."""
        if variables:
            raise Unrecordable
        assert self.program is not None
        self._targets.current = ()
        for line in arguments:
            if isinstance(line, Dependency):
                self._targets.made.update(line.targets, (line.special or "",))
        self.deeds.append(Deed(self.program, self.index, deed, arguments))
