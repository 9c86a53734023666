"""Zip archives member by member, as they stand.

Names and links come out as written; :mod:`portfake.formats.archive` judges them.
"""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import BinaryIO

from portfake.errors import InputError, Place
from portfake.limits import LimitExceeded, Limits
from portfake.model.entry import Entry, EntryType
from portfake.model.payload import Reader

__all__ = ["zip_members"]

_TYPES = {
    stat.S_IFLNK: EntryType.SYMLINK,
    stat.S_IFDIR: EntryType.DIRECTORY,
    stat.S_IFIFO: EntryType.FIFO,
    stat.S_IFCHR: EntryType.CHARACTER_DEVICE,
    stat.S_IFBLK: EntryType.BLOCK_DEVICE,
}
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    OverflowError,
    RuntimeError,
    UnicodeError,
    ValueError,
)
_MADE_ON_UNIX = 3
_NAME_IS_UTF8 = 0x800
_LONGEST_LINK = 1024
_FREE = 8 << 20


def zip_members(
    stream: BinaryIO, limits: Limits, where: Place | str | None
) -> Iterator[tuple[Entry, Reader | None]]:
    """Yield every member in the directory's order; needs a seekable stream.

    Raises InputError for what is damaged, encrypted or compressed in an unknown way,
    LimitExceeded for what unpacks beyond the limits.
    """
    most = min(limits.bytes, max(_FREE, stream.seek(0, 2) * limits.ratio))
    budget = _Budget(most, where)
    try:
        with zipfile.ZipFile(stream) as book:
            for info in book.infolist():
                yield _member(book, info, budget)
    except _DAMAGE as error:
        raise InputError(f"damaged zip archive: {error}", where=where) from error


def _member(
    book: zipfile.ZipFile, info: zipfile.ZipInfo, budget: _Budget
) -> tuple[Entry, Reader | None]:
    name = _name(info)
    mode = info.external_attr >> 16 if info.create_system == _MADE_ON_UNIX else 0
    kind = _TYPES.get(stat.S_IFMT(mode), EntryType.FILE)
    if name.endswith("/"):
        kind = EntryType.DIRECTORY
    content = None
    if kind in {EntryType.FILE, EntryType.SYMLINK}:
        content = _Content(book.open(info), budget)
    target = None
    if kind is EntryType.SYMLINK and content is not None:
        target = content.read(_LONGEST_LINK).decode("utf-8", "surrogateescape")
        content = None
    entry = Entry(
        path=name,
        type=kind,
        mode=(mode & 0o7777) or (0o755 if kind is EntryType.DIRECTORY else 0o644),
        size=info.file_size if kind is EntryType.FILE else None,
        mtime=_mtime(info),
        target=target,
    )
    return entry, content


def _name(info: zipfile.ZipInfo) -> str:
    name = info.orig_filename
    if not info.flag_bits & _NAME_IS_UTF8:
        name = name.encode("cp437").decode("utf-8", "surrogateescape")
    if info.create_system != _MADE_ON_UNIX and "/" not in name:
        name = name.replace("\\", "/")
    return name


def _mtime(info: zipfile.ZipInfo) -> int:
    try:
        return int(datetime(*info.date_time, tzinfo=UTC).timestamp())
    except ValueError:
        return 315_532_800  # 1980-01-01, the oldest that a zip archive can say


class _Budget:
    """What all members together may unpack to."""

    def __init__(self, most: int, where: Place | str | None) -> None:
        self.most = most
        self.left = most
        self.where = where

    def spend(self, size: int) -> None:
        self.left -= size
        if self.left < 0:
            raise LimitExceeded(f"unpacks to more than {self.most} bytes", where=self.where)


class _Content:
    def __init__(self, inner: Reader, budget: _Budget) -> None:
        self._inner = inner
        self._budget = budget

    def read(self, size: int = -1, /) -> bytes:
        if size < 0:
            return b"".join(iter(lambda: self.read(1 << 20), b""))
        try:
            data = self._inner.read(size)
        except _DAMAGE as error:
            what = f"damaged zip archive: {error}"
            raise InputError(what, where=self._budget.where) from error
        self._budget.spend(len(data))
        return data
