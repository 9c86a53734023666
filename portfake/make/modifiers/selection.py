"""Modifiers that choose, count, order and separate words."""

from __future__ import annotations

import re
from collections.abc import Callable

from portfake.make.machine import Machine
from portfake.make.modifiers.model import Change, Cursor, Modifier, ModifierFailed
from portfake.make.words import split

__all__ = [
    "parse_match",
    "parse_order",
    "parse_range",
    "parse_separator",
    "parse_unique",
    "parse_words",
]


def parse_match(cursor: Cursor) -> Modifier:
    """`:Mpattern` and `:Npattern`."""
    wanted = cursor.peek() == "M"
    cursor.at += 1
    pattern = _pattern(cursor)
    known = None if "$" in pattern else cursor.setting.compiler.matchers[pattern]
    text = cursor.setting.compile(pattern)
    separator, one_word = cursor.separator, cursor.one_word

    def match(machine: Machine, value: str) -> str:
        fits = known or machine.compiler.matchers[text.expand(machine)]
        words = [value] if one_word else split(value)
        if wanted:
            return separator.join([word for word in words if word and fits(word)])
        return separator.join([word for word in words if word and not fits(word)])

    return Change(match)


def _pattern(cursor: Cursor) -> str:
    """The text of a pattern: to a colon outside of brackets, or an unmatched closing one."""
    text = cursor.text
    start = at = cursor.at
    nest = 0
    escaped = dollar = False
    while at < len(text) and not (text[at] == ":" and nest == 0):
        char = text[at]
        if char == "\\" and text[at + 1 : at + 2] in {":", cursor.closing, cursor.opening} - {""}:
            # Once a dollar was met, make leaves escapes in the pattern as they are.
            escaped = escaped or not dollar
            at += 2
            continue
        dollar = dollar or char == "$"
        if char in "({":
            nest += 1
        elif char in ")}":
            nest -= 1
            if nest < 0:
                break
        at += 1
    cursor.at = at
    pattern = text[start:at]
    if escaped:
        ends = re.escape(cursor.closing)
        pattern = re.sub(rf"\\([:{ends}])", r"\1", pattern)
    return pattern


_NUMBER = re.compile(r"\s*([-+]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)")


def _value(digits: str) -> int:
    """What strtoll(3) makes of them: more than a long long holds is its highest."""
    if len(digits) > 30:
        return _HIGHEST
    number = int(digits, 8) if re.fullmatch("0[0-7]+", digits) else int(digits, 0)
    return min(number, _HIGHEST)


_HIGHEST = 2**63 - 1


def _integer(text: str, at: int) -> tuple[int, int] | None:
    """strtol(3) with base 0: the number and where it ends."""
    found = _NUMBER.match(text, at)
    if found is None:
        return None
    number = _value(found.group(2))
    number = -number if found.group(1) == "-" else number
    return (number, found.end()) if -(2**31) <= number < 2**31 else None


def parse_words(cursor: Cursor) -> Modifier:
    """`:[2]`, `:[1..-1]`, `:[#]`, `:[*]`, `:[@]`."""
    bad = cursor.bad(cursor.at)
    cursor.at += 1
    index = cursor.part("]")
    bad.at = cursor.at
    if not cursor.ends():
        raise bad
    separator = cursor.separator
    if isinstance(index, str):
        select = _selector(index, separator, one_word=cursor.one_word)
        if select is None:
            raise bad
        if select in _VIEWS:
            cursor.one_word = _VIEWS[select]
            return Change(_same)
        return Change(select)
    # What the index makes of the value's words holds for the modifiers behind it too.
    index_text = index
    one_word = cursor.one_word

    def apply(machine: Machine, value: str) -> str:
        select = _selector(index_text.expand(machine), separator, one_word=one_word)
        if select is None:
            raise bad
        return select(machine, value)

    return Change(apply, fallible=True)


_Select = Callable[[Machine, str], str]


def _same(machine: Machine, value: str) -> str:
    return value


def _as_one(machine: Machine, value: str) -> str:
    return value


def _as_many(machine: Machine, value: str) -> str:
    return value


_VIEWS: dict[_Select, bool] = {_as_one: True, _as_many: False}
"""Selectors that leave the value alone, and say whether it counts as one word from here on."""


def _selector(index: str, separator: str, *, one_word: bool) -> _Select | None:
    if index in {"*", "@"}:
        return _as_one if index == "*" else _as_many
    if index == "#":
        return lambda machine, value: "1" if one_word else str(len(split(value)))
    first = _integer(index, 0)
    if first is None:
        return None
    start, at = first
    end = start
    if at < len(index):
        last = _integer(index, at + 2) if index.startswith("..", at) else None
        if last is None or last[1] != len(index):
            return None
        end = last[0]
    if start == 0 and end == 0:
        return _as_one
    if start == 0 or end == 0:
        return None

    def select(machine: Machine, value: str) -> str:
        words = _between([value] if one_word else split(value), start, end)
        return separator.join([word for word in words if word])

    return select


