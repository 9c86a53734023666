"""Writes what archives hold into the view, safely."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from dataclasses import dataclass, field

from portfake.errors import Refused
from portfake.model.entry import Entry, EntryType
from portfake.model.payload import Reader
from portfake.shell.command import Invocation

__all__ = ["Unpacker", "chunks", "shown"]

_CHUNK = 1 << 20


@dataclass(slots=True)
class Unpacker:
    """Writes members below a folder; nothing is written through a link."""

    run: Invocation
    folder: str
    same_mode: bool = False
    same_owner: bool = False
    keep_existing: bool = False
    new_time: bool = False

    _folders: list[tuple[str, Entry]] = field(default_factory=list)
    _checked: set[str] = field(default_factory=lambda: {""})

    def put(self, entry: Entry, reader: Reader | None) -> None:
        """Write one member, whose path is that below the folder."""
        view, path = self.run.view, self._at(entry.path)
        self._check(entry.path.rpartition("/")[0])
        there = view.stat(path, follow=False)
        if entry.type is EntryType.DIRECTORY:
            if there is None:
                view.make_folders(path)
            elif there.type is not EntryType.DIRECTORY:
                raise Refused(f"{self.run.command}: {path} is in the way of a folder")
            if entry.path != "/":
                self._folders.append((path, entry))
            return
        if there is not None:
            if self.keep_existing:
                return
            if there.type is EntryType.DIRECTORY:
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
            view.unlink(path)
        else:
            view.make_folders(path.rpartition("/")[0] or "/")
        if entry.link_of is not None:
            self._check(entry.link_of.rpartition("/")[0])
            view.link(self._at(entry.link_of), path)
            return
        if entry.type is EntryType.SYMLINK:
            view.symlink(entry.target or "", path)
        elif entry.type is EntryType.FILE and reader is not None:
            view.write(path, chunks(reader), mode=self._mode(entry))
        else:
            raise Refused(f"{self.run.command}: {path} is a {entry.type.value}")
        self._attributes(path, entry)

    def finish(self) -> None:
        """Give folders their modes and times, innermost first."""
        for path, entry in reversed(self._folders):
            self.run.view.chmod(path, self._mode(entry))
            self._attributes(path, entry)

    def _at(self, path: str) -> str:
        return f"{self.folder.rstrip('/')}{path}" if path != "/" else self.folder

    def _mode(self, entry: Entry) -> int:
        mode = 0o777 if entry.mode is None else entry.mode
        return mode if self.same_mode else mode & 0o777 & ~self.run.view.umask

    def _attributes(self, path: str, entry: Entry) -> None:
        if self.same_owner:
            self.run.view.chown(path, entry.owner, entry.group, follow=False)
        if entry.mtime is not None and not self.new_time:
            self.run.view.utime(path, entry.mtime, follow=False)

    def _check(self, folder: str) -> None:
        """Refuse to go through a link that was there before."""
        if folder in self._checked:
            return
        self._check(folder.rpartition("/")[0])
        there = self.run.view.stat(self._at(folder), follow=False)
        if there is not None and there.type is EntryType.SYMLINK:
            raise Refused(f"{self.run.command}: cannot extract through the link {folder}")
        if there is not None:
            self._checked.add(folder)


def chunks(reader: Reader) -> Iterator[bytes]:
    """Yield a member's content piece by piece."""
    while chunk := reader.read(_CHUNK):
        yield chunk


def shown(entry: Entry) -> str:
    """A member's name as listings show it."""
    return entry.path[1:] + ("/" if entry.type is EntryType.DIRECTORY else "")
