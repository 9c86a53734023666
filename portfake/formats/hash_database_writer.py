"""Hash files of Berkeley DB 1.85, as dbopen(3) of the BSDs reads them, written whole.

The table is made large enough for every bucket to fit its page, so there are no overflow pages;
the reader finds the same records in fewer steps. Layout: lib/libc/db/hash/hash.h and page.h.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

from portfake.limits import LimitExceeded

__all__ = ["hash_of", "write_hash_database"]

_MAGIC, _VERSION = 0x061561, 2
_BIG_ENDIAN = 4321
_PAGE_SHIFT = 12
_PAGE = 1 << _PAGE_SHIFT
_SEGMENT_SHIFT = 8
_FILL = 32
_CHECK_KEY = b"%$sniglet^&\0"
_SPLIT_POINTS = 32
_FEWEST_BUCKETS, _MOST_BUCKETS = 3, 16
"""As powers of two."""
# An overflow page's address has to fit behind the pairs (page.h, PAIRFITS).
_RESERVED = 4

_Pairs = Sequence[tuple[bytes, bytes]]


def hash_of(key: bytes) -> int:
    """Return the hash that files are laid out by (hash_func.c)."""
    value = 0
    for byte in key:
        value = (value * 33 + byte) & 0xFFFFFFFF
    return value


def write_hash_database(records: Mapping[bytes, bytes]) -> bytes:
    """Return a file with these records, in big-endian order as FreeBSD's pwd_mkdb(8) writes it.

    Raises LimitExceeded for a record larger than a page, or keys that collide too often.
    """
    pairs = list(records.items())
    hashes = [hash_of(key) for key, _ in pairs]
    for power in range(_FEWEST_BUCKETS, _MOST_BUCKETS + 1):
        buckets: list[list[tuple[bytes, bytes]]] = [[] for _ in range(1 << power)]
        for pair, value in zip(pairs, hashes, strict=True):
            buckets[value & ((1 << power) - 1)].append(pair)
        if all(_fits(bucket) for bucket in buckets):
            return b"".join([_header(power, len(pairs)), *map(_page, buckets), _bitmap(power)])
    raise LimitExceeded("records are too large, or too many keys collide, for a hash file")


def _fits(pairs: _Pairs) -> bool:
    used = 6 + sum(4 + len(key) + len(data) for key, data in pairs)
    return used + _RESERVED <= _PAGE


def _page(pairs: _Pairs) -> bytes:
    """Offsets from the front, keys and data from the end."""
    page = bytearray(_PAGE)
    end = _PAGE
    words = []
    for pair in pairs:
        for part in pair:
            end -= len(part)
            page[end : end + len(part)] = part
            words.append(end)
    free = end - 2 * (len(words) + 3)
    head = struct.pack(f">{len(words) + 3}H", len(words), *words, free, end)
    page[: len(head)] = head
    return bytes(page)


def _header(power: int, count: int) -> bytes:
    highest = (1 << power) - 1
    spares = [0] * _SPLIT_POINTS
    spares[power] = spares[power + 1] = power + 1
    bitmaps = [0] * _SPLIT_POINTS
    bitmaps[0] = _bitmap_address(power)
    fields = struct.pack(
        ">17I",
        _MAGIC,
        _VERSION,
        _BIG_ENDIAN,
        _PAGE,
        _PAGE_SHIFT,
        1 << _SEGMENT_SHIFT,
        1 << _SEGMENT_SHIFT,
        _SEGMENT_SHIFT,
        power,
        2,
        highest,
        2 * highest + 1,
        highest,
        _FILL,
        count,
        1,
        hash_of(_CHECK_KEY),
    )
    tables = struct.pack(f">{_SPLIT_POINTS}I{_SPLIT_POINTS}H", *spares, *bitmaps)
    return (fields + tables).ljust(_PAGE, b"\0")


def _bitmap_address(power: int) -> int:
    """The first page of the split point that comes with this many buckets."""
    return power << 11 | 1


def _bitmap(power: int) -> bytes:
    """Which of the pages behind the buckets' are in use: the one it lies on itself."""
    free = power + 1
    first = 0xFFFFFFFF << free & 0xFFFFFFFF | 1
    return struct.pack(">I", first).ljust(_PAGE, b"\xff")
