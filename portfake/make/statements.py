"""Lines compiled to actions: what kind of line it is, and the control lines `.if` and `.for`."""

from __future__ import annotations

import re

from portfake.make.actions import NEXT, Action, Call
from portfake.make.assignments import (
    Assignment,
    compile_assignment,
    compile_plain,
    plain_assignment,
)
from portfake.make.comparisons import Malformed, Test
from portfake.make.conditions import Kind, condition
from portfake.make.dependencies import compile_dependency, compile_recipe
from portfake.make.directives import compile_directive, compile_traditional
from portfake.make.lines import logical_lines
from portfake.make.loops import changes_syntax, substitute, uses
from portfake.make.machine import Machine
from portfake.make.program import Block, LoopBroken, Program, run, run_turns
from portfake.make.words import split

__all__ = ["compile_line"]

_LONGEST_RUN = 200
_DEEPEST_LOOP = 64
_CONDITION = re.compile(r"\.[ \t]*(?:el)?if(n?)(def|make)?")
_DEFINED = re.compile(r"(!?)[ \t]*defined[ \t]*\([ \t]*([A-Za-z0-9_.-]+)[ \t]*\)")
_FOR = re.compile(r"\.\s*for(\s.*)", re.DOTALL)


def compile_line(program: Program, index: int) -> Action:
    """The action of one line."""
    block = program.blocks.get(index)
    if block is not None:
        return _BLOCKS[block](program, index)
    text = program.lines[index].text
    setting = program.setting
    if text[0] == ".":
        action = compile_directive(text, setting)
        if action is not None:
            return action
    if text[0] == "\t":
        return compile_recipe(text[1:], setting)
    return (
        compile_traditional(text, setting)
        or _compile_plain_assignments(program, index)
        or compile_assignment(text, setting)
        or compile_dependency(text, setting)
    )


def _compile_plain_assignments(program: Program, index: int) -> Action | None:
    """A run of lines that only store texts, as one action; nothing jumps into its middle."""
    assignments: list[Assignment] = []
    for line in program.lines[index : index + _LONGEST_RUN]:
        if line.text[0] in "\t." or compile_traditional(line.text, program.setting):
            break
        assignment = plain_assignment(line.text, program.setting)
        if assignment is None:
            break
        assignments.append(assignment)
    return compile_plain(assignments, index, program.setting) if assignments else None


# Conditionals.


def _condition(program: Program, index: int) -> tuple[Test, str]:
    """The test of an `.if` or `.elif`, and its text."""
    line = program.lines[index].text
    found = _CONDITION.match(line)
    assert found is not None
    negate, word = found.groups()
    kind = Kind(
        bare="make" if word == "make" else "defined", negate=bool(negate), plain=word is None
    )
    text = line[found.end() :].lstrip(" \t")
    return condition(text, kind, program.setting), text


def _ask(machine: Machine, test: Test, text: str) -> bool | None:
    """The answer, None after a complaint about a condition that makes no sense."""
    try:
        answer = test.holds(machine)
    except Malformed as error:
        machine.complain(str(error) or f"Malformed conditional ({text})", fatal=True)
        return None
    if machine.touched:
        machine.decide("a condition")
    return answer


def _reading(machine: Machine) -> Program:
    """The program at hand. Actions ask for it, so that it does not hold itself through them."""
    assert machine.program is not None
    return machine.program


def _compile_if(program: Program, index: int) -> Action:
    test, text = _condition(program, index)
    branch = program.next_branch(index)
    is_simple = program.blocks.get(branch) is Block.ENDIF and not program.is_odd
    behind = branch + 1 if is_simple else None
    counts = not program.is_regular
    alone = _DEFINED.fullmatch(text)
    if alone is not None and behind is not None and not counts:
        return _IfDefined(alone.group(2), wanted=not alone.group(1), behind=behind)
    return _If(test, text, index, behind, counts=counts)


