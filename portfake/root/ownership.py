"""Two policies for mode, owner and group: on the disk, or kept in memory beside plain files."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from portfake.root.attributes import set_mode, set_owner
from portfake.root.resolve import Spot

if TYPE_CHECKING:  # start-up time
    from portfake.root.accounts import Accounts

__all__ = ["Keeper", "Ownership", "keeper_for"]


class Ownership(Enum):
    """Where mode, owner and group of a tree's objects live."""

    APPLY = "apply"
    """On the disk; owners other than oneself need uid 0."""
    RECORD = "record"
    """In memory, by device and inode; what is on the disk stays readable and writable to the
    user, and set-id bits never get there. For stages, and for images made without root."""


class Keeper(Protocol):
    """What a policy decides."""

    def disk_mode(self, mode: int, *, folder: bool = False) -> int:
        """Return the mode that an object of this mode has on the disk."""

    def created(self, what: int | Spot) -> None:
        """Take note of a new object; its owner is root, or on the disk whoever runs."""

    def known(self, status: os.stat_result) -> tuple[int, str | None, str | None]:
        """Return mode, owner and group of an object; None where nothing was recorded."""

    def set_mode(self, what: int | Spot, mode: int) -> None:
        """Set the 07777 bits."""

    def set_owner(self, what: int | Spot, owner: str | None, group: str | None) -> None:
        """Set owner and group by name; NotFound for one that the root does not know."""

    def gone(self, status: os.stat_result) -> None:
        """Take note that one name of the object seen was removed."""


def keeper_for(ownership: Ownership, accounts: Callable[[], Accounts]) -> Keeper:
    """Return the policy's keeper; `accounts` is asked whenever a name or id is needed."""
    return _Disk(accounts) if ownership is Ownership.APPLY else _Memory()


class _Disk:
    def __init__(self, accounts: Callable[[], Accounts]) -> None:
        self._accounts = accounts

    def disk_mode(self, mode: int, *, folder: bool = False) -> int:
        return mode

    def created(self, what: int | Spot) -> None:
        pass

    def known(self, status: os.stat_result) -> tuple[int, str | None, str | None]:
        accounts = self._accounts()
        owner, group = accounts.user(status.st_uid), accounts.group(status.st_gid)
        return stat.S_IMODE(status.st_mode), owner, group

    def set_mode(self, what: int | Spot, mode: int) -> None:
        set_mode(what, mode)

    def set_owner(self, what: int | Spot, owner: str | None, group: str | None) -> None:
        accounts = self._accounts()
        uid = -1 if owner is None else accounts.uid(owner)
        gid = -1 if group is None else accounts.gid(group)
        set_owner(what, uid, gid)

    def gone(self, status: os.stat_result) -> None:
        pass


class _Memory:
    def __init__(self) -> None:
        self._records: dict[tuple[int, int], tuple[int, str | None, str | None]] = {}

    def disk_mode(self, mode: int, *, folder: bool = False) -> int:
        return mode & 0o777 | (0o700 if folder else 0o600)

    def created(self, what: int | Spot) -> None:
        status = _status(what)
        self._records[_identity(status)] = (stat.S_IMODE(status.st_mode), "root", "wheel")

    def known(self, status: os.stat_result) -> tuple[int, str | None, str | None]:
        recorded = self._records.get(_identity(status))
        on_disk = stat.S_IMODE(status.st_mode)
        if recorded is None:
            return on_disk, None, None
        mode, owner, group = recorded
        if not self._shows(status, mode):
            # Somebody else's program changed it since; set-id bits are its own affair as well.
            mode = on_disk
        return mode, owner, group

    def _shows(self, status: os.stat_result, mode: int) -> bool:
        """Whether the disk has what would be there for the mode that was recorded."""
        on_disk = stat.S_IMODE(status.st_mode)
        folder = stat.S_ISDIR(status.st_mode)
        linked = stat.S_ISLNK(status.st_mode)
        return linked or on_disk in {mode, self.disk_mode(mode, folder=folder)}

    def set_mode(self, what: int | Spot, mode: int) -> None:
        status = _status(what)
        _, owner, group = self.known(status)
        self._records[_identity(status)] = (mode, owner, group)
        if not stat.S_ISLNK(status.st_mode):
            set_mode(what, self.disk_mode(mode, folder=stat.S_ISDIR(status.st_mode)))

    def set_owner(self, what: int | Spot, owner: str | None, group: str | None) -> None:
        status = _status(what)
        mode, old_owner, old_group = self.known(status)
        self._records[_identity(status)] = (mode, owner or old_owner, group or old_group)

    def gone(self, status: os.stat_result) -> None:
        if status.st_nlink <= 1 or stat.S_ISDIR(status.st_mode):
            self._records.pop(_identity(status), None)


def _status(what: int | Spot) -> os.stat_result:
    if isinstance(what, int):
        return os.fstat(what)
    return os.stat(what.raw, dir_fd=what.fd, follow_symlinks=False)


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino
