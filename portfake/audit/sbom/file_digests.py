"""Digests of what lies in an image, for formats that want other ones than the records hold."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping

from portfake.root.confined import Root
from portfake.root.resolve import Folder
from portfake.root.tree import open_listed

__all__ = ["digests_of"]

_BUFFER = 1 << 18
# A link where a file was recorded, or where a folder was; EMLINK is FreeBSD's word for it.
_NO_FILE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EMLINK, errno.ENXIO})


def digests_of(root: Root, paths: Iterable[str]) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yield path and digests in hex by name, ``SHA-1`` and ``SHA-256``, from one reading.

    Nothing is yielded of what is no regular file; OSError for one that cannot be read.
    """
    buffer = memoryview(bytearray(_BUFFER))
    at, folder = None, None
    for path in sorted(paths):
        above, _, name = path.rpartition("/")
        try:
            # Neighbours are in one folder, which is opened once.
            if above != at or folder is None:
                at, folder = above, root.folder(above or "/")
            digests = _digests(folder, name, buffer)
        except OSError as error:
            if error.errno not in _NO_FILE:
                error.filename = path
                raise
        else:
            if digests is not None:
                yield path, digests


def _digests(folder: Folder, name: str, buffer: memoryview) -> Mapping[str, str] | None:
    fd = open_listed(folder, name)
    if fd is None:
        return None
    sha1, sha256 = hashlib.sha1(usedforsecurity=False), hashlib.sha256()
    try:
        while size := os.readv(fd, [buffer]):
            sha1.update(buffer[:size])
            sha256.update(buffer[:size])
    finally:
        os.close(fd)
    return {"SHA-1": sha1.hexdigest(), "SHA-256": sha256.hexdigest()}
