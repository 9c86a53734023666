"""The modifiers of one expression, from text to a list: which letter means what."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from portfake.make.machine import Machine
from portfake.make.modifiers.control import (
    message,
    parse_assign,
    parse_command,
    parse_default,
    parse_if_else,
    parse_literal,
    parse_loop,
    parse_path,
    parse_remember,
    parse_shell,
    unknown,
)
from portfake.make.modifiers.model import (
    NAME,
    Change,
    Control,
    Cursor,
    Modifier,
    ModifierFailed,
    State,
)
from portfake.make.modifiers.selection import (
    parse_match,
    parse_order,
    parse_range,
    parse_unique,
    parse_words,
)
from portfake.make.modifiers.substitution import (
    parse_regex,
    parse_substitution,
    parse_suffix,
)
from portfake.make.modifiers.text import (
    parse_hash,
    parse_modified,
    parse_quote,
    parse_time,
    parse_to,
    parse_word_function,
)
from portfake.make.outcome import ErrorText
from portfake.make.texts import Part, as_text

__all__ = ["Chain", "parse_chain", "plain_changes"]

_PARSERS: Mapping[str, Callable[[Cursor], Modifier | None]] = {
    "!": parse_command,
    ":": parse_assign,
    "?": parse_if_else,
    "@": parse_loop,
    "C": parse_regex,
    "D": parse_default,
    "E": parse_word_function,
    "H": parse_word_function,
    "L": parse_literal,
    "M": parse_match,
    "N": parse_match,
    "O": parse_order,
    "P": parse_path,
    "Q": parse_quote,
    "R": parse_word_function,
    "S": parse_substitution,
    "T": parse_word_function,
    "U": parse_default,
    "[": parse_words,
    "_": parse_remember,
    "g": parse_time,
    "h": parse_hash,
    "l": parse_time,
    "m": parse_modified,
    "q": parse_quote,
    "r": parse_range,
    "s": parse_shell,
    "t": parse_to,
    "u": parse_unique,
}
"""The first letter decides; a parser that gives None leaves the text to `:from=to`."""


class Chain:
    """The modifiers of one expression in order."""

    __slots__ = ("changes", "end", "is_inert", "modifiers")

    def __init__(self, modifiers: list[Modifier], end: int) -> None:
        self.modifiers = modifiers
        self.end = end
        """Index of the closing bracket, or where the text goes on after an error."""
        self.changes = plain_changes(modifiers)
        """What they do to a value, if that is all and nothing of it can go wrong; else None."""
        self.is_inert = self.changes is not None and all(
            isinstance(each, Change) and each.inert for each in modifiers
        )
        """On an undefined variable they have no effect at all."""

    def ending_at(self, end: int) -> Chain:
        """The same in another text."""
        return Chain(self.modifiers, end)


def plain_changes(modifiers: list[Modifier]) -> list[Callable[[Machine, str], str]] | None:
    """The functions of modifiers that are all infallible changes; else None."""
    applies = []
    for modifier in modifiers:
        if not isinstance(modifier, Change) or modifier.fallible:
            return None
        applies.append(modifier.apply)
    return applies


def parse_chain(cursor: Cursor) -> Chain:
    """Read modifiers up to the closing bracket; errors become modifiers that complain."""
    modifiers: list[Modifier] = []
    text = cursor.text
    if cursor.at >= len(text) and cursor.closing:
        modifiers.append(
            _failing(
                ModifierFailed(
                    f"Unclosed variable expression (expecting '{cursor.closing}') for \"{NAME}\"",
                    cursor.at,
                )
            )
        )
        return Chain(modifiers, cursor.at)
    while cursor.at < len(text) and text[cursor.at] != cursor.closing:
        try:
            if text[cursor.at] == "$" and (indirect := _parse_indirect(cursor)) is not None:
                modifiers.append(indirect)
            else:
                modifiers += _parse_one(cursor)
        except ModifierFailed as failure:
            modifiers.append(_failing(failure))
            return Chain(modifiers, failure.at)
    return Chain(modifiers, cursor.at)


def _failing(failure: ModifierFailed) -> Control:
    def fail(machine: Machine, state: State) -> None:
        raise failure

    return Control(fail)


def _parse_one(cursor: Cursor) -> list[Modifier]:
    start = cursor.at
    parser = _PARSERS.get(cursor.text[start])
    modifier = parser(cursor) if parser is not None else None
    if modifier is None:
        cursor.at = start
        modifier = parse_suffix(cursor)
    if modifier is None:
        cursor.at = start + 1
        while not cursor.ends() and cursor.peek():
            cursor.at += 1
        modifier = unknown(cursor.text[start : cursor.at])
    found = [modifier]
    if cursor.at >= len(cursor.text) and cursor.closing:
        found.append(
            message(
                f"Unclosed variable expression, expecting '{cursor.closing}' for "
                f'modifier "{cursor.text[start : cursor.at]}" of variable "{NAME}"'
            )
        )
    elif cursor.peek() == ":":
        cursor.at += 1
    elif not cursor.ends():
        found.append(_undelimited(cursor.text[start : cursor.at]))
    return found


def _undelimited(modifier: str) -> Change:
    """What stands where the colon behind a modifier is missing; it only matters to `-dL`."""

    def complain(machine: Machine, value: str) -> str:
        if machine.strict:
            machine.complain(f"Missing delimiter ':' after modifier \"{modifier}\"", fatal=True)
        return value

    return Change(complain)


def _parse_indirect(cursor: Cursor) -> Modifier | None:
    """`:${M}`: modifiers that a variable holds; None if this is the left side of `:from=to`."""
    part, end = cursor.parse_expression(cursor.text, cursor.at, cursor.setting)
    behind = cursor.text[end : end + 1]
    if isinstance(part, str) and not part:
        cursor.at = end + (behind == ":")
        return Change(lambda machine, value: value)
    if behind not in {":", cursor.closing, ""}:
        return _parse_if_empty(cursor, part, end)
    cursor.at = end + 1 if behind == ":" else end
    return _indirect(part, cursor.setting.compiler.chains.__getitem__, end)


def _indirect(part: Part, chain_of: Callable[[str], Chain], end: int) -> Control:
    text = as_text(part)

    def apply(machine: Machine, state: State) -> None:
        modifiers = chain_of(text.expand(machine)).modifiers
        machine.deepen()
        try:
            for modifier in modifiers:
                modifier.control(machine, state)
        except ModifierFailed as inner:
            raise ModifierFailed(inner.message, end, fatal=inner.fatal) from None
        finally:
            machine.depth -= 1
        if type(state.value) is ErrorText:
            raise ModifierFailed("", end)

    return Control(apply)


def _read_ahead(cursor: Cursor) -> Chain:
    """The modifiers from here on; what is read twice on the way is parsed once."""
    key = cursor.at, cursor.separator, cursor.one_word
    if key not in cursor.chains:
        compiler = cursor.setting.compiler
        compiler.deepen()
        try:
            cursor.chains[key] = parse_chain(cursor)
        finally:
            compiler.nesting -= 1
    return cursor.chains[key]


def _read_whole(cursor: Cursor) -> tuple[list[Modifier], int]:
    """The modifiers from here on if this is no indirect one, and where they end."""
    try:
        first = _parse_one(cursor)
    except ModifierFailed as failure:
        return [_failing(failure)], failure.at
    rest = _read_ahead(cursor)
    return [*first, *rest.modifiers], rest.end


def _parse_if_empty(cursor: Cursor, part: Part, end: int) -> Control:
    """`:${M}rest`: if M is empty, the rest is modifiers; else all of it is `:from=to`."""
    condition = as_text(part)
    if_empty = _read_ahead(cursor.ahead(end))
    if_not, if_not_end = _read_whole(cursor)
    end = cursor.at = max(if_not_end, if_empty.end)
    text = cursor.text

    def apply(machine: Machine, state: State) -> None:
        is_empty = not condition.expand(machine)
        for modifier in if_empty.modifiers if is_empty else if_not:
            modifier.control(machine, state)
        # The expression may have ended earlier; what follows then is text.
        ended = if_empty.end if is_empty else if_not_end
        if ended < end:
            state.value += machine.expand(text[ended + 1 : end + 1])

    return Control(apply)
