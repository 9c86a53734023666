"""A .pkg once more: what the first reading has checked is neither parsed nor summed again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple

from portfake.errors import Unavailable
from portfake.formats.compression import Compression, Decompressed
from portfake.formats.tar import Content, exactly
from portfake.limits import DEFAULT, Limits
from portfake.model.entry import Entry
from portfake.model.payload import Reader

__all__ = ["SecondReading", "Seen", "Unpack"]

Unpack = Callable[[BinaryIO], BinaryIO]
_ANY = 512
"""Bytes that every tar archive starts with, before any content."""
_CHUNK = 1 << 20


class Seen(NamedTuple):
    """One file of a payload, as the first reading gave it, and where its content lies."""

    entry: Entry
    start: int | None
    """Bytes of the unpacked archive before the content; None where there is none."""


@dataclass(frozen=True, slots=True)
class SecondReading:
    """The Payload of the very same bytes that `seen` was made of (PackageArchive.seen).

    Whether they are the same is for the caller to know. `unzstd` is PackageArchive's.
    """

    stream: BinaryIO
    where: str
    seen: Sequence[Seen]
    limits: Limits = DEFAULT
    unzstd: Unpack | None = None

    def __iter__(self) -> Iterator[tuple[Entry, Reader | None]]:
        """See Payload; InputError where the archive ends before it did."""
        source = self._unpacked(self.stream, self.unzstd)
        at = _ANY
        for entry, start in self.seen:
            if start is None:
                yield entry, None
                continue
            self._pass_over(source, start - at)
            content = Content(source, start, entry.size or 0, self.where)
            yield entry, content
            at = start + (entry.size or 0) - content.left

    def _unpacked(self, stream: BinaryIO, unzstd: Unpack | None) -> Reader:
        """The plain archive after its first block."""
        stream.seek(0)
        compression = Compression.of(stream.read(8))
        stream.seek(0)
        source = Decompressed(stream, compression, limits=self.limits, where=self.where)
        try:
            source.read(_ANY)
        except Unavailable:
            if unzstd is None:
                raise
            return self._unpacked(unzstd(stream), None)
        return source

    def _pass_over(self, source: Reader, size: int) -> None:
        while size > 0:
            size -= len(exactly(source, min(size, _CHUNK), self.where))
