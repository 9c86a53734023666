"""Modifiers that use a variable's name, define what was not defined, assign, or run commands."""

from __future__ import annotations

from collections.abc import Callable

from portfake.make.comparisons import Malformed
from portfake.make.machine import Machine
from portfake.make.modifiers.model import (
    NAME,
    Change,
    Control,
    Cursor,
    Defined,
    Modifier,
    ModifierFailed,
    State,
    dollars_halved,
    plain,
)
from portfake.make.outcome import ErrorText, MessageKind
from portfake.make.outside import FailedOutput
from portfake.make.program import Block
from portfake.make.texts import Part, as_text, merge
from portfake.make.words import split

__all__ = [
    "parse_assign",
    "parse_command",
    "parse_default",
    "parse_if_else",
    "parse_literal",
    "parse_loop",
    "parse_path",
    "parse_remember",
    "parse_shell",
]


def default_text(cursor: Cursor) -> Part:
    """The text of `:U` and `:D`, up to a colon or the closing bracket."""
    text, at, size = cursor.text, cursor.at, len(cursor.text)
    closing = cursor.closing
    escapable = {":", closing, "$", "\\"} - {""}
    pieces: list[Part] = []
    while at < size:
        char = text[at]
        if char in {":", closing}:
            break
        if char == "\\" and text[at + 1 : at + 2] in escapable:
            pieces.append(text[at + 1])
            at += 2
        elif char == "$":
            piece, at = cursor.parse_expression(text, at, cursor.setting)
            pieces.append(piece)
        else:
            end = plain(text, at, ":", closing)
            pieces.append(text[at:end])
            at = end
    cursor.at = at
    return merge(pieces)


def parse_default(cursor: Cursor) -> Modifier:
    """`:Utext` where undefined, `:Dtext` where defined."""
    if_defined = cursor.peek() == "D"
    cursor.at += 1
    part = default_text(cursor)
    text = as_text(part)

    def default(machine: Machine, state: State) -> None:
        if if_defined == (state.defined is Defined.YES):
            state.value = text.expand(machine)
        state.defined = max(state.defined, Defined.BY_MODIFIER)

    return Control(default, part if isinstance(part, str) and not if_defined else None)


def parse_literal(cursor: Cursor) -> Modifier:
    """`:L`, the name itself."""
    cursor.at += 1
    return Control(_literal)


def _literal(machine: Machine, state: State) -> None:
    state.value = state.name
    state.defined = max(state.defined, Defined.BY_MODIFIER)


def parse_path(cursor: Cursor) -> Modifier:
    """`:P`, the path of the target of that name, which is looked for in .PATH; else the name."""
    cursor.at += 1
    return Control(_path)


def _path(machine: Machine, state: State) -> None:
    _literal(machine, state)
    rule = machine.targets.rules.get(state.name)
    if rule is None or ".NOPATH" in rule.attributes:
        return
    for folder in machine.targets.search_path:
        path = f"{folder}/{state.name}"
        if machine.outside.exists(machine.absolute(path)):
            state.value = path
            return


_CONDITION = 8
"""The levels of nesting that a condition counts as, for its parentheses."""


def parse_if_else(cursor: Cursor) -> Modifier:
    """`:?then:else`, the name being a condition."""
    cursor.at += 1
    then = cursor.part(":")
    other = cursor.part(cursor.closing)
    cursor.at -= 1
    at = cursor.at
    then_text, other_text = as_text(then), as_text(other)

    def choose(machine: Machine, state: State) -> None:
        machine.deepen(_CONDITION)
        try:
            answer = machine.compiler.conditions[state.name].holds(machine)
        except Malformed as error:
            machine.decide("a condition")
            if reason := str(error):
                machine.complain(reason, fatal=True)
            sides = f"{then_text.expand(machine)}:{other_text.expand(machine)}"
            problem = f"Bad conditional expression '{NAME}' in '{NAME}?{sides}'"
            raise ModifierFailed(problem, at) from None
        finally:
            machine.depth -= _CONDITION
        if machine.touched:
            machine.decide("a condition")
        state.value = (then_text if answer else other_text).expand(machine)
        state.defined = max(state.defined, Defined.BY_MODIFIER)

    return Control(choose)


