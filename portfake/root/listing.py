"""The one walker: everything below a folder of a tree as a Listing."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from portfake.limits import LimitExceeded, Limits
from portfake.model.entry import Entry, EntryType, Listing
from portfake.root.resolve import Folder, Spot, join, text
from portfake.root.tree import Tree, open_regular

__all__ = ["digest_of", "entry_of", "look_at", "walk"]

_NOWHERE: Final = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP})
_CHUNK: Final = 1 << 18
_TYPES: Final = {
    stat.S_IFREG: EntryType.FILE,
    stat.S_IFDIR: EntryType.DIRECTORY,
    stat.S_IFLNK: EntryType.SYMLINK,
    stat.S_IFIFO: EntryType.FIFO,
    stat.S_IFSOCK: EntryType.SOCKET,
    stat.S_IFCHR: EntryType.CHARACTER_DEVICE,
    stat.S_IFBLK: EntryType.BLOCK_DEVICE,
}


def walk(tree: Tree, path: str, *, digest: bool, cross_devices: bool, limits: Limits) -> Listing:
    """Return the object at `path` and all below it; see `Root.walk`."""
    spot = tree.look_at(path)
    assert spot.status is not None
    survey = _Survey(tree, digest, None if cross_devices else spot.status.st_dev, limits)
    if stat.S_ISDIR(spot.status.st_mode):
        folder = spot.folder if spot.name == "." else spot.folder.enter(spot.name)
        survey.folder(folder, spot.path, 0)
    else:
        survey.leaf(spot, spot.path, spot.status)
    return Listing(survey.entries)


def look_at(tree: Tree, paths: Iterable[str]) -> Iterator[Entry]:
    """Yield what lies at each path; see `Root.look_at`."""
    at, folder = None, None
    for path in paths:
        above, _, name = path.rpartition("/")
        if above != at:
            at = above
            try:
                folder = tree.resolver.folder(above or "/")
            except OSError as error:
                if error.errno not in _NOWHERE:
                    raise
                folder = None
        if folder is not None:
            spot = Spot(folder, name)
            status = spot.look()
            if status is not None:
                yield entry_of(tree, path, spot, status)


def entry_of(tree: Tree, path: str, spot: Spot, status: os.stat_result) -> Entry:
    """Return what a status says of the object at a spot as an Entry without digest.

    What only some systems have is called a socket.
    """
    kind = _TYPES.get(stat.S_IFMT(status.st_mode), EntryType.SOCKET)
    mode, owner, group = tree.keeper.known(status)
    is_link = kind is EntryType.SYMLINK
    return Entry(
        path=path,
        type=kind,
        mode=mode,
        owner=owner,
        group=group,
        flags=getattr(status, "st_flags", None),
        size=status.st_size if kind is EntryType.FILE else None,
        mtime=int(status.st_mtime_ns // 1_000_000_000),
        target=text(os.readlink(spot.raw, dir_fd=spot.fd)) if is_link else None,
    )


def digest_of(fd: int) -> str:
    """Return the SHA-256, in lower-case hex, of what an open file still has to read."""
    import hashlib  # noqa: PLC0415  # start-up time

    digest = hashlib.sha256()
    while chunk := os.read(fd, _CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


@dataclass(slots=True)
class _Survey:
    tree: Tree
    digest: bool
    device: int | None
    """The only device to look at; None for all."""
    limits: Limits
    entries: list[Entry] = field(default_factory=list)
    first_names: dict[tuple[int, int], Entry] = field(default_factory=dict)
    """Of files with several names, the one that was met first."""

    def folder(self, folder: Folder, path: str, depth: int) -> None:
        if depth > self.limits.depth:
            raise LimitExceeded(f"folders nested more than {depth - 1} deep", where=path)
        # The open folder tells, not what its name said: another may lie under it by now.
        status = os.fstat(folder.fd)
        self.add(entry_of(self.tree, path, Spot(folder, "."), status))
        if self.device is not None and status.st_dev != self.device:
            return
        for name in folder.names():
            child = Spot(folder, name)
            seen = child.look()
            if seen is None:
                continue
            if stat.S_ISDIR(seen.st_mode):
                self.folder(folder.enter(name), join(path, name), depth + 1)
            else:
                self.leaf(child, join(path, name), seen)

    def leaf(self, spot: Spot, path: str, status: os.stat_result) -> None:
        identity = (status.st_dev, status.st_ino)
        first = self.first_names.get(identity) if status.st_nlink > 1 else None
        entry = entry_of(self.tree, path, spot, status)
        if first is not None:
            entry = replace(entry, link_of=first.path, digest=first.digest)
        elif self.digest and entry.type is EntryType.FILE:
            entry = replace(entry, digest=_digest_at(spot, path))
        if status.st_nlink > 1:
            self.first_names.setdefault(identity, entry)
        self.add(entry)

    def add(self, entry: Entry) -> None:
        self.entries.append(entry)
        if len(self.entries) > self.limits.entries:
            raise LimitExceeded(f"more than {self.limits.entries} files", where=entry.path)


def _digest_at(spot: Spot, path: str) -> str:
    fd = open_regular(spot, path, os.O_RDONLY)
    try:
        return digest_of(fd)
    finally:
        os.close(fd)
