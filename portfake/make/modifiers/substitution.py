"""Modifiers that replace parts of words: `:S`, `:C` and `:from=to`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from portfake.make.caches import Cache
from portfake.make.machine import Machine
from portfake.make.modifiers.model import Change, Cursor, Modifier, ModifierFailed
from portfake.make.texts import as_text, merge
from portfake.make.words import split
from portfake.patterns import Match, Pattern, PatternError

if TYPE_CHECKING:
    from portfake.make.compiler import Compiler

__all__ = ["parse_regex", "parse_substitution", "parse_suffix"]

_Word = Callable[[str], str]


class _Flags:
    """The letters behind a substitution, stepped over."""

    __slots__ = ("every", "once", "whole")

    def __init__(self, cursor: Cursor) -> None:
        self.every = self.once = False
        self.whole = cursor.one_word
        while (char := cursor.peek()) and char in "g1W":
            self.every = self.every or char == "g"
            self.once = self.once or char == "1"
            self.whole = self.whole or char == "W"
            cursor.at += 1


def parse_substitution(cursor: Cursor) -> Modifier:
    """`:S,from,to,`, with `^` and `$` as anchors and `&` for what was found."""
    delimiter = cursor.peek(1)
    if not delimiter:
        raise ModifierFailed("Missing delimiter for modifier ':S'", cursor.at + 1)
    cursor.at += 2
    at_start = cursor.peek() == "^"
    cursor.at += at_start
    pieces, at_end = cursor.pieces(delimiter, anchor=True)
    old = merge(pieces)
    new = cursor.part(delimiter, ampersand=old)
    flags = _Flags(cursor)
    if isinstance(old, str) and isinstance(new, str) and (flags.whole or not flags.once):
        change = _replacement(old, new, at_start, at_end, every=flags.every)
        return Change(_fixed(change, old, new, None if flags.whole else cursor.separator))
    old_text, new_text = as_text(old), as_text(new)
    separator = cursor.separator

    def substitute(machine: Machine, value: str) -> str:
        old, new = old_text.expand(machine), new_text.expand(machine)
        if len(value) * len(new) > machine.text_limit:
            _bound(machine, value, old, new)
        change = _replacement(old, new, at_start, at_end, every=flags.every)
        if flags.whole:
            return change(value)
        words = split(value)
        changed = _first_only(change, words) if flags.once else map(change, words)
        return separator.join(filter(None, changed))

    return Change(substitute)


def _bound(machine: Machine, value: str, old: str, new: str) -> None:
    """Refuse what could grow too long: at most every occurrence is replaced, or each word."""
    most = value.count(old) if old else 1 + value.count(" ") + value.count("\t")
    machine.bound(len(value) + most * len(new))


def _fixed(
    change: _Word, old: str, new: str, separator: str | None
) -> Callable[[Machine, str], str]:
    """Change each word, or with no separator the whole value."""
    growth = len(new)

    def substitute(machine: Machine, value: str) -> str:
        if len(value) * growth > machine.text_limit:
            _bound(machine, value, old, new)
        if separator is None:
            return change(value)
        words = [change(word) for word in split(value)]
        return separator.join([word for word in words if word])

    return substitute


def _first_only(change: _Word, words: list[str]) -> list[str]:
    """Change the first word that the change fits; one that it leaves as it is may have fitted."""
    for at, word in enumerate(words):
        changed = change(word)
        if changed != word:
            return [*words[:at], changed, *words[at + 1 :]]
    return words


def _replacement(old: str, new: str, at_start: bool, at_end: bool, *, every: bool) -> _Word:
    size = len(old)
    if at_start and at_end:
        return lambda word: new if word == old else word
    if at_start:
        return lambda word: new + word[size:] if word.startswith(old) else word
    if at_end:
        return lambda word: word[: len(word) - size] + new if word.endswith(old) else word
    if not old:
        return lambda word: word
    count = -1 if every else 1
    return lambda word: word.replace(old, new, count)


_REFERENCE = re.compile(r"\\([&\\])|\\([0-9])|(&)")


def parse_regex(cursor: Cursor) -> Modifier:
    r"""`:C,regex,to,`, with `\1` to `\9` and `&` for what was found."""
    delimiter = cursor.peek(1)
    if not delimiter:
        raise ModifierFailed("Missing delimiter for :C modifier", cursor.at + 1)
    cursor.at += 2
    expression = cursor.part(delimiter)
    replacement = cursor.part(delimiter)
    flags = _Flags(cursor)
    at = cursor.at
    separator = cursor.separator
    compiler = cursor.setting.compiler

    expression_text, replacement_text = as_text(expression), as_text(replacement)
    fallible = not isinstance(expression, str) or _is_bad(compiler, expression)
    if isinstance(expression, str) and isinstance(replacement, str) and not fallible:
        fixed = _Rewriting(_found(compiler, expression, at), replacement, flags.every)
        if not (flags.whole or flags.once or fixed.lacking):
            return Change(_fixed_rewriting(fixed, separator))

    def substitute(machine: Machine, value: str) -> str:
        pattern = _found(compiler, expression_text.expand(machine), at)
        change = _Rewriting(pattern, replacement_text.expand(machine), flags.every)
        change.bound(machine, value, one_word=flags.whole)
        if flags.whole:
            changed = change(value)
        elif flags.once:
            changed = separator.join(filter(None, _first_match_only(change, split(value))))
        else:
            changed = separator.join(filter(None, map(change, split(value))))
        if change.lacking and changed != value:
            machine.complain(f"No subexpression \\{change.lacking[0]}")
        return changed

    return Change(substitute, fallible=fallible)


_REMEMBERED = 300
"""Words whose rewriting is remembered for each `:C`; the framework's own come with every port."""
_LONG_WORD = 200


