"""Root: a file tree below one folder, which no path given to it can leave."""

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
from portfake.root.attributes import set_times
from portfake.root.database import FOLDER, DatabaseFile
from portfake.root.ownership import Ownership, keeper_for
from portfake.root.resolve import Folder, Resolver, failure, raw
from portfake.root.tree import Tree

if TYPE_CHECKING:  # start-up time; see the package's text
    from portfake.model.entry import Entry, Listing
    from portfake.model.payload import Reader
    from portfake.root.accounts import Accounts
    from portfake.root.held import HeldFile
    from portfake.root.placing import TempFile

__all__ = ["Root"]

_CREATE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class Root:
    """POSIX file operations on absolute paths inside an image, an alternate root or a stage.

    Paths are text with surrogate escapes and begin with ``/``, the folder that was opened.
    Symlinks are resolved inside, absolute ones from the top; ``..`` stops at the top; no
    operation can reach anything else (resolve.py says why). Failures are OSError with the errno
    of the system call and the path asked for; Refused where an in-place change could show
    outside, through a hard link that the tree did not make itself.

    It is a context manager, since it holds descriptors. It does not serve several threads.
    """

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

    # Seeing

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
        with self.open(path) as file:
            bound = self._tree.limits.text
            content = file.read(bound + 1)
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

    # Changing

    def write(
        self, path: str, content: Iterable[bytes], *, mode: int = 0o644, append: bool = False
    ) -> None:
        """Create (with `mode`, whatever the umask) or truncate or extend a file in place."""
        with Asked(path):
            fd = self._open_to_write(path, mode, append=append)
        with io.FileIO(fd, "wb") as file, Asked(path):
            for piece in content:
                rest = memoryview(piece)
                while rest:
                    rest = rest[file.write(rest) :]

    def _open_to_write(self, path: str, mode: int, *, append: bool) -> int:
        spot = self._tree.target(path, follow=True)
        if spot.status is not None:
            fd = self._tree.open_regular(path, write=True)
            if append:
                os.lseek(fd, 0, os.SEEK_END)
            else:
                os.ftruncate(fd, 0)
            return fd
        fd = os.open(spot.raw, _CREATE, self._tree.keeper.disk_mode(mode), dir_fd=spot.fd)
        self._tree.keeper.created(fd)
        self._tree.keeper.set_mode(fd, mode)
        return fd

    def mkdir(self, path: str, mode: int = 0o755) -> None:
        """Make one folder, with `mode` whatever the umask."""
        with Asked(path):
            spot = self._tree.target(path, folder=True)
            disk_mode = self._tree.keeper.disk_mode(mode, folder=True)
            os.mkdir(spot.raw, disk_mode, dir_fd=spot.fd)
            self._tree.keeper.created(spot)
            self._tree.keeper.set_mode(spot, mode)

    def makedirs(self, path: str, mode: int = 0o755) -> list[str]:
        """Make a folder and those above it; return the ones that were not there, upper first.

        OSError: ENOTDIR or EEXIST where something else is in the way.
        """
        made = []
        at = ""
        for name in filter(None, path.split("/")):
            at = f"{at}/{name}"
            if self.stat(at) is None:
                self.mkdir(at, mode)
                made.append(at)
        self.folder(path)
        return made

    def symlink(self, target: str, path: str) -> None:
        """Make a symlink with this literal text."""
        with Asked(path):
            spot = self._tree.target(path)
            os.symlink(raw(target), spot.raw, dir_fd=spot.fd)
            self._tree.keeper.created(spot)

    def link(self, source: str, path: str) -> None:
        """Make a second name of a file; neither path's last component is followed."""
        with Asked(source, path):
            original = self._tree.resolver.locate(source, follow=False)
            root.placing.link(self._tree, original, self._tree.target(path))

    def rename(self, source: str, path: str) -> None:
        """Move within the tree, replacing a file, or an empty folder by a folder."""
        with Asked(source, path):
            old = self._tree.target(source, folder=True)
            new = self._tree.target(path, folder=True)
            moved, replaced = old.look(), new.look()
            if moved is None:
                raise failure(errno.ENOENT, source)
            if (source.endswith("/") or path.endswith("/")) and not stat.S_ISDIR(moved.st_mode):
                raise failure(errno.ENOTDIR, source)
            os.rename(old.raw, new.raw, src_dir_fd=old.fd, dst_dir_fd=new.fd)
            for spot in (old, new):
                self._tree.resolver.forget(spot.path)
            if replaced is not None and not _same(moved, replaced):
                self._tree.keeper.gone(replaced)

    def unlink(self, path: str) -> None:
        """Remove a file or symlink."""
        with Asked(path):
            spot = self._tree.target(path)
            status = spot.look()
            os.unlink(spot.raw, dir_fd=spot.fd)
            if status is not None:
                self._tree.keeper.gone(status)

    def rmdir(self, path: str) -> None:
        """Remove an empty folder."""
        with Asked(path):
            spot = self._tree.target(path, folder=True)
            status = spot.look()
            os.rmdir(spot.raw, dir_fd=spot.fd)
            self._tree.resolver.forget(spot.path)
            if status is not None:
                self._tree.keeper.gone(status)

    def chmod(self, path: str, mode: int, *, follow: bool = True) -> None:
        """Set the 07777 bits; a symlink's own are left alone where the system has none."""
        with Asked(path):
            self._tree.keeper.set_mode(self._tree.changeable(path, follow=follow), mode)

    def chown(
        self, path: str, owner: str | None, group: str | None, *, follow: bool = True
    ) -> None:
        """Set owner and group by name; NotFound for a name that the root's files do not hold."""
        with Asked(path):
            self._tree.keeper.set_owner(self._tree.changeable(path, follow=follow), owner, group)

    def utime(self, path: str, mtime: float, *, follow: bool = True) -> None:
        """Set access and modification time in seconds since the epoch."""
        with Asked(path):
            set_times(self._tree.changeable(path, follow=follow), mtime)

    def database(
        self, path: str = f"{FOLDER}/local.sqlite", *, writing: bool = True
    ) -> DatabaseFile:
        """Return how SQLite is to open a database; Refused for links, devices, second names.

        A second name is fine where nothing is written.

        OSError (ENOENT) if its folder does not exist.
        """
        folder, _, name = path.rpartition("/")
        return DatabaseFile(self.folder(folder or "/"), name, self.directory, writing=writing)

    def make_database_folder(self) -> list[str]:
        """Make var/db/pkg as pkg wants it, 0755 root:wheel; return the folders that are new."""
        made = self.makedirs(FOLDER, 0o755)
        if self.ownership is Ownership.APPLY and os.geteuid() == 0:
            for folder in made:
                self.chown(folder, "root", "wheel")
        return made

    def place(
        self,
        entry: Entry,
        reader: Reader | None = None,
        original: TempFile | None = None,
        temporary: str | None = None,
    ) -> TempFile:
        """Make an object under a temporary name beside `entry.path`; see placing.place."""
        with Asked(entry.path):
            return root.placing.place(self._tree, entry, reader, original, temporary)

    def put(self, path: str, temporary: str, aside: str | None = None) -> None:
        """Let an object beside `path` take its place; see replacing.put."""
        with Asked(path):
            root.replacing.put(self._tree, path, temporary, aside)

    def move_aside(self, path: str, aside: str) -> None:
        """Give what lies at `path` another name beside it; see replacing.move_aside."""
        with Asked(path):
            root.replacing.move_aside(self._tree, path, aside)

    def take_back(self, path: str, temporary: str | None, aside: str | None) -> None:
        """Undo `put` or `move_aside`, as far as they were done; see replacing.take_back."""
        with Asked(path):
            root.replacing.take_back(self._tree, path, temporary, aside)

    def sweep(self, folder: str, token: str) -> None:
        """Remove what has a temporary name with this token; see replacing.sweep."""
        with Asked(folder):
            root.replacing.sweep(self._tree, folder, token)

    def hold(self, path: str, *, new: bool) -> HeldFile | None:
        """Hold a file that other processes of portfake may want too; see held.hold, hold_new."""
        with Asked(path):
            return root.held.hold_new(self._tree, path) if new else root.held.hold(self._tree, path)

    def sync(self, paths: Iterable[str] = ()) -> None:
        """Return when what was written is on stable storage; see durable.sync."""
        root.durable.sync(self._tree, paths)

    # Facts

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
        if _same(here, os.stat("/")):  # noqa: PTH116 - a Path has no more to say here
            return True
        try:
            host = os.stat("/usr")  # noqa: PTH116 - as above
            return self.identity("/usr") == (host.st_dev, host.st_ino)
        except OSError:
            return False


def _same(one: os.stat_result, other: os.stat_result) -> bool:
    return (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino)
