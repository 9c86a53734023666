"""Stretches of lines that are acted on once and recalled afterwards.

What a stretch of lines does hangs on the variables it reads and on little else. A thousand ports
run the same lines of bsd.port.mk, and most of them read the same values there. So a stretch is
recorded (see recording): which variables it read with which values, what it asked about files
and targets, and what it changed. Where all of that is found again the changes are made at once,
and no line is looked at. An ordinary port makes a quarter fewer calls, in a tenth less time.

Which lines make a good stretch shows while they run. A stretch begins as large as its block; where
it cannot be recorded, or where lines in it read something else each time, it is cut there.
"""

from __future__ import annotations

import re
from itertools import groupby, pairwise

from portfake.limits import LimitExceeded
from portfake.make.machine import Machine
from portfake.make.outcome import MakeStopped
from portfake.make.program import Block, LoopBroken, Program
from portfake.make.recording import Recorder, Traced, Unrecordable

__all__ = ["stretch_at"]

_LONGEST = 64
"""Lines and blocks of one stretch, to begin with."""
_TRIED = 3
"""Recordings after which lines that are hardly ever recalled are given up."""
_KEPT = 32
"""Recordings of one stretch."""
_LARGEST = 1 << 18
"""Characters of a record; makefiles that are out to fill memory make larger ones."""
_SMALL = 8
"""Work that is done faster than recalled, see Recorder.work."""
_NEVER = re.compile(r"\.[ \t]*(?:[sd-]?include|info|warning|error|export|unexport|break)\b|[^=]*!=")
_FAILURES = (Unrecordable, MakeStopped, LimitExceeded, LoopBroken, RecursionError)

_Shape = tuple[tuple[str, ...], tuple[str, ...]]
"""The names of variables that were read, and of those that were only tested."""
_Key = tuple[tuple[str | None, ...], tuple[bool, ...], tuple[str, ...]]
"""The values, whether the tested ones are defined, and the items of the loops around."""


class _Effect:
    """What lines did."""

    __slots__ = (
        "_appended",
        "_changed",
        "_deeds",
        "_facts",
        "_names",
        "_removed",
        "_steps",
        "_undefined",
        "end",
        "reads",
    )

    def __init__(self, recorder: Recorder, end: int, steps: int) -> None:
        variables = recorder.variables
        changed = variables.changed.items()
        self.end = end
        self.reads = _by_line(recorder)
        self._steps = steps
        self._facts = tuple(recorder.facts.values())
        self._changed = {name: value for name, value in changed if value is not None}
        self._undefined = [name for name, value in changed if value is None]
        self._removed = variables.removed
        self._appended = variables.appended
        self._names = {*variables.changed, *self._appended, *self._removed}
        self._deeds = tuple(recorder.deeds)

    def fits(self, machine: Machine) -> bool:
        """Whether all that is no variable is as it was, too."""
        for question, argument, answer in self._facts:
            if question(machine, argument) != answer:
                return False
        if machine.frozen and not machine.frozen.isdisjoint(self._names):
            return False
        return not self._removed or machine.environment.keys().isdisjoint(self._removed)

    def apply(self, machine: Machine) -> None:
        """Do it again."""
        machine.variables.update(self._changed)
        for name in self._undefined:
            machine.undefine(name)
        for name, text in self._appended.items():
            machine.append(name, text)
        if self._deeds:
            place = machine.program, machine.index
            for program, index, act, arguments in self._deeds:
                machine.program = program
                machine.index = index
                act(machine, *arguments)
            machine.program, machine.index = place
        machine.steps -= self._steps
        if machine.steps < 0:
            raise machine.exceeded(f"more than {machine.limits.steps} steps")


def _by_line(recorder: Recorder) -> dict[int, tuple[object, ...]]:
    """What was read at each line, and what it was."""
    variables = recorder.variables
    found: dict[int, list[object]] = {}
    for what, line in variables.read_at.items():
        answer: object = recorder.facts.get(what)  # type: ignore[call-overload]  # names have none
        if isinstance(what, str):
            answer = what, variables.values_read.get(what, variables.tested.get(what))
        found.setdefault(line, []).append(answer)
    return {line: tuple(answers) for line, answers in found.items()}


