"""Tar archives (ustar, GNU and pax headers) member by member, as they stand.

Names and links come out as written; :mod:`portfake.formats.archive` judges them.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from portfake.errors import InputError, Place
from portfake.formats.compression import Compression, Decompressed
from portfake.formats.tar_header import Header, parse_header
from portfake.limits import LimitExceeded, Limits
from portfake.model.entry import Entry, EntryType
from portfake.model.payload import Reader

__all__ = ["Content", "exactly", "tar_members"]

_BLOCK = 512
_TYPES = {
    tarfile.REGTYPE: EntryType.FILE,
    tarfile.AREGTYPE: EntryType.FILE,
    tarfile.CONTTYPE: EntryType.FILE,
    tarfile.LNKTYPE: EntryType.FILE,
    tarfile.SYMTYPE: EntryType.SYMLINK,
    tarfile.DIRTYPE: EntryType.DIRECTORY,
    tarfile.CHRTYPE: EntryType.CHARACTER_DEVICE,
    tarfile.BLKTYPE: EntryType.BLOCK_DEVICE,
    tarfile.FIFOTYPE: EntryType.FIFO,
}
_PAX_HEADERS = {tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE}
_LONG_NAMES = {tarfile.GNUTYPE_LONGNAME: "path", tarfile.GNUTYPE_LONGLINK: "linkpath"}
_EXTENSIONS = {tarfile.XGLTYPE, *_PAX_HEADERS, *_LONG_NAMES}


def tar_members(
    stream: BinaryIO, limits: Limits, where: Place | str | None
) -> Iterator[tuple[Entry, Reader | None]]:
    """Yield every member; a reader is good until the next one is asked for.

    Raises InputError for what is no tar archive, is damaged or ends too early, LimitExceeded
    for what unpacks beyond the limits.
    """
    compression = Compression.of(stream.read(8))
    stream.seek(0)
    source = Decompressed(stream, compression, limits=limits, where=where)
    return _Tar(source, limits, where).members()


class Content:
    """The content of one member, out of the archive's one stream."""

    __slots__ = ("_padding", "_source", "_where", "end", "left", "start")

    def __init__(self, source: Reader, start: int, size: int, where: Place | str | None) -> None:
        self.start = start
        """Bytes of the unpacked stream before it."""
        self._source = source
        self.left = size
        """Bytes that were not read yet."""
        self._padding = -size % _BLOCK
        self._where = where
        self.end = start + size + self._padding
        """Where the next header is."""

    def read(self, size: int = -1, /) -> bytes:
        """Return at most `size` bytes; InputError where the archive has not as many as it said."""
        wanted = self.left if size < 0 else min(size, self.left)
        if not wanted:
            return b""
        self.left -= wanted
        return exactly(self._source, wanted, self._where)

    def finish(self) -> None:
        """Pass over what was not read."""
        while self.left:
            self.read(1 << 20)
        if self._padding:
            exactly(self._source, self._padding, self._where)
            self._padding = 0


def exactly(source: Reader, size: int, where: Place | str | None) -> bytes:
    """Return as many bytes; InputError where there are fewer."""
    data = source.read(size)
    if len(data) < size:
        raise InputError("the archive ends too early", where=where)
    return data


@dataclass(slots=True)
class _Tar:
    source: Reader
    limits: Limits
    where: Place | str | None
    common: dict[str, str] = field(default_factory=dict)
    """Extended records for all members that follow."""
    at: int = 0
    """Bytes of the unpacked stream up to the next header."""

    def members(self) -> Iterator[tuple[Entry, Reader | None]]:
        own: dict[str, str] = {}
        first = True
        while block := self.source.read(_BLOCK):
            if block.count(0) == _BLOCK:
                return
            info = self._header(block, first=first)
            first = False
            if info.type in _EXTENSIONS:
                own |= self._extension(info)
                continue
            entry = self._entry(info, self.common | own if own else self.common)
            own = {}
            content = self._content(entry.size or 0)
            yield entry, None if entry.size is None else content
            content.finish()

    def _content(self, size: int) -> Content:
        """What comes after the header that was read."""
        content = Content(self.source, self.at + _BLOCK, size, self.where)
        self.at = content.end
        return content

    def _header(self, block: bytes, *, first: bool) -> Header:
        try:
            return parse_header(block)
        except ValueError as error:
            what = "not an archive that is known here" if first else "damaged tar header"
            raise InputError(what, where=self.where) from error

    def _extension(self, info: Header) -> dict[str, str]:
        """Read what says more about the next member (or, kept aside, about all that follow)."""
        if info.size > self.limits.text:
            raise LimitExceeded("an extended tar header is too long", where=self.where)
        content = self._content(info.size)
        text = content.read()
        content.finish()
        if info.type in _LONG_NAMES:
            return {_LONG_NAMES[info.type]: _text(text.partition(b"\0")[0])}
        records = self._pax_records(text)
        if info.type in _PAX_HEADERS:
            return records
        self.common |= records
        return {}

    def _entry(self, info: Header, records: dict[str, str]) -> Entry:
        """Make the Entry; its size is None for what has no content in the archive."""
        name = records.get("path", info.name)
        if info.type == tarfile.GNUTYPE_SPARSE or "GNU.sparse.major" in records:
            raise InputError(f"sparse archive member {name!r} is not read", where=self.where)
        kind = _TYPES.get(info.type, EntryType.FILE)
        size, mtime = info.size, info.mtime
        if records:
            size = self._number(records.get("size", str(size)))
            mtime = self._number(records.get("mtime", str(mtime)))
        link = records.get("linkpath", info.linkname)
        hard_link = info.type == tarfile.LNKTYPE
        has_content = kind is EntryType.FILE and not hard_link
        return Entry(
            path=name,
            type=kind,
            mode=info.mode & 0o7777,
            owner=records.get("uname", info.uname) or str(info.uid),
            group=records.get("gname", info.gname) or str(info.gid),
            size=size if has_content else None,
            mtime=mtime,
            target=link if kind is EntryType.SYMLINK else None,
            link_of=link if hard_link else None,
        )

    def _pax_records(self, text: bytes) -> dict[str, str]:
        """Parse records ``LENGTH KEY=VALUE`` and a newline each (pax(1), extended header)."""
        records = {}
        start = 0
        while start < len(text):
            digits, _, _ = text[start : start + 21].partition(b" ")
            end = start + int(digits) if digits.isdigit() else start
            key, equals, value = text[start + len(digits) + 1 : end - 1].partition(b"=")
            if end <= start + len(digits) or end > len(text) or not equals:
                raise InputError("damaged extended tar header", where=self.where)
            records[_text(key)] = _text(value)
            start = end
        return records

    def _number(self, text: str) -> int:
        whole, _, _ = text.partition(".")
        digits = whole.removeprefix("-")
        if not (digits.isascii() and digits.isdigit()) or len(digits) > 20:
            raise InputError(f"damaged number {text[:40]!r} in a tar header", where=self.where)
        return int(whole)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")
