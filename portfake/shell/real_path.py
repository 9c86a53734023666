"""Paths of a view in which nobody but the view itself can follow links."""

from __future__ import annotations

import errno
import os
import posixpath
from collections.abc import Callable
from typing import NoReturn

from portfake.model.entry import Entry, EntryType

__all__ = ["FolderPaths", "fail", "real_path"]

_MOST_LINKS = 32


def real_path(path: str, look: Callable[[str], Entry | None], *, follow: bool) -> str:
    """Return a path without links; its last component may be absent, those before may not.

    `look` tells what lies at a path whose folders are real. OSError as a system call would.
    """
    if not path or "\0" in path:
        fail(errno.EINVAL if path else errno.ENOENT, path)
    follow = follow or path.endswith(("/", "/."))
    waiting, links, real = _parts(path), 0, "/"
    while waiting:
        name = waiting.pop()
        if name == "..":
            real = posixpath.dirname(real)
            continue
        here = f"{real.rstrip('/')}/{name}"
        entry = look(here)
        if entry is not None and entry.type is EntryType.SYMLINK and (waiting or follow):
            links += 1
            if links > _MOST_LINKS:
                fail(errno.ELOOP, path)
            target = entry.target or ""
            waiting += _parts(target)
            real = "/" if target.startswith("/") else real
            continue
        if waiting or path.endswith("/"):
            if entry is None and waiting:
                fail(errno.ENOENT, path)
            if entry is not None and entry.type is not EntryType.DIRECTORY:
                fail(errno.ENOTDIR, path)
        real = here
    return real


class FolderPaths:
    """Real paths of many files, each folder being resolved once."""

    def __init__(self, resolve: Callable[[str], str | None]) -> None:
        self._resolve = resolve
        self._known: dict[str, str | None] = {}

    def real(self, path: str) -> str | None:
        """Return a path whose folder is real; None where there is no folder."""
        folder, _, name = path.rpartition("/")
        if folder not in self._known:
            self._known[folder] = self._resolve(folder or "/")
        real = self._known[folder]
        return None if real is None else f"{real.rstrip('/')}/{name}"


def _parts(path: str) -> list[str]:
    return [part for part in reversed(path.split("/")) if part not in {"", "."}]


def fail(number: int, path: str) -> NoReturn:
    """Raise the OSError of a system call."""
    raise OSError(number, os.strerror(number), path)
