"""Berkeley DB 1.85 hash files, as pwd_mkdb(8) and cap_mkdb(1) make them, read.

The header is big-endian on every system; pages are in the order that its `lorder` names
(FreeBSD lib/libc/db/hash: hash.h, page.h). Pairs too large for a page are not read.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from portfake.errors import InputError

__all__ = ["pairs"]

_HEADER = struct.Struct(">iiIiiiiiiiIIIIiii32i")
_MAGIC, _VERSION = 0x061561, 2
_ORDERS = {1234: "<", 4321: ">"}
_REAL_KEY = 4
"""A data offset below this is a mark and no offset."""
_OVERFLOW = 0
_SPLIT_SHIFT, _SPLIT_MASK = 11, 0x7FF


def pairs(data: bytes, where: str) -> Iterator[tuple[bytes, bytes]]:
    """Yield key and value of every pair; InputError for damage or a pair that spans pages."""
    yield from _Hash(data, where).pairs()


class _Hash:
    def __init__(self, data: bytes, where: str) -> None:
        if len(data) < _HEADER.size:
            raise InputError("too short to be a database", where=where)
        fields = _HEADER.unpack_from(data)
        magic, version, order = fields[:3]
        self.size: int = fields[3]
        self.max_bucket: int = fields[10]
        self.header_pages: int = fields[15]
        self.spares: tuple[int, ...] = fields[17:]
        if magic != _MAGIC or version != _VERSION or order not in _ORDERS:
            raise InputError("no hash file of Berkeley DB 1.85", where=where)
        if not 64 <= self.size <= 1 << 16 or self.max_bucket > len(data) // self.size:
            raise InputError("the header makes no sense", where=where)
        self.order = _ORDERS[order]
        self.data = data
        self.where = where
        self.seen: set[int] = set()

    def pairs(self) -> Iterator[tuple[bytes, bytes]]:
        for bucket in range(self.max_bucket + 1):
            page: int | None = self.page_of(bucket)
            while page is not None:
                content = self.page(page)
                count = self.words(content, 1)[0]
                words = self.words(content, count + 1)[1:]
                page = None
                end = self.size
                for key, value in zip(words[::2], words[1::2], strict=False):
                    if value == _OVERFLOW:
                        page = self.overflow(key)
                        break
                    if not _REAL_KEY <= value <= key <= end:
                        raise InputError("a pair lies outside of its page", where=self.where)
                    yield content[key:end], content[value:key]
                    end = value

    def page_of(self, bucket: int) -> int:
        spare = self.spares[bucket.bit_length() - 1] if bucket else 0
        return bucket + self.header_pages + spare

    def overflow(self, address: int) -> int:
        split = address >> _SPLIT_SHIFT
        return self.page_of((1 << split) - 1) + (address & _SPLIT_MASK)

    def page(self, number: int) -> bytes:
        content = self.data[number * self.size : (number + 1) * self.size]
        if number in self.seen or len(content) < self.size:
            raise InputError(f"page {number} is missing or met twice", where=self.where)
        self.seen.add(number)
        return content

    def words(self, content: bytes, count: int) -> tuple[int, ...]:
        if count * 2 > len(content):
            raise InputError("a page announces too much", where=self.where)
        return struct.unpack_from(f"{self.order}{count}H", content)
