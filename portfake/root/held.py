"""A file that one process at a time holds, as flock(2) tells, and that grows."""

from __future__ import annotations

import errno
import fcntl
import os
from types import TracebackType
from typing import Self

from portfake.root import durable
from portfake.root.resolve import Spot, failure
from portfake.root.tree import Tree, open_regular

__all__ = ["HeldFile", "hold", "hold_new"]


class HeldFile:
    """An open file nobody else holds; closing it, or the process's end, lets it go."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def append(self, data: bytes) -> None:
        """Write at the end, and return when it is on stable storage."""
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._fd, rest) :]
        durable.sync_file(self._fd)

    def close(self) -> None:
        """Let it go."""
        os.close(self._fd)


def hold_new(tree: Tree, path: str, mode: int = 0o600) -> HeldFile:
    """Make a file and hold it; OSError, EEXIST if there is one, and nothing is left then."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
    spot = tree.target(path)
    fd = os.open(spot.raw, flags, mode, dir_fd=spot.fd)
    try:
        # Somebody who found it before it was locked may have it for a moment, or remove it.
        fcntl.flock(fd, fcntl.LOCK_EX)
        _check_is_at(fd, spot)
    except BaseException:
        if _is_at(fd, spot):
            os.unlink(spot.raw, dir_fd=spot.fd)
        os.close(fd)
        raise
    return HeldFile(fd)


def hold(tree: Tree, path: str) -> HeldFile | None:
    """Hold a file that exists, to extend it; None if it is gone, BlockingIOError if it is held."""
    spot = tree.target(path)
    if spot.look() is None:
        return None
    fd = open_regular(spot, path, os.O_WRONLY | os.O_APPEND)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not _is_at(fd, spot):
            os.close(fd)
            return None
    except BaseException:
        os.close(fd)
        raise
    return HeldFile(fd)


def _check_is_at(fd: int, spot: Spot) -> None:
    if not _is_at(fd, spot):
        raise failure(errno.EEXIST, spot.path)


def _is_at(fd: int, spot: Spot) -> bool:
    status = spot.look()
    return status is not None and os.path.samestat(status, os.fstat(fd))
