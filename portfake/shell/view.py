"""The files as one running shell sees them: relative names, umask, devices, and a budget."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from portfake.limits import LimitExceeded, Limits
from portfake.model.entry import Entry, EntryType
from portfake.shell.files import Files

__all__ = ["Budget", "View", "text_of"]

_CHUNK = 1 << 20
_PATH_MAX = 4096
_DEVICES = frozenset({"/dev/null", "/dev/stdin", "/dev/stdout", "/dev/stderr", "/dev/tty"})


class Budget:
    """What all commands of one run together may write, and how many steps they may take."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._bytes = limits.bytes
        self._steps = limits.steps
        self._entries = limits.entries

    def spend_bytes(self, size: int) -> None:
        """Count bytes written to files."""
        self._bytes -= size
        if self._bytes < 0:
            raise LimitExceeded(f"recipes write more than {self.limits.bytes} bytes")

    def spend_entry(self) -> None:
        """Count one more name that was made."""
        self._entries -= 1
        if self._entries < 0:
            raise LimitExceeded(f"recipes make more than {self.limits.entries} files and folders")

    def spend_steps(self, steps: int = 1) -> None:
        """Count commands run, loop turns, lines edited."""
        self._steps -= steps
        if self._steps < 0:
            raise LimitExceeded(f"recipes take more than {self.limits.steps} steps")


