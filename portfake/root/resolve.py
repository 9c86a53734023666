"""From a path to an open folder and a name in it, without ever leaving the tree.

Why nothing outside is reached. The kernel is never handed more than one component, never ``..``
and never a symlink to follow: every folder is opened by one name, relative to the descriptor of
its parent, with O_NOFOLLOW | O_DIRECTORY; a symlink is read as text and walked here, an absolute
one from the top of the tree, ``..`` by going back to the name that came before, the top being its
own parent (as after chroot(2)). So every descriptor was reached from the top's by a chain of real
folders, and an operation on (descriptor, one name, do not follow) acts on what lies in that chain.

Why descriptors may be kept. A kept descriptor is that folder, not its name: whoever swaps the
name for a symlink meanwhile changes what the name means, not where the descriptor leads. It can
only be elsewhere if somebody moved the folder itself out of the tree, and who may do that may
write in that folder anyway. The price is age, not safety: until `forget`, a folder that others
renamed is still taken for the one of that name. The tree's own rename and rmdir say `forget`; a
caller that let another program work in the tree does so too.
"""

from __future__ import annotations

import errno
import os
import stat
from collections import OrderedDict
from typing import Final

__all__ = ["MAX_LINKS", "Folder", "Resolver", "Spot", "failure", "join", "raw", "text"]

MAX_LINKS: Final = 40
"""Symlinks followed for one path before it is taken for a loop, as in Linux."""

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# What systems answer when a name opened with these flags is no folder: ENOTDIR (Linux also for
# a symlink), ELOOP (POSIX for a symlink), EMLINK (FreeBSD for a symlink).
_NO_FOLDER: Final = frozenset({errno.ENOTDIR, errno.ELOOP, errno.EMLINK})


def raw(name: str) -> bytes:
    """Return the bytes of a name; OSError (EINVAL) for what no file can be called."""
    try:
        encoded = name.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise failure(errno.EINVAL, name) from None
    if b"\0" in encoded:
        raise failure(errno.EINVAL, name)
    return encoded


def text(name: bytes) -> str:
    """Return a name's bytes as portfake's text."""
    return name.decode("utf-8", "surrogateescape")


def join(folder: str, name: str) -> str:
    """Return the path of a name in a folder, where the top is ``/`` or empty."""
    return f"/{name}" if folder in {"", "/"} else f"{folder}/{name}"


def failure(number: int, path: str) -> OSError:
    """Return the OSError that a system call would have given for this path."""
    return OSError(number, os.strerror(number), path)


class Folder:
    """An open folder of the tree; the descriptor is closed when nobody holds the object."""

    __slots__ = ("fd", "path")

    def __init__(self, fd: int, path: str) -> None:
        self.fd = fd
        self.path = path
        """Without symlinks, ``.`` and ``..``; the top is the empty string."""

    def __del__(self) -> None:
        os.close(self.fd)

    def enter(self, name: str) -> Folder:
        """Open a folder in it, never through a symlink; OSError as of open(2)."""
        fd = os.open(raw(name), _FOLDER, dir_fd=self.fd)
        return Folder(fd, join(self.path, name))

    def status(self, name: str) -> os.stat_result | None:
        """Return what lies under a name, itself and not what it links to; None for nothing."""
        try:
            return os.stat(raw(name), dir_fd=self.fd, follow_symlinks=False)
        except FileNotFoundError:
            return None

    def link_text(self, name: str) -> str:
        """Return the text of a symlink; OSError (EINVAL) for anything else."""
        return text(os.readlink(raw(name), dir_fd=self.fd))

    def names(self) -> list[str]:
        """Return the names in it, in byte order."""
        names = os.listdir(self.fd)  # noqa: PTH208 - a Path cannot name a descriptor
        return [text(name) for name in sorted(map(os.fsencode, names))]


class Spot:
    """Where an operation acts: a name in an open folder, and what was last seen there.

    The name is ``.`` where the path ended in a folder itself (``/``, ``a/..``). `status` is
    None if nothing was there, or if nobody looked: it is filled in for followed paths.
    """

    __slots__ = ("folder", "name", "status")

    def __init__(self, folder: Folder, name: str, status: os.stat_result | None = None) -> None:
        self.folder = folder
        self.name = name
        self.status = status

    @property
    def fd(self) -> int:
        """The descriptor that `raw` is relative to."""
        return self.folder.fd

    @property
    def raw(self) -> bytes:
        """The one component to hand to a system call."""
        return raw(self.name)

    @property
    def path(self) -> str:
        """The spot without symlinks, ``.`` and ``..``."""
        if self.name == ".":
            return self.folder.path or "/"
        return join(self.folder.path, self.name)

    def look(self) -> os.stat_result | None:
        """See (again) what lies there now."""
        self.status = self.folder.status(self.name)
        return self.status


