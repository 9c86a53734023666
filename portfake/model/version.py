"""The version of a port or package and pkg(8)'s order on versions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache, total_ordering
from itertools import zip_longest

__all__ = ["PortVersion"]

Component = tuple[int, int, int]
"""Number, letter, number after the letter; compared in this order."""
Block = tuple[Component, ...]

# libpkg/pkg_version.c, get_component(): the words that a number ends before, and their rank
# where no number stands before them. Every other word counts by its first letter alone.
_STAGES = ("pl", "snap", "alpha", "beta", "pre", "rc")
_COMPONENT = re.compile(r"(?P<number>[0-9]+)?(?P<word>[A-Za-z]+)?(?P<level>[0-9]+)?[^0-9A-Za-z*]*")
_NUMBERS = re.compile(r"[0-9]{1,18}(?:\.[0-9]{1,18})*")
_LEADING = re.compile(r"[ \t\n\v\f\r]*\+?([0-9]+)")
_WILDCARD = (-2, 0, 0)
_ZERO = (0, 0, 0)
_SIGNED_MAX, _UNSIGNED_MAX = 2**63 - 1, 2**64 - 1


@total_ordering
class PortVersion:
    """``1.2_3,1``: version, revision and epoch, ordered exactly as pkg_version_cmp() does.

    Every text is a version; what stands before the last ``-`` is dropped, so that a full package
    name serves as well. Epoch goes before version, version before revision (spec/pkg.md 5.1,
    libpkg/pkg_version.c). Versions that compare equal (``1.0`` and ``1.0.0``) hash alike.
    """

    __slots__ = ("_blocks", "epoch", "revision", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        version = text.rpartition("-")[2]
        before, underscore, revision = version.rpartition("_")
        if not underscore:
            before = revision
        main, comma, epoch = revision.rpartition(",")
        if not underscore and comma:
            before = main
        self.revision = _leading_number(revision) if underscore else 0
        self.epoch = _leading_number(epoch) if comma else 0
        self._blocks = _parse_blocks(before)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PortVersion):
            return NotImplemented
        return self._key() == other._key()

    def __lt__(self, other: PortVersion) -> bool:
        if self.epoch != other.epoch:
            return self.epoch < other.epoch
        for mine, theirs in zip_longest(self._blocks, other._blocks, fillvalue=()):
            for left, right in zip_longest(mine, theirs, fillvalue=_ZERO):
                if left != right:
                    return left < right
        return self.revision < other.revision

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[int, tuple[Block, ...], int]:
        return self.epoch, self._blocks, self.revision

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"PortVersion({self.text!r})"


@lru_cache(maxsize=4096)
def _parse_blocks(version: str) -> tuple[Block, ...]:
    """The parts between ``+``, each without trailing zeros: a missing component counts as zero."""
    blocks = [_parse_block(part) for part in version.split("+")]
    while blocks and not blocks[-1]:
        blocks.pop()
    return tuple(blocks)


def _parse_block(text: str) -> Block:
    components: list[Component]
    if _NUMBERS.fullmatch(text):  # as nearly all are
        components = [(int(number), 0, 0) for number in text.split(".")]
    else:
        components = list(_parse_components(text))
    while components and components[-1] == _ZERO:
        components.pop()
    return tuple(components)


def _parse_components(text: str) -> Iterator[Component]:
    position = 0
    while position < len(text):
        component, position = _parse_component(text, position)
        yield component


def _parse_component(text: str, position: int) -> tuple[Component, int]:
    if text[position] == "*":
        return _WILDCARD, len(text)
    match = _COMPONENT.match(text, position)
    assert match is not None
    number = -1 if match["number"] is None else _saturated(match["number"], _SIGNED_MAX)
    word = (match["word"] or "").lower()
    if not word:
        return (number, 0, 0), match.end()
    letter = ord(word[0]) - ord("a") + 2
    if word in _STAGES:
        if number >= 0:
            return (number, 0, 0), match.start("word")
        letter = 0 if word == "pl" else letter
    level = -1 if match["level"] is None else _saturated(match["level"], _SIGNED_MAX)
    return (number, letter, level), match.end()


def _leading_number(text: str) -> int:
    """strtoul(3): what does not start with digits is 0, what is too large the largest value."""
    match = _LEADING.match(text)
    return _saturated(match[1], _UNSIGNED_MAX) if match else 0


def _saturated(digits: str, limit: int) -> int:
    significant = digits.lstrip("0")
    return limit if len(significant) > 20 else min(int(significant or "0"), limit)
