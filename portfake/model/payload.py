"""What flows from a source of files (stage, .pkg, archive) to a sink (root, .pkg writer)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from portfake.model.entry import Entry

__all__ = ["Payload", "Reader"]


class Reader(Protocol):
    """The content of one file, to be read before the payload moves on."""

    def read(self, size: int = -1, /) -> bytes:
        """Return at most `size` bytes, all that is left for -1, none at the end."""


class Payload(Protocol):
    """Entries with their content; a reader is None for what has none (folders, links)."""

    def __iter__(self) -> Iterator[tuple[Entry, Reader | None]]:
        """Yield parents before children, the first name of a file before its hard links."""