def parse_loop(cursor: Cursor) -> Modifier:
    """`:@variable@text@`, the text once for each word."""
    cursor.at += 1
    variable = cursor.raw_part("@")
    if "$" in variable:
        raise ModifierFailed(
            f'In the :@ modifier of "{NAME}", the variable name "{variable}" '
            "must not contain a dollar",
            cursor.at,
            fatal=True,
        )
    body = dollars_halved(cursor.setting, cursor.setting.compile(cursor.raw_part("@")))
    one_word = cursor.one_word

    def loop(machine: Machine, value: str) -> str:
        variables = machine.variables
        if variable in machine.frozen and _in_condition(machine):
            machine.frozen.discard(variable)
        pieces: list[str] = []
        ends_line = True
        size = 0
        for word in [value] if one_word else split(value):
            if not word:
                continue
            if variable and variable not in machine.frozen:
                variables[variable] = word
            text = body.expand(machine)
            if not text:
                continue
            if not ends_line and text[0] != "\n":
                pieces.append(" ")
            pieces.append(text)
            ends_line = text[-1] == "\n"
            size += len(text)
            if size > machine.text_limit:
                machine.bound(size)
            machine.steps -= 1 + (len(text) >> 5)
            if machine.steps < 0:
                machine.spend(0)
        machine.undefine(variable)
        return "".join(pieces)

    return Change(loop)


def parse_remember(cursor: Cursor) -> Modifier | None:
    """`:_` and `:_=name`, which store the value so far."""
    if not cursor.named_with("_"):
        return None
    cursor.at += 1
    name = "_"
    if cursor.peek() == "=":
        start = end = cursor.at + 1
        while end < len(cursor.text) and cursor.text[end] not in ":)}":
            end += 1
        name = cursor.text[start:end]
        cursor.at = end

    def remember(machine: Machine, value: str) -> str:
        if _in_condition(machine):
            machine.override(name, value)
        else:
            machine.assign(name, value)
        return value

    return Change(remember, inert=False)


def parse_command(cursor: Cursor) -> Modifier:
    """`:!command!`, what it prints."""
    cursor.at += 1
    command = as_text(cursor.part("!"))

    def run(machine: Machine, state: State) -> None:
        state.value = machine.command(command.expand(machine))
        state.defined = max(state.defined, Defined.BY_MODIFIER)

    return Control(run)


def parse_shell(cursor: Cursor) -> Modifier | None:
    """`:sh`, the value as a command; `:sh1` of newer versions is the same here."""
    for name in ("sh", "sh1"):
        if cursor.named(name):
            cursor.at += len(name)
            return Change(lambda machine, value: machine.command(value), inert=False)
    return None


_CONDITIONS = {Block.IF, Block.ELIF}


def _in_condition(machine: Machine) -> bool:
    """Whether a line with a condition is read: what it sets are variables of the command line."""
    program = machine.program
    return program is not None and program.blocks.get(machine.index) in _CONDITIONS


def _is_override(machine: Machine, name: str) -> bool:
    """Whether the command line set the variable, and the environment did not by -e."""
    return name in machine.frozen and name not in machine.from_environment


def _set(machine: Machine, state: State, text: str) -> None:
    is_new = state.defined is not Defined.YES
    if (is_new or _is_override(machine, state.name)) and _in_condition(machine):
        machine.override(state.name, text)
    else:
        machine.assign_known(state.name, text)


def _add(machine: Machine, state: State, text: str) -> None:
    if _is_override(machine, state.name) and _in_condition(machine):
        machine.override(state.name, f"{machine.lookup(state.name)} {text}")
    else:
        machine.append(state.name, text)


def _set_default(machine: Machine, state: State, text: str) -> None:
    if state.defined is not Defined.YES:
        _set(machine, state, text)


def _set_output(machine: Machine, state: State, text: str) -> None:
    output = machine.command(text, state.name)
    if type(output) is not FailedOutput:
        _set(machine, state, output)


_ASSIGNMENTS: dict[str, Callable[[Machine, State, str], None]] = {
    ":=": _set,
    ":+=": _add,
    ":?=": _set_default,
    ":!=": _set_output,
}


def parse_assign(cursor: Cursor) -> Modifier | None:
    """`::=text`, `::+=text`, `::?=text`, `::!=command`; the expression becomes empty."""
    start = cursor.at
    operator = next((sign for sign in _ASSIGNMENTS if cursor.text.startswith(sign, start)), None)
    if operator is None:
        return None
    assign = _ASSIGNMENTS[operator]
    bad = cursor.bad(start + 1)
    cursor.at += len(operator)
    text = as_text(cursor.part(cursor.closing))
    cursor.at -= 1

    def apply(machine: Machine, state: State) -> None:
        if not state.name:
            raise bad
        assign(machine, state, text.expand(machine))
        state.value = ""

    return Control(apply)


def unknown(text: str) -> Control:
    """What stands where no modifier does: an error once the expression is used."""

    def complain(machine: Machine, state: State) -> None:
        machine.complain(f'Unknown modifier "{text}"', fatal=True)
        state.value = ErrorText()

    return Control(complain)


def message(text: str) -> Control:
    """An error that leaves the value as it is."""

    def complain(machine: Machine, state: State) -> None:
        machine.say(MessageKind.DIAGNOSTIC, text.replace(NAME, state.name))

    return Control(complain)
