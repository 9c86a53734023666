"""Judge whether Python's way of choosing gives POSIX's answer, and at what cost.

POSIX wants the longest of the leftmost matches; Python takes the first that its order of
trying finds. They agree, and no text makes matching slow, where each next character leaves one
way to go on (the expression is "one-unambiguous": no two places that may come next take the same
character). They also agree, though slow texts exist, where only single characters are repeated and
the branches of a choice are equally long: then taking more early never ends a match sooner. And
they agree where every match must end at the end of the text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations

from portfake.patterns.nodes import (
    Assertion,
    BackReference,
    CharSet,
    Choice,
    Group,
    Node,
    Repeat,
    Sequence,
)

__all__ = ["Study", "study"]

_TOO_MANY_PLACES = 400


@dataclass(frozen=True, slots=True)
class Study:
    """What is known about an expression before it meets a text."""

    first_is_longest: bool
    """Python's own order of trying gives the longest match."""
    loops: int
    """How many endless repetitions may compete for the same text: matching may take
    len(text) ** (loops + 1) steps."""
    nested: bool
    """Endless repetitions inside each other compete: steps may grow exponentially."""


def study(node: Node) -> Study:
    """Judge an expression; see the module's text for the rules."""
    deterministic = _Places().is_deterministic(node)
    nested = not deterministic and _nested(node, inside=False)
    loops = sum(isinstance(part, Repeat) and part.high is None for part in _walk(node))
    return Study(
        first_is_longest=deterministic or _plain(node) or _ends_text(node),
        loops=1 if deterministic and loops else loops,
        nested=nested,
    )


def _walk(node: Node) -> Iterator[Node]:
    yield node
    match node:
        case Sequence(parts) | Choice(parts):
            for part in parts:
                yield from _walk(part)
        case Group(body=body) | Repeat(body=body):
            yield from _walk(body)
        case _:
            pass


def _length(node: Node) -> int | None:
    """How many characters it always takes, None where that varies."""
    match node:
        case CharSet():
            return 1
        case Assertion():
            return 0
        case Group(body=body):
            return _length(body)
        case Sequence(parts):
            lengths = [_length(part) for part in parts]
            return None if None in lengths else sum(filter(None, lengths))
        case Choice(branches):
            found = {_length(branch) for branch in branches}
            return found.pop() if len(found) == 1 else None
        case Repeat(body, low, high) if low == high:
            length = _length(body)
            return None if length is None else length * low
        case _:
            return None


def _plain(node: Node) -> bool:
    """Only single characters are repeated, and choices are among equally long branches."""
    match node:
        case CharSet() | Assertion():
            return True
        case Group(body=body):
            return _plain(body)
        case Sequence(parts):
            return all(_plain(part) for part in parts)
        case Choice():
            return _length(node) is not None
        case Repeat(body=body):
            return _length(body) == 1 or _length(node) is not None
        case BackReference():
            return False


def _ends_text(node: Node) -> bool:
    """Every match ends where the text ends, so that all have the same length."""
    match node:
        case Assertion(ends_text=ends):
            return ends
        case Sequence(parts):
            return bool(parts) and _ends_text(parts[-1])
        case Group(body=body):
            return _ends_text(body)
        case Choice(branches):
            return all(_ends_text(branch) for branch in branches)
        case _:
            return False


def _nested(node: Node, *, inside: bool) -> bool:
    match node:
        case Repeat(body, low, high):
            wide = high is None or high - low > 1
            return (wide and inside) or _nested(body, inside=inside or wide)
        case Sequence(parts):
            return any(_nested(part, inside=inside) for part in parts)
        case Choice(branches):
            return inside or any(_nested(branch, inside=inside) for branch in branches)
        case Group(body=body):
            return _nested(body, inside=inside)
        case _:
            return False


@dataclass(slots=True)
class _Places:
    """The positions of an expression and which may follow which (Glushkov's construction)."""

    masks: list[int] = field(default_factory=list)
    follow: list[set[int]] = field(default_factory=list)
    known: bool = True

    def is_deterministic(self, node: Node) -> bool:
        first, _, _ = self.visit(node)
        if not self.known or len(self.masks) > _TOO_MANY_PLACES:
            return False
        return all(self._apart(places) for places in (first, *self.follow))

    def _apart(self, places: set[int]) -> bool:
        return not any(self.masks[a] & self.masks[b] for a, b in combinations(places, 2))

    def visit(self, node: Node) -> tuple[set[int], set[int], bool]:
        """First places, last places, and whether the node may match nothing."""
        match node:
            case CharSet():
                place = len(self.masks)
                self.masks.append(node.mask)
                self.follow.append(set())
                return {place}, {place}, False
            case Assertion():
                return set(), set(), True
            case Group(body=body):
                return self.visit(body)
            case Sequence(parts):
                return self._sequence(parts)
            case Choice(branches):
                return self._choice(branches)
            case Repeat():
                return self._repeat(node)
            case BackReference():
                self.known = False
                return set(), set(), True

    def _sequence(self, parts: tuple[Node, ...]) -> tuple[set[int], set[int], bool]:
        first: set[int] = set()
        last: set[int] = set()
        empty = True
        for part in parts:
            part_first, part_last, part_empty = self.visit(part)
            for place in last:
                self.follow[place] |= part_first
            if empty:
                first |= part_first
            last = last | part_last if part_empty else part_last
            empty = empty and part_empty
        return first, last, empty

    def _choice(self, branches: tuple[Node, ...]) -> tuple[set[int], set[int], bool]:
        first: set[int] = set()
        last: set[int] = set()
        empty = False
        for branch in branches:
            branch_first, branch_last, branch_empty = self.visit(branch)
            first |= branch_first
            last |= branch_last
            # An empty branch tried before a longer one would win: not what POSIX wants.
            self.known = self.known and not (empty and branch_first)
            empty = empty or branch_empty
        return first, last, empty

    def _repeat(self, node: Repeat) -> tuple[set[int], set[int], bool]:
        first, last, empty = self.visit(node.body)
        if node.high is None or node.high > 1:
            for place in last:
                self.follow[place] |= first
        # Counted repetition may leave in the middle or not: only 0, 1 and endless are exact.
        if node.high is not None and node.high > 1 and node.low != node.high:
            self.known = self.known and _length(node.body) is not None
        return first, last, empty or node.low == 0
