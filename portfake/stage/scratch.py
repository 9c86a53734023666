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
_UNLOCKED: Final = "portfake.new."
_UNLOCKED_NAME: Final = re.compile(r"portfake\.new\.[a-z0-9_]{8}")
_UNLOCKED_FOR: Final = 60
"""Seconds after which nobody is about to lock a folder any more."""
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
    """A new folder and its lock, which it has before its name: no sweep ever finds it free."""
    try:
        unlocked = Path(tempfile.mkdtemp(prefix=_UNLOCKED, dir=below)).resolve()
    except FileNotFoundError as error:
        raise NotFound(
            "there is no such folder to work in",
            where=below,
            hint="name one with --workdir DIR",
        ) from error
    try:
        lock = _lock(str(unlocked))
        folder = unlocked.rename(unlocked.with_name(unlocked.name.replace(_UNLOCKED, _PREFIX)))
    except OSError as error:
        raise SystemFailure(
            f"cannot make the work folder: {error.strerror}", where=str(unlocked)
        ) from error
    return str(folder), lock


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
        found = [entry.path for entry in entries if _left(entry)]
    for folder in found:
        with suppress(FileNotFoundError, BlockingIOError):
            lock = _lock(folder)
            try:
                _remove(folder, mounted_below)
            finally:
                os.close(lock)
            gone.append(folder)
    return gone


def _left(entry: os.DirEntry[str]) -> bool:
    """Whether it may be a killed run's folder, if only its lock is free."""
    named = _NAME.fullmatch(entry.name) is not None
    if not named and not _UNLOCKED_NAME.fullmatch(entry.name):
        return False
    with suppress(FileNotFoundError):
        status = entry.stat(follow_symlinks=False)
        return (
            stat.S_ISDIR(status.st_mode)
            and status.st_uid == os.geteuid()
            and (named or status.st_mtime + _UNLOCKED_FOR < time.time())
        )
    return False


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
