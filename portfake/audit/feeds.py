"""Feeds from files: VuXML or OSV, plain or compressed, split or flattened; a folder of OSV."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from portfake.errors import InputError, NotFound, Refused
from portfake.formats.vuxml import parse_vuxml
from portfake.formats.vuxml_question import Packages
from portfake.limits import DEFAULT, LimitExceeded, Limits
from portfake.model.advisory import Feed

if TYPE_CHECKING:  # start-up time
    from portfake.model.payload import Reader

__all__ = ["read_feed"]

_LOOKED_AT = 64
"""Bytes that tell what kind of feed it is."""
_BLOCK = 1 << 20


def read_feed(path: Path, *, packages: Packages | None = None, limits: Limits = DEFAULT) -> Feed:
    """Return what a feed says, at least what may affect these packages.

    Raises NotFound for what cannot be read, InputError for what is no feed or holds nothing.
    """
    if path.is_dir():
        feed = _folder(path, limits)
    else:
        with _opened(path, limits) as stream:
            if stream.head.lstrip()[:1] in (b"{", b"["):
                feed = _osv(_rest(stream, path, limits), path)
            else:
                beside = _beside(path, limits)
                feed = parse_vuxml(
                    stream, str(path), packages=packages, sibling=beside, limits=limits
                )
    if not feed.entries:
        raise InputError("the feed has no entries", where=str(path))
    return feed


def _folder(folder: Path, limits: Limits) -> Feed:
    feeds = [_osv(_content(path, limits), path) for path in sorted(folder.rglob("*.json"))]
    return Feed(
        where=str(folder),
        entries=sum(feed.entries for feed in feeds),
        date=max((feed.date for feed in feeds if feed.date), default=None),
        advisories=tuple(advisory for feed in feeds for advisory in feed.advisories),
    )


def _osv(data: bytes, path: Path) -> Feed:
    from portfake.formats.osv import parse_osv  # noqa: PLC0415  # start-up time

    return parse_osv(data, str(path))


class _Seen:
    """A reader whose first bytes were looked at."""

    def __init__(self, stream: Reader) -> None:
        self.head = self._ahead = stream.read(_LOOKED_AT)
        self._stream = stream

    def read(self, size: int = -1, /) -> bytes:
        """Return at most `size` bytes, none at the end."""
        if not self._ahead:
            return self._stream.read(size)
        cut = len(self._ahead) if size < 0 else size
        found, self._ahead = self._ahead[:cut], self._ahead[cut:]
        return found


@contextmanager
def _opened(path: Path, limits: Limits) -> Iterator[_Seen]:
    """What a file holds, unpacked."""
    try:
        with path.open("rb") as stream:
            seen = _Seen(stream)
            plain = seen.head[:1] in (b"<", b"{", b"[")
            yield seen if plain else _Seen(_unpacked(seen, path, limits))
    except OSError as error:
        raise NotFound(
            f"cannot be read: {error.strerror}",
            where=str(path),
            hint="an audit without a feed would be no audit",
        ) from None


def _unpacked(seen: _Seen, path: Path, limits: Limits) -> Reader:
    from portfake.formats.compression import (  # noqa: PLC0415  # start-up time
        Compression,
        Decompressed,
    )

    return Decompressed(seen, Compression.of(seen.head), limits=limits, where=str(path))


def _content(path: Path, limits: Limits) -> bytes:
    with _opened(path, limits) as stream:
        return _rest(stream, path, limits)


def _rest(stream: Reader, path: Path, limits: Limits) -> bytes:
    parts, size = [], 0
    while part := stream.read(_BLOCK):
        parts.append(part)
        size += len(part)
        if size > limits.text:
            raise LimitExceeded(f"more than {limits.text} bytes", where=str(path))
    return b"".join(parts)


def _beside(path: Path, limits: Limits) -> Callable[[str], bytes]:
    """Reads files below the feed's own folder, and no others."""

    def read(name: str) -> bytes:
        folder = Path(os.path.realpath(path.parent))
        wanted = Path(os.path.realpath(folder / name))
        if ":" in name or not wanted.is_relative_to(folder):
            raise Refused(f"names the file {name}, which is not beside it", where=str(path))
        return _content(wanted, limits)

    return read
