"""Telling the files that are just as recorded from those that have to be looked at more closely.

Nearly all files of an image are sound. Where only others are asked for, this look at each of them
saves making a record, an entry and a question of every file.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial
from itertools import pairwise

from portfake.audit.workers import shared_out
from portfake.errors import InputError
from portfake.model.manifest import RecordedSum
from portfake.packages.sums import Hasher, has_sum
from portfake.root.confined import Root
from portfake.root.resolve import Folder
from portfake.root.tree import open_listed

__all__ = ["unsound"]

_BUFFER = 1 << 18
_FEW = 500
"""Files that are not worth another process."""


def unsound(root: Root, files: Sequence[RecordedSum], *, jobs: int = 1) -> Iterator[RecordedSum]:
    """Yield what is not plainly as it was recorded: a file of that sum, or a link of that text.

    What is yielded may be right for all that: what cannot be read or checked is yielded too.
    """
    files = sorted(files, key=lambda file: file.path)
    jobs = max(1, min(jobs, len(files) // _FEW))
    bounds = [len(files) * at // jobs for at in range(jobs + 1)]
    shares = [files[start:end] for start, end in pairwise(bounds)]
    return shared_out(partial(_unsound, root), shares)


def _unsound(root: Root, files: Sequence[RecordedSum]) -> Iterator[RecordedSum]:
    """Neighbours are in one folder, which is opened once."""
    at, folder = None, None
    buffer = memoryview(bytearray(_BUFFER))
    for file in files:
        above, _, name = file.path.rpartition("/")
        if above != at:
            at, folder = above, None
            with suppress(OSError):
                folder = root.folder(above or "/")
        if folder is None or not _is_sound(folder, name, file, buffer):
            yield file


def _is_sound(folder: Folder, name: str, file: RecordedSum, buffer: memoryview) -> bool:
    try:
        if file.target is not None:
            return folder.link_text(name) == file.target
        return file.sum is not None and _has_sum(folder, name, file.sum, buffer)
    except (OSError, InputError):
        return False


def _has_sum(folder: Folder, name: str, recorded: str, buffer: memoryview) -> bool:
    fd = open_listed(folder, name)
    if fd is None:
        return False
    try:
        # One buffer for all files: a new one of this size costs more than to read a small file.
        size = os.readv(fd, [buffer])
        if size < _BUFFER:
            return has_sum(buffer[:size], recorded)
        hasher = Hasher(recorded)
        while size:
            hasher.update(buffer[:size])
            size = os.readv(fd, [buffer])
    finally:
        os.close(fd)
    return hasher.matches()