class _Stretch:
    """An action for several lines or blocks beside each other."""

    __slots__ = ("_effects", "_end", "_failures", "_hits", "_is_new", "_starts", "_tries")

    def __init__(self, starts: tuple[int, ...], end: int, *, is_new: bool) -> None:
        """`starts` are where its lines and blocks begin; a new one just runs the first time."""
        self._starts = starts
        self._end = end
        self._is_new = is_new
        self._tries = 0
        self._hits = 0
        self._failures = 0
        self._effects: dict[_Shape, dict[_Key, _Effect]] = {}

    def __call__(self, machine: Machine) -> int:
        """Recall what the lines do, or act on them; gives the line to go on at."""
        if (
            self._is_new
            or machine.recording
            or machine.uncertain
            or machine.touched
            or machine.save_dollars
            or machine.strict
        ):
            self._is_new = False
            return self._run(machine)
        variables = machine.variables
        get, has = variables.get, variables.__contains__
        slots = tuple(machine.slots)
        for (names, tested), effects in self._effects.items():
            effect = effects.get((tuple(map(get, names)), tuple(map(has, tested)), slots))
            if effect is not None and effect.fits(machine):
                self._hits += 1
                effect.apply(machine)
                return effect.end
        return self._miss(machine)

    def _run(self, machine: Machine) -> int:
        program = machine.program
        assert program is not None
        index = self._starts[0]
        while index < self._end:
            machine.index = index
            target = program.line_action(index)(machine)
            index = index + 1 if target is None else target
        return index

    def _miss(self, machine: Machine) -> int:
        program = machine.program
        assert program is not None
        self._tries += 1
        if self._tries > _TRIED and self._hits < 4 * self._tries:
            self._divide(program)
            return self._go_on(machine, program)
        recorder = Recorder(machine)
        try:
            end = self._record(recorder)
            recorder.check()
        except _FAILURES:
            return self._failed(machine, recorder.variables.line)
        else:
            if recorder.size > _LARGEST:
                self._give_up(program, self._starts)
                return self._run(machine)
            effect = _Effect(recorder, end, machine.steps - recorder.steps)
            slots = tuple(machine.slots)
            self._remember(effect, recorder.variables, slots)
            if recorder.work < _SMALL * (1 + 3 * bool(slots)):
                self._give_up(program, self._starts)
            effect.apply(machine)
            return end
        finally:
            recorder.close()

    def _failed(self, machine: Machine, line: int) -> int:
        """Act on lines that cannot be recorded because of this one."""
        program = machine.program
        assert program is not None
        self._failures += 1
        if 4 * self._failures <= self._hits:
            return self._run(machine)
        at = self._starts.index(line)
        self._part(program, self._starts[:at])
        self._give_up(program, self._starts[at : at + 1])
        self._part(program, self._starts[at + 1 :])
        return self._go_on(machine, program)

    def _remember(self, effect: _Effect, variables: Traced, slots: tuple[str, ...]) -> None:
        values = variables.values_read
        tested = {name: known for name, known in variables.tested.items() if name not in values}
        if sum(map(len, self._effects.values())) >= _KEPT:
            self._effects.clear()
        shape = tuple(values), tuple(tested)
        key = tuple(values.values()), tuple(tested.values()), slots
        self._effects.setdefault(shape, {})[key] = effect

    def _record(self, recorder: Recorder) -> int:
        program = recorder.program
        assert program is not None
        starts = set(self._starts)
        index = self._starts[0]
        while index < self._end:
            if index in starts:
                recorder.variables.line = index
            recorder.index = index
            target = program.line_action(index)(recorder)
            index = index + 1 if target is None else target
        return index

    def _divide(self, program: Program) -> None:
        """Part lines that read something else each time from those that do not.

        Lines beside each other that changed what they read together stay together.
        """
        effects = [effect for each in self._effects.values() for effect in each.values()]

        def manner(line: int) -> tuple[int, ...]:
            seen: dict[tuple[object, ...], int] = {}
            return tuple(
                seen.setdefault(effect.reads.get(line, ()), len(seen)) for effect in effects
            )

        groups = [(kind, tuple(lines)) for kind, lines in groupby(self._starts, manner)]
        for kind, lines in groups:
            if len(set(kind)) == len(effects) or len(groups) == 1:
                self._give_up(program, lines)
            else:
                self._part(program, lines)

    def _give_up(self, program: Program, lines: tuple[int, ...]) -> None:
        for line in lines:
            program.actions[line] = program.line_action(line)

    def _part(self, program: Program, lines: tuple[int, ...]) -> None:
        bounds = dict(pairwise((*self._starts, self._end)))
        if lines:
            program.actions[lines[0]] = _Stretch(lines, bounds[lines[-1]], is_new=False)

    def _go_on(self, machine: Machine, program: Program) -> int:
        first = self._starts[0]
        target = program.actions[first](machine)
        return first + 1 if target is None else target


def stretch_at(program: Program, index: int) -> _Stretch | None:
    """The stretch that begins at a line; None where there is nothing to remember."""
    if not program.is_regular:
        return None
    starts: list[int] = []
    at = index
    while at < len(program.lines) and len(starts) < _LONGEST:
        block = program.blocks.get(at)
        if block is None and not _NEVER.match(program.lines[at].text):
            following = at + 1
        elif block is Block.IF:
            following = program.end_of_if(at) + 1
        elif block is Block.FOR:
            following = program.loop_end(at) + 1
        else:
            break
        starts.append(at)
        at = following
    return _Stretch(tuple(starts), at, is_new=True) if starts else None
