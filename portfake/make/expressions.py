"""Expressions, `$x`, `${NAME}`, `$(NAME:modifiers)`, from text to functions.

Nothing is evaluated here. The function that comes out looks its variable up, expands the value
and passes it through the modifiers; `.for` variables are read from the machine's slots.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from portfake.make.machine import Machine
from portfake.make.modifiers.chain import Chain, parse_chain, plain_changes
from portfake.make.modifiers.model import (
    NAME,
    Change,
    Control,
    Cursor,
    Defined,
    ModifierFailed,
    State,
)
from portfake.make.outcome import ErrorText
from portfake.make.setting import Part, Read, Setting, merge

__all__ = [
    "DYNAMIC",
    "check_syntax",
    "parse_condition_argument",
    "parse_expression",
    "parse_plain_chain",
]

_LONG_NAMES = {
    ".ALLSRC": ">",
    ".ARCHIVE": "!",
    ".IMPSRC": "<",
    ".MEMBER": "%",
    ".OODATE": "?",
    ".PREFIX": "*",
    ".TARGET": "@",
}
DYNAMIC = {"@": ".TARGET", "%": ".MEMBER", "*": ".PREFIX", "!": ".ARCHIVE"}
"""Variables that stay in the text where no target is being made."""
_DYNAMIC = {*DYNAMIC, *(name + part for name in DYNAMIC for part in "DF")}

_LITERAL = re.compile(r"\$\{:U([^$:{}\\]*(?:\\:[^$:{}\\]*)*)([:}])")
_PLAIN_CHAINS = {"{": re.compile(r"[^{}]*"), "(": re.compile(r"[^()]*")}
_NAME_TEXT = re.compile(r"[^${}():\\]+")


def parse_expression(text: str, at: int, setting: Setting) -> tuple[Part, int]:
    """The expression at the dollar, and where it ends."""
    literal = _LITERAL.match(text, at)
    if literal is not None:
        value, behind = literal.groups()
        value = value.replace("\\:", ":")
        if behind == "}":
            return value, literal.end()
        chain = _plain_chain_at(text, literal.end(), "{", setting)
        if chain is not None and chain.changes is not None:
            return _changed_literal(value, chain.changes), chain.end + 1
    opening = text[at + 1 : at + 2]
    if opening in {"{", "("}:
        return _parse_nested(text, at, setting)
    if opening in _NO_NAMES:
        return _broken(_NO_NAMES[opening]), at + 1
    if opening in setting.loop:
        return _slot(setting.loop.index(opening)), at + 2
    source = f"$({DYNAMIC[opening]})" if opening in DYNAMIC else None
    return _variable(opening, source), at + 2


def parse_condition_argument(text: str, at: int, setting: Setting) -> tuple[Part, int]:
    """The argument of `empty(`, whose bracket stands at `at + 1`: an expression but for its `$`."""
    return _parse_nested(text, at, setting, argument=True)


_NO_NAMES = {
    "": "Dollar followed by nothing",
    "$": "To escape a dollar, use \\$, not $$",
    **{char: f"Invalid variable name '{char}'" for char in ":})"},
}
"""What cannot be the name of a variable, and what is wrong with it."""


def _broken(problem: str) -> Read:
    def read(machine: Machine) -> str:
        if machine.strict:
            machine.complain(problem, fatal=True)
        return ErrorText()

    return read


def _parse_nested(
    text: str, at: int, setting: Setting, *, argument: bool = False
) -> tuple[Part, int]:
    compiler = setting.compiler
    compiler.deepen()
    try:
        return _parse_long(text, at, setting, argument=argument)
    finally:
        compiler.nesting -= 1


def _parse_long(text: str, start: int, setting: Setting, *, argument: bool) -> tuple[Part, int]:
    opening = text[start + 1]
    closing = "}" if opening == "{" else ")"
    name, at = _parse_name(text, start + 2, opening, closing, setting)
    behind = text[at : at + 1]
    if behind not in {":", closing} or not behind:
        return _Unclosed(name), at
    slot = None
    if isinstance(name, str) and name in setting.loop and not argument:
        slot = setting.loop.index(name)
    if behind == closing:
        end = at + 1
        if slot is not None:
            return _slot(slot), end
        if isinstance(name, str):
            name = _LONG_NAMES.get(name, name)
            source = text[start:end] if name in _DYNAMIC else None
            return _variable(name, source), end
        return _computed(name, text[start:end]), end
    chain = _chain_at(text, at + 1, opening, closing, setting)
    end = min(chain.end + 1, len(text))
    source = text[start:end]
    if slot is not None:
        return _modified_slot(slot, chain, text, end), end
    if name == "" and chain.modifiers and (read := _modified_literal(chain)) is not None:
        return read, end
    return _modified(name, chain, text, source, end), end


def _chain_at(text: str, at: int, opening: str, closing: str, setting: Setting) -> Chain:
    """The modifiers there; plain ones are the same objects wherever they occur."""
    plain = _plain_chain_at(text, at, opening, setting)
    return plain or parse_chain(Cursor(text, at, opening, closing, setting, parse_expression))


def _plain_chain_at(text: str, at: int, opening: str, setting: Setting) -> Chain | None:
    plain = _PLAIN_CHAINS[opening].match(text, at)
    assert plain is not None
    if not text.startswith("}" if opening == "{" else ")", plain.end()):
        return None
    known = setting.compiler.plain_chains[opening, plain.group()]
    return None if known is None else known.ending_at(plain.end())


def parse_plain_chain(opening: str, modifiers: str, setting: Setting) -> Chain | None:
    """Modifiers without expressions in them; None if something is odd about them."""
    closing = "}" if opening == "{" else ")"
    inner: list[Part] = []

    def parse_inner(text: str, at: int, setting: Setting) -> tuple[Part, int]:
        part, end = parse_expression(text, at, setting)
        inner.append(part)
        return part, end

    chain = parse_chain(Cursor(modifiers + closing, 0, opening, closing, setting, parse_inner))
    is_anchor = len(chain.modifiers) == 1 and modifiers[0] in "CS"
    if inner or ("$" in modifiers and not is_anchor):
        return None
    usual = all(isinstance(each, Change) and not each.fallible for each in chain.modifiers[1:])
    first = chain.modifiers[0] if chain.modifiers else None
    is_default = isinstance(first, Control) and first.default is not None
    if chain.end != len(modifiers) or not usual or not (chain.changes is not None or is_default):
        return None
    return chain


def _parse_name(
    text: str, at: int, opening: str, closing: str, setting: Setting
) -> tuple[Part, int]:
    pieces: list[Part] = []
    depth = 0
    while at < len(text):
        plain = _NAME_TEXT.match(text, at)
        if plain is not None:
            pieces.append(plain.group())
            at = plain.end()
            continue
        char = text[at]
        if char in {closing, ":"} and depth == 0:
            break
        if char == "$":
            piece, at = parse_expression(text, at, setting)
            pieces.append(piece)
            continue
        depth += (char == opening) - (char == closing)
        pieces.append(char)
        at += 1
    return merge(pieces), at


@dataclass(frozen=True, slots=True)
class _Unclosed:
    """An expression whose name does not end."""

    name: Part

    def __call__(self, machine: Machine) -> str:
        text = self.name if isinstance(self.name, str) else self.name(machine)
        machine.complain(f'Unclosed variable "{text}"', fatal=True)
        return ErrorText()


def check_syntax(machine: Machine, text: str, setting: Setting) -> None:
    """Complain about expressions that do not end, without expanding the others."""
    at = text.find("$")
    while at >= 0:
        if text.startswith("$$", at):
            at += 2
        else:
            part, at = parse_expression(text, at, setting)
            if isinstance(part, _Unclosed):
                part(machine)
        at = text.find("$", at)


# Functions that read.


def _slot(number: int) -> Read:
    return lambda machine: machine.slots[number]


def _variable(name: str, source: str | None) -> Read:
    def read(machine: Machine) -> str | None:
        raw = machine.variables.get(name)
        if raw is None:
            raw = machine.missing(name)
            if raw is None:
                return None if source is None or machine.local else source
        return machine.late(name, raw) if "$" in raw else raw

    return read


def _computed(name_of: Read, source: str) -> Read:
    def read(machine: Machine) -> str | None:
        name = name_of(machine) or ""
        raw = machine.variables.get(name)
        if raw is None:
            name = _LONG_NAMES.get(name, name)
            raw = machine.lookup(name)
            if raw is None:
                return source if name in _DYNAMIC and not machine.local else None
        return machine.late(name, raw) if "$" in raw else raw

    return read


def _modified_slot(number: int, chain: Chain, text: str, end: int) -> Read:
    applies = chain.changes
    if applies is None:
        return lambda machine: _through(
            machine, State("", machine.slots[number], Defined.BY_MODIFIER), chain, text, end
        )

    def read(machine: Machine) -> str:
        value = machine.slots[number]
        for apply in applies:
            value = apply(machine, value)
        return value

    return read


def _modified_literal(chain: Chain) -> Read | None:
    """`${:Utext:changes}`: the value is known, only the changes are to be made."""
    first = chain.modifiers[0]
    if not isinstance(first, Control) or first.default is None:
        return None
    applies = plain_changes(chain.modifiers[1:])
    if applies is None:
        return None
    return _changed_literal(first.default, applies)


def _changed_literal(literal: str, applies: list[Callable[[Machine, str], str]]) -> Read:
    def read(machine: Machine) -> str:
        value = literal
        for apply in applies:
            value = apply(machine, value)
        return value

    return read


def _modified(name: Part, chain: Chain, text: str, source: str, end: int) -> Read:
    inert = chain.is_inert
    if chain.changes is not None and inert and isinstance(name, str):
        short = _LONG_NAMES.get(name, name)
        if short not in _DYNAMIC:
            return _changed_variable(short, chain.changes)

    def read(machine: Machine) -> str | None:
        said = name if isinstance(name, str) else name(machine) or ""
        short = _LONG_NAMES.get(said, said)
        value = machine.value(short)
        if value is not None:
            return _through(machine, State(short, value, Defined.YES), chain, text, end)
        if short in _DYNAMIC and not machine.local:
            changed = _through(machine, State(said, "", Defined.NO), chain, text, end)
            return source if changed is None else changed
        return None if inert else _through(machine, State(said, "", Defined.NO), chain, text, end)

    return read


_LONG = 4096
"""From this length on the work of a modifier is counted by the value's length."""


