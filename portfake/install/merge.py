"""Three-way merge of configuration files, line by line, as pkg(8) merges them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

__all__ = ["merge"]

_MOST_LINES = 5_000
"""Beyond it a file counts as one that cannot be merged: finding the differences of two long
files that share little takes time that grows with the square of their length."""


def merge(base: str, mine: str, theirs: str) -> str | None:
    """Return `theirs` with the changes that made `mine` of `base`; None if the two collide.

    Changes collide where they touch the same lines, or begin at the same line, and are not the
    same (libpkg/merge3.c: changes of neighbouring lines do not).
    """
    lines = base.splitlines(keepends=True)
    edits = [_edits(lines, text.splitlines(keepends=True)) for text in (mine, theirs)]
    if any(edit is None for edit in edits):
        return None
    merged: list[str] = []
    at = 0
    previous: _Edit | None = None
    for edit in sorted({*(edits[0] or ()), *(edits[1] or ())}):
        if previous is not None and (edit.start < previous.end or edit.start == previous.start):
            return None
        merged += lines[at : edit.start]
        merged += edit.lines
        at = edit.end
        previous = edit
    return "".join([*merged, *lines[at:]])


@dataclass(frozen=True, slots=True, order=True)
class _Edit:
    """Lines `start` up to `end` become others."""

    start: int
    end: int
    lines: tuple[str, ...]


def _edits(old: Sequence[str], new: Sequence[str]) -> list[_Edit] | None:
    if max(len(old), len(new)) > _MOST_LINES:
        return None
    return list(_found(old, new))


def _found(old: Sequence[str], new: Sequence[str]) -> Iterator[_Edit]:
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for kind, start, end, other_start, other_end in matcher.get_opcodes():
        if kind != "equal":
            yield _Edit(start, end, tuple(new[other_start:other_end]))
