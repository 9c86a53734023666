"""What an install really wrote, held against what its package says: pure, over listings."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from portfake.model.entry import Entry, EntryType, compare

__all__ = ["Installed", "Leak", "LeakKind", "find_leaks"]


class LeakKind(Enum):
    """In which way an install went beyond its package."""

    UNLISTED = "is written, but the package does not list it"
    HOST_CHANGED = "is the host's and is changed"
    HOST_REMOVED = "is the host's and is removed"
    DIFFERENT = "is not as the package has it"
    MISSING = "is in the package, but was not written"


@dataclass(frozen=True, slots=True)
class Leak:
    """One path, and what came of it."""

    path: str
    kind: LeakKind
    fields: tuple[str, ...] = ()
    """Names of Entry's fields that differ."""

    def __str__(self) -> str:
        what = f" ({', '.join(self.fields)})" if self.fields else ""
        return f"{self.path} {self.kind.value}{what}"


@dataclass(frozen=True, slots=True)
class Installed:
    """What an install left of the view it ran in."""

    written: Mapping[str, Entry]
    """All that was made or changed."""
    removed: tuple[str, ...]
    """What is gone."""
    host: Mapping[str, Entry]
    """What was there before, as far as it is written now."""


def find_leaks(package: Mapping[str, Entry], installed: Installed) -> list[Leak]:
    """Return every difference between a package and what its install left, by path.

    Owners and times are no difference: the record has the package's.
    """
    folders = {folder for path in package for folder in _above(path)}
    written, host = installed.written, installed.host
    found = [
        *(leak for entry in written.values() for leak in _judged(entry, package, folders, host)),
        *(Leak(path, LeakKind.HOST_REMOVED) for path in _topmost(installed.removed)),
        *(
            Leak(path, LeakKind.MISSING)
            for path, entry in package.items()
            if path not in written and entry.type is not EntryType.DIRECTORY
        ),
    ]
    return sorted(found, key=lambda leak: leak.path)


_NOT_COMPARED = ("owner", "group", "mtime", "flags")


def _judged(
    entry: Entry,
    package: Mapping[str, Entry],
    folders: set[str],
    host: Mapping[str, Entry],
) -> Iterator[Leak]:
    wanted, before = package.get(entry.path), host.get(entry.path)
    if wanted is not None:
        fields = _differences(wanted, entry)
        if fields:
            yield Leak(entry.path, LeakKind.DIFFERENT, fields)
    elif before is not None:
        fields = _differences(before, entry)
        # A union copies a folder up as soon as something in it changes.
        if fields or entry.type is not EntryType.DIRECTORY:
            yield Leak(entry.path, LeakKind.HOST_CHANGED, fields)
    elif entry.type is not EntryType.DIRECTORY or entry.path not in folders:
        yield Leak(entry.path, LeakKind.UNLISTED)


def _differences(wanted: Entry, there: Entry) -> tuple[str, ...]:
    path = wanted.path
    changes = compare({path: wanted}, {path: there}, ignoring=_NOT_COMPARED)
    fields = tuple(field for change in changes for field in change.fields)
    if wanted.type is there.type is EntryType.SYMLINK:
        # Linux gives every link 0777, FreeBSD what the umask says.
        return tuple(field for field in fields if field != "mode")
    return fields


def _above(path: str) -> Iterator[str]:
    while (path := posixpath.dirname(path)) != "/":
        yield path


def _topmost(paths: Iterable[str]) -> list[str]:
    gone = set(paths)
    return sorted(path for path in gone if not gone.intersection(_above(path)))
