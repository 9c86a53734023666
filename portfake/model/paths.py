"""Absolute paths without empty names, as manifests, plans and listings have them."""

from __future__ import annotations

from collections.abc import Iterator

__all__ = ["folder_of", "folders_above"]


def folder_of(path: str) -> str:
    """Return the folder that a path's last name lies in; the top's is the top.

    posixpath.dirname, which also copes with slashes in a row, takes five times as long.
    """
    return path.rpartition("/")[0] or "/"


def folders_above(path: str) -> Iterator[str]:
    """Yield the folders above a path, the inner ones first; none for the top."""
    while path != "/":
        path = folder_of(path)
        yield path