def _fixed_rewriting(change: _Rewriting, separator: str) -> Callable[[Machine, str], str]:
    """Rewrite each word; what becomes of short ones is remembered."""
    known: Cache[str, str] = Cache(change.__call__, _REMEMBERED)

    def substitute(machine: Machine, value: str) -> str:
        change.bound(machine, value, one_word=False)
        words = [known[w] if len(w) < _LONG_WORD else change(w) for w in split(value)]
        return separator.join([word for word in words if word])

    return substitute


def _found(compiler: Compiler, expression: str, at: int) -> Pattern:
    """The pattern; not nested in the function that asks, which would then hold itself."""
    try:
        return compiler.expressions[expression]
    except PatternError as error:
        raise ModifierFailed(f"Regex compilation error: {error.message}", at) from None


def _is_bad(compiler: Compiler, expression: str) -> bool:
    try:
        _found(compiler, expression, 0)
    except ModifierFailed:
        return True
    return False


def _first_match_only(change: _Rewriting, words: list[str]) -> list[str]:
    for at, word in enumerate(words):
        if change.pattern.search(word) is not None:
            return [*words[:at], change(word), *words[at + 1 :]]
    return words


class _Rewriting:
    """Replaces what a pattern finds in one word."""

    def __init__(self, pattern: Pattern, replacement: str, every: bool) -> None:
        self.pattern = pattern
        self.every = every
        self.pieces: list[str | int] = []
        at = 0
        for found in _REFERENCE.finditer(replacement):
            literal, digit, _ = found.groups()
            self.pieces.append(replacement[at : found.start()] + (literal or ""))
            if literal is None:
                self.pieces.append(int(digit or 0))
            at = found.end()
        self.pieces.append(replacement[at:])
        self.lacking = [
            piece for piece in self.pieces if isinstance(piece, int) and piece > pattern.groups
        ]
        self.literal = self.pieces[0] if len(self.pieces) == 1 else None
        self.weight = len(replacement) + 1
        """No more characters than this come of one, or of one place between two."""

    def __call__(self, word: str) -> str:
        found = self.pattern.search(word)
        if found is None:
            return word
        if not self.every:
            return word[: found.start()] + self.written(found) + word[found.end() :]
        result: list[str] = []
        at = 0
        while found is not None:
            start, end = found.span()
            result += (word[at:start], self.written(found))
            if start == end == at:
                result.append(word[at : at + 1])
                end += 1
            at = end
            if at >= len(word):
                break
            found = self.pattern.search(word, at)
        result.append(word[at:])
        return "".join(result)

    def bound(self, machine: Machine, value: str, *, one_word: bool) -> None:
        """Refuse what would grow too long."""
        if (len(value) + 1) * self.weight > machine.text_limit:
            machine.bound(sum(map(self.size, [value] if one_word else split(value))))

    def size(self, word: str) -> int:
        """The length of the result at most, without making it."""
        found = self.pattern.search(word)
        size = len(word)
        references = sum(isinstance(piece, int) for piece in self.pieces)
        literals = sum(len(piece) for piece in self.pieces if isinstance(piece, str))
        while found is not None:
            start, end = found.span()
            size += literals + references * (end - start)
            end += start == end
            if not self.every or end > len(word):
                break
            found = self.pattern.search(word, end)
        return size

    def written(self, found: Match) -> str:
        """The replacement for what was found."""
        if isinstance(self.literal, str):
            return self.literal
        groups = self.pattern.groups
        return "".join(
            piece
            if isinstance(piece, str)
            else (found.group(piece) or "")
            if piece <= groups
            else ""
            for piece in self.pieces
        )


def parse_suffix(cursor: Cursor) -> Modifier | None:
    """`:from=to`, up to the end of the expression; `%` stands for the same text on both sides."""
    if not _has_equals(cursor):
        return None
    old = cursor.part("=")
    new = cursor.part(cursor.closing)
    cursor.at -= 1
    old_text, new_text = as_text(old), as_text(new)
    separator, one_word = cursor.separator, cursor.one_word
    setting = cursor.setting

    def substitute(machine: Machine, value: str) -> str:
        old = old_text.expand(machine)
        new = new_text.expand(machine)
        if not old and not value:
            return value
        if "$" in new:
            new = machine.expand_with(setting.compiler.texts, new)
        words = [value] if one_word else split(value)
        machine.bound(len(value) + len(words) * len(new))
        change = _suffix_replacement(old, new)
        return separator.join(filter(None, map(change, words)))

    return Change(substitute)


def _has_equals(cursor: Cursor) -> bool:
    if not cursor.closing:
        return "=" in cursor.text[cursor.at :]
    depth = 1
    found = False
    for char in cursor.text[cursor.at :]:
        if char == "=":
            found = True
        elif char == cursor.closing:
            depth -= 1
            if depth == 0:
                return found
        elif char == cursor.opening:
            depth += 1
    return False


def _suffix_replacement(old: str, new: str) -> _Word:
    prefix, percent, suffix = old.partition("%")
    if not percent:
        prefix, suffix = "", old
    before, stem, behind = new.partition("%") if percent else (new, "", "")

    def change(word: str) -> str:
        fits = word.startswith(prefix) and word.endswith(suffix)
        if not word or not fits or len(word) < len(prefix) + len(suffix):
            return word
        middle = word[len(prefix) : len(word) - len(suffix)]
        if not percent:
            return middle + new
        return before + middle + behind if stem else new

    return change