def _changed_variable(name: str, applies: list[Callable[[Machine, str], str]]) -> Read:
    if len(applies) == 1:
        only = applies[0]

        def read_one(machine: Machine) -> str | None:
            raw = machine.variables.get(name)
            if raw is None:
                raw = machine.missing(name)
                if raw is None:
                    return None
            value = machine.late(name, raw) if "$" in raw else raw
            if len(value) > _LONG:
                machine.spend(len(value) >> 3)
            return only(machine, value)

        return read_one

    def read(machine: Machine) -> str | None:
        raw = machine.variables.get(name)
        if raw is None:
            raw = machine.missing(name)
            if raw is None:
                return None
        value = machine.late(name, raw) if "$" in raw else raw
        if len(value) > _LONG:
            machine.spend(len(applies) * len(value) >> 3)
        for apply in applies:
            value = apply(machine, value)
        return value

    return read


def _through(machine: Machine, state: State, chain: Chain, text: str, end: int) -> str | None:
    """Pass a state through the modifiers; after an error the text goes on where it was met."""
    try:
        for modifier in chain.modifiers:
            modifier.control(machine, state)
            if len(state.value) > _LONG:
                machine.bound(len(state.value))
                machine.spend(len(state.value) >> 3)
    except ModifierFailed as failure:
        if failure.message:
            machine.complain(failure.message.replace(NAME, state.name), fatal=failure.fatal)
        left_over = machine.expand(text[failure.at + 1 : end])
        if left_over or state.defined is not Defined.NO:
            return ErrorText(left_over)
    return None if state.defined is Defined.NO else state.value
