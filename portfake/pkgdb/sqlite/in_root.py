"""local.sqlite inside a confined root.

SQLite opens by name, and side files by names that it makes up itself, so this is the one place
where the walk of portfake.root cannot be used to the end. The folder is opened by that walk; the
name of that very folder is asked from the system; symlinks at the database or a side file are
refused; and what was opened is held against the folder's descriptor afterwards.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from portfake.errors import Refused
from portfake.model.entry import EntryType
from portfake.pkgdb.sqlite.opening import SIDE_FILES, FolderFile
from portfake.root.confined import Root

__all__ = ["RootFile"]


class RootFile:
    """ROOT/var/db/pkg/local.sqlite (portfake.pkgdb.sqlite.opening.DatabaseFile)."""

    def __init__(self, root: Root, folder: str = "/var/db/pkg", name: str = "local.sqlite") -> None:
        self._root = root
        self._folder = folder
        self._name = name
        self._made: list[str] = []

    @property
    def place(self) -> str:
        """Its path as the host names it."""
        return f"{self._root.directory.rstrip('/')}{self._folder}/{self._name}"

    def sizes(self) -> Mapping[str, int]:
        """Refused where one of them is no regular file of this root alone."""
        found = {}
        for suffix in ("", *SIDE_FILES):
            entry = self._root.stat(f"{self._folder}/{self._name}{suffix}", follow=False)
            if entry is None:
                continue
            if entry.type is not EntryType.FILE:
                raise Refused(f"a {entry.type.value}, not a file", where=f"{self.place}{suffix}")
            found[suffix] = entry.size or 0
        return found

    @contextmanager
    def connect(self, query: str) -> Iterator[sqlite3.Connection]:
        """Refused where what was opened is not what the root holds under that name alone."""
        folder = self._root.folder(self._folder)
        path = _name_of(folder.fd)
        with FolderFile(path, self._name).connect(query) as connection:
            ours = folder.status(self._name)
            theirs = os.lstat(path / self._name)
            if ours is None or not stat.S_ISREG(ours.st_mode) or not os.path.samestat(ours, theirs):
                raise Refused("the database was replaced just now", where=self.place)
            if ours.st_nlink != 1 and "mode=rw" in query:
                raise Refused("the database has another name elsewhere", where=self.place)
            yield connection

    def copy(self, folder: Path) -> Path:
        """Copied through the root's own walk."""
        for suffix in ("", "-wal", "-journal"):
            if suffix in self.sizes():
                with (
                    self._root.open(f"{self._folder}/{self._name}{suffix}") as source,
                    (folder / f"{self._name}{suffix}").open("wb") as target,
                ):
                    shutil.copyfileobj(source, target)
        return folder / self._name

    def create(self) -> None:
        """Whatever the umask; both belong to whoever runs portfake, root for a real image."""
        self._made = self._root.makedirs(self._folder, 0o755)
        self._root.write(f"{self._folder}/{self._name}", [], mode=0o644)

    def remove(self) -> None:
        """Side files too, and the folders that create() made where nothing else lies in them."""
        for suffix in (*SIDE_FILES, ""):
            if suffix in self.sizes():
                self._root.unlink(f"{self._folder}/{self._name}{suffix}")
        for folder in reversed(self._made):
            with suppress(OSError):
                self._root.rmdir(folder)


def _name_of(descriptor: int) -> Path:
    """The path of an open folder, as getcwd(3) tells it: the same on Linux and FreeBSD."""
    before = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fchdir(descriptor)
        return Path.cwd()
    finally:
        os.fchdir(before)
        os.close(before)
