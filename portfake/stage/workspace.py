"""The world that a port's recipes see: the tree, distfiles, and a work folder to write in.

The names are always the same, wherever tree and work folder really lie, so that what a recipe
writes into a file does not depend on the host.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from portfake.model.entry import Listing
from portfake.ports.tree import PortsTree
from portfake.root.confined import Root
from portfake.root.mounts import Mount, MountTable
from portfake.root.ownership import Ownership
from portfake.stage.scratch import scratch_folder

__all__ = ["DISTFILES", "PORTS", "WORK", "Workspace", "open_workspace"]

PORTS = "/usr/ports"
"""Where recipes find the tree."""
WORK = "/wrk"
"""WRKDIRPREFIX."""
DISTFILES = "/distfiles"
"""DISTDIR."""
_WRITABLE = (WORK, "/tmp")  # noqa: S108  # a name inside the workspace's own root


@dataclass(frozen=True, slots=True)
class Workspace:
    """An open work folder and the mounts around it."""

    root: Root
    """Holds WORK; its paths are those that recipes use."""
    distdir: str
    """The host's folder of distfiles."""
    mounts: tuple[Mount, ...]
    seen_as: str = ""
    """What recipes' paths have in front of the root's; empty where they are the same."""

    def view(self, tree: PortsTree) -> MountTable:
        """Return what recipes see, the tree's ports under PORTS included."""
        return MountTable([*tree.mounts, *self.mounts])

    def listing(self, folder: str) -> Listing:
        """Return what lies below a folder of the work folder, with paths relative to it."""
        folder = folder.removeprefix(self.seen_as)
        entries = self.root.walk(folder).values()
        return Listing(
            replace(
                entry,
                path=entry.path[len(folder) :] or "/",
                link_of=entry.link_of and entry.link_of[len(folder) :],
            )
            for entry in entries
        )

    def give_to(self, user: int) -> None:
        """Let another user of the host work here; the way in is opened, not what lies beside."""
        directory = Path(self.root.directory)
        directory.parent.chmod(0o711)
        for folder in (directory, *(directory / name[1:] for name in _WRITABLE)):
            os.chown(folder, user, user)


@contextmanager
def open_workspace(
    distdir: str, *, below: str | None = None, in_place: bool = False
) -> Iterator[Workspace]:
    """Make a work folder `below` a folder of the host, and remove it at the end.

    `distdir` need not exist; then there are no distfiles. `in_place` shows everything where it
    really lies, for programs of the host. NotFound if there is no `below`.
    """
    with (
        scratch_folder(below) as directory,
        Root(directory, ownership=Ownership.RECORD) as root,
    ):
        for folder in _WRITABLE:
            root.mkdir(folder)
        if in_place:
            seen_as = root.directory
            yield Workspace(root, distdir, (Mount(seen_as, root, _WRITABLE),), seen_as)
            return
        mounts = [Mount("/", root, _WRITABLE)]
        if os.path.isdir(distdir):  # noqa: PTH112  # a name, not a Path, goes to Root
            with Root(distdir, ownership=Ownership.RECORD, read_only=True) as distfiles:
                mounts.append(Mount(DISTFILES, distfiles))
                yield Workspace(root, distdir, tuple(mounts))
        else:
            yield Workspace(root, distdir, tuple(mounts))
