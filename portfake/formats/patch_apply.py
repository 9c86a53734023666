"""Applying hunks to lines: where each fits, with an offset and with fuzz.

The search is that of patch(1): at the stated line moved by the offset of the hunk before, then
ever farther away, first behind and then before it; and again with the outermost lines of context
left out, one more on each round. A hunk with less context on one side belongs to that end of the
file until fuzz has made the sides even.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from portfake.formats.patch import Hunk

__all__ = ["Fit", "Patched", "Reversal", "apply_hunks", "split_lines"]


class Reversal(Enum):
    """What to do where the first hunk fits backwards only."""

    IGNORE = "ignore"
    """Apply nothing: the patch is taken for applied already."""
    TURN = "turn"
    """Take the whole patch back."""
    FAIL = "fail"
    """Do not look: the hunk fails."""


@dataclass(frozen=True, slots=True)
class Fit:
    """Where a hunk went."""

    line: int
    """Its first line in the old text, from 1."""
    offset: int
    """How far that is from where it was expected."""
    fuzz: int
    """Lines of context left out at each end."""


@dataclass(frozen=True, slots=True)
class Patched:
    """What became of a file."""

    lines: list[str]
    fits: tuple[Fit | None, ...]
    """For each hunk; None for one that failed or was ignored."""
    turned: bool = False
    """The patch was taken back."""
    ignored: bool = False
    """The patch was applied already; `lines` are as they were."""


def apply_hunks(
    lines: Sequence[str],
    hunks: Iterable[Hunk],
    *,
    max_fuzz: int = 2,
    reversal: Reversal = Reversal.TURN,
    absent: bool = False,
    blanks: bool = False,
    spend: Callable[[int], None] = lambda steps: None,
) -> Patched:
    """Apply what fits to lines with their newlines.

    `absent`: the patch says that there was no file, so that lines that are there mean it was
    applied. `blanks`: runs of blanks count as equal, and none at the end of a line. `spend` is
    told the lines that are compared.
    """
    return _Applier(lines, max_fuzz, blanks=blanks, spend=spend).apply(
        tuple(hunks), reversal, occupied=absent and bool(lines)
    )


def split_lines(text: str) -> list[str]:
    """Lines with their newlines; the last may lack it."""
    lines = [f"{line}\n" for line in text.split("\n")]
    last = lines.pop()[:-1]
    return [*lines, last] if last else lines


def _squeezed(line: str) -> str:
    return " ".join(line.split())


def _plain(line: str) -> str:
    return line


class _Applier:
    """The state of one file: what has been put out, and the offset of the last hunk."""

    def __init__(
        self, lines: Sequence[str], max_fuzz: int, *, blanks: bool, spend: Callable[[int], None]
    ) -> None:
        self._lines = lines
        self._key = _squeezed if blanks else _plain
        self._keys = [self._key(line) for line in lines]
        self._max_fuzz = max_fuzz
        self._spend = spend
        self._output: list[str] = []
        self._frozen = 0
        self._offset = 0

    def apply(self, hunks: tuple[Hunk, ...], reversal: Reversal, *, occupied: bool) -> Patched:
        turned = False
        if hunks and reversal is not Reversal.FAIL and self._is_backwards(hunks[0], occupied):
            if reversal is Reversal.IGNORE:
                return Patched(list(self._lines), (None,) * len(hunks), ignored=True)
            hunks = tuple(hunk.swapped() for hunk in hunks)
            turned = True
        fits = tuple(self._apply(hunk, occupied=occupied and not turned) for hunk in hunks)
        self._output.extend(self._lines[self._frozen :])
        return Patched(self._output, fits, turned)

    def _is_backwards(self, hunk: Hunk, occupied: bool) -> bool:
        """Tell whether a hunk fits backwards before it fits forwards."""
        back = _Needle(hunk.swapped(), self._key)
        forth = _Needle(hunk, self._key)
        for fuzz in range(self._rounds(forth) + 1):
            if not occupied and self._find(forth, fuzz) is not None:
                return False
            if back.lines and self._find(back, fuzz) is not None:
                return True
        return False

    def _rounds(self, needle: _Needle) -> int:
        return min(self._max_fuzz, max(needle.before, needle.after))

    def _apply(self, hunk: Hunk, *, occupied: bool) -> Fit | None:
        needle = _Needle(hunk, self._key)
        if occupied:
            return None
        expected = needle.first + self._offset
        for fuzz in range(self._rounds(needle) + 1):
            line = self._find(needle, fuzz)
            if line is not None:
                if not self._put(hunk, line - 1):
                    return None
                self._offset += line - expected
                return Fit(line, self._offset, fuzz)
        return None

    def _put(self, hunk: Hunk, position: int) -> bool:
        """Put out a hunk at a position; False where that lies before what is out already."""
        before = _Needle(hunk, self._key).before
        if position + before < self._frozen:
            return False
        for line in hunk.lines:
            if line[0] != " ":
                self._output.extend(self._lines[self._frozen : position])
                self._frozen = max(self._frozen, position)
            if line[0] == "+":
                self._output.append(line[1:])
            else:
                position += 1
            if line[0] == "-":
                self._frozen = position
        return True

    def _find(self, needle: _Needle, fuzz: int) -> int | None:
        """The line, from 1, at which a hunk fits with this fuzz."""
        guess = needle.first + self._offset
        if not needle.lines:
            return guess
        context = max(needle.before, needle.after)
        before, after = fuzz + needle.before - context, fuzz + needle.after - context
        length, total = len(needle.lines), len(self._lines)
        if before < 0 and needle.first <= 1:
            whole = after >= 0 or (length == total and needle.before >= self._frozen)
            fits = whole and self._frozen <= needle.before
            return 1 if fits and self._matches(needle, 1, 0, max(after, 0)) else None
        before = max(before, 0)
        lowest = self._frozen + 1
        if after < 0:
            last = total - length + 1
            return last if last >= lowest and self._matches(needle, last, before, 0) else None
        highest = total - (length - after) + 1
        for line in _outwards(guess, lowest, highest):
            if self._matches(needle, line, before, after):
                return line
        return None

    def _matches(self, needle: _Needle, line: int, before: int, after: int) -> bool:
        wanted = needle.lines[before : len(needle.lines) - after]
        start = line - 1 + before
        self._spend(1)
        if not wanted or self._keys[start : start + 1] != wanted[:1]:
            return not wanted
        self._spend(len(wanted))
        return self._keys[start : start + len(wanted)] == wanted


class _Needle:
    """What is looked for: the old lines of a hunk and how many of them are context."""

    __slots__ = ("after", "before", "first", "lines")

    def __init__(self, hunk: Hunk, key: Callable[[str], str]) -> None:
        self.lines = [key(line) for line in hunk.old]
        # without old lines the number is that of the line before
        self.first = hunk.old_start + (not self.lines)
        self.before = _leading(hunk.lines)
        self.after = _leading(hunk.lines[::-1])


def _leading(lines: Sequence[str]) -> int:
    return next((count for count, line in enumerate(lines) if line[0] != " "), len(lines))


def _outwards(guess: int, lowest: int, highest: int) -> Iterable[int]:
    """Yield the lines from lowest to highest by their distance from guess, higher ones first."""
    farthest = max(highest - guess, guess - lowest)
    nearest = max(guess - highest, lowest - guess, 0)
    for distance in range(nearest, farthest + 1):
        if lowest <= guess + distance <= highest:
            yield guess + distance
        if distance and lowest <= guess - distance <= highest:
            yield guess - distance
