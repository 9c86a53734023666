"""What every operation on one tree shares: the walk, the ownership policy, the limits."""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass, field
from typing import Final

from portfake.errors import Refused
from portfake.limits import Limits
from portfake.root.ownership import Keeper
from portfake.root.resolve import Folder, Resolver, Spot, failure, raw

__all__ = ["Tree", "open_listed", "open_regular"]


@dataclass(frozen=True, slots=True)
class Tree:
    """A confined file tree, before the operations."""

    resolver: Resolver
    keeper: Keeper
    limits: Limits
    read_only: bool = False
    linked: set[tuple[int, int]] = field(default_factory=set)
    """Files whose every name is known to lie in the tree, because it linked them itself."""

    def target(self, path: str, *, follow: bool = False, folder: bool = False) -> Spot:
        """Return where to change something; OSError (EROFS) in a tree that is only read.

        A `folder`'s name may end in slashes, as mkdir(2), rmdir(2) and rename(2) allow.
        """
        if self.read_only:
            raise failure(errno.EROFS, path)
        return self.resolver.locate(path.rstrip("/") or "/" if folder else path, follow=follow)

    def changeable(self, path: str, *, follow: bool) -> Spot:
        """Return where something that exists is to be changed in place.

        A file with several names is refused unless the tree made them all: another name may
        lie outside, and what is changed there would be changed too.
        """
        spot = self.target(path, follow=follow)
        status = spot.look()
        if status is None:
            raise failure(errno.ENOENT, path)
        self.check_links(status, path)
        return spot

    def check_links(self, status: os.stat_result, path: str) -> None:
        """Raise Refused for a file that may have a name outside the tree."""
        if (
            status.st_nlink > 1
            and not stat.S_ISDIR(status.st_mode)
            and (status.st_dev, status.st_ino) not in self.linked
        ):
            raise Refused(
                f"the file has {status.st_nlink} names (hard links), and one may be elsewhere",
                where=path,
                hint="replace it by a copy of its own first",
            )

    def open_regular(self, path: str, *, write: bool = False) -> int:
        """Open a file that exists, links followed, for reading or in-place writing.

        OSError: ENOENT, EISDIR, EINVAL for anything but a regular file.
        """
        spot = self.changeable(path, follow=True) if write else self.look_at(path)
        fd = open_regular(spot, path, os.O_WRONLY if write else os.O_RDONLY)
        try:
            if write:
                self.check_links(os.fstat(fd), path)
        except BaseException:
            os.close(fd)
            raise
        return fd

    def look_at(self, path: str) -> Spot:
        """Return where an object is that must exist, links followed."""
        spot = self.resolver.locate(path, follow=True)
        if spot.status is None:
            raise failure(errno.ENOENT, path)
        return spot


_CAREFUL: Final = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


def open_regular(spot: Spot, path: str, access: int) -> int:
    """Open a regular file by a spot that was looked at.

    A fifo or device is told by its status and not opened; should one be swapped in after the
    look, O_NONBLOCK keeps the open from waiting and a second look refuses it.
    """
    assert spot.status is not None
    _check_regular(spot.status, path)
    fd = os.open(spot.raw, access | _CAREFUL, dir_fd=spot.fd)
    try:
        _check_regular(os.fstat(fd), path)
    except BaseException:
        os.close(fd)
        raise
    return fd


def open_listed(folder: Folder, name: str) -> int | None:
    """Open for reading what a listing has just called a regular file; None if it is none by now.

    For many files: one look less than open_regular. Should a fifo have taken its place,
    O_NONBLOCK keeps the open from waiting.
    """
    try:
        fd = os.open(raw(name), os.O_RDONLY | _CAREFUL, dir_fd=folder.fd)
    except FileNotFoundError:
        return None
    try:
        if stat.S_ISREG(os.fstat(fd).st_mode):
            return fd
    except BaseException:
        os.close(fd)
        raise
    os.close(fd)
    return None


def _check_regular(status: os.stat_result, path: str) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise failure(errno.EISDIR, path)
    if not stat.S_ISREG(status.st_mode):
        raise failure(errno.EINVAL, path)