class _If(Action):
    """`.if`; `behind` is the line behind its `.endif`, if it is as simple as that."""

    __slots__ = ("behind", "counts", "index", "test", "text")

    def __init__(
        self, test: Test, text: str, index: int, behind: int | None, *, counts: bool
    ) -> None:
        self.test = test
        self.text = text
        self.index = index
        self.behind = behind
        self.counts = counts

    def act(self, machine: Machine) -> int:
        answer = _ask(machine, self.test, self.text)
        if answer is None:
            return _leave(machine, self.index)
        if answer:
            machine.open_ifs += self.counts
            return NEXT
        return _enter_branch(machine, self.index) if self.behind is None else self.behind


class _IfDefined(Action):
    """`.if defined(name)` or `.if !defined(name)` without other branches, which most are."""

    __slots__ = ("behind", "name", "wanted")

    def __init__(self, name: str, *, wanted: bool, behind: int) -> None:
        self.name = name
        self.wanted = wanted
        self.behind = behind

    def act(self, machine: Machine) -> int:
        known = self.name in machine.variables or machine.is_hidden(self.name)
        return NEXT if known is self.wanted else self.behind


def _enter_branch(machine: Machine, index: int) -> int:
    """Where to go on behind a condition that is false."""
    program = _reading(machine)
    while True:
        index = _next_branch(machine, program, index)
        block = program.blocks.get(index)
        if block is None:
            machine.open_ifs += 1
            return index
        if block is not Block.ELIF:
            machine.open_ifs += block is Block.ELSE and not program.is_regular
            return index + 1
        if index not in program.conditions:
            program.conditions[index] = _condition(program, index)
        answer = _ask(machine, *program.conditions[index])
        if answer is None:
            return _leave(machine, index)
        if answer:
            machine.open_ifs += not program.is_regular
            return index + 1


def _leave(machine: Machine, index: int) -> int:
    """Where the conditional ends that the line belongs to."""
    program = _reading(machine)
    while True:
        index = _next_branch(machine, program, index)
        block = program.blocks.get(index)
        if block is None:
            machine.open_ifs += 1
            return index
        if block is Block.ENDIF:
            return index + 1


def _next_branch(machine: Machine, program: Program, index: int) -> int:
    branch = program.next_branch(index)
    if program.is_odd:
        program.report(machine, index + 1, branch)
    machine.index = branch
    return branch


def _compile_branch(program: Program, index: int) -> Action:
    """`.elif`, `.else` and `.endif`, reached at the end of the branch before them."""
    block = program.blocks[index]
    if program.is_regular:
        end = index + 1 if block is Block.ENDIF else program.end_of_if(index) + 1
        return _GoOn(end)
    return _EndOfBranch(block, index)


class _GoOn(Action):
    """The end of a branch where conditionals stand as they should."""

    __slots__ = ("at",)

    def __init__(self, at: int) -> None:
        self.at = at

    def act(self, machine: Machine) -> int:
        return self.at


class _EndOfBranch(Action):
    """The same where they do not."""

    __slots__ = ("block", "index")

    def __init__(self, block: Block, index: int) -> None:
        self.block = block
        self.index = index

    def act(self, machine: Machine) -> int:
        program = _reading(machine)
        if program.is_odd:
            program.report(machine, self.index, self.index)
        if not machine.open_ifs:
            machine.complain(f"if-less {self.block.value}", fatal=True)
            return NEXT
        machine.open_ifs -= 1
        return NEXT if self.block is Block.ENDIF else _leave(machine, self.index)


# Loops.


def _compile_for(program: Program, index: int) -> Action:
    found = _FOR.match(program.lines[index].text)
    assert found is not None
    names, items = _header(found.group(1))
    if not names or items is None:
        problem = "missing `in' in for" if items is None else "no iteration variables in for"
        return Call(lambda machine: machine.complain(problem, fatal=True))
    return _For(names, items, program, index)


