"""A view over another view that only remembers what is changed: what scripts are tried on."""

from __future__ import annotations

import errno
import io
import os
import posixpath
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from typing import BinaryIO, TypeAlias

from portfake.model.entry import Entry, EntryType
from portfake.shell.edits import Edit, same_object
from portfake.shell.files import Files
from portfake.shell.real_path import FolderPaths, fail, real_path

__all__ = ["Content", "Overlay"]

_numbers = count(1)
_ABSENT = object()

Content: TypeAlias = bytes | Callable[[], BinaryIO]
"""A file's bytes, or how to open them."""


@dataclass(slots=True)
class _Node:
    """An object of the overlay's own."""

    entry: Entry
    content: Content = b""
    number: int = field(default_factory=lambda: next(_numbers))

    def open(self) -> BinaryIO:
        return io.BytesIO(self.content) if isinstance(self.content, bytes) else self.content()


class Overlay:
    """Files over `lower`, which is only read.

    Every name changed is kept by its real path, `None` for one that was removed. New files get
    `clock` as their time of modification, and root:wheel as their owners.
    """

    def __init__(self, lower: Files, *, clock: int = 0) -> None:
        self._lower = lower
        self._clock = clock
        self._own: dict[str, _Node | None] = {}
        self._names: dict[str, set[str]] = {}
        """Folder -> the names in it that `_own` tells of."""

    def __repr__(self) -> str:
        return f"Overlay({sorted(self._own)})"

    # what was changed

    def edits(self) -> list[Edit]:
        """Everything that is not as in the lower view, in the order of paths."""
        found = (self._edit(path, node) for path, node in sorted(self._own.items()))
        return [edit for edit in found if edit is not None]

    def _edit(self, path: str, node: _Node | None) -> Edit | None:
        before = self._lower_stat(path)
        if node is None:
            return Edit(path, before, None) if before is not None else None
        after = replace(node.entry, path=path)
        same = before is not None and same_object(before, after)
        if after.type is not EntryType.FILE:
            return None if same else Edit(path, before, after)
        with node.open() as file:
            content = file.read()
        return (
            None
            if same and self._lower_content(path) == content
            else Edit(path, before, after, content)
        )

    def _lower_content(self, path: str) -> bytes:
        with self._lower.open(path) as file:
            return file.read()

    def absorb(self, upper: Overlay) -> None:
        """Take over what was changed in an overlay of this one."""
        for path, node in upper._own.items():
            self._keep(path, node)

    def _keep(self, path: str, node: _Node | None) -> None:
        folder, _, name = path.rpartition("/")
        self._own[path] = node
        self._names.setdefault(folder or "/", set()).add(name)

    def paths(self) -> list[str]:
        """Every path that was changed, if only back and forth."""
        return list(self._own)

    def put(self, entry: Entry, content: Content = b"") -> None:
        """Place an object whole, with the folders above it that are missing."""
        self._make_parents(entry.path)
        path = self._real(entry.path, follow=False)
        self._keep(path, _Node(replace(entry, path=path), content))

    def put_all(self, objects: Iterable[tuple[Entry, Content]]) -> None:
        """Place many objects; one whose folder cannot be is passed over."""
        where = FolderPaths(self._folder_made)
        for entry, content in objects:
            path = where.real(entry.path)
            if path is not None:
                placed = entry if path == entry.path else replace(entry, path=path)
                self._keep(path, _Node(placed, content))

    def hide_all(self, paths: Iterable[str]) -> None:
        """Let many files be gone, whether they were there or not."""
        where = FolderPaths(self._folder)
        for path in map(where.real, paths):
            if path is not None:
                self._keep(path, None)

    def drop(self, paths: Iterable[str]) -> None:
        """Let paths be what they are in the lower view."""
        where = FolderPaths(self._folder)
        for path in map(where.real, paths) if self._own else ():
            if path is not None and self._own.pop(path, _ABSENT) is not _ABSENT:
                folder, _, name = path.rpartition("/")
                self._names[folder or "/"].discard(name)

    def _folder_made(self, path: str) -> str | None:
        with suppress(OSError):
            self._make_parents(f"{path}/.")
        return self._folder(path)

    def _folder(self, path: str) -> str | None:
        try:
            return self.realpath(path)
        except OSError:
            return None

    def _make_parents(self, path: str) -> None:
        missing = []
        while (path := posixpath.dirname(path)) != "/" and self.stat(path) is None:
            missing.append(path)
        for folder in reversed(missing):
            self.mkdir(folder)

    # finding

    def _lower_stat(self, path: str) -> Entry | None:
        lower = self._lower
        if isinstance(lower, Overlay):
            return lower.glance(path, follow=False)
        return lower.stat(path, follow=False)

    def _look(self, path: str) -> Entry | None:
        """What lies at a path whose folders are real."""
        if path in self._own:
            node = self._own[path]
            return None if node is None else node.entry
        above = posixpath.dirname(path)
        hidden = above != path and above in self._own and not self._is_lower_folder(above)
        return None if hidden else self._lower_stat(path)

    def _is_lower_folder(self, path: str) -> bool:
        """Whether the lower view has a folder where this one does."""
        entry = self._lower_stat(path)
        return entry is not None and entry.type is EntryType.DIRECTORY

    def _real(self, path: str, *, follow: bool) -> str:
        return real_path(path, self._look, follow=follow)

    def _need(self, path: str, *, follow: bool = True) -> tuple[str, Entry]:
        real = self._real(path, follow=follow)
        entry = self._look(real)
        if entry is None:
            fail(errno.ENOENT, path)
        return real, entry

    def _free(self, path: str) -> str:
        real = self._real(path.rstrip("/") or "/", follow=False)
        if self._look(real) is not None:
            fail(errno.EEXIST, path)
        return real

    def _copied_up(self, real: str, entry: Entry) -> _Node:
        """The overlay's own node for what exists."""
        node = self._own.get(real)
        if node is None:
            node = _Node(entry, self.content_of(real))
            self._keep(real, node)
        return node

    def content_of(self, real: str) -> Content:
        """The content as it is now, whatever an overlay in between takes over later."""
        node = self._own.get(real)
        if node is not None:
            return node.content
        lower = self._lower
        return lower.content_of(real) if isinstance(lower, Overlay) else partial(lower.open, real)

    # looking

    def stat(self, path: str, *, follow: bool = True) -> Entry | None:
        """See Files."""
        entry = self.glance(path, follow=follow)
        if entry is None or entry.size is not None or entry.type is not EntryType.FILE:
            return entry
        with self.open(path) as file:
            return replace(entry, size=len(file.read()))

    def glance(self, path: str, *, follow: bool) -> Entry | None:
        """Return what `stat` does, without a size that only the content would tell."""
        try:
            entry = self._look(self._real(path, follow=follow))
        except (FileNotFoundError, NotADirectoryError):
            return None
        return None if entry is None else replace(entry, path=path)

    def identity(self, path: str) -> tuple[int, int]:
        """See Files."""
        real, _ = self._need(path)
        node = self._own.get(real)
        return self._lower.identity(real) if node is None else (-1, node.number)

    def link_count(self, path: str) -> int:
        """See Files."""
        real, _ = self._need(path, follow=False)
        node = self._own.get(real)
        if node is None:
            return self._lower.link_count(real)
        return sum(other is node for other in self._own.values())

    def listdir(self, path: str) -> list[str]:
        """See Files."""
        real, entry = self._need(path)
        if entry.type is not EntryType.DIRECTORY:
            fail(errno.ENOTDIR, path)
        names = set(self._lower.listdir(real)) if self._is_lower_folder(real) else set()
        for name in self._names.get(real, ()):
            gone = self._own.get(f"{real.rstrip('/')}/{name}") is None
            (names.discard if gone else names.add)(name)
        return sorted(names, key=os.fsencode)

    def realpath(self, path: str) -> str:
        """See Files."""
        return self._need(path)[0]

    # reading and writing

    def read(self, path: str) -> bytes:
        """See Files."""
        with self.open(path) as file:
            return file.read()

    def open(self, path: str) -> BinaryIO:
        """See Files."""
        real, entry = self._need(path)
        if entry.type is not EntryType.FILE:
            fail(errno.EISDIR if entry.type is EntryType.DIRECTORY else errno.EINVAL, path)
        node = self._own.get(real)
        return self._lower.open(real) if node is None else node.open()

    def write(
        self, path: str, content: Iterable[bytes], *, mode: int = 0o644, append: bool = False
    ) -> None:
        """See Files."""
        real = self._real(path, follow=True)
        entry = self._look(real)
        if entry is None:
            if path.endswith("/"):
                fail(errno.EISDIR, path)
            node = _Node(self._new(real, EntryType.FILE, mode))
        elif entry.type is EntryType.FILE:
            node = self._copied_up(real, entry)
        else:
            fail(errno.EISDIR if entry.type is EntryType.DIRECTORY else errno.EINVAL, path)
        before = b""
        if append:
            with node.open() as file:
                before = file.read()
        # Read whole before the node changes: a script may read the file that it writes.
        node.content = before + b"".join(content)
        node.entry = replace(node.entry, size=len(node.content), mtime=self._clock)
        self._keep(real, node)

    def _new(self, real: str, kind: EntryType, mode: int, target: str | None = None) -> Entry:
        return Entry(
            path=real,
            type=kind,
            mode=mode,
            owner="root",
            group="wheel",
            size=len(os.fsencode(target or "")),
            mtime=self._clock,
            target=target,
        )

    def mkdir(self, path: str, mode: int = 0o755) -> None:
        """See Files."""
        real = self._free(path)
        self._keep(real, _Node(self._new(real, EntryType.DIRECTORY, mode)))

    def symlink(self, target: str, path: str) -> None:
        """See Files."""
        real = self._free(path)
        self._keep(real, _Node(self._new(real, EntryType.SYMLINK, 0o755, target)))

    def link(self, source: str, path: str) -> None:
        """See Files."""
        real, entry = self._need(source, follow=False)
        if entry.type is EntryType.DIRECTORY:
            fail(errno.EPERM, source)
        self._keep(self._free(path), self._copied_up(real, entry))

    # moving and removing

    def rename(self, source: str, path: str) -> None:
        """See Files."""
        old, entry = self._need(source.rstrip("/"), follow=False)
        new = self._real(path.rstrip("/"), follow=False)
        there = self._look(new)
        if old == new:
            return
        if entry.type is EntryType.DIRECTORY:
            if new.startswith(f"{old}/"):
                fail(errno.EINVAL, path)
            if there is not None and there.type is not EntryType.DIRECTORY:
                fail(errno.ENOTDIR, path)
            if there is not None and self.listdir(new):
                fail(errno.ENOTEMPTY, path)
        elif there is not None and there.type is EntryType.DIRECTORY:
            fail(errno.EISDIR, path)
        for inner in list(self._walk(old)):
            entry = self._need(inner, follow=False)[1]
            node = self._copied_up(inner, entry)
            self._keep(new + inner[len(old) :], node)
            self._keep(inner, None)

    def _walk(self, real: str) -> Iterator[str]:
        yield real
        entry = self._look(real)
        if entry is not None and entry.type is EntryType.DIRECTORY:
            for name in self.listdir(real):
                yield from self._walk(f"{real}/{name}")

    def unlink(self, path: str) -> None:
        """See Files."""
        real, entry = self._need(path, follow=False)
        if entry.type is EntryType.DIRECTORY:
            fail(errno.EISDIR, path)
        self._keep(real, None)

    def rmdir(self, path: str) -> None:
        """See Files."""
        real, entry = self._need(path.rstrip("/") or "/", follow=False)
        if entry.type is not EntryType.DIRECTORY:
            fail(errno.ENOTDIR, path)
        if real == "/" or path.rstrip("/").endswith(("/.", "/..")):
            fail(errno.EINVAL, path)
        if self.listdir(real):
            fail(errno.ENOTEMPTY, path)
        self._keep(real, None)

    # attributes

    def chmod(self, path: str, mode: int, *, follow: bool = True) -> None:
        """See Files."""
        node = self._changing(path, follow=follow)
        node.entry = replace(node.entry, mode=mode)

    def chown(
        self, path: str, owner: str | None, group: str | None, *, follow: bool = True
    ) -> None:
        """See Files."""
        node = self._changing(path, follow=follow)
        owner, group = owner or node.entry.owner, group or node.entry.group
        node.entry = replace(node.entry, owner=owner, group=group)

    def utime(self, path: str, mtime: float, *, follow: bool = True) -> None:
        """See Files."""
        node = self._changing(path, follow=follow)
        node.entry = replace(node.entry, mtime=int(mtime))

    def _changing(self, path: str, *, follow: bool) -> _Node:
        return self._copied_up(*self._need(path, follow=follow))
