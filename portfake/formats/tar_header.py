"""The 512 bytes before each member of a tar archive (POSIX ustar interchange format, GNU's too).

tarfile's own reader of them does the same with an object for each; a package has tens of
thousands of members.
"""

from __future__ import annotations

import struct
from functools import lru_cache
from tarfile import AREGTYPE, DIRTYPE, GNU_TYPES
from typing import Final, NamedTuple

__all__ = ["Header", "parse_header"]

_FIELDS: Final = struct.Struct("100s8s8s8s12s12s8s1s100s8x32s32s16x155s12x")
_SUM_AT: Final = slice(148, 156)
_SPACES: Final = 8 * 0x20


class Header(NamedTuple):
    """One header; numbers that extended headers replace are still the short ones."""

    name: str
    mode: int
    uid: int
    gid: int
    size: int
    mtime: int
    type: bytes
    linkname: str
    uname: str
    gname: str


def parse_header(block: bytes) -> Header:
    """Return what a block says; ValueError for one that is damaged or is no header."""
    if len(block) != 512:
        raise ValueError("too short")
    (name, mode, uid, gid, size, mtime, checksum, kind, link, uname, gname, prefix) = (
        _FIELDS.unpack(block)
    )
    # Zeros add nothing, and most of a header is zeros.
    total = sum(block.replace(b"\0", b"")) - sum(block[_SUM_AT]) + _SPACES
    said = _number(checksum)
    # Old programs summed signed bytes.
    if said != total and said != total - 256 * sum(byte > 127 for byte in block):
        raise ValueError("wrong checksum")
    path = _text(name)
    if kind == AREGTYPE and path.endswith("/"):
        kind = DIRTYPE
    if kind not in GNU_TYPES and prefix[0]:
        path = f"{_text(prefix)}/{path}"
    header = Header(
        path.rstrip("/") if kind == DIRTYPE else path,
        _usual_number(mode),
        _usual_number(uid),
        _usual_number(gid),
        _number(size),
        _usual_number(mtime),
        kind,
        _usual_text(link),
        _usual_text(uname),
        _usual_text(gname),
    )
    if header.size < 0:
        raise ValueError("negative size")
    return header


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode("utf-8", "surrogateescape")


def _number(field: bytes) -> int:
    """Octal text, or GNU's base 256, told by its first bit."""
    if field[0] in {0o200, 0o377}:
        return int.from_bytes(field[1:], "big", signed=field[0] == 0o377)
    text = field.partition(b"\0")[0]
    return int(text, 8) if text.strip() else 0


# Most members of an archive have the same in these fields.
_usual_text = lru_cache(64)(_text)
_usual_number = lru_cache(64)(_number)
