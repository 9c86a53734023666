"""RPM packages member by member: what is in front of their payload is passed over.

The payload is a compressed cpio archive in the "newc" form (cpio(5)). Names and links come out as
written; :mod:`portfake.formats.archive` judges them.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO, Final

from portfake.errors import InputError, Place
from portfake.formats.compression import Compression, Decompressed
from portfake.limits import LimitExceeded, Limits
from portfake.model.entry import Entry, EntryType
from portfake.model.payload import Reader

__all__ = ["RPM", "rpm_members"]

RPM: Final = b"\xed\xab\xee\xdb"
_LEAD: Final = 96
_SECTION: Final = b"\x8e\xad\xe8\x01"
_NEWC: Final = (b"070701", b"070702")
_HEADER: Final = 110
_END: Final = "TRAILER!!!"
_LONGEST_NAME: Final = 4096
_TYPES: Final = {
    stat.S_IFREG: EntryType.FILE,
    stat.S_IFDIR: EntryType.DIRECTORY,
    stat.S_IFLNK: EntryType.SYMLINK,
    stat.S_IFIFO: EntryType.FIFO,
    stat.S_IFCHR: EntryType.CHARACTER_DEVICE,
    stat.S_IFBLK: EntryType.BLOCK_DEVICE,
}


def rpm_members(
    stream: BinaryIO, limits: Limits, where: Place | str | None
) -> Iterator[tuple[Entry, Reader | None]]:
    """Yield every member; a reader is good until the next one is asked for.

    Raises InputError for what is damaged or ends too early, LimitExceeded for what unpacks beyond
    the limits.
    """
    stream.seek(_LEAD)
    _pass_section(stream, where)
    stream.seek(-stream.tell() % 8, 1)
    _pass_section(stream, where)
    start = stream.tell()
    compression = Compression.of(stream.read(8))
    stream.seek(start)
    yield from _Cpio(Decompressed(stream, compression, limits=limits, where=where), where).members()


def _pass_section(stream: BinaryIO, where: Place | str | None) -> None:
    """Pass over the signature or the header: an index of 16 bytes a row, then its data."""
    head = stream.read(16)
    if len(head) < 16 or not head.startswith(_SECTION):
        raise InputError("damaged RPM package", where=where)
    rows, size = int.from_bytes(head[8:12], "big"), int.from_bytes(head[12:16], "big")
    stream.seek(16 * rows + size, 1)


class _Content:
    def __init__(self, cpio: _Cpio, size: int) -> None:
        self._cpio = cpio
        self._left = size
        self._padding = -size % 4

    def read(self, size: int = -1, /) -> bytes:
        wanted = self._left if size < 0 else min(size, self._left)
        self._left -= wanted
        return self._cpio.exactly(wanted)

    def finish(self) -> None:
        while self._left:
            self.read(1 << 20)
        self._cpio.exactly(self._padding)


class _Cpio:
    def __init__(self, source: Reader, where: Place | str | None) -> None:
        self._source = source
        self._where = where
        self._waiting: dict[int, list[str]] = {}
        """Inode -> names of a file whose content comes with its last one."""
        self._first: dict[int, str] = {}
        """Inode -> the name that had the content."""

    def exactly(self, size: int) -> bytes:
        data = self._source.read(size)
        if len(data) < size:
            raise InputError("the archive ends too early", where=self._where)
        return data

    def members(self) -> Iterator[tuple[Entry, Reader | None]]:
        while True:
            head = self.exactly(_HEADER)
            if not head.startswith(_NEWC):
                raise InputError("damaged cpio archive", where=self._where)
            try:
                fields = [int(head[at : at + 8], 16) for at in range(6, _HEADER, 8)]
            except ValueError:
                raise InputError("damaged cpio archive", where=self._where) from None
            inode, mode, links, mtime, size, length = (fields[i] for i in (0, 1, 4, 5, 6, 11))
            if length > _LONGEST_NAME:
                raise LimitExceeded("a cpio member's name is too long", where=self._where)
            text = self.exactly(length + -(_HEADER + length) % 4)[:length].rstrip(b"\0")
            name = text.decode("utf-8", "surrogateescape")
            if name == _END:
                yield from self._empty()
                return
            content = _Content(self, size)
            entry = Entry(
                path=name,
                type=self._type(name, mode),
                mode=stat.S_IMODE(mode),
                mtime=mtime,
            )
            yield from self._member(entry, inode if links > 1 else 0, size, content)
            content.finish()

    def _empty(self) -> Iterator[tuple[Entry, Reader | None]]:
        """Yield files of several names that had no content."""
        for names in self._waiting.values():
            first = Entry(path=names[0], type=EntryType.FILE, mode=0o644, size=0)
            yield first, _Content(self, 0)
            for other in names[1:]:
                yield Entry(path=other, type=EntryType.FILE, mode=0o644, link_of=names[0]), None

    def _type(self, name: str, mode: int) -> EntryType:
        kind = _TYPES.get(stat.S_IFMT(mode))
        if kind is None:
            raise InputError(f"cpio member {name!r} is of no known type", where=self._where)
        return kind

    def _member(
        self, entry: Entry, inode: int, size: int, content: _Content
    ) -> Iterator[tuple[Entry, Reader | None]]:
        if entry.type is EntryType.SYMLINK:
            if size > _LONGEST_NAME:
                raise LimitExceeded("a cpio member's link is too long", where=self._where)
            target = content.read().decode("utf-8", "surrogateescape")
            yield replace(entry, target=target), None
        elif entry.type is not EntryType.FILE:
            yield entry, None
        elif inode in self._first:
            yield replace(entry, link_of=self._first[inode]), None
        elif inode and not size:
            self._waiting.setdefault(inode, []).append(entry.path)
        else:
            names = [*self._waiting.pop(inode, ()), entry.path]
            yield replace(entry, path=names[0], size=size), content
            if inode:
                self._first[inode] = names[0]
            for other in names[1:]:
                yield replace(entry, path=other, link_of=names[0]), None
