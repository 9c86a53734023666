"""Files that options name."""

from __future__ import annotations

from pathlib import Path

from portfake.errors import NotFound

__all__ = ["read_text"]


def read_text(path: str) -> str:
    """Return a file that an option names; raises NotFound if it cannot be read."""
    try:
        return Path(path).read_text("utf-8", "surrogateescape")
    except OSError as error:
        raise NotFound(f"cannot read it: {error.strerror}", where=path) from error
