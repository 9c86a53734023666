"""Compressed byte streams: gzip, bzip2, xz, lzma and zstd, read within Limits; gzip written."""

from __future__ import annotations

import bz2
import lzma
import struct
import zlib
from collections.abc import Callable
from enum import Enum
from importlib import import_module
from typing import Protocol

from portfake.errors import InputError, Place, Unavailable
from portfake.limits import DEFAULT, LimitExceeded, Limits
from portfake.model.payload import Reader

__all__ = ["Compression", "Decompressed", "gzip_file"]

_CHUNK = 1 << 16
_FREE = 8 << 20
"""Unpacked bytes that no ratio is asked of: short runs of zeros compress without bound."""
_DECODER_MEMORY = 512 << 20
"""What one xz dictionary may take; `xz -9` needs 65 MiB."""


class Compression(Enum):
    """The ways of compressing; the values are the magic bytes a stream starts with."""

    NONE = b""
    GZIP = b"\x1f\x8b"
    BZIP2 = b"BZh"
    XZ = b"\xfd7zXZ\x00"
    LZMA = b"\x5d\x00\x00"
    ZSTD = b"\x28\xb5\x2f\xfd"

    @classmethod
    def of(cls, head: bytes) -> Compression:
        """Tell from a stream's first bytes (6 suffice)."""
        return next((kind for kind in cls if kind.value and head.startswith(kind.value)), cls.NONE)


class _Decoder(Protocol):
    """What the decompressor objects of the standard library have in common."""

    @property
    def eof(self) -> bool: ...

    @property
    def needs_input(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class _GzipDecoder:
    """zlib's object in the manner of its siblings."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(wbits=31)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        return not self._inner.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        return self._inner.decompress(self._inner.unconsumed_tail + data, max_length)


def _xz_decoder() -> _Decoder:
    return lzma.LZMADecompressor(lzma.FORMAT_AUTO, memlimit=_DECODER_MEMORY)


def _zstd_decoder() -> _Decoder:
    for name in ("compression.zstd", "backports.zstd"):
        try:
            module = import_module(name)
        except ImportError:
            continue
        decoder: _Decoder = module.ZstdDecompressor()
        return decoder
    raise Unavailable(
        "zstd data cannot be read by this Python",
        hint="install backports.zstd, or use Python 3.14 or later",
    )


_DECODERS: dict[Compression, Callable[[], _Decoder]] = {
    Compression.GZIP: _GzipDecoder,
    Compression.BZIP2: bz2.BZ2Decompressor,
    Compression.XZ: _xz_decoder,
    Compression.LZMA: _xz_decoder,
    Compression.ZSTD: _zstd_decoder,
}


class Decompressed:
    """The content of a compressed stream, as a Reader; concatenated members are one content.

    Raises InputError where the data are damaged or end too early, LimitExceeded where they
    grow beyond Limits.bytes or Limits.ratio. What follows the last member, zero bytes or a
    signature, is ignored as gzip(1) and bsdtar do.
    """

    def __init__(
        self,
        stream: Reader,
        compression: Compression,
        *,
        limits: Limits = DEFAULT,
        where: Place | str | None = None,
    ) -> None:
        self._stream = stream
        self._new_decoder = _DECODERS.get(compression)
        self._magic = compression.value
        self._decoder: _Decoder | None = None
        self._ahead = b""
        self._buffer = b""
        """What is unpacked already, given up to `_at`."""
        self._at = 0
        self._taken = 0
        self._given = 0
        self._members = 0
        self._limits = limits
        self._where = where

    def read(self, size: int = -1, /) -> bytes:
        """Return at most `size` bytes; fewer only at the end."""
        end = self._at + size
        if size >= 0 and end <= len(self._buffer):
            data = self._buffer[self._at : end]
            self._at = end
            return data
        parts = [self._buffer[self._at :]]
        missing = size - len(parts[0])
        self._buffer, self._at = b"", 0
        while missing > 0 or size < 0:
            part = self._some(_CHUNK)
            if not part:
                break
            if size >= 0 and len(part) > missing:
                self._buffer, self._at = part, missing
                part = part[:missing]
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)

    def _some(self, most: int) -> bytes:
        if self._new_decoder is None:
            return self._count(self._take(most))
        while True:
            if self._decoder is None and not self._next_member():
                return b""
            try:
                part = self._step(most)
            except (zlib.error, OSError, EOFError, ValueError, lzma.LZMAError) as error:
                raise InputError(f"damaged compressed data: {error}", where=self._where) from error
            except Exception as error:
                # Its class lives in a module that need not be there, so it is known by name.
                if type(error).__name__ != "ZstdError":
                    raise
                raise InputError(f"damaged compressed data: {error}", where=self._where) from error
            if part:
                return self._count(part)

    def _next_member(self) -> bool:
        """Start a decoder if another member follows."""
        head = self._ahead or self._take(_CHUNK)
        while head and len(head) < len(self._magic):
            more = self._take(_CHUNK)
            if not more:
                break
            head += more
        self._ahead = head
        if self._members and not head.startswith(self._magic):
            return False
        if not head:
            raise InputError("the compressed data are empty", where=self._where)
        assert self._new_decoder is not None
        self._decoder = self._new_decoder()
        self._members += 1
        return True

    def _step(self, most: int) -> bytes:
        decoder = self._decoder
        assert decoder is not None
        data = b""
        if decoder.needs_input:
            data, self._ahead = self._ahead or self._take(_CHUNK), b""
            if not data:
                raise InputError("the compressed data end too early", where=self._where)
        part = decoder.decompress(data, most)
        if decoder.eof:
            self._ahead = decoder.unused_data
            self._decoder = None
        return part

    def _take(self, size: int) -> bytes:
        data = self._stream.read(size)
        self._taken += len(data)
        return data

    def _count(self, part: bytes) -> bytes:
        self._given += len(part)
        if self._given > self._limits.bytes:
            raise LimitExceeded(
                f"unpacks to more than {self._limits.bytes} bytes", where=self._where
            )
        if self._given > _FREE and self._given > self._limits.ratio * max(self._taken, 1):
            raise LimitExceeded(
                f"unpacks to more than {self._limits.ratio} times its size", where=self._where
            )
        return part


def gzip_file(content: bytes, *, level: int = 9, name: bytes = b"", mtime: int = 0) -> bytes:
    """What FreeBSD's gzip(1) writes; without name and time it is ``gzip -n``.

    The deflate data are zlib's, the system is 3 (Unix).
    """
    deflate = zlib.compressobj(level, zlib.DEFLATED, -15)
    header = struct.pack(
        "<3sBLBB",
        b"\x1f\x8b\x08",
        8 if name else 0,
        mtime & 0xFFFFFFFF,
        {9: 2, 1: 4}.get(level, 0),
        3,
    )
    trailer = struct.pack("<LL", zlib.crc32(content), len(content) & 0xFFFFFFFF)
    stored_name = name + b"\0" if name else b""
    return header + stored_name + deflate.compress(content) + deflate.flush() + trailer
