"""FreeBSD: nullfs(5), devfs(5) and mount_unionfs(8), visible to all, so taken back in reverse."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from portfake.errors import SystemFailure
from portfake.host.mount_table import Mounted, at_or_below, holding, parse_freebsd
from portfake.host.mounting import Argv, Mounting, Shows
from portfake.host.programs import ENVIRONMENT, Completed, run
from portfake.host.signals import deferred_signals
from portfake.limits import DEFAULT, Limits

__all__ = ["FreeBsdMounter"]

_PROGRAMS: Final = ("mount", "mount_unionfs", "umount", "chroot", "make")
_UPPER: Final = ("ufs", "tmpfs")
"""File systems with whiteouts, without which a union cannot remove or rename
(mount_unionfs(8), BUGS); ZFS has none."""
_TRIES: Final = 5
_PAUSE: Final = 0.2
"""Seconds before a busy mount is tried again: what was killed needs a moment to go."""


@dataclass(frozen=True, slots=True)
class FreeBsdMounter:
    """See Mounter."""

    environment: Mapping[str, str] = field(default_factory=lambda: ENVIRONMENT)
    limits: Limits = DEFAULT

    def make(self, share_mk: str) -> Argv:
        """See Mounter: the base system's, with its own files."""
        return ("make",)

    def obstacles(self, mountings: Sequence[Mounting]) -> list[str]:
        """See Mounter."""
        path = self.environment["PATH"]
        found = [
            f"this machine has no program {name}"
            for name in _PROGRAMS
            if shutil.which(name, path=path) is None
        ]
        if found:
            return found
        if os.geteuid() != 0:
            found.append("only root can mount")
        types = {"nullfs", "unionfs"} if mountings else set()
        found += [f"the kernel has no {name}" for name in sorted(types) if not self._knows(name)]
        table = self._table()
        for what in mountings:
            found += [
                f"{row.source} is mounted at {row.point} already"
                for row in at_or_below(table, what.point)
                if row.type == "unionfs"
            ]
            system = holding(table, what.source)
            if what.shows is Shows.UNION and system is not None and system.type not in _UPPER:
                found.append(
                    f"{what.source} lies on {system.type}, which cannot be the upper layer of a "
                    "union: it has no whiteouts; name a folder on UFS or tmpfs"
                )
        return found

    def commands(self, mountings: Sequence[Mounting], command: Argv, folder: str) -> list[Argv]:
        """See Mounter."""
        return [
            *(_mount(what) for what in mountings),
            _inside(command, folder),
            *(_umount(what) for what in reversed(mountings)),
        ]

    def run(
        self,
        mountings: Sequence[Mounting],
        command: Argv,
        folder: str,
        *,
        announce: Callable[[Mounting], object],
        sink: Callable[[bytes], object],
    ) -> Completed:
        """See Mounter."""
        begun: list[Mounting] = []
        try:
            for what in mountings:
                with deferred_signals():
                    announce(what)
                    begun.append(what)
                    run(_mount(what), environment=self.environment).require()
            line = ("sh", "-c", 'exec "$@" 2>&1', "sh", *_inside(command, folder))
            return run(line, sink=sink, environment=self.environment, limits=self.limits)
        finally:
            with deferred_signals():
                left = self.unmount(begun)
            if left:
                raise SystemFailure("; ".join(left), hint="portfake recover tries again")

    def unmount(self, mountings: Sequence[Mounting]) -> list[str]:
        """See Mounter."""
        problems = (self._take_back(what) for what in reversed(mountings))
        return [problem for problem in problems if problem is not None]

    def mounted_below(self, folder: str) -> list[str]:
        """See Mounter."""
        return [row.point for row in at_or_below(self._table(), folder)]

    def _take_back(self, what: Mounting) -> str | None:
        """Unmount one if it is there; return why it could not be."""
        complaint = ""
        for attempt in range(_TRIES):
            there = [row for row in self._table() if row.point == what.point]
            if not any(_is(row, what) for row in there):
                return None
            if not _is(there[-1], what):
                return f"{what.point}: {there[-1].source} was mounted over it since"
            force = ("-f",) if attempt == _TRIES - 1 else ()
            ended = run(("umount", *force, what.point), environment=self.environment)
            complaint = ended.complaint.decode("utf-8", "backslashreplace").strip()
            if ended.status != 0:
                time.sleep(_PAUSE * attempt)
        there = [row for row in self._table() if row.point == what.point]
        if any(_is(row, what) for row in there):
            return f"{what.point} cannot be unmounted: {complaint}"
        return None

    def _table(self) -> tuple[Mounted, ...]:
        output = run(("mount", "-p"), environment=self.environment).require().output
        return parse_freebsd(output.decode("utf-8", "surrogateescape"))

    def _knows(self, type_: str) -> bool:
        """Whether the kernel has a file system, or can load it (lsvfs(1), kld(4))."""
        loaded = run(("lsvfs", type_), environment=self.environment).status == 0
        return loaded or Path(f"/boot/kernel/{type_}.ko").exists()


def _inside(command: Argv, folder: str) -> Argv:
    return command if folder == "/" else ("chroot", folder, *command)


def _mount(what: Mounting) -> Argv:
    match what.shows:
        case Shows.READ_ONLY:
            return ("mount", "-t", "nullfs", "-o", "ro", what.source, what.point)
        case Shows.WRITABLE:
            return ("mount", "-t", "nullfs", what.source, what.point)
        case Shows.DEVICES:
            return ("mount", "-t", "devfs", "devfs", what.point)
        case Shows.UNION:
            return ("mount_unionfs", what.source, what.point)


def _umount(what: Mounting) -> Argv:
    return ("umount", what.point)


_SEEN_AS: Final = {
    Shows.READ_ONLY: ("nullfs", "{}"),
    Shows.WRITABLE: ("nullfs", "{}"),
    Shows.DEVICES: ("devfs", "devfs"),
    Shows.UNION: ("unionfs", "<above>:{}"),
}
"""What a mount is called in the table: its type and its source."""


def _is(row: Mounted, what: Mounting) -> bool:
    type_, source = _SEEN_AS[what.shows]
    return row.type == type_ and row.source == source.format(what.source)
