"""Linux: overlayfs and bind mounts in a namespace that ends with the command."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from portfake.host.mount_table import Mounted, at_or_below, holding, parse_linux
from portfake.host.mounting import Argv, Mounting, Shows
from portfake.host.programs import ENVIRONMENT, Completed, run
from portfake.limits import DEFAULT, Limits

__all__ = ["LinuxMounter"]

_PROGRAMS: Final = ("setpriv", "unshare", "mount", "umount", "pivot_root")
_FORBIDDEN: Final = "-sys_admin,-sys_module,-sys_rawio,-sys_ptrace,-sys_boot,-sys_time,-mknod"
"""Capabilities that the command has not: to mount, to load modules, to make devices."""
_DEVICES: Final = ("null", "zero", "full", "random", "urandom", "tty")
_NO_UPPER: Final = ("overlay", "nfs", "nfs4", "cifs", "vfat", "exfat", "9p", "virtiofs", "aufs")
"""File systems that cannot take an overlay's changes (overlayfs.rst, "Upper and lower")."""
_KEPT: Final = ("nosuid", "nodev", "noexec", "noatime", "nodiratime", "relatime")
"""Options that a mount made in another user namespace must keep (mount_namespaces(7))."""


@dataclass(frozen=True, slots=True)
class LinuxMounter:
    """See Mounter; as root, or in a user namespace where the kernel allows it."""

    network: bool = False
    """Whether the command may reach the network."""
    limits: Limits = DEFAULT

    def make(self, share_mk: str) -> Argv:
        """See Mounter: bmake."""
        return ("bmake", "-m", share_mk)

    def obstacles(self, mountings: Sequence[Mounting]) -> list[str]:
        """See Mounter."""
        path = ENVIRONMENT["PATH"]
        found = [
            f"this machine has no program {name}"
            for name in _PROGRAMS
            if shutil.which(name, path=path) is None
        ]
        table = _table()
        for union in (one for one in mountings if one.shows is Shows.UNION):
            system = holding(table, union.source)
            if system is not None and (system.type in _NO_UPPER or "fuse" in system.type):
                found.append(
                    f"{union.source} lies on {system.type}, which cannot be the upper layer of a "
                    "union; name another work folder with --workdir"
                )
            odd = set(",:\\\"'") & set(union.source + union.lower)
            if odd:
                found.append(f"{union.source}: a union's path cannot have {' '.join(sorted(odd))}")
        if not found and run(self._namespace(("true",))).status != 0:
            found.append("this machine allows no mount namespace to this user")
        return found

    def commands(self, mountings: Sequence[Mounting], command: Argv, folder: str) -> list[Argv]:
        """See Mounter: one command, since all happens inside the namespace."""
        table = _table()
        alone = folder != "/"
        lines = [
            *([("mount", "--rbind", folder, folder)] if alone else []),
            *(line for mounting in mountings for line in self._mount(mounting, table)),
            # Nothing of the host's own root is left to be reached, chroot(2)'s way out included.
            *(_enter(folder) if alone else []),
            ("exec", "setpriv", "--bounding-set", _FORBIDDEN, *command),
        ]
        script = "\n".join(["exec 2>&1", *map(shlex.join, lines)])
        return [self._namespace(("sh", "-euc", script))]

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
        (line,) = self.commands(mountings, command, folder)
        return run(line, sink=sink, limits=self.limits)

    def unmount(self, mountings: Sequence[Mounting]) -> list[str]:
        """See Mounter: the namespace took them with it."""
        return []

    def mounted_below(self, folder: str) -> list[str]:
        """See Mounter."""
        return [row.point for row in at_or_below(_table(), folder)]

    def _namespace(self, command: Argv) -> Argv:
        """A command that dies with whoever starts it, and its mounts with it."""
        user = () if os.geteuid() == 0 else ("--user", "--map-root-user")
        network = () if self.network else ("--net",)
        return (
            *("setpriv", "--pdeathsig", "KILL", "unshare", *user, *network),
            *("--mount", "--propagation", "private", "--pid", "--fork", "--kill-child"),
            *command,
        )

    def _mount(self, what: Mounting, table: Sequence[Mounted]) -> list[Argv]:
        match what.shows:
            case Shows.READ_ONLY:
                return [
                    ("mount", "--rbind", what.source, what.point),
                    *(
                        ("mount", "-o", ",".join(("remount,bind,ro", *kept)), point)
                        for point, kept in _points(what, table)
                    ),
                ]
            case Shows.WRITABLE:
                return [("mount", "--rbind", what.source, what.point)]
            case Shows.DEVICES:
                devices = [name for name in _DEVICES if Path(what.source, name).exists()]
                return [
                    ("touch", *(f"{what.point}/{name}" for name in devices)),
                    *(
                        ("mount", "--bind", f"{what.source}/{name}", f"{what.point}/{name}")
                        for name in devices
                    ),
                ]
            case Shows.UNION:
                # In a user namespace, trusted.* attributes cannot be written (overlayfs.rst).
                attributes = "" if os.geteuid() == 0 else ",userxattr"
                layers = f"lowerdir={what.lower},upperdir={what.source},workdir={what.work}"
                options = layers + attributes
                return [("mount", "-t", "overlay", "-o", options, "overlay", what.point)]


def _enter(folder: str) -> list[Argv]:
    """Make a folder the root of all that follows, and let go of the old one."""
    return [
        ("cd", folder),
        ("mkdir", "-p", "mnt", "proc"),
        # umount(8) looks there; and it shows the processes of this namespace alone.
        ("mount", "-t", "proc", "-o", "ro", "proc", "proc"),
        ("pivot_root", ".", "mnt"),
        ("cd", "/"),
        ("umount", "--lazy", "/mnt"),
        ("rmdir", "/mnt"),
    ]


def _table() -> tuple[Mounted, ...]:
    return parse_linux(Path("/proc/self/mountinfo").read_text("utf-8", "surrogateescape"))


def _points(what: Mounting, table: Sequence[Mounted]) -> list[tuple[str, list[str]]]:
    """Return the points at and below a recursive bind, each with options that have to stay.

    A read-only remount is not recursive (mount(8)), and the deepest come first, so that no mount
    is left writable behind one that is not.
    """
    source = str(Path(what.source).resolve())
    inside = {row.point: row for row in at_or_below(table, source)}
    top = holding(table, source)
    if top is not None:
        inside[source] = replace(top, point=source)
    return [
        (what.point + row.point[len(source) :], [name for name in _KEPT if name in row.options])
        for row in sorted(inside.values(), key=lambda row: row.point, reverse=True)
    ]
