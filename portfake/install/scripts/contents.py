"""The files of a package by path, for scripts that read them."""

from __future__ import annotations

import io
from typing import BinaryIO

from portfake.install.candidate import Candidate

__all__ = ["PackageContents"]

_SMALL = 1 << 20
_MOST = 64 << 20


class PackageContents:
    """Opens a candidate's files in any order.

    A payload is read from front to end only, so that the first call keeps what is small; a
    larger file costs another pass each time.
    """

    def __init__(self, candidate: Candidate) -> None:
        self._candidate = candidate
        self._kept: dict[str, bytes] | None = None

    def __call__(self, path: str) -> BinaryIO:
        """Open a file; one that the payload does not have is empty."""
        if self._kept is None:
            self._kept = self._small_ones()
        content = self._kept.get(path)
        return io.BytesIO(self._found(path) if content is None else content)

    def _small_ones(self) -> dict[str, bytes]:
        kept: dict[str, bytes] = {}
        room = _MOST
        with self._candidate.open_payload() as payload:
            for entry, reader in payload:
                if reader is None or (entry.size or 0) > _SMALL or room <= 0:
                    continue
                kept[entry.path] = reader.read()
                room -= len(kept[entry.path])
        return kept

    def _found(self, path: str) -> bytes:
        links: dict[str, str] = {}
        with self._candidate.open_payload() as payload:
            for entry, reader in payload:
                if entry.link_of is not None:
                    links[entry.path] = entry.link_of
                if entry.path == path and reader is not None:
                    return reader.read()
        original = links.get(path)
        return b"" if original is None else self(original).read()
