"""Times, owner, mode and flags of one object, set through a descriptor or a spot.

A descriptor is an open file or folder; a spot is a name that is never followed.
"""

from __future__ import annotations

import errno
import os
import stat
from typing import Final

from portfake.root import c_library
from portfake.root.resolve import Spot, failure

__all__ = [
    "CAN_SET_FLAGS",
    "set_flags",
    "set_mode",
    "set_owner",
    "set_times",
]

CAN_SET_FLAGS: Final = hasattr(os, "chflags")
"""Whether this system has file flags (st_flags); Linux has none."""


def set_times(what: int | Spot, seconds: float) -> None:
    """Set access and modification time."""
    nanoseconds = round(seconds * 1_000_000_000)
    times = (nanoseconds, nanoseconds)
    if isinstance(what, int):
        os.utime(what, ns=times)
    else:
        os.utime(what.raw, ns=times, dir_fd=what.fd, follow_symlinks=False)


def set_owner(what: int | Spot, uid: int, gid: int) -> None:
    """Set the ids; -1 leaves one as it is."""
    if isinstance(what, int):
        os.fchown(what, uid, gid)
    else:
        os.chown(what.raw, uid, gid, dir_fd=what.fd, follow_symlinks=False)


def set_mode(what: int | Spot, mode: int) -> None:
    """Set the 07777 bits; a symlink's only where the system has them (not on Linux)."""
    if isinstance(what, int):
        os.fchmod(what, mode)
        return
    try:
        # os.supports_follow_symlinks does not list chmod on Linux, but the call does it there:
        # fchmodat2(2), or the C library through O_PATH | O_NOFOLLOW and /proc.
        os.chmod(what.raw, mode, dir_fd=what.fd, follow_symlinks=False)
    except (ValueError, NotImplementedError):
        status = what.look()
        if status is None or not stat.S_ISLNK(status.st_mode):
            raise failure(errno.EOPNOTSUPP, what.path) from None


def set_flags(what: int | Spot, flags: int) -> None:
    """Set FreeBSD's file flags; OSError (EOPNOTSUPP) where the system has none."""
    if not CAN_SET_FLAGS:
        raise failure(errno.EOPNOTSUPP, "file flags")
    if isinstance(what, int):
        c_library.call("fchflags", what, flags)
    else:
        c_library.call("chflagsat", what.fd, what.raw, flags, _AT_SYMLINK_NOFOLLOW)


# FreeBSD's value (sys/fcntl.h); Python's os.chflags has no dir_fd.
_AT_SYMLINK_NOFOLLOW: Final = 0x200