class _For(Action):
    """`.for`. It does not keep the program, which would then hold itself."""

    __slots__ = ("base", "body", "end", "index", "items", "names", "unclosed")

    def __init__(self, names: tuple[str, ...], items: str, program: Program, index: int) -> None:
        self.names = names
        self.items = program.setting.text(items)
        self.index = index
        self.end = program.loop_end(index) + 1
        self.unclosed = self.end > len(program.lines)
        self.base = len(program.setting.loop)
        self.body: Program | None = None

    def act(self, machine: Machine) -> int:
        expanded = self.items.expand(machine)
        if self.unclosed:
            machine.index = self.end
            machine.complain("Unexpected end of file in .for loop", fatal=True)
            machine.index = self.index
        words = split(expanded)
        if machine.touched:
            machine.decide("the items of a loop")
        if words == [""]:
            return self.end
        size = len(self.names)
        if len(words) % size:
            machine.complain(
                f"Wrong number of words ({len(words)}) in .for "
                f"substitution list with {size} variables",
                fatal=True,
            )
            return self.end
        self.run(machine, _turns(words, size), changing=changes_syntax(expanded))
        return self.end

    def run(self, machine: Machine, turns: list[list[str]], *, changing: bool) -> None:
        """Take each turn; with `changing`, some items may change how lines are read."""
        if machine.loops >= _DEEPEST_LOOP:
            raise machine.exceeded(f"loops nest deeper than {_DEEPEST_LOOP}")
        program = _reading(machine)
        if self.body is None:
            machine.spend(self.end - self.index)
            self.body = program.body(self.index, self.names)
        open_ifs = machine.open_ifs
        machine.loops += 1
        try:
            if changing:
                for turn in turns:
                    if any(map(changes_syntax, turn)):
                        _run_source(machine, program, self.index, self.names, turn)
                    else:
                        run_turns(machine, self.body, (turn,), self.base)
            else:
                run_turns(machine, self.body, turns, self.base)
        except LoopBroken:
            machine.program, machine.index, machine.open_ifs = program, self.index, open_ifs
        del machine.slots[self.base :]
        machine.loops -= 1


def _header(text: str) -> tuple[tuple[str, ...], str | None]:
    """The variables before `in`, and the text behind it."""
    names: list[str] = []
    for found in re.finditer(r"[^ \t\n\v\f\r]+", text):
        if found.group() == "in":
            return tuple(names), text[found.end() :].lstrip(" \t\n\v\f\r")
        names.append(found.group())
    return tuple(names), None


def _turns(words: list[str], size: int) -> list[list[str]]:
    """The words of each turn, so many at a time."""
    if size == 1:
        return [[word] for word in words]
    return [words[at : at + size] for at in range(0, len(words), size)]


def _run_source(
    machine: Machine, program: Program, index: int, names: tuple[str, ...], turn: list[str]
) -> None:
    """One turn with items that could be syntax: the source is substituted, then read."""
    source, first = program.body_source(index)
    if any("\n" in item for item in turn):
        values = dict(zip(names, turn, strict=True))
        for name in uses(source, names):
            if "\n" in values[name]:
                machine.complain("newline in .for value", fatal=True)
    if program.setting.loop:
        source = substitute(source, program.setting.loop, machine.slots)
    source = substitute(source, names, turn)
    machine.charge(source)
    slots, machine.slots = machine.slots, []
    lines = logical_lines(source, first)
    end = first + source.count("\n")
    run(machine, Program(source, lines, program.setting.alone(), end))
    machine.slots = slots


def _compile_endfor(program: Program, index: int) -> Action:
    return Call(lambda machine: machine.complain("for-less endfor", fatal=True))


_BLOCKS = {
    Block.IF: _compile_if,
    Block.ELIF: _compile_branch,
    Block.ELSE: _compile_branch,
    Block.ENDIF: _compile_branch,
    Block.FOR: _compile_for,
    Block.ENDFOR: _compile_endfor,
}
