"""Taking the place of what has a name, so that it can be given back.

All names of one replacement lie in one folder: the path itself, a temporary name with the new
object, and another that keeps the old one. A name is never without an object meanwhile.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress

from portfake.errors import InputError
from portfake.root.placing import is_temporary, link
from portfake.root.resolve import Folder, Spot, failure
from portfake.root.tree import Tree

__all__ = ["move_aside", "put", "sweep", "take_back"]


def put(tree: Tree, path: str, temporary: str, aside: str | None) -> None:
    """Rename `temporary`, a name beside `path`, to it; what lies there gets the name `aside` too.

    OSError: EEXIST where something lies there and no `aside` was given, EISDIR for a folder.
    """
    spot = tree.target(path)
    status = spot.look()
    if status is not None and stat.S_ISDIR(status.st_mode):
        raise failure(errno.EISDIR, path)
    if status is not None and aside is None:
        raise failure(errno.EEXIST, path)
    new = _beside(spot, temporary)
    if status is not None and aside is not None:
        link(tree, spot, _beside(spot, aside))
    os.rename(new.raw, spot.raw, src_dir_fd=new.fd, dst_dir_fd=spot.fd)


def move_aside(tree: Tree, path: str, aside: str) -> None:
    """Rename what lies at `path`, a folder with all in it too, to a name beside it."""
    spot = tree.target(path)
    kept = _beside(spot, aside)
    os.rename(spot.raw, kept.raw, src_dir_fd=spot.fd, dst_dir_fd=kept.fd)
    tree.resolver.forget(spot.path)


def take_back(tree: Tree, path: str, temporary: str | None, aside: str | None) -> None:
    """Undo `put` or `move_aside`, whether it was done, half done, not done or undone before."""
    try:
        spot = tree.target(path)
    except (FileNotFoundError, NotADirectoryError):
        return
    kept = _beside(spot, aside) if aside is not None else None
    new = _beside(spot, temporary) if temporary is not None else None
    if kept is not None and kept.look() is not None:
        os.rename(kept.raw, spot.raw, src_dir_fd=spot.fd, dst_dir_fd=spot.fd)
        with suppress(FileNotFoundError):
            # rename(2) does nothing where both names are still the same file.
            os.unlink(kept.raw, dir_fd=spot.fd)
    elif kept is None and new is not None and new.look() is None:
        with suppress(FileNotFoundError):
            os.unlink(spot.raw, dir_fd=spot.fd)
    tree.resolver.forget(spot.path)


def _beside(spot: Spot, name: str) -> Spot:
    """A temporary name in the same folder; journals lie in the root, and may name anything."""
    if "/" in name or not is_temporary(name):
        raise InputError(f"{name!r} is no temporary name", where=spot.path)
    return Spot(spot.folder, name)


def sweep(tree: Tree, path: str, token: str) -> None:
    """Remove everything in a folder whose temporary name starts its twelve digits with `token`.

    A folder that is gone is no error, nor one that holds nothing of the kind.
    """
    try:
        folder = tree.target(f"{path.rstrip('/')}/.", follow=True).folder
    except (FileNotFoundError, NotADirectoryError):
        return
    for name in folder.names():
        if is_temporary(name) and name[-12:].startswith(token):
            _remove(tree, folder, name, tree.limits.depth)


def _remove(tree: Tree, folder: Folder, name: str, depth: int) -> None:
    spot = Spot(folder, name)
    status = spot.look()
    if status is None:
        return
    if not stat.S_ISDIR(status.st_mode):
        os.unlink(spot.raw, dir_fd=spot.fd)
    elif depth:
        inner = folder.enter(name)
        for each in inner.names():
            _remove(tree, inner, each, depth - 1)
        os.rmdir(spot.raw, dir_fd=spot.fd)
        tree.resolver.forget(spot.path)
    tree.keeper.gone(status)
