"""One file-system object as data, and a listing of many."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

__all__ = ["Change", "Entry", "EntryType", "Listing", "compare"]


class EntryType(Enum):
    """The kinds of objects; the values are mtree(5)'s words."""

    FILE = "file"
    DIRECTORY = "dir"
    SYMLINK = "link"
    FIFO = "fifo"
    SOCKET = "socket"
    CHARACTER_DEVICE = "char"
    BLOCK_DEVICE = "block"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is known of one object; a field that is None was not looked at."""

    path: str
    """Absolute within its root or stage, no trailing slash; the root itself is ``/``."""
    type: EntryType
    mode: int | None = None
    """The 07777 bits."""
    owner: str | None = None
    group: str | None = None
    flags: int | None = None
    """FreeBSD's st_flags."""
    size: int | None = None
    mtime: int | None = None
    """Whole seconds since the epoch."""
    target: str | None = None
    """Of a symlink: the literal text."""
    digest: str | None = None
    """Of a file: SHA-256 in lower-case hex."""
    link_of: str | None = None
    """Path of an earlier entry of the listing that is the same file (a hard link)."""


class Listing(Mapping[str, Entry]):
    """path -> Entry, iterated parents first, siblings in byte order."""

    __slots__ = ("_entries",)

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        by_path = {entry.path: entry for entry in entries}
        self._entries = {path: by_path[path] for path in sorted(by_path, key=_tree_order)}

    def __getitem__(self, path: str) -> Entry:
        return self._entries[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


def _tree_order(path: str) -> list[bytes]:
    return [part.encode(errors="surrogateescape") for part in path.split("/")]


@dataclass(frozen=True, slots=True)
class Change:
    """One path that differs: `before` is None when it appeared, `after` when it vanished."""

    path: str
    before: Entry | None
    after: Entry | None
    fields: tuple[str, ...] = ()
    """The names of Entry's fields that differ, for a path that is on both sides."""


_COMPARED = ("type", "mode", "owner", "group", "flags", "size", "mtime", "target", "digest")


def compare(
    before: Mapping[str, Entry], after: Mapping[str, Entry], *, ignoring: Iterable[str] = ()
) -> list[Change]:
    """The differences in path order; a field unknown on one side is no difference."""
    names = [name for name in _COMPARED if name not in set(ignoring)]
    changes = []
    for path in sorted(before.keys() | after.keys(), key=_tree_order):
        old, new = before.get(path), after.get(path)
        if old is None or new is None:
            changes.append(Change(path, old, new))
            continue
        differing = tuple(name for name in names if _differs(old, new, name))
        if differing:
            changes.append(Change(path, old, new, differing))
    return changes


def _differs(old: Entry, new: Entry, name: str) -> bool:
    first, second = getattr(old, name), getattr(new, name)
    return first is not None and second is not None and first != second
