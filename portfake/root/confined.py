"""Root: a file tree below one folder, which no path given to it can leave."""

from __future__ import annotations

import errno
import io
import os
import stat
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from portfake import root
from portfake.root.asked import Asked
from portfake.root.attributes import set_times
from portfake.root.database import FOLDER
from portfake.root.ownership import Ownership
from portfake.root.readable import ReadableRoot
from portfake.root.resolve import failure, raw

if TYPE_CHECKING:  # start-up time; see the package's text
    from portfake.model.entry import Entry
    from portfake.model.payload import Reader
    from portfake.root.held import HeldFile
    from portfake.root.placing import TempFile

__all__ = ["Root"]

_CREATE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class Root(ReadableRoot):
    """POSIX file operations on absolute paths inside an image, an alternate root or a stage.

    Paths are text with surrogate escapes and begin with ``/``, the folder that was opened.
    Symlinks are resolved inside, absolute ones from the top; ``..`` stops at the top; no
    operation can reach anything else (resolve.py says why). Failures are OSError with the errno
    of the system call and the path asked for; Refused where an in-place change could show
    outside, through a hard link that the tree did not make itself.

    It is a context manager, since it holds descriptors. It does not serve several threads.
    """

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
            if replaced is not None and not os.path.samestat(moved, replaced):
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
