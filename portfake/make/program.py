"""A makefile, or the body of a loop, as a list of lines that are compiled when first reached.

Running goes from line to line; a line's action tells where to go on. Which `.endif` belongs to an
`.if` is found in the way make does it: while lines are skipped only conditionals count, and the
body of a `.for` is what stands up to its `.endfor`, whatever conditionals are in it.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Sequence
from typing import Final

from portfake.make.actions import NEXT, Action
from portfake.make.comparisons import Test
from portfake.make.lines import Line
from portfake.make.machine import Machine
from portfake.make.setting import Setting

__all__ = ["Block", "LoopBroken", "Program", "run", "run_turns"]


class LoopBroken(Exception):
    """The loop around ends here."""


class Block(enum.Enum):
    """Lines that begin, divide or end blocks."""

    IF = "if"
    ELIF = "elif"
    ELSE = "else"
    ENDIF = "endif"
    FOR = "for"
    ENDFOR = "endfor"


_BLOCK = re.compile(
    r"\.[ \t]*(?:(?P<ENDIF>endif)(?![a-zA-Z])|(?P<ELSE>else)(?![a-zA-Z])"
    r"|(?P<ELIF>elif)(?:n?(?:def|make))?(?![a-zA-Z])|(?P<IF>if)(?:n?(?:def|make))?(?![a-zA-Z])"
    r"|(?P<FOR>for)(?=[ \t\v\f\r])|(?P<ENDFOR>endfor)(?=[ \t\v\f\r]|\Z))"
)

_LONELY_DOT = re.compile(r"\.[ \t]*\\\n")


class Program:
    """Lines with their actions, and the setting that their texts stand in."""

    def __init__(self, source: str, lines: Sequence[Line], setting: Setting, end: int) -> None:
        self.end = end
        """The number of the line behind the last one."""
        self.has_zero = False
        """There is a NUL in it, which no file may have."""
        self.source = source
        self.lines = lines
        self.setting = setting
        self.conditions: dict[int, tuple[Test, str]] = {}
        """Those of `.elif` lines, once they were needed."""
        self.actions: list[Action] = [_NOT_COMPILED] * len(lines)
        self.blocks: dict[int, Block] = {}
        for index, line in enumerate(lines):
            if line.text[0] == ".":
                found = _BLOCK.match(line.text)
                if found is not None and found.lastgroup is not None:
                    self.blocks[index] = Block[found.lastgroup]
        self._ifs = [
            index
            for index, block in self.blocks.items()
            if block is not Block.FOR and block is not Block.ENDFOR
        ]
        self._next_branches = self._find_branches()
        self._loop_ends = self._find_loop_ends()
        self._oddities = self._find_oddities()
        self.is_odd = bool(self._oddities)
        """Something is to be said about its conditionals, see `report`."""
        self.is_regular = not self._oddities and self._is_balanced()
        """Conditionals and loops stand inside each other as they should: nothing to watch."""

    def line_number(self, index: int) -> int:
        """The number of a line; at the end, of the one that would come next."""
        return self.lines[index].number if index < len(self.lines) else self.end

    def compile(self, index: int) -> Action:
        """The action of a line, from now on in its place."""
        action = self.actions[index] = self.setting.compiler.compile_line(self, index)
        return action

    def next_branch(self, index: int) -> int:
        """The `.elif`, `.else` or `.endif` that comes next on the same level; else the end."""
        return self._next_branches.get(index, len(self.lines))

    def _find_branches(self) -> dict[int, int]:
        found: dict[int, int] = {}
        opened: list[int] = []
        for at in self._ifs:
            block = self.blocks[at]
            if block is not Block.IF and opened:
                found[opened.pop()] = at
            if block is not Block.ENDIF:
                opened.append(at)
        return found

    def _find_oddities(self) -> list[tuple[int, str, bool]]:
        """What is to be said about conditionals even where they are skipped, and if it is fatal."""
        found: list[tuple[int, str, bool]] = []
        seen_else = [False]
        for index in self._ifs:
            block = self.blocks[index]
            if block in {Block.ELSE, Block.ENDIF}:
                tail = _BLOCK.sub("", self.lines[index].text, count=1)
                if tail:
                    problem = f"The .{block.value} directive does not take arguments"
                    found.append((index, problem, True))
            if block is Block.IF:
                seen_else.append(False)
            elif block is Block.ENDIF:
                seen_else.pop()
                seen_else = seen_else or [False]
            elif len(seen_else) > 1:
                if seen_else[-1]:
                    found.append((index, f"extra {block.value}", False))
                seen_else[-1] = seen_else[-1] or block is Block.ELSE
        return found

    def _is_balanced(self) -> bool:
        opened: list[Block] = []
        for block in self.blocks.values():
            if block is Block.IF or block is Block.FOR:
                opened.append(block)
            elif not opened or (opened[-1] is Block.FOR) is not (block is Block.ENDFOR):
                return False
            elif block is Block.ENDIF or block is Block.ENDFOR:
                opened.pop()
        return not opened

    def end_of_if(self, index: int) -> int:
        """The `.endif` of the conditional that a branch belongs to."""
        while index < len(self.lines) and self.blocks.get(index) is not Block.ENDIF:
            index = self.next_branch(index)
        return index

    def report(self, machine: Machine, first: int, last: int) -> None:
        """Say what is odd about the conditionals among these lines, the last one included."""
        for index, problem, fatal in self._oddities:
            if first <= index <= last:
                machine.index = index
                if fatal:
                    machine.complain(problem, fatal=True)
                else:
                    machine.warn(problem)

    def loop_end(self, index: int) -> int:
        """The `.endfor` of a `.for`; the end if it has none."""
        return self._loop_ends.get(index, len(self.lines))

    def _find_loop_ends(self) -> dict[int, int]:
        """Make looks for them in the lines as they stand: a dot alone on its line is none."""
        found: dict[int, int] = {}
        opened: list[int] = []
        for at, block in self.blocks.items():
            if block is Block.FOR or block is Block.ENDFOR:
                if _LONELY_DOT.match(self.source, self.lines[at].start):
                    continue
                if block is Block.FOR:
                    opened.append(at)
                elif opened:
                    found[opened.pop()] = at
        return found

    def body(self, index: int, names: tuple[str, ...]) -> Program:
        """The lines of a loop as a program of their own."""
        end = self.loop_end(index)
        lines = self.lines[index + 1 : end]
        return Program(self.source, lines, self.setting.inside(names), self.line_number(end))

    def body_source(self, index: int) -> tuple[str, int]:
        """The text of a loop's body, and the number of its first line."""
        end = self.loop_end(index)
        if end == index + 1:
            return "", 0
        first = self.lines[index + 1]
        last = self.lines[end].start if end < len(self.lines) else len(self.source)
        return self.source[first.start : last], first.number


