"""Archives as payloads: tar in any compression, zip, ar and RPM, checked against hostile content.

Nothing is written here. What comes out is safe to write in order below one folder: no name is
absolute or climbs, nothing lies below a link or file of the same archive, hard links name
earlier members, and Limits hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from typing import BinaryIO

from portfake.errors import InputError, Place, Refused
from portfake.formats.ar import MAGIC, ar_members
from portfake.formats.rpm import RPM, rpm_members
from portfake.formats.tar import tar_members
from portfake.formats.zip import zip_members
from portfake.limits import DEFAULT, LimitExceeded, Limits
from portfake.model.entry import Entry, EntryType
from portfake.model.payload import Reader

__all__ = ["Archive", "Links", "Names"]

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_READERS = (*((magic, zip_members) for magic in _ZIP), (MAGIC, ar_members), (RPM, rpm_members))
_NOT_READ = {
    b"7z\xbc\xaf\x27\x1c": "7-Zip",
    b"Rar!": "RAR",
    b"0707": "cpio",
    b"LZIP": "lzip",
    b"\x1f\x9d": "compress",
    b"\x04\x22\x4d\x18": "lz4",
}


_PLAIN = re.compile(r"(?:/[^/.\0][^/\0]*)+")
"""A name that is its own path; most are."""


class Names(Enum):
    """What member names may look like."""

    RELATIVE = "relative"
    """A distfile: relative names only; paths come out below ``/``."""
    PACKAGE = "package"
    """A .pkg, tar alone: absolute names, and metadata named ``+NAME``, both as they are."""


class Links(Enum):
    """Where symlinks may point."""

    INSIDE = "inside"
    """Only to what lies below the archive's own top."""
    ANYWHERE = "anywhere"
    """Any text: it is recorded, never followed."""


@dataclass(frozen=True, slots=True)
class Archive:
    """A Payload over a seekable binary stream, read once for each iteration.

    Raises InputError for damaged or truncated data and formats that are not read here,
    Refused for members that would lead out, LimitExceeded for bombs.
    """

    stream: BinaryIO
    where: Place | str | None = None
    names: Names = Names.RELATIVE
    links: Links = Links.INSIDE
    limits: Limits = DEFAULT

    def __iter__(self) -> Iterator[tuple[Entry, Reader | None]]:
        """Yield members in the archive's order; a reader is good until the next member."""
        for _, entry, reader in self.members():
            yield entry, reader

    def members(self) -> Iterator[tuple[str, Entry, Reader | None]]:
        """Yield the same, each with its name as it was written (``./x`` for ``/x``)."""
        self.stream.seek(0)
        head = self.stream.read(8)
        self.stream.seek(0)
        for magic, name in _NOT_READ.items():
            if head.startswith(magic):
                raise InputError(f"{name} archives are not read", where=self.where)
        others = _READERS if self.names is Names.RELATIVE else ()
        read = next((read for magic, read in others if head.startswith(magic)), tar_members)
        gate = _Gate(self.names, self.links, self.limits, self.where)
        for entry, reader in read(self.stream, self.limits, self.where):
            yield entry.path, gate.admit(entry), reader


class _Gate:
    """Decides member by member, from the ones before it."""

    def __init__(
        self, names: Names, links: Links, limits: Limits, where: Place | str | None
    ) -> None:
        self._package = names is Names.PACKAGE
        self._inside = links is Links.INSIDE
        self._limits = limits
        self._where = where
        self._leaves: dict[str, EntryType] = {}
        self._folders: set[str] = set()
        """What lies above a member, and so must be none of the leaves."""
        self._count = 0

    def admit(self, entry: Entry) -> Entry:
        """Return the entry with checked paths; Refused or LimitExceeded if it may not pass."""
        self._count += 1
        if self._count > self._limits.entries:
            message = f"the archive has more than {self._limits.entries} members"
            raise LimitExceeded(message, where=self._where)
        name, path = entry.path, self._path(entry.path)
        self._check_parents(name, path)
        if entry.type is EntryType.DIRECTORY:
            if path in self._leaves:
                self._refuse(name, "was something else before")
            return entry if path == name else replace(entry, path=path)
        link_of = None if entry.link_of is None else self._path(entry.link_of)
        kind: EntryType = entry.type
        if link_of is not None:
            if link_of not in self._leaves:
                self._refuse(name, f"is a link to {link_of!r}, which is not before it")
            kind = self._leaves[link_of]
        if entry.target is not None and self._inside and _leads_out(path, entry.target):
            self._refuse(name, f"is a link out of the archive, to {entry.target!r}")
        self._leaves[path] = kind
        if path in self._folders:
            # What comes below it now is to be refused.
            self._folders.clear()
        if path == name and link_of == entry.link_of:
            return entry
        return replace(entry, path=path, link_of=link_of)

    def _path(self, name: str) -> str:
        if self._package and name.startswith("+"):
            return name
        if self._package and _PLAIN.fullmatch(name) and name.count("/") <= self._limits.depth:
            return name
        parts = [part for part in name.split("/") if part not in {"", "."}]
        if parts and name.startswith("/") is not self._package:
            self._refuse(name, "is not absolute" if self._package else "is absolute")
        if ".." in parts or "\0" in name:
            self._refuse(name, "climbs out")
        if len(parts) > self._limits.depth:
            raise LimitExceeded(f"archive member {name[:80]!r} is too deep", where=self._where)
        return "/" + "/".join(parts)

    def _check_parents(self, name: str, path: str) -> None:
        if path.rpartition("/")[0] in self._folders:
            return
        end = path.find("/", 1)
        while end != -1:
            if path[:end] in self._leaves:
                self._refuse(name, f"lies below {path[1:end]!r}, which is no folder")
            self._folders.add(path[:end])
            end = path.find("/", end + 1)

    def _refuse(self, name: str, why: str) -> None:
        raise Refused(
            f"archive member {name!r} {why}",
            where=self._where,
            hint="nothing of an archive may lie, or lead, outside of it",
        )


def _leads_out(path: str, target: str) -> bool:
    if target.startswith("/"):
        return True
    level = path.count("/") - 1
    for part in target.split("/"):
        level += {"": 0, ".": 0, "..": -1}.get(part, 1)
        if level < 0:
            return True
    return False
