"""Several confined roots shown as one tree, as mount(8) would: what recipes and evaluation see."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO, TypeVar

from portfake.errors import Refused
from portfake.model.entry import Entry
from portfake.root.confined import Root

__all__ = ["Mount", "MountTable"]

_MAX_LINKS = 40
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Mount:
    """A root shown below `point`; only what lies below one of `writable` may change."""

    point: str
    root: Root
    writable: tuple[str, ...] = ()

    def covers(self, path: str) -> bool:
        """Whether the path lies at or below the mount point."""
        return _below(path, self.point)

    def inner(self, path: str) -> str:
        """The path as the mounted root names it."""
        return path if self.point == "/" else path[len(self.point) :] or "/"

    def outer(self, path: str) -> str:
        """The way back from `inner`."""
        return path if self.point == "/" else (self.point + path).rstrip("/")

    def allows_change(self, path: str) -> bool:
        """Whether a write to the path is allowed at all."""
        return any(_below(path, folder) for folder in self.writable)


class MountTable:
    """The Files protocol over mounts; a symlink may lead from one mount into another.

    Reading what no mount holds is ENOENT; changing what is not writable raises Refused, because
    a recipe that writes outside its work directory must not go on as if it had.
    """

    def __init__(self, mounts: Iterable[Mount]) -> None:
        self._mounts = sorted(mounts, key=lambda mount: len(mount.point), reverse=True)

    def has_mounts_below(self, folder: str) -> bool:
        """Whether something is mounted below a folder, where its listing would not tell."""
        return any(mount.point.startswith(f"{folder}/") for mount in self._mounts)

    def _find(self, path: str) -> Mount:
        for mount in self._mounts:
            if mount.covers(path):
                return mount
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)

    def _on(self, path: str, act: Callable[[Mount, str], T], *, follow: bool = True) -> T:
        """Act where the path lies; if it is not there, look whether a link leads elsewhere."""
        path = _normal(path)
        if ".." in path:
            path = self._without_dots(path) or self._resolve(path, follow=follow)
        mount = self._find(path)
        try:
            return act(mount, mount.inner(path))
        except (FileNotFoundError, NotADirectoryError):
            if self._ends_in_a_folder(path):
                raise  # there was no link on the way
            resolved = self._resolve(path, follow=follow)
            if resolved == path:
                raise
            mount = self._find(resolved)
            return act(mount, mount.inner(resolved))

    def _without_dots(self, path: str) -> str | None:
        """Go back by name where that is known to be right: the folder before `..` is no link."""
        parts: list[str] = []
        for part in path.split("/"):
            if part == "..":
                if not self._is_folder("/".join(parts)):
                    return None
                parts = parts[:-1] or parts
            else:
                parts.append(part)
        return "/".join(parts) or "/"

    def _ends_in_a_folder(self, path: str) -> bool:
        """Whether a folder of the path is known to be there and the name behind it is not."""
        while True:
            folder = path.rpartition("/")[0]
            if self._is_folder(folder):
                return self._lstat(path) is None
            if not folder:
                return False
            path = folder

    def _is_folder(self, path: str) -> bool:
        """Whether a folder is known to be there, with no link in its path."""
        for mount in self._mounts:
            if mount.covers(path):
                return mount.root.knows(mount.inner(path))
        return False

    def _resolve(self, path: str, *, follow: bool) -> str:
        """Follow links component by component across mounts; what is missing stays as it is."""
        pending = path.strip("/").split("/")[::-1]
        done: list[str] = []
        links = 0
        while pending:
            part = pending.pop()
            if part in {"", "."}:
                continue
            if part == "..":
                del done[-1:]
                continue
            here = "/" + "/".join([*done, part])
            entry = self._lstat(here) if pending or follow else None
            if entry is None or entry.target is None:
                done.append(part)
                continue
            links += 1
            if links > _MAX_LINKS:
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
            if entry.target.startswith("/"):
                done.clear()
            pending.extend(entry.target.strip("/").split("/")[::-1])
        return "/" + "/".join(done)

    def _lstat(self, path: str) -> Entry | None:
        """Return what lies at the path; above the mount points there is nothing to look at."""
        for mount in self._mounts:
            if mount.covers(path):
                return mount.root.stat(mount.inner(path), follow=False)
        return None

    def _changing(self, path: str, act: Callable[[Root, str], T], *, follow: bool = True) -> T:
        def checked(mount: Mount, inner: str) -> T:
            if not mount.allows_change(mount.outer(inner)):
                raise Refused(
                    f"{path} lies outside the work directory",
                    hint="a port writes below its work directory only",
                )
            return act(mount.root, inner)

        return self._on(path, checked, follow=follow)

    def stat(self, path: str, *, follow: bool = True) -> Entry | None:
        """See Files."""

        def look(mount: Mount, inner: str) -> Entry:
            entry = mount.root.stat(inner, follow=follow)
            if entry is None:
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
            return entry

        try:
            return replace(self._on(path, look, follow=follow), path=path)
        except (FileNotFoundError, NotADirectoryError):
            return None

    def exists(self, path: str) -> bool:
        """Whether something lies at the path, links followed."""

        def look(mount: Mount, inner: str) -> bool:
            if mount.root.exists(inner):
                return True
            raise FileNotFoundError(errno.ENOENT, "", path)

        try:
            return self._on(path, look)
        except (FileNotFoundError, NotADirectoryError):
            return False

    def identity(self, path: str) -> tuple[int, int]:
        """See Files."""
        return self._on(path, lambda mount, inner: mount.root.identity(inner))

    def link_count(self, path: str) -> int:
        """See Files."""
        return self._on(path, lambda mount, inner: mount.root.link_count(inner), follow=False)

    def listdir(self, path: str) -> list[str]:
        """See Files."""
        return self._on(path, lambda mount, inner: mount.root.listdir(inner))

    def realpath(self, path: str) -> str:
        """See Files."""
        path = _normal(path)
        if self._is_folder(path):
            return path
        resolved = self._resolve(path, follow=True)
        if self.stat(resolved) is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        return resolved

    def read(self, path: str) -> bytes:
        """See Files."""
        return self._on(path, lambda mount, inner: mount.root.read(inner))

    def open(self, path: str) -> BinaryIO:
        """See Files."""
        return self._on(path, lambda mount, inner: mount.root.open(inner))

    def write(
        self, path: str, content: Iterable[bytes], *, mode: int = 0o644, append: bool = False
    ) -> None:
        """See Files."""
        self._changing(
            path, lambda root, inner: root.write(inner, content, mode=mode, append=append)
        )

    def mkdir(self, path: str, mode: int = 0o755) -> None:
        """See Files."""
        self._changing(path, lambda root, inner: root.mkdir(inner, mode), follow=False)

    def symlink(self, target: str, path: str) -> None:
        """See Files."""
        self._changing(path, lambda root, inner: root.symlink(target, inner), follow=False)

    def link(self, source: str, path: str) -> None:
        """See Files."""
        self._two(source, path, Root.link)

    def rename(self, source: str, path: str) -> None:
        """See Files."""
        self._two(source, path, Root.rename)

    def _two(self, source: str, path: str, act: Callable[[Root, str, str], None]) -> None:
        first, second = self._resolve(source, follow=False), self._resolve(path, follow=False)
        mount = self._find(first)
        if self._find(second) is not mount:
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV), source, None, path)
        self._changing(
            second, lambda root, inner: act(root, mount.inner(first), inner), follow=False
        )

    def unlink(self, path: str) -> None:
        """See Files."""
        self._changing(path, lambda root, inner: root.unlink(inner), follow=False)

    def rmdir(self, path: str) -> None:
        """See Files."""
        self._changing(path, lambda root, inner: root.rmdir(inner), follow=False)

    def chmod(self, path: str, mode: int, *, follow: bool = True) -> None:
        """See Files."""
        self._changing(path, lambda root, inner: root.chmod(inner, mode, follow=follow))

    def chown(
        self, path: str, owner: str | None, group: str | None, *, follow: bool = True
    ) -> None:
        """See Files."""
        self._changing(path, lambda root, inner: root.chown(inner, owner, group, follow=follow))

    def utime(self, path: str, mtime: float, *, follow: bool = True) -> None:
        """See Files."""
        self._changing(path, lambda root, inner: root.utime(inner, mtime, follow=follow))


def _below(path: str, folder: str) -> bool:
    return folder in {"/", path} or path.startswith(f"{folder}/")


def _normal(path: str) -> str:
    """Collapse slashes and dots; `..` is left, because what it means depends on links."""
    parts: Sequence[str] = [part for part in path.split("/") if part not in {"", "."}]
    return "/" + "/".join(parts)
