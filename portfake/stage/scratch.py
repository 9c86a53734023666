"""Folders to work in, which go again: with their run, or by `recover` after one that was killed.

A run holds a lock (flock(2)) on a file in its folder, so a folder whose lock is free is nobody's.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from portfake.errors import NotFound, SystemFailure

__all__ = ["scratch_folder", "sweep"]

_PREFIX: Final = "portfake."
_LOCK: Final = "lock"
_FILES: Final = "files"
MountedBelow = Callable[[str], Sequence[str]]
"""Tells the points at and below a folder where anything is mounted."""


def _nothing_mounted(folder: str) -> Sequence[str]:
    return ()


@contextmanager
def scratch_folder(
    below: str | None = None, mounted_below: MountedBelow = _nothing_mounted
) -> Iterator[str]:
    """Make an empty folder that only this user may enter, and remove it at the end.

    It is made `below` a folder of the host, None for the system's temporary one; NotFound if
    there is no such folder. It stays, with SystemFailure, while anything is mounted in it: what is
    shown there is the host's own.
    """
    try:
        folder = os.path.realpath(tempfile.mkdtemp(prefix=_PREFIX, dir=below))
    except FileNotFoundError as error:
        raise NotFound(
            "there is no such folder to work in", where=below, hint="name one with --workdir DIR"
        ) from error
    with Path(folder, _LOCK).open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            files = Path(folder, _FILES)
            files.mkdir()
            yield str(files)
        finally:
            _remove(folder, mounted_below)


def sweep(below: str | None, mounted_below: MountedBelow) -> list[str]:
    """Remove what killed runs of this user left in a folder; return its paths.

    SystemFailure as of `scratch_folder`.
    """
    gone = []
    with os.scandir(below or tempfile.gettempdir()) as entries:
        ours = [
            entry.path
            for entry in entries
            if entry.name.startswith(_PREFIX)
            and entry.is_dir(follow_symlinks=False)
            and entry.stat(follow_symlinks=False).st_uid == os.geteuid()
        ]
    for folder in ours:
        with suppress(FileNotFoundError, BlockingIOError):
            fd = os.open(f"{folder}/{_LOCK}", os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _remove(folder, mounted_below)
            finally:
                os.close(fd)
            gone.append(folder)
    return gone


def _remove(folder: str, mounted_below: MountedBelow) -> None:
    points = mounted_below(folder)
    if points:
        raise SystemFailure(
            f"{points[-1]} is still mounted, so the work folder stays",
            where=folder,
            hint="portfake recover unmounts it and removes the folder",
        )
    _let_in(folder)
    shutil.rmtree(folder, ignore_errors=True)


def _let_in(folder: str) -> None:
    """Give the owner every folder: overlayfs makes one that lets nobody in, and so may a port."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                mode = entry.stat(follow_symlinks=False).st_mode
                if stat.S_IMODE(mode) & stat.S_IRWXU != stat.S_IRWXU:
                    Path(entry.path).chmod(stat.S_IRWXU)
                _let_in(entry.path)
