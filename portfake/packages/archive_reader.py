"""Reading a .pkg: the manifest first, then its files as a Payload, nothing trusted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import BinaryIO

from portfake.errors import InputError, Unavailable
from portfake.formats import manifest as manifest_format
from portfake.formats.archive import Archive, Links, Names
from portfake.formats.tar import Content
from portfake.limits import DEFAULT, LimitExceeded, Limits
from portfake.model.entry import Entry, EntryType
from portfake.model.manifest import Manifest, PackagedDirectory, PackagedFile
from portfake.model.payload import Reader
from portfake.packages.second_reading import Seen, Unpack
from portfake.packages.sums import Hasher, is_sum, link_sum

__all__ = ["PackageArchive", "Unpack"]

_COMPACT, _FULL = "+COMPACT_MANIFEST", "+MANIFEST"


@dataclass(slots=True)
class PackageArchive:
    """A .pkg of pkg 1.x or 2.x over a seekable stream: tar, in zstd, xz, gzip, bzip2 or plain.

    Iterating gives the files as a Payload: every path stands in the manifest, has the type and
    link text that it says there, and the sum that it says once it was read to its end. Raises
    InputError for anything else, Refused for names that lead out, LimitExceeded for bombs.

    `unzstd` turns a zstd stream into a seekable plain one where this Python cannot read zstd.
    """

    stream: BinaryIO
    where: str
    limits: Limits = DEFAULT
    unzstd: Unpack | None = None
    known: Manifest | None = None
    """The manifest, where the same file was read before: it is not read again."""
    seen: list[Seen] | None = None
    """Gets what an iteration comes by, for a SecondReading."""
    _manifest: Manifest | None = field(default=None, init=False, repr=False)

    @property
    def manifest(self) -> Manifest:
        """The whole manifest; read once."""
        if self.known is not None:
            return self.known
        if self._manifest is None:
            self._manifest = self._read({_FULL})
        return self._manifest

    def summary(self) -> Manifest:
        """The manifest without files and scripts where the archive starts with such a one."""
        return self._manifest or self._read({_COMPACT, _FULL})

    def _read(self, names: set[str]) -> Manifest:
        for entry, reader in self._members():
            if not entry.path.startswith("+"):
                break
            if entry.path in names and reader is not None:
                return manifest_format.parse(
                    self._text(entry, reader), f"{self.where}:{entry.path}", limits=self.limits
                )
        raise InputError("no +MANIFEST at its start", where=self.where, hint="is it a package?")

    def _text(self, entry: Entry, reader: Reader) -> str:
        data = reader.read(self.limits.text + 1)
        if len(data) > self.limits.text:
            raise LimitExceeded(
                f"{entry.path} has more than {self.limits.text} bytes", where=self.where
            )
        return data.decode(errors="surrogateescape")

    def _members(self) -> Iterator[tuple[Entry, Reader | None]]:
        archive = Archive(
            self.stream, self.where, names=Names.PACKAGE, links=Links.ANYWHERE, limits=self.limits
        )
        members = iter(archive)
        try:
            first = next(members, None)
        except Unavailable:
            if self.unzstd is None:
                raise
            self.stream.seek(0)
            self.stream, self.unzstd = self.unzstd(self.stream), None
            yield from self._members()
            return
        if first is not None:
            yield first
            yield from members

    def __iter__(self) -> Iterator[tuple[Entry, Reader | None]]:
        """See Payload; entries carry the manifest's attributes where it has any."""
        manifest = self.manifest
        files = {file.path: file for file in manifest.files}
        folders = {folder.path: folder for folder in manifest.directories}
        holding = {f"{path.rpartition('/')[0]}/" for path in files}
        parents = {folder for path in holding for folder in _above(path)}
        missing = set(files)
        config = set(manifest.config)
        for entry, reader in self._members():
            if entry.path.startswith("+"):
                continue
            if entry.path in files and entry.type is not EntryType.DIRECTORY:
                missing.discard(entry.path)
                said = files[entry.path]
                if said.path in config:
                    # `pkg create` of an installed package packs an edited one under its first sum.
                    said = replace(said, sum=None)
                found, content = self._file(entry, reader, said)
            elif entry.type is EntryType.DIRECTORY and entry.path in folders:
                found, content = _with_attributes(entry, folders[entry.path]), None
            elif entry.type is not EntryType.DIRECTORY or entry.path not in parents:
                raise InputError(
                    f"{entry.path} is in the archive, not in its manifest", where=self.where
                )
            else:
                continue
            if self.seen is not None:
                start = reader.start if isinstance(reader, Content) else None
                self.seen.append(Seen(found, start))
            yield found, content
        if missing:
            raise InputError(
                f"{min(missing)} is in the manifest, not in the archive", where=self.where
            )

    def _file(
        self, entry: Entry, reader: Reader | None, said: PackagedFile
    ) -> tuple[Entry, Reader | None]:
        is_link = entry.type is EntryType.SYMLINK
        if not is_link and entry.type is not EntryType.FILE:
            raise InputError(f"{entry.path} is neither file nor link", where=self.where)
        if said.target is not None and said.target != entry.target:
            raise InputError(f"{entry.path} is another link than recorded", where=self.where)
        entry = _with_attributes(entry, said)
        if is_link and said.sum is not None and said.sum.startswith("2$"):
            if link_sum(entry.target or "") != said.sum:
                raise InputError(f"{entry.path} has another sum than recorded", where=self.where)
            return entry, None
        if reader is None or said.sum is None or not is_sum(said.sum):
            return entry, reader
        if not entry.size:
            if not Hasher(said.sum).matches():
                raise InputError(f"{entry.path} is empty, and should not be", where=self.where)
            return entry, reader
        return entry, _Checked(reader, said, Hasher(said.sum), entry.size, self.where)


@dataclass(slots=True)
class _Checked:
    """A reader that compares the sum at the end."""

    reader: Reader
    said: PackagedFile
    hasher: Hasher
    left: int
    """Bytes still to come; the archive's own reader sees to it that there are as many."""
    where: str

    def read(self, size: int = -1, /) -> bytes:
        """Raise InputError at the end of a file that is not what the manifest says."""
        data = self.reader.read(size)
        self.hasher.update(data)
        self.left -= len(data)
        if data and not self.left and not self.hasher.matches():
            raise InputError(f"{self.said.path} has another sum than recorded", where=self.where)
        return data


def _with_attributes(entry: Entry, said: PackagedFile | PackagedDirectory) -> Entry:
    mtime = said.mtime if isinstance(said, PackagedFile) else None
    return Entry(
        path=entry.path,
        type=entry.type,
        mode=said.mode or entry.mode,
        owner=said.owner or entry.owner,
        group=said.group or entry.group,
        flags=said.flags or None,
        size=entry.size,
        mtime=mtime or entry.mtime,
        target=entry.target,
        link_of=entry.link_of,
    )


def _above(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:depth]) or "/" for depth in range(1, len(parts))]
