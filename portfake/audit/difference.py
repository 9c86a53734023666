"""How two images, packages or databases differ: packages by field, files by attribute."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from enum import Enum
from typing import Any, Final, Literal

from portfake.formats.json import plain
from portfake.model.entry import Change, Entry, EntryType, compare
from portfake.model.manifest import InstalledPackage, Manifest

__all__ = [
    "FileChange",
    "How",
    "PackageChange",
    "Side",
    "file_changes",
    "package_changes",
    "recorded",
]


class How(Enum):
    """What became of something from the first side to the second."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two."""

    name: str
    packages: Mapping[str, InstalledPackage]
    files: Mapping[str, Entry]
    whole: bool
    """Whether `files` are all there are, with digests of their content, or what is recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageChange:
    """One package that is not the same on both sides."""

    kind: Literal["package"] = "package"
    how: How
    name: str
    before: str | None
    """Its version."""
    after: str | None
    fields: Mapping[str, tuple[Any, Any]]
    """Field -> (before, after) of a changed one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """One path that is not the same on both sides."""

    kind: Literal["file"] = "file"
    how: How
    path: str
    fields: Mapping[str, tuple[str | None, str | None]]
    """Field -> (before, after): of an added or removed object one side is None."""


_LISTED: Final = {"files", "directories", "config"}
"""Fields of Manifest that are told path by path."""
_OWN: Final = ("automatic", "locked", "time", "digest")
"""Fields of InstalledPackage beside its manifest."""
_SHOWN: Final = ("type", "mode", "owner", "group", "flags", "size", "mtime", "target", "digest")


def package_changes(before: Side, after: Side) -> Iterator[PackageChange]:
    """Yield the packages that were added, removed or changed, by name."""
    for name in sorted(before.packages.keys() | after.packages.keys()):
        old, new = before.packages.get(name), after.packages.get(name)
        changed = dict(_fields(old, new)) if old and new else {}
        if old and new and not changed:
            continue
        yield PackageChange(
            how=How.CHANGED if old and new else How.REMOVED if old else How.ADDED,
            name=name,
            before=old.manifest.version if old else None,
            after=new.manifest.version if new else None,
            fields=changed,
        )


def _fields(old: InstalledPackage, new: InstalledPackage) -> Iterator[tuple[str, tuple[Any, Any]]]:
    names = [field.name for field in fields(Manifest) if field.name not in _LISTED]
    pairs = [(name, getattr(old.manifest, name), getattr(new.manifest, name)) for name in names]
    pairs += [(name, getattr(old, name), getattr(new, name)) for name in _OWN]
    for name, before, after in pairs:
        if before != after:
            yield name, (plain(before), plain(after))


def file_changes(before: Side, after: Side, *, mtime: bool = True) -> Iterator[FileChange]:
    """Yield the paths that were added, removed or changed, parents first.

    Both sides are held together by what is recorded unless both are whole.
    """
    whole = before.whole and after.whole
    sides = [side.files if whole else recorded(side.packages) for side in (before, after)]
    for change in compare(*sides, ignoring=() if mtime else ("mtime",)):
        yield _told(change)


def _told(change: Change) -> FileChange:
    old, new = change.before, change.after
    names = change.fields or _SHOWN
    how = How.CHANGED if old and new else How.REMOVED if old else How.ADDED
    values = {name: (_text(old, name), _text(new, name)) for name in names}
    return FileChange(
        how=how,
        path=change.path,
        fields={name: pair for name, pair in values.items() if pair != (None, None)},
    )


def _text(entry: Entry | None, name: str) -> str | None:
    value = None if entry is None else getattr(entry, name)
    if value is None:
        return None
    if isinstance(value, EntryType):
        return value.value
    return f"{value:04o}" if name == "mode" else str(value)


def recorded(packages: Mapping[str, InstalledPackage]) -> Mapping[str, Entry]:
    """Return what packages record of their files and directories; pkg's sum is the digest."""
    found = {}
    for package in packages.values():
        for file in package.manifest.files:
            found[file.path] = Entry(
                path=file.path,
                type=EntryType.FILE if file.target is None else EntryType.SYMLINK,
                mode=file.mode,
                owner=file.owner,
                group=file.group,
                flags=file.flags,
                mtime=file.mtime,
                target=file.target,
                digest=file.sum,
            )
        for folder in package.manifest.directories:
            found[folder.path] = Entry(
                path=folder.path,
                type=EntryType.DIRECTORY,
                mode=folder.mode,
                owner=folder.owner,
                group=folder.group,
                flags=folder.flags,
            )
    return found
