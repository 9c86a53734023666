"""The container of an ELF file: file header, sections, segments, strings (System V ABI, ch. 4, 5).

Nothing the file announces is believed before it was measured against the file's size, and what
is read of it is bounded.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from typing import BinaryIO, Final, Literal

from portfake.errors import InputError

__all__ = ["MAGIC", "ElfError", "ElfFile", "Part", "text_of"]

MAGIC: Final = b"\x7fELF"

_MAX_PART: Final = 1 << 20
"""Bytes of one note section or dynamic table that are looked at."""
_MAX_STRING: Final = 4096
_MAX_READ: Final = 32 << 20
"""Bytes of the whole file that are looked at: its parts may overlap."""
_PT_LOAD: Final = 1


class ElfError(InputError):
    """The file says it is ELF and is not."""


@dataclass(frozen=True, slots=True)
class Part:
    """A section or a segment, as far as both have the same."""

    type: int
    offset: int
    size: int
    alignment: int
    address: int
    link: int = 0
    """Of a section: the number of another that it refers to."""


class ElfFile:
    """The parts of one file; ElfError unless its header makes sense."""

    def __init__(self, file: BinaryIO, where: str | None) -> None:
        self._file = file
        self._where = where
        self._size = file.seek(0, io.SEEK_END)
        self._left = _MAX_READ
        self.damage: list[str] = []
        """What was announced and could not be read."""
        ident = self._at(0, 16, "the identification")
        if not ident.startswith(MAGIC) or ident[4] not in {1, 2} or ident[5] not in {1, 2}:
            raise ElfError("no ELF identification of a known class and byte order", where=where)
        self.bits = 32 * ident[4]
        self.byte_order: Literal["little", "big"] = "little" if ident[5] == 1 else "big"
        self.order = "<" if ident[5] == 1 else ">"
        """The byte order as struct spells it."""
        self.os_abi = ident[7]
        header = self._layout("HHIQQQIHHHHHH", "HHIIIIIHHHHHH")
        fields = header.unpack(self._at(16, header.size, "the file header"))
        self.type, self.machine, _, _, segments, sections, self.flags = fields[:7]
        _, segment_size, segment_count, section_size, section_count, _ = fields[7:]
        self.sections = self._sections(sections, section_size, section_count)
        self.segments = self._segments(segments, segment_size, segment_count)

    def read(self, part: Part, what: str) -> bytes:
        """Return a part's content, a megabyte at most; empty, and noted as damage, if absent."""
        try:
            return self._at(part.offset, min(part.size, _MAX_PART), what)
        except ElfError as error:
            self.damage.append(error.message)
            return b""

    def string(self, offset: int) -> str:
        """Return the NUL-terminated string there; empty, and noted as damage, if there is none."""
        size = min(_MAX_STRING, max(0, self._size - offset))
        try:
            data = self._at(offset, size, "a string")
        except ElfError as error:
            self.damage.append(error.message)
            return ""
        if b"\0" not in data:
            self.damage.append("a string does not end")
            return ""
        return text_of(data)

    def offset_of(self, address: int) -> int:
        """Return where in the file an address is loaded from; 0 and damage if nowhere."""
        for segment in self.segments:
            if segment.type == _PT_LOAD and 0 <= address - segment.address < segment.size:
                return segment.offset + address - segment.address
        self.damage.append("an address is in no loaded segment")
        return 0

    def _layout(self, wide: str, narrow: str) -> struct.Struct:
        return struct.Struct(self.order + (wide if self.bits == 64 else narrow))

    def _at(self, offset: int, size: int, what: str) -> bytes:
        if offset + size > self._size:
            raise ElfError(f"{what} lies beyond the end of the file", where=self._where)
        self._left -= size
        if self._left < 0:
            raise ElfError(f"with {what}, too much would be read", where=self._where)
        self._file.seek(offset)
        data = self._file.read(size)
        if len(data) != size:
            raise ElfError(f"{what} is cut off", where=self._where)
        return data

    def _table(self, offset: int, stride: int, count: int, size: int, what: str) -> bytes:
        """Return the entries of a table, each cut to the fields that are known."""
        if not offset or not count:
            return b""
        if stride < size:
            self.damage.append(f"{what} announces entries of {stride} bytes")
            return b""
        try:
            data = self._at(offset, stride * count, what)
        except ElfError as error:
            self.damage.append(error.message)
            return b""
        if stride == size:
            return data
        return b"".join(data[start : start + size] for start in range(0, len(data), stride))

    def _sections(self, offset: int, stride: int, count: int) -> list[Part]:
        layout = self._layout("IIQQQQIIQQ", "10I")
        what = "the section table"
        if not count:  # if there are too many for the file header, section 0's size tells
            first = self._table(offset, stride, 1, layout.size, what)
            count = layout.unpack(first)[5] if first else 0
        return [
            Part(kind, start, size, alignment, address, link)
            for _, kind, _, address, start, size, link, _, alignment, _ in layout.iter_unpack(
                self._table(offset, stride, count, layout.size, what)
            )
        ]

    def _segments(self, offset: int, stride: int, count: int) -> list[Part]:
        layout = self._layout("IIQQQQQQ", "8I")
        rows = layout.iter_unpack(
            self._table(offset, stride, count, layout.size, "the segment table")
        )
        if self.bits == 64:
            return [
                Part(kind, start, size, alignment, address)
                for kind, _, start, address, _, size, _, alignment in rows
            ]
        return [
            Part(kind, start, size, alignment, address)
            for kind, start, address, _, size, _, _, alignment in rows
        ]


def text_of(data: bytes) -> str:
    """Return the text before the first NUL."""
    return data.partition(b"\0")[0].decode("utf-8", "surrogateescape")