class Resolver:
    """The one walk over components, with a bounded memory of open folders."""

    def __init__(self, fd: int, *, kept: int = 128) -> None:
        """Take over `fd`, an open folder that becomes the top of the tree."""
        self.top = Folder(fd, "")
        self._kept: OrderedDict[str, Folder] = OrderedDict()
        self._bound = kept

    def locate(self, path: str, *, follow: bool) -> Spot:
        """Return the folder and name that `path` means; `follow` resolves a last symlink too.

        The last component need not exist. OSError: ENOENT, ENOTDIR, ELOOP, EACCES, ENAMETOOLONG
        for a component before it, EINVAL for a NUL or a path without its leading slash.
        """
        head, slash, name = path.rpartition("/")
        folder = self.top if not head else self._recall(head)
        if folder is None or not slash or name in {"", ".", ".."}:
            return self._walk(path, follow=follow)
        spot = Spot(folder, name)
        if not follow:
            return spot
        seen = spot.look()
        if seen is not None and stat.S_ISLNK(seen.st_mode):
            return self._walk(path, follow=True)
        return spot

    def folder(self, path: str) -> Folder:
        """Return a folder opened, links followed; OSError as of `locate`, also for the last."""
        return self.top if path == "/" else self.locate(f"{path}/.", follow=True).folder

    def knows(self, path: str) -> bool:
        """Whether this is the path, without links, of a folder that was opened lately."""
        return path in {"", "/"} or path in self._kept

    def forget(self, path: str = "") -> None:
        """Drop what is kept of a folder and everything below it."""
        below = path + "/"
        for kept in [kept for kept in self._kept if kept == path or kept.startswith(below)]:
            del self._kept[kept]

    def close(self) -> None:
        """Let go of every folder; nothing can be resolved any more."""
        self._kept.clear()
        del self.top

    def _walk(self, path: str, *, follow: bool) -> Spot:
        if not path:
            raise failure(errno.ENOENT, path)
        if not path.startswith("/"):
            raise failure(errno.EINVAL, path)
        at, links = self.top, 0
        todo = _components(path)[::-1]
        while todo:
            name = todo.pop()
            if name == ".":
                continue
            if name == "..":
                # Go back by name and not by the kernel's "..": the folder may have been moved.
                todo = todo or ["."]
                todo.extend(reversed(_components(at.path)[:-1]))
                at = self.top
                continue
            if todo:
                inner = self._recall(join(at.path, name)) or self._enter(at, name)
                if inner is not None:
                    at = inner
                    continue
            elif not follow:
                return Spot(at, name)
            else:
                spot = Spot(at, name)
                seen = spot.look()
                if seen is None or not stat.S_ISLNK(seen.st_mode):
                    return spot
            links += 1
            if links > MAX_LINKS:
                raise failure(errno.ELOOP, path)
            target = _link_text(at, name, path)
            if target.startswith("/"):
                at = self.top
            todo.extend(reversed(_components(target)))
        return Spot(at, ".", os.fstat(at.fd) if follow else None)

    def _recall(self, path: str) -> Folder | None:
        folder = self._kept.get(path)
        if folder is not None:
            self._kept.move_to_end(path)
        return folder

    def _enter(self, at: Folder, name: str) -> Folder | None:
        """Open one folder in another; None if the name is something else."""
        try:
            inner = at.enter(name)
        except OSError as error:
            if error.errno in _NO_FOLDER:
                return None
            raise
        self._kept[inner.path] = inner
        if len(self._kept) > self._bound:
            self._kept.popitem(last=False)
        return inner


def _components(path: str) -> list[str]:
    """The names in a path; a trailing slash asks for a folder, as ``/.`` does."""
    names = [name for name in path.split("/") if name]
    if path.endswith("/"):
        names.append(".")
    return names


def _link_text(at: Folder, name: str, path: str) -> str:
    try:
        target = os.readlink(raw(name), dir_fd=at.fd)
    except OSError as error:
        if error.errno == errno.EINVAL:  # no symlink, and it was no folder either
            raise failure(errno.ENOTDIR, path) from None
        raise
    if not target:
        raise failure(errno.ENOENT, path)
    return text(target)
