"""Folders to work in, which go again: with their run, or by `recover` after one that was killed.

A run holds a lock (flock(2)) on its folder, so a folder whose lock is free is nobody's.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from portfake.errors import NotFound, SystemFailure

__all__ = ["in_scratch_folder", "scratch_folder", "sweep"]

_PREFIX: Final = "portfake.work."
_NAME: Final = re.compile(r"portfake\.work\.[a-z0-9_]{8}")
_TRIES: Final = 5
_PAUSE: Final = 0.1
"""Seconds before what a dying process still wrote is removed as well."""
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
    folder, lock = _made(below)
    try:
        yield folder
    finally:
        try:
            _remove(folder, mounted_below)
        finally:
            os.close(lock)


def _made(below: str | None) -> tuple[str, int]:
    """A new folder and its lock; a sweep that came in between is given another one."""
    for _ in range(_TRIES):
        try:
            folder = os.path.realpath(tempfile.mkdtemp(prefix=_PREFIX, dir=below))
        except FileNotFoundError as error:
            raise NotFound(
                "there is no such folder to work in",
                where=below,
                hint="name one with --workdir DIR",
            ) from error
        with suppress(FileNotFoundError, BlockingIOError):
            lock = _lock(folder)
            if Path(folder).exists():
                return folder, lock
            os.close(lock)
    raise SystemFailure(
        "work folders are swept as soon as they are made",
        where=below,
        hint="wait until no portfake recover runs",
    )


def _lock(folder: str) -> int:
    """Take a folder's lock, BlockingIOError where somebody holds it; closing it gives it back."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BaseException:
        os.close(fd)
        raise
    return fd


def in_scratch_folder(path: str) -> bool:
    """Whether a path lies in a folder that has the name of such a one, by its text."""
    parts = path.split("/")
    return ".." not in parts and any(map(_NAME.fullmatch, parts[:-1]))


def sweep(below: str | None, mounted_below: MountedBelow) -> list[str]:
    """Remove what killed runs of this user left in a folder; return its paths.

    SystemFailure as of `scratch_folder`.
    """
    gone = []
    with os.scandir(below or tempfile.gettempdir()) as entries:
        found = [entry.path for entry in entries if _NAME.fullmatch(entry.name)]
    for folder in found:
        with suppress(FileNotFoundError, BlockingIOError):
            status = Path(folder).lstat()
            if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
                continue
            lock = _lock(folder)
            try:
                _remove(folder, mounted_below)
            finally:
                os.close(lock)
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
    for _ in range(_TRIES):
        _let_in(folder)
        shutil.rmtree(folder, ignore_errors=True)
        if not Path(folder).exists():
            break
        time.sleep(_PAUSE)


def _let_in(folder: str) -> None:
    """Give the owner every folder: overlayfs makes one that lets nobody in, and so may a port."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                mode = entry.stat(follow_symlinks=False).st_mode
                if stat.S_IMODE(mode) & stat.S_IRWXU != stat.S_IRWXU:
                    Path(entry.path).chmod(stat.S_IRWXU)
                _let_in(entry.path)