class _NotCompiled(Action):
    """A line that was not reached yet."""

    __slots__ = ()

    def act(self, machine: Machine) -> int:
        program = machine.program
        assert program is not None
        return program.compile(machine.index).act(machine)


_NOT_COMPILED: Final = _NotCompiled()


def run(machine: Machine, program: Program) -> None:
    """Act on every line in turn."""
    run_turns(machine, program, (None,), 0)


def run_turns(
    machine: Machine, program: Program, turns: Iterable[Sequence[str] | None], base: int
) -> None:
    """Act on every line in turn, once for each turn of a loop.

    A turn's items go into the slots from `base` on.
    """
    outer = machine.program, machine.index, machine.open_ifs
    actions = program.actions
    size = len(actions)
    machine.program = program
    slots = machine.slots
    for items in turns:
        if items is not None:
            slots[base:] = items
        machine.open_ifs = 0
        machine.steps -= size
        if machine.steps < 0:
            machine.spend(0)
        index = 0
        while index < size:
            machine.index = index
            target = actions[index].act(machine)
            index = index + 1 if target == NEXT else target
        if machine.open_ifs:
            machine.index = size
            plural = "" if machine.open_ifs == 1 else "s"
            machine.complain(f"{machine.open_ifs} open conditional{plural}", fatal=True)
    machine.program, machine.index, machine.open_ifs = outer
