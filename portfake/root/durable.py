"""Making what was written survive a power cut: the one place that asks for it.

Linux: syncfs(2) on every file system concerned; since Linux 5.8 it also reports write errors.
Elsewhere: fsync(2) of each file given and of each folder that names were made or changed in.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable

from portfake.root import c_library
from portfake.root.resolve import Spot
from portfake.root.tree import Tree, open_regular

__all__ = ["sync", "sync_file"]


def sync(tree: Tree, paths: Iterable[str]) -> None:
    """Return when the files at `paths`, and the names in their folders, are on stable storage.

    A path that is a folder stands for itself. OSError (EIO, ENOSPC, ..) if it did not work.
    """
    if c_library.has("syncfs"):
        _sync_file_systems(tree, paths)
    else:
        _sync_each(tree, paths)


def sync_file(fd: int) -> None:
    """Return when an open file's content is on stable storage."""
    os.fsync(fd)


def _sync_file_systems(tree: Tree, paths: Iterable[str]) -> None:
    top = tree.resolver.top
    done = {os.fstat(top.fd).st_dev}
    c_library.call("syncfs", top.fd)
    seen: set[str] = set()
    for path in paths:
        folder = tree.resolver.locate(path, follow=False).folder
        if folder.path in seen:
            continue
        seen.add(folder.path)
        device = os.fstat(folder.fd).st_dev
        if device not in done:
            done.add(device)
            c_library.call("syncfs", folder.fd)


def _sync_each(tree: Tree, paths: Iterable[str]) -> None:
    folders = set()
    for path in paths:
        spot = tree.resolver.locate(path, follow=False)
        folders.add(spot.folder.path or "/")
        status = spot.look()
        if status is not None and stat.S_ISDIR(status.st_mode):
            folders.add(spot.path)
        elif status is not None and stat.S_ISREG(status.st_mode):
            _sync_file(spot, path)
    for path in sorted(folders):
        os.fsync(tree.resolver.folder(path).fd)


def _sync_file(spot: Spot, path: str) -> None:
    fd = open_regular(spot, path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
