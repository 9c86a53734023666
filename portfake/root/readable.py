"""ReadableRoot: what can be seen of a file tree below one folder, and nothing outside of it."""

from __future__ import annotations

import errno
import io
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO, Final, Self

from portfake import root
from portfake.errors import InputError, NotFound
from portfake.limits import DEFAULT, LimitExceeded, Limits
from portfake.root.asked import Asked
from portfake.root.database import FOLDER, DatabaseFile
from portfake.root.ownership import Ownership, keeper_for
from portfake.root.resolve import Folder, Resolver, failure
from portfake.root.tree import Tree

if TYPE_CHECKING:  # start-up time; see the package's text
    from portfake.model.entry import Entry, Listing
    from portfake.root.accounts import Accounts

__all__ = ["ReadableRoot"]

_USUAL: Final = 1 << 15
"""Files that are read whole are rarely longer; room for the longest allowed costs more to get."""


class ReadableRoot:
    """The half of Root that changes nothing; confined.py says what holds for paths."""

    def __init__(
        self,
        directory: str | os.PathLike[str],
        *,
        ownership: Ownership,
        limits: Limits = DEFAULT,
        read_only: bool = False,
        kept_folders: int = 128,
    ) -> None:
        """Open a folder of the host; NotFound or InputError if it is none.

        `read_only` makes every change fail with EROFS. `kept_folders` bounds the descriptors of
        folders that are kept open.
        """
        self.directory = os.path.abspath(directory)  # noqa: PTH100 - only to be shown
        self.ownership = ownership
        try:
            fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except FileNotFoundError:
            raise NotFound("there is no such folder", where=self.directory) from None
        except NotADirectoryError:
            raise InputError("a root has to be a folder", where=self.directory) from None
        keeper = keeper_for(ownership, lambda: self.accounts)
        self._tree = Tree(Resolver(fd, kept=kept_folders), keeper, limits, read_only)
        self._accounts: Accounts | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of every descriptor."""
        self._tree.resolver.close()

    def forget(self) -> None:
        """Look at everything anew: another program has worked in the tree."""
        self._tree.resolver.forget()
        self._accounts = None

    def stat(self, path: str, *, follow: bool = True) -> Entry | None:
        """Return the object as an Entry without digest; None if it does not exist."""
        with Asked(path):
            try:
                spot = self._tree.resolver.locate(path, follow=follow)
                status = spot.status if follow else spot.look()
                if status is None:
                    return None
                shown = path.rstrip("/") or "/"
                return root.listing.entry_of(self._tree, shown, spot, status)
            except (FileNotFoundError, NotADirectoryError):
                return None

    def exists(self, path: str) -> bool:
        """Whether there is such an object, links followed."""
        with Asked(path):
            try:
                return self._tree.resolver.locate(path, follow=True).status is not None
            except (FileNotFoundError, NotADirectoryError):
                return False

    def knows(self, path: str) -> bool:
        """Whether this is the path, without links, of a folder that was used lately."""
        return self._tree.resolver.knows(path)

    def identity(self, path: str) -> tuple[int, int]:
        """Return device and inode, links followed."""
        with Asked(path):
            status = self._tree.look_at(path).status
            assert status is not None
            return status.st_dev, status.st_ino

    def link_count(self, path: str) -> int:
        """Return how many names the object has, itself and not what it links to."""
        with Asked(path):
            status = self._tree.resolver.locate(path, follow=False).look()
            if status is None:
                raise failure(errno.ENOENT, path)
            return status.st_nlink

    def named(self, path: str) -> tuple[Entry | None, tuple[int, int] | None]:
        """Return the object itself, and device and inode of a file with several names.

        One look where `stat`, `link_count` and `identity` take three.
        """
        with Asked(path):
            try:
                spot = self._tree.resolver.locate(path, follow=False)
                status = spot.look()
            except (FileNotFoundError, NotADirectoryError):
                return None, None
            if status is None:
                return None, None
            several = status.st_nlink > 1 and stat.S_ISREG(status.st_mode)
            identity = (status.st_dev, status.st_ino) if several else None
            return root.listing.entry_of(self._tree, path, spot, status), identity

    def listdir(self, path: str) -> list[str]:
        """Return the names in a folder in byte order."""
        with Asked(path):
            return self._tree.resolver.folder(path).names()

    def realpath(self, path: str) -> str:
        """Return the path of an object that exists, with every link resolved."""
        with Asked(path):
            return self._tree.look_at(path).path

    def read(self, path: str) -> bytes:
        """Return a regular file's content; LimitExceeded beyond Limits.text bytes."""
        bound = self._tree.limits.text
        with self.open(path) as file:
            content = file.read(_USUAL)
            if len(content) == _USUAL:
                content += file.read(max(bound + 1 - _USUAL, 0))
        if len(content) > bound:
            raise LimitExceeded(f"more than {bound} bytes to be read at once", where=path)
        return content

    def open(self, path: str, *, buffered: bool = True) -> BinaryIO:
        """Open a regular file for reading; EINVAL for a device, fifo or socket.

        Without a buffer, for who reads all of it in large pieces, it takes two calls less.
        """
        with Asked(path):
            file = io.FileIO(self._tree.open_regular(path), "rb")
        return io.BufferedReader(file) if buffered else file

    def walk(
        self,
        path: str = "/",
        *,
        digest: bool = False,
        cross_devices: bool = False,
        limits: Limits | None = None,
    ) -> Listing:
        """Return the object at `path` and, if it is a folder, all below it.

        `digest` reads every file. A folder that lies on another device (a mount point) is
        listed and not entered, unless `cross_devices` says so. LimitExceeded beyond
        Limits.entries and Limits.depth.
        """
        bounds = limits or self._tree.limits
        return root.listing.walk(
            self._tree, path, digest=digest, cross_devices=cross_devices, limits=bounds
        )

    def look_at(self, paths: Iterable[str]) -> Iterator[Entry]:
        """Yield what lies at paths, links not followed; nothing for what is not there.

        Quicker than `stat` for many paths of few folders, when neighbours follow each other.
        """
        return root.listing.look_at(self._tree, paths)

    def folder(self, path: str) -> Folder:
        """Return a folder as an open descriptor, which lives as long as the object is held."""
        with Asked(path):
            return self._tree.resolver.folder(path)

    def database(
        self, path: str = f"{FOLDER}/local.sqlite", *, writing: bool = True
    ) -> DatabaseFile:
        """Return how SQLite is to open a database; Refused for links, devices, second names.

        A second name is fine where nothing is written.

        OSError (ENOENT) if its folder does not exist.
        """
        folder, _, name = path.rpartition("/")
        return DatabaseFile(self.folder(folder or "/"), name, self.directory, writing=writing)

    @property
    def accounts(self) -> Accounts:
        """The users and groups of ROOT/etc/master.passwd (else passwd) and ROOT/etc/group."""
        if self._accounts is None:
            self._accounts = root.accounts.read_accounts(self.read)
        return self._accounts

    def expect_accounts(self, users: Mapping[str, int], groups: Mapping[str, int]) -> None:
        """Take these names, which the root's files will hold soon, for owners already."""
        if users or groups:
            self._accounts = self.accounts.expecting(users, groups)

    def space(self, folder: str) -> tuple[int, os.statvfs_result]:
        """Return the device that a folder lies on, and what statvfs(3) says of it."""
        with Asked(folder):
            fd = self._tree.resolver.folder(folder).fd
            return os.fstat(fd).st_dev, os.fstatvfs(fd)

    def is_running_system(self) -> bool:
        """Whether this is the root of the machine itself, or holds its /usr: by device and inode.

        Names do not tell: a bind mount or a second mount of the same file system is the same.
        """
        here = os.fstat(self._tree.resolver.top.fd)
        if os.path.samestat(here, os.stat("/")):  # noqa: PTH116 - a Path has no more to say here
            return True
        try:
            host = os.stat("/usr")  # noqa: PTH116 - as above
            return self.identity("/usr") == (host.st_dev, host.st_ino)
        except OSError:
            return False
