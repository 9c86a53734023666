"""Mounts as data, and the one interface to the two systems that can make them.

A view of the host is a list of `Mounting`s. FreeBSD makes them one by one, for everybody to see,
so each is announced before it is made, for a journal, and taken back in reverse; Linux makes them
in a mount namespace of the command's own, which ends with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from portfake.host.programs import Completed

__all__ = ["Argv", "MountLog", "Mounter", "Mounting", "Shows", "Unlogged"]

Argv = tuple[str, ...]
"""One command line."""


class Shows(Enum):
    """What a mount shows at its point."""

    READ_ONLY = "read-only"
    """A folder of the host that nobody can change there."""
    WRITABLE = "writable"
    """A folder of the host."""
    UNION = "union"
    """A folder that takes all changes, over one that stays as it is."""
    DEVICES = "devices"
    """null, zero, random and their like."""


@dataclass(frozen=True, slots=True)
class Mounting:
    """One mount: a folder shown at a point."""

    shows: Shows
    source: str
    """The folder; of a union the one that takes the changes."""
    point: str
    lower: str = ""
    """Of a union: the folder below."""
    work: str = ""
    """Of a union: an empty folder beside `source`, which overlayfs wants."""


class Mounter(Protocol):
    """A system that can show a command another view of the machine's files."""

    def make(self, share_mk: str) -> Argv:
        """Return this system's BSD make; `share_mk` has the base's make files where it has none."""

    def obstacles(self, mountings: Sequence[Mounting]) -> list[str]:
        """Return what speaks against making them here; looks, and changes nothing."""

    def commands(self, mountings: Sequence[Mounting], command: Argv, folder: str) -> list[Argv]:
        """Return the command lines that `run` would run, in order."""

    def run(
        self,
        mountings: Sequence[Mounting],
        command: Argv,
        folder: str,
        *,
        announce: Callable[[Mounting], object],
        sink: Callable[[bytes], object],
    ) -> Completed:
        """Run a command with `folder` as its root while the mounts are there.

        `folder` may be "/", for mounts over the live system. A mount that outlives its process is
        announced before it is made. Standard output and error go to `sink`. Raises SystemFailure
        where a mount cannot be made or taken back; whatever happens, even an interrupt, mounts
        are taken back first.
        """

    def unmount(self, mountings: Sequence[Mounting]) -> list[str]:
        """Take back those that are still there, the last first; return what is left, in words.

        A mount at one of the points that is not the one described is never touched.
        """

    def mounted_below(self, folder: str) -> list[str]:
        """Return the points at and below a folder where anything at all is mounted."""


class MountLog(Protocol):
    """Who remembers the mounts of a run, so that they are found if it is killed."""

    def mounting(self, what: Mounting) -> None:
        """A mount is about to be made; durable when this returns."""

    def unmounted(self) -> None:
        """All of them are gone."""


class Unlogged:
    """Remembers nothing, for mounts that end with their process."""

    def mounting(self, what: Mounting) -> None:
        """See MountLog."""

    def unmounted(self) -> None:
        """See MountLog."""
