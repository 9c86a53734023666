"""ar(5) archives member by member: Debian packages are such.

Names come out as written; :mod:`portfake.formats.archive` judges them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, Final

from portfake.errors import InputError, Place
from portfake.limits import LimitExceeded, Limits
from portfake.model.entry import Entry, EntryType
from portfake.model.payload import Reader

__all__ = ["MAGIC", "ar_members"]

MAGIC: Final = b"!<arch>\n"
_HEADER: Final = 60
_END: Final = b"`\n"
_LONG_NAME: Final = "#1/"
"""BSD's: the name stands before the content."""
_NAMES: Final = "//"
"""GNU's: long names stand here, and members are called by their place in it."""
_TABLES: Final = frozenset({"/", _NAMES, "__.SYMDEF", "__.SYMDEF SORTED"})
_LONGEST_NAME: Final = 1024


class _Content:
    """What lies between two places of the stream."""

    def __init__(self, stream: BinaryIO, size: int, where: Place | str | None) -> None:
        self._stream = stream
        self._left = size
        self._where = where

    def read(self, size: int = -1, /) -> bytes:
        wanted = self._left if size < 0 else min(size, self._left)
        data = self._stream.read(wanted)
        if len(data) < wanted:
            raise InputError("the archive ends too early", where=self._where)
        self._left -= wanted
        return data


def ar_members(
    stream: BinaryIO, limits: Limits, where: Place | str | None
) -> Iterator[tuple[Entry, Reader | None]]:
    """Yield every member but symbol tables; a reader is good until the next one is asked for.

    Raises InputError for what is damaged or ends too early. Nothing is compressed here, so no
    member is larger than the archive.
    """
    names = b""
    stream.seek(len(MAGIC))
    at = len(MAGIC)
    while header := stream.read(_HEADER):
        if len(header) < _HEADER or header[58:] != _END:
            raise InputError("damaged ar archive", where=where)
        size, mtime, mode = (
            _number(header[start:end], base, where)
            for start, end, base in ((48, 58, 10), (16, 28, 10), (40, 48, 8))
        )
        name, content = header[:16].decode("utf-8", "surrogateescape").rstrip(), size
        if name.startswith(_LONG_NAME):
            content -= _number(header[len(_LONG_NAME) : 16], 10, where)
            if content < 0 or size - content > _LONGEST_NAME:
                raise InputError("damaged ar archive", where=where)
            name = stream.read(size - content).decode("utf-8", "surrogateescape").rstrip("\0")
        if name == _NAMES:
            if size > limits.text:
                raise LimitExceeded("the archive's table of names is too long", where=where)
            names = _Content(stream, size, where).read()
        elif name[:1] == "/" and name[1:].isdigit():
            name = names[int(name[1:]) :].partition(b"/\n")[0].decode("utf-8", "surrogateescape")
        if name not in _TABLES:
            entry = Entry(
                path=name.removesuffix("/"),
                type=EntryType.FILE,
                mode=mode & 0o7777 or 0o644,
                size=content,
                mtime=mtime,
            )
            yield entry, _Content(stream, content, where)
        at += _HEADER + size + size % 2
        stream.seek(at)


def _number(text: bytes, base: int, where: Place | str | None) -> int:
    digits = text.strip()
    try:
        return int(digits, base) if digits else 0
    except ValueError:
        raise InputError("damaged ar archive", where=where) from None
