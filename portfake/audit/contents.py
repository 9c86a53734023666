"""Looking into many files of a root: their sums, ELF headers and interpreters, in one open each.

Files are shared out over worker processes: what costs is opening, not hashing, and Python's
opening is held by its lock.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from portfake.audit.inventory import Content
from portfake.audit.workers import shared_out
from portfake.errors import InputError
from portfake.packages.sums import Hasher
from portfake.root.confined import Root
from portfake.root.resolve import Folder
from portfake.root.tree import open_listed

__all__ = ["Question", "look_into"]

_CHUNK: Final = 1 << 18
_FEW: Final = 500
"""Files that are not worth another process."""
_LINE: Final = 1024
"""Bytes of a first line that are looked at; the kernel takes fewer."""
_COST: Final = 50_000
"""What opening a file costs, in bytes that could be hashed in the time."""


@dataclass(frozen=True, slots=True)
class Question:
    """One file, and what is asked of it."""

    path: str
    sum: str | None = None
    """The recorded sum, of a type that can be checked."""
    size: int = 0
    code: bool = True
    """Whether to look for machine code and interpreters."""


def look_into(
    root: Root, questions: Sequence[Question], *, jobs: int = 1
) -> Iterator[tuple[str, Content]]:
    """Yield what is worth telling: contents that differ, machine code, scripts.

    A file that has its sum and is no program yields nothing, and one that is gone neither.
    Raises SystemFailure where a worker was killed.
    """
    return shared_out(partial(_answers, root), _shares(questions, jobs))


def _shares(questions: Sequence[Question], jobs: int) -> list[Sequence[Question]]:
    """Runs of neighbours, so that folders are opened once, of about the same cost."""
    jobs = min(jobs, len(questions) // _FEW)
    if jobs < 2:
        return [questions]
    total = sum(question.size + _COST for question in questions)
    shares: list[Sequence[Question]] = []
    start = cost = 0
    for at, question in enumerate(questions):
        cost += question.size + _COST
        if cost * jobs >= total * (len(shares) + 1):
            shares.append(questions[start : at + 1])
            start = at + 1
    if start < len(questions):
        shares.append(questions[start:])
    return shares


def _answers(root: Root, questions: Iterable[Question]) -> Iterator[tuple[str, Content]]:
    at, folder = None, None
    for question in questions:
        above, _, name = question.path.rpartition("/")
        if above != at:
            at, folder = above, None
            with suppress(OSError):
                folder = root.folder(above or "/")
        try:
            content = _look(folder or root.folder(above or "/"), name, question)
        except OSError as error:
            content = Content(unreadable=error.strerror or str(error))
        if content is not None:
            yield question.path, content


def _look(folder: Folder, name: str, question: Question) -> Content | None:
    """Raise OSError for what cannot be read; what is gone, or no file any more, tells nothing."""
    fd = open_listed(folder, name)
    if fd is None:
        return None
    try:
        # No more is asked for than there is: a large buffer costs more than a small file.
        asked = min(question.size + 1, _CHUNK)
        head = os.read(fd, asked)
        matches = None
        if question.sum is not None:
            matches = _has_sum(fd, head, question.sum, whole=len(head) < asked)
        content = _code(fd, head, question.path) if question.code else None
    finally:
        os.close(fd)
    if content is not None:
        return replace(content, matches=matches)
    return Content(matches=False) if matches is False else None


def _has_sum(fd: int, head: bytes, recorded: str, *, whole: bool) -> bool:
    hasher = Hasher(recorded)
    hasher.update(head)
    while not whole and (head := os.read(fd, _CHUNK)):
        hasher.update(head)
    return hasher.matches()


def _code(fd: int, head: bytes, path: str) -> Content | None:
    if head.startswith(b"#!"):
        words = head[2:_LINE].partition(b"\n")[0].split()
        return Content(interpreter=_text(words[0])) if words else None
    from portfake.formats.elf import is_elf, read_elf  # noqa: PLC0415  # start-up time

    if not is_elf(head):
        return None
    with io.BufferedReader(io.FileIO(os.dup(fd), "rb")) as file:
        try:
            return Content(elf=read_elf(file, path))
        except InputError as error:
            return Content(damaged=error.message)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")