class View:
    """Files by the names that commands use: relative to `cwd`, with a few devices.

    The methods are those of Files and raise what those raise.
    """

    __slots__ = ("_budget", "_files", "cwd", "umask")

    def __init__(self, files: Files, cwd: str, umask: int, budget: Budget) -> None:
        self._files = files
        self._budget = budget
        self.cwd = cwd
        self.umask = umask

    def at(self, cwd: str, umask: int) -> View:
        """The same files seen from elsewhere."""
        return View(self._files, cwd, umask, self._budget)

    def path(self, name: str) -> str:
        """The absolute path that a name means; an empty name means nothing and stays so."""
        if name.startswith("/") or not name:
            return name
        if len(self.cwd) + len(name) >= _PATH_MAX:
            raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG), name)
        return f"{self.cwd}/{name}" if self.cwd != "/" else f"/{name}"

    # looking

    def stat(self, name: str, *, follow: bool = True) -> Entry | None:
        """Return the object as an Entry; None if it does not exist."""
        if not name:
            return None
        if name in _DEVICES:
            return Entry(path=name, type=EntryType.CHARACTER_DEVICE, mode=0o666, size=0, mtime=0)
        return self._files.stat(self.path(name), follow=follow)

    def need(self, name: str, *, follow: bool = True) -> Entry:
        """Return the object as an Entry; FileNotFoundError if it does not exist."""
        entry = self.stat(name, follow=follow)
        if entry is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name)
        return entry

    def is_folder(self, name: str, *, follow: bool = True) -> bool:
        """Tell whether the name is a folder's (or a link's to one)."""
        entry = self.stat(name, follow=follow)
        return entry is not None and entry.type is EntryType.DIRECTORY

    def same(self, first: str, second: str) -> bool:
        """Tell whether two existing names are one file (links followed)."""
        return self.identity(first) == self.identity(second)

    def identity(self, name: str) -> tuple[int, int]:
        """Return a pair that two names share exactly if they are one file (links followed)."""
        if name in _DEVICES:
            return -1, hash(name)
        return self._files.identity(self.path(name))

    def link_count(self, name: str) -> int:
        """Return how many names the object has."""
        return self._files.link_count(self.path(name))

    def listdir(self, name: str) -> list[str]:
        """Return the names in a folder in byte order."""
        return self._files.listdir(self.path(name))

    def realpath(self, name: str) -> str:
        """Return the path with every link resolved."""
        return self._files.realpath(self.path(name))

    # reading and writing

    def read(self, name: str) -> bytes:
        """Return a file's content; LimitExceeded beyond Limits.text."""
        if name in _DEVICES:
            return b""
        with self._files.open(self.path(name)) as file:
            content = file.read(self._budget.limits.text + 1)
        if len(content) > self._budget.limits.text:
            raise LimitExceeded(f"{name}: larger than {self._budget.limits.text} bytes")
        return content

    def open(self, name: str) -> BinaryIO:
        """Open a file for reading."""
        return self._files.open(self.path(name))

    def chunks(self, name: str) -> Iterator[bytes]:
        """Yield a file's content piece by piece."""
        if name in _DEVICES:
            return
        with self._files.open(self.path(name)) as file:
            while chunk := file.read(_CHUNK):
                yield chunk

    def write(self, name: str, content: Iterable[bytes], *, mode: int | None = None) -> None:
        """Create (with `mode`, else 0666 less the umask) or truncate a file."""
        if name in _DEVICES:
            return
        self._write(name, content, mode, append=False)

    def append(self, name: str, content: bytes) -> None:
        """Extend a file, creating it if need be."""
        if name not in _DEVICES:
            self._write(name, (content,), None, append=True)

    def _write(
        self, name: str, content: Iterable[bytes], mode: int | None, *, append: bool
    ) -> None:
        mode = 0o666 & ~self.umask if mode is None else mode
        if not append:
            self._budget.spend_entry()
        self._files.write(self.path(name), self._counted(content), mode=mode, append=append)

    def _counted(self, content: Iterable[bytes]) -> Iterator[bytes]:
        for chunk in content:
            self._budget.spend_bytes(len(chunk))
            yield chunk

    # changing

    def mkdir(self, name: str, mode: int | None = None) -> None:
        """Make one folder, with `mode` or 0777 less the umask."""
        self._budget.spend_entry()
        self._files.mkdir(self.path(name), 0o777 & ~self.umask if mode is None else mode)

    def make_folders(
        self, name: str, mode: int | None = None, *, parents: int | None = None
    ) -> None:
        """Make a folder and those above it that are missing; `mode` is the last one's."""
        missing = []
        path = self.path(name).rstrip("/") or "/"
        while not self.is_folder(path):
            if self.stat(path, follow=False) is not None:
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), name)
            missing.append(path)
            path = path.rpartition("/")[0].rstrip("/") or "/"
        for path in reversed(missing):
            if path.rpartition("/")[2] in {".", ".."}:
                continue
            self.mkdir(path, mode if path == missing[0] and mode is not None else parents)

    def symlink(self, target: str, name: str) -> None:
        """Make a symlink with this literal text."""
        self._budget.spend_entry()
        self._files.symlink(target, self.path(name))

    def link(self, source: str, name: str) -> None:
        """Make a second name of a file; `source` itself is not followed."""
        self._budget.spend_entry()
        self._files.link(self.path(source), self.path(name))

    def rename(self, source: str, name: str) -> None:
        """Move, replacing a file."""
        self._files.rename(self.path(source), self.path(name))

    def unlink(self, name: str) -> None:
        """Remove a file or symlink."""
        self._files.unlink(self.path(name))

    def rmdir(self, name: str) -> None:
        """Remove an empty folder."""
        self._files.rmdir(self.path(name))

    def remove_tree(self, name: str) -> None:
        """Remove an object with all that is below it."""
        entry = self.need(name, follow=False)
        if entry.type is not EntryType.DIRECTORY:
            self.unlink(name)
            return
        for child in self.listdir(name):
            self.remove_tree(f"{name.rstrip('/')}/{child}")
        self.rmdir(name)

    def chmod(self, name: str, mode: int, *, follow: bool = True) -> None:
        """Set the 07777 bits."""
        if name not in _DEVICES:
            self._files.chmod(self.path(name), mode, follow=follow)

    def chown(
        self, name: str, owner: str | None, group: str | None, *, follow: bool = True
    ) -> None:
        """Set owner and group by name."""
        self._files.chown(self.path(name), owner, group, follow=follow)

    def utime(self, name: str, mtime: float, *, follow: bool = True) -> None:
        """Set the modification time."""
        self._files.utime(self.path(name), mtime, follow=follow)


def text_of(data: bytes) -> str:
    """Bytes as text; every byte survives."""
    return data.decode("utf-8", "surrogateescape")
