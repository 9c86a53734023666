"""What a regular expression is made of, whichever dialect it was written in.

A set of characters is held twice: as ranges, which become Python's source text, and as a
bit mask over ASCII plus one bit for all else, which is enough to see whether two sets meet.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

__all__ = [
    "ANYTHING",
    "CLASSES",
    "Assertion",
    "BackReference",
    "CharSet",
    "Choice",
    "Group",
    "Node",
    "Repeat",
    "Sequence",
    "single",
]

_ASCII = (1 << 128) - 1
_OTHER = 1 << 128
_EVERYTHING = _ASCII | _OTHER

Ranges = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class CharSet:
    """One character out of ranges of code points (both ends included), or out of all others."""

    ranges: Ranges
    negated: bool = False

    @cached_property
    def mask(self) -> int:
        """Bits 0-127 for ASCII, bit 128 for every other character."""
        bits = 0
        for low, high in self.ranges:
            if low < 128:
                top = min(high, 127)
                bits |= ((1 << (top - low + 1)) - 1) << low
            if high >= 128:
                bits |= _OTHER
        return (_EVERYTHING & ~bits) | _OTHER if self.negated else bits

    @cached_property
    def source(self) -> str:
        """The set in Python's syntax."""
        if not self.ranges:
            return r"[\s\S]" if self.negated else r"(?!)"
        if not self.negated and len(self.ranges) == 1 and self.ranges[0][0] == self.ranges[0][1]:
            return re.escape(chr(self.ranges[0][0]))
        inside = "".join(
            re.escape(chr(low)) if low == high else f"{re.escape(chr(low))}-{re.escape(chr(high))}"
            for low, high in self.ranges
        )
        return f"[{'^' if self.negated else ''}{inside}]"

    def folded(self) -> CharSet:
        """The set with the other case of its ASCII letters added."""
        more: list[tuple[int, int]] = []
        for low, high in self.ranges:
            for first, last, step in ((65, 90, 32), (97, 122, -32)):
                start, end = max(low, first), min(high, last)
                if start <= end:
                    more.append((start + step, end + step))
        return CharSet(self.ranges + tuple(more), self.negated)

    def without_newline(self) -> CharSet:
        """For REG_NEWLINE, where neither `.` nor a negated list takes a newline."""
        return CharSet((*self.ranges, (10, 10)), negated=True) if self.negated else self


def single(char: str) -> CharSet:
    """The set of one character."""
    return CharSet(((ord(char), ord(char)),))


ANYTHING = CharSet((), negated=True)


def _class(text: str) -> Ranges:
    return tuple((ord(text[at]), ord(text[at + 1])) for at in range(0, len(text), 2))


CLASSES: dict[str, Ranges] = {
    "alnum": _class("azAZ09"),
    "alpha": _class("azAZ"),
    "blank": _class("  \t\t"),
    "cntrl": ((0, 31), (127, 127)),
    "digit": _class("09"),
    "graph": _class("!~"),
    "lower": _class("az"),
    "print": _class(" ~"),
    "punct": _class("!/:@[`{~"),
    "space": _class("\t\r  "),
    "upper": _class("AZ"),
    "xdigit": _class("afAF09"),
    "word": _class("azAZ09__"),
}
"""The POSIX classes of the C locale (regex(7)), and `word` for the GNU escape."""


@dataclass(frozen=True, slots=True)
class Assertion:
    """Something that matches no character; `source` is Python's text for it."""

    source: str
    ends_text: bool = False


@dataclass(frozen=True, slots=True)
class BackReference:
    """What group `number` matched, again."""

    number: int


@dataclass(frozen=True, slots=True)
class Sequence:
    """One thing after the other."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several; POSIX wants the one that makes the whole match longest."""

    branches: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """A parenthesis, numbered from 1 by its opening."""

    number: int
    body: Node


@dataclass(frozen=True, slots=True)
class Repeat:
    """The body `low` to `high` times; `high` None is without end."""

    body: Node
    low: int
    high: int | None


Node = CharSet | Assertion | BackReference | Sequence | Choice | Group | Repeat
