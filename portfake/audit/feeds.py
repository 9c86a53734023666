"""Feeds from files: VuXML or OSV, plain or compressed, split or flattened; a folder of OSV."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Collection
from pathlib import Path

from portfake.errors import InputError, NotFound, Refused
from portfake.formats.vuxml import parse_vuxml
from portfake.limits import DEFAULT, LimitExceeded, Limits
from portfake.model.advisory import Feed

__all__ = ["read_feed"]


def read_feed(
    path: Path, *, names: Collection[str] | None = None, limits: Limits = DEFAULT
) -> Feed:
    """Return what a feed says, at least of the names given.

    Raises NotFound for what cannot be read, InputError for what is no feed or holds nothing.
    """
    if path.is_dir():
        feed = _folder(path, limits)
    else:
        data = _content(path, limits)
        if data.lstrip()[:1] in (b"{", b"["):
            feed = _osv(data, path)
        else:
            feed = parse_vuxml(
                data, str(path), names=names, sibling=_beside(path, limits), limits=limits
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


def _content(path: Path, limits: Limits) -> bytes:
    try:
        with path.open("rb") as stream:
            # Room for what there is: room for what there may be costs more than the reading.
            data = stream.read(min(os.fstat(stream.fileno()).st_size, limits.text) + 1)
            data += stream.read(limits.text + 1 - len(data))
    except OSError as error:
        raise NotFound(
            f"cannot be read: {error.strerror}",
            where=str(path),
            hint="an audit without a feed would be no audit",
        ) from None
    if len(data) > limits.text:
        raise LimitExceeded(f"more than {limits.text} bytes", where=str(path))
    return data if data[:1] in (b"<", b"{", b"[") else _unpacked(data, path, limits)


def _unpacked(data: bytes, path: Path, limits: Limits) -> bytes:
    from portfake.formats.compression import (  # noqa: PLC0415  # start-up time
        Compression,
        Decompressed,
    )

    kind = Compression.of(data[:8])
    plain = Decompressed(io.BytesIO(data), kind, limits=limits, where=str(path))
    data = plain.read(limits.text + 1)
    if len(data) > limits.text:
        raise LimitExceeded(f"more than {limits.text} bytes", where=str(path))
    return data


def _beside(path: Path, limits: Limits) -> Callable[[str], bytes]:
    """Reads files below the feed's own folder, and no others."""

    def read(name: str) -> bytes:
        folder = path.parent.resolve()
        wanted = (folder / name).resolve()
        if ":" in name or not wanted.is_relative_to(folder):
            raise Refused(f"names the file {name}, which is not beside it", where=str(path))
        return _content(wanted, limits)

    return read
