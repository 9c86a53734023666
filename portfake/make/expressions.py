"""Expressions, `$x`, `${NAME}`, `$(NAME:modifiers)`, from text to what reads them.

Nothing is evaluated while they are parsed. What comes out looks its variable up, expands the
value and passes it through the modifiers; `.for` variables are read from the machine's slots.
"""

from __future__ import annotations

import re

from portfake.make.machine import Machine
from portfake.make.modifiers.chain import Chain, parse_chain, plain_changes
from portfake.make.modifiers.model import Change, Control, Cursor
from portfake.make.setting import Setting
from portfake.make.texts import Part, Text, merge
from portfake.make.variables import (
    DYNAMIC,
    LONG_NAMES,
    STAYING,
    Broken,
    ChangedLiteral,
    ChangedSlot,
    ChangedVariable,
    Computed,
    Controlled,
    ControlledSlot,
    Slot,
    Unclosed,
    Variable,
)

__all__ = [
    "check_syntax",
    "parse_condition_argument",
    "parse_expression",
    "parse_plain_chain",
]

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
            return ChangedLiteral(value, chain.changes), chain.end + 1
    opening = text[at + 1 : at + 2]
    if opening in {"{", "("}:
        return _parse_nested(text, at, setting)
    if opening in _NO_NAMES:
        return Broken(_NO_NAMES[opening]), at + 1
    if opening in setting.loop:
        return Slot(setting.loop.index(opening)), at + 2
    source = f"$({DYNAMIC[opening]})" if opening in DYNAMIC else None
    return Variable(opening, source), at + 2


def parse_condition_argument(text: str, at: int, setting: Setting) -> tuple[Part, int]:
    """The argument of `empty(`, whose bracket stands at `at + 1`: an expression but for its `$`."""
    return _parse_nested(text, at, setting, argument=True)


_NO_NAMES = {
    "": "Dollar followed by nothing",
    "$": "To escape a dollar, use \\$, not $$",
    **{char: f"Invalid variable name '{char}'" for char in ":})"},
}
"""What cannot be the name of a variable, and what is wrong with it."""


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
        return Unclosed(name), at
    slot = None
    if isinstance(name, str) and name in setting.loop and not argument:
        slot = setting.loop.index(name)
    if behind == closing:
        end = at + 1
        if slot is not None:
            return Slot(slot), end
        if isinstance(name, str):
            name = LONG_NAMES.get(name, name)
            source = text[start:end] if name in STAYING else None
            return Variable(name, source), end
        return Computed(name, text[start:end]), end
    chain = _chain_at(text, at + 1, opening, setting)
    end = min(chain.end + 1, len(text))
    source = text[start:end]
    if slot is not None:
        return _modified_slot(slot, chain, text, end), end
    if name == "" and chain.modifiers and (read := _modified_literal(chain)) is not None:
        return read, end
    return _modified(name, chain, text, source, end), end


def _chain_at(text: str, at: int, opening: str, setting: Setting) -> Chain:
    """The modifiers there; plain ones are the same objects wherever they occur."""
    plain = _plain_chain_at(text, at, opening, setting)
    return plain or parse_chain(Cursor(text, at, opening, setting, parse_expression))


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

    chain = parse_chain(Cursor(modifiers + closing, 0, opening, setting, parse_inner))
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


def check_syntax(machine: Machine, text: str, setting: Setting) -> None:
    """Complain about expressions that do not end, without expanding the others."""
    at = text.find("$")
    while at >= 0:
        if text.startswith("$$", at):
            at += 2
        else:
            part, at = parse_expression(text, at, setting)
            if isinstance(part, Unclosed):
                part.expand(machine)
        at = text.find("$", at)


def _modified_slot(number: int, chain: Chain, text: str, end: int) -> Text:
    if chain.changes is None:
        return ControlledSlot(number, chain, text, end)
    return ChangedSlot(number, chain.changes)


def _modified_literal(chain: Chain) -> Text | None:
    """`${:Utext:changes}`, None if it is no such thing."""
    first = chain.modifiers[0]
    if not isinstance(first, Control) or first.default is None:
        return None
    applies = plain_changes(chain.modifiers[1:])
    return None if applies is None else ChangedLiteral(first.default, applies)


def _modified(name: Part, chain: Chain, text: str, source: str, end: int) -> Text:
    if chain.changes is not None and chain.is_inert and isinstance(name, str):
        short = LONG_NAMES.get(name, name)
        if short not in STAYING:
            return ChangedVariable(short, chain.changes)
    return Controlled(name, chain, text, source, end)
