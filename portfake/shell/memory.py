"""A Files view held in memory: a stand-in for tests and for judging scripts without a disk."""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import BinaryIO, NoReturn, TypeAlias

from portfake.model.entry import Entry, EntryType

__all__ = ["MemoryFiles"]

_MOST_LINKS = 32
_numbers = count(2)


@dataclass(slots=True, kw_only=True)
class _Node:
    mode: int
    mtime: int
    owner: str = "root"
    group: str = "wheel"
    number: int = field(default_factory=lambda: next(_numbers))
    names: int = 1


@dataclass(slots=True, kw_only=True)
class _File(_Node):
    content: bytes = b""


@dataclass(slots=True, kw_only=True)
class _Symlink(_Node):
    target: str


@dataclass(slots=True, kw_only=True)
class _Folder(_Node):
    entries: dict[str, _File | _Symlink | _Folder] = field(default_factory=dict)
    parent: _Folder | None = None


_Any: TypeAlias = _File | _Symlink | _Folder


class MemoryFiles:
    """A file tree with symlinks, hard links, modes and owners, as POSIX has them.

    Nothing is checked against permissions: the caller is root. New files get `clock` as their
    time of modification.
    """

    def __init__(self, *, clock: int = 0) -> None:
        self._clock = clock
        self._root = _Folder(mode=0o755, mtime=clock)

    def __repr__(self) -> str:
        return f"MemoryFiles({sorted(self.tree())})"

    def tree(self, top: str = "/") -> dict[str, Entry]:
        """Every object below `top` by path."""
        return dict(self._walk(top.rstrip("/")))

    def _walk(self, top: str) -> Iterator[tuple[str, Entry]]:
        for name in self.listdir(top or "/"):
            path = f"{top}/{name}"
            entry = self.stat(path, follow=False)
            assert entry is not None
            yield path, entry
            if entry.type is EntryType.DIRECTORY:
                yield from self._walk(path)

    # walking

    def _parts(self, path: str) -> list[str]:
        if "\0" in path:
            _fail(errno.EINVAL, path)
        return [part for part in reversed(path.split("/")) if part not in {"", "."}]

    def _find(self, path: str, *, follow: bool) -> tuple[_Folder, str, _Any | None]:
        """Return the folder that holds the last component, its name, and what is there."""
        if not path:
            _fail(errno.ENOENT, path)
        follow = follow or path.endswith(("/", "/."))
        folder, waiting, links = self._root, self._parts(path), 0
        while waiting:
            name = waiting.pop()
            if name == "..":
                folder = folder.parent or folder
                if not waiting:
                    return folder, ".", folder
                continue
            node = folder.entries.get(name)
            if isinstance(node, _Symlink) and (waiting or follow):
                links += 1
                if links > _MOST_LINKS:
                    _fail(errno.ELOOP, path)
                waiting += self._parts(node.target)
                if node.target.startswith("/"):
                    folder = self._root
                if not waiting:
                    return folder, ".", folder
                continue
            if not waiting:
                if path.endswith("/") and node is not None and not isinstance(node, _Folder):
                    _fail(errno.ENOTDIR, path)
                return folder, name, node
            if node is None:
                _fail(errno.ENOENT, path)
            if not isinstance(node, _Folder):
                _fail(errno.ENOTDIR, path)
            folder = node
        return self._root, ".", self._root

    def _node(self, path: str, *, follow: bool = True) -> _Any:
        node = self._find(path, follow=follow)[2]
        if node is None:
            _fail(errno.ENOENT, path)
        return node

    def _file(self, path: str) -> _File:
        node = self._node(path)
        if not isinstance(node, _File):
            _fail(errno.EISDIR, path)
        return node

    def _free_name(self, path: str) -> tuple[_Folder, str]:
        folder, name, node = self._find(path.rstrip("/") or "/", follow=False)
        if node is not None:
            _fail(errno.EEXIST, path)
        return folder, name

    # looking

    def stat(self, path: str, *, follow: bool = True) -> Entry | None:
        """Return the object as an Entry without digest; None if it does not exist."""
        try:
            node = self._find(path, follow=follow)[2]
        except (FileNotFoundError, NotADirectoryError):
            return None
        if node is None:
            return None
        kind = EntryType.FILE
        if isinstance(node, _Folder):
            kind = EntryType.DIRECTORY
        elif isinstance(node, _Symlink):
            kind = EntryType.SYMLINK
        return Entry(
            path=path,
            type=kind,
            mode=node.mode,
            owner=node.owner,
            group=node.group,
            size=_size(node),
            mtime=node.mtime,
            target=node.target if isinstance(node, _Symlink) else None,
        )

    def identity(self, path: str) -> tuple[int, int]:
        """Return a pair that two names share exactly if they are one file (links followed)."""
        return 0, self._node(path).number

    def link_count(self, path: str) -> int:
        """Return how many names the object has (the last component is not followed)."""
        node = self._node(path, follow=False)
        if isinstance(node, _Folder):
            return 2 + sum(isinstance(entry, _Folder) for entry in node.entries.values())
        return node.names

    def listdir(self, path: str) -> list[str]:
        """Return the names in a folder in byte order, without ``.`` and ``..``."""
        node = self._node(path)
        if not isinstance(node, _Folder):
            _fail(errno.ENOTDIR, path)
        return sorted(node.entries, key=os.fsencode)

    def realpath(self, path: str) -> str:
        """Return the path with every link resolved; OSError if absent."""
        folder, name, node = self._find(path, follow=True)
        if node is None:
            _fail(errno.ENOENT, path)
        names = [] if name == "." else [name]
        while folder.parent is not None:
            parent = folder.parent
            names.append(next(key for key, value in parent.entries.items() if value is folder))
            folder = parent
        return "/" + "/".join(reversed(names))

    # reading and writing

    def read(self, path: str) -> bytes:
        """Return a regular file's content (links followed)."""
        return self._file(path).content

    def open(self, path: str) -> BinaryIO:
        """Open a regular file for reading (links followed)."""
        return io.BytesIO(self.read(path))

    def write(
        self, path: str, content: Iterable[bytes], *, mode: int = 0o644, append: bool = False
    ) -> None:
        """Create (with `mode`) or truncate or extend a file in place; links are followed."""
        folder, name, node = self._find(path, follow=True)
        if isinstance(node, _Folder) or (node is None and path.endswith("/")):
            _fail(errno.EISDIR, path)
        if node is None:
            node = _File(mode=mode, mtime=self._clock)
            folder.entries[name] = node
        assert isinstance(node, _File)
        before = node.content if append else b""
        node.content = before + b"".join(content)
        node.mtime = self._clock

    def mkdir(self, path: str, mode: int = 0o755) -> None:
        """Make one folder."""
        folder, name = self._free_name(path)
        folder.entries[name] = _Folder(mode=mode, mtime=self._clock, parent=folder)

    def symlink(self, target: str, path: str) -> None:
        """Make a symlink with this literal text."""
        folder, name = self._free_name(path)
        folder.entries[name] = _Symlink(target=target, mode=0o755, mtime=self._clock)

    def link(self, source: str, path: str) -> None:
        """Make a second name of a file; `source` itself is not followed."""
        node = self._node(source, follow=False)
        folder, name = self._free_name(path)
        if isinstance(node, _Folder):
            _fail(errno.EPERM, source)
        node.names += 1
        folder.entries[name] = node

    # moving and removing

    def rename(self, source: str, path: str) -> None:
        """Move within the view, replacing a file or an empty folder."""
        old_folder, old_name, node = self._find(source.rstrip("/"), follow=False)
        if node is None:
            _fail(errno.ENOENT, source)
        folder, name, there = self._find(path.rstrip("/"), follow=False)
        if there is node:
            return
        if isinstance(node, _Folder):
            up: _Folder | None = folder
            while up is not None:
                if up is node:
                    _fail(errno.EINVAL, path)
                up = up.parent
            if there is not None and not isinstance(there, _Folder):
                _fail(errno.ENOTDIR, path)
            if isinstance(there, _Folder) and there.entries:
                _fail(errno.ENOTEMPTY, path)
            node.parent = folder
        elif isinstance(there, _Folder):
            _fail(errno.EISDIR, path)
        if there is not None:
            there.names -= 1
        del old_folder.entries[old_name]
        folder.entries[name] = node

    def unlink(self, path: str) -> None:
        """Remove a file or symlink."""
        folder, name, node = self._find(path, follow=False)
        if node is None:
            _fail(errno.ENOENT, path)
        if isinstance(node, _Folder):
            _fail(errno.EISDIR, path)
        node.names -= 1
        del folder.entries[name]

    def rmdir(self, path: str) -> None:
        """Remove an empty folder."""
        folder, name, node = self._find(path.rstrip("/"), follow=False)
        if node is None:
            _fail(errno.ENOENT, path)
        if not isinstance(node, _Folder):
            _fail(errno.ENOTDIR, path)
        if node.entries:
            _fail(errno.ENOTEMPTY, path)
        if name == ".":
            _fail(errno.EINVAL, path)
        del folder.entries[name]

    # attributes

    def chmod(self, path: str, mode: int, *, follow: bool = True) -> None:
        """Set the 07777 bits."""
        self._node(path, follow=follow).mode = mode & 0o7777

    def chown(
        self, path: str, owner: str | None, group: str | None, *, follow: bool = True
    ) -> None:
        """Set owner and group by name; None leaves one as it is."""
        node = self._node(path, follow=follow)
        node.owner = node.owner if owner is None else owner
        node.group = node.group if group is None else group

    def utime(self, path: str, mtime: float, *, follow: bool = True) -> None:
        """Set the modification time in seconds since the epoch."""
        self._node(path, follow=follow).mtime = int(mtime)


def _size(node: _Any) -> int:
    match node:
        case _File(content=content):
            return len(content)
        case _Symlink(target=target):
            return len(os.fsencode(target))
        case _:
            return 512


def _fail(number: int, path: str) -> NoReturn:
    raise OSError(number, os.strerror(number), path)
