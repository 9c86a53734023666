"""Opening a root that is only read; apart from roots, whose verbs need much more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from portfake.root.confined import Root
from portfake.root.ownership import Ownership

__all__ = ["open_for_reading"]


@contextmanager
def open_for_reading(directory: str) -> Iterator[Root]:
    """Open a root that nothing will be changed in; NotFound if there is none."""
    with Root(directory, ownership=Ownership.APPLY, read_only=True) as root:
        yield root