def _between(words: list[str], first: int, last: int) -> list[str]:
    """Words first to last, counted from 1, or from the end; backwards if first > last."""
    size = len(words)
    first += size + 1 if first < 0 else 0
    last += size + 1 if last < 0 else 0
    if first > last:
        return words[max(last, 1) - 1 : min(first, size)][::-1]
    return words[max(first, 1) - 1 : max(min(last, size), 0)]


_SIZES = {"k": 10, "m": 20, "g": 30, "t": 40, "p": 50, "e": 60}


def _number(word: str) -> int:
    """The number a word begins with, as `:On` sorts: with the sizes of dehumanize_number(3)."""
    found = _NUMBER.match(word)
    if found is None:
        return 0
    number = _value(found.group(2))
    shift = _SIZES.get(word[found.end() : found.end() + 1].lower(), 0)
    return (-number if found.group(1) == "-" else number) << shift


_ORDERS: dict[str, Callable[[list[str]], list[str]]] = {
    "": sorted,
    "r": lambda words: sorted(words, reverse=True),
    "n": lambda words: sorted(words, key=_number),
    "nr": lambda words: sorted(words, key=_number, reverse=True),
    "rn": lambda words: sorted(words, key=_number, reverse=True),
}


def parse_order(cursor: Cursor) -> Modifier:
    """`:O`, `:Or`, `:Ox`, `:On`, `:Onr`."""
    for letters, order in _ORDERS.items():
        size = 1 + len(letters)
        if cursor.text.startswith(letters, cursor.at + 1) and (
            cursor.ends(size) or not cursor.peek(size)
        ):
            cursor.at += size
            return _whole_list(order)
    if cursor.text.startswith("x", cursor.at + 1) and (cursor.ends(2) or not cursor.peek(2)):
        cursor.at += 2
        return Change(_shuffle)
    raise cursor.bad(cursor.at + 1)


def _shuffle(machine: Machine, value: str) -> str:
    """`:Ox`: another order each time, but the same ones in the next evaluation."""
    import random  # noqa: PLC0415 -- slow to import, and hardly anybody shuffles

    machine.shuffles += 1
    words = split(value)
    random.Random(machine.shuffles).shuffle(words)  # noqa: S311 -- no secret
    return " ".join(words)


def parse_unique(cursor: Cursor) -> Modifier | None:
    """`:u`, which drops a word that repeats its neighbour."""
    if not cursor.ends(1):
        return None
    cursor.at += 1
    return _whole_list(
        lambda words: [w for at, w in enumerate(words) if at == 0 or words[at - 1] != w]
    )


def _whole_list(change: Callable[[list[str]], list[str]]) -> Change:
    return Change(lambda machine, value: " ".join(change(split(value))))


def parse_range(cursor: Cursor) -> Modifier | None:
    """`:range` and `:range=7`."""
    if not cursor.named_with("range"):
        return None
    cursor.at += 5
    count = 0
    if cursor.peek() == "=":
        digits = re.compile("[0-9]*").match(cursor.text, cursor.at + 1)
        if digits is None or not digits.group() or len(digits.group()) > 18:
            raise ModifierFailed(
                f"Invalid number \"{cursor.text[cursor.at + 1 :]}\" for ':range' modifier",
                cursor.at,
                fatal=True,
            )
        count = int(digits.group())
        cursor.at = digits.end()

    def numbers(machine: Machine, value: str) -> str:
        size = count or len(split(value))
        machine.bound(size)
        if size > machine.limits.entries:
            raise machine.exceeded(f":range={size} is more than {machine.limits.entries} words")
        return " ".join(map(str, range(1, size + 1)))

    return Change(numbers)


_ESCAPED = re.compile(r"\\(?:(n)|(t)|x([0-9a-fA-F]+)|([0-7]+))")


def parse_separator(cursor: Cursor) -> Modifier:
    r"""`:tsC`, with C a character, nothing, `\n`, `\t`, `\x41` or `\101`."""
    at = cursor.at + 2
    char = cursor.text[at : at + 1]
    if char and char != cursor.closing and cursor.ends(3):
        cursor.separator = char
        cursor.at = at + 1
    elif char in {":", cursor.closing}:
        cursor.separator = ""
        cursor.at = at
    else:
        escaped = _ESCAPED.match(cursor.text, at)
        if escaped is None:
            raise cursor.bad(cursor.at + 1)
        newline, tab, hexadecimal, octal = escaped.groups()
        code = int(hexadecimal, 16) if hexadecimal else int(octal, 8) if octal else 0
        if code > 255:
            raise ModifierFailed(
                f'Invalid character number at "{cursor.text[at + 1 + bool(hexadecimal) :]}"',
                cursor.at,
                fatal=True,
            )
        if cursor.text[escaped.end() : escaped.end() + 1] not in {":", cursor.closing}:
            raise cursor.bad(cursor.at + 1)
        cursor.separator = "\n" if newline else "\t" if tab else chr(code) if code else ""
        cursor.at = escaped.end()
    separator = cursor.separator
    if cursor.one_word:
        return Change(_same)
    return Change(lambda machine, value: separator.join(filter(None, split(value))))
