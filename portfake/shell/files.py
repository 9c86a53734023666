"""The file tree that interpreted commands see and change: a stage, or an overlay view of a root."""

from __future__ import annotations

from collections.abc import Iterable
from typing import BinaryIO, Protocol

from portfake.model.entry import Entry

__all__ = ["Files"]


class Files(Protocol):
    """POSIX file operations on absolute paths, confined to what the view shows.

    Ordinary failures are OSError with the errno and path that the system call would have given
    (ENOENT, EEXIST, ENOTDIR, EISDIR, ENOTEMPTY, ELOOP, EROFS, EINVAL); so a command can print
    ``cp: x: No such file or directory`` and go on. A path that would leave the view raises
    errors.Refused, which no command catches. Every component but the last is followed inside
    the view; the last one as each method says.
    """

    def stat(self, path: str, *, follow: bool = True) -> Entry | None:
        """Return the object as an Entry without digest; None if it does not exist."""

    def identity(self, path: str) -> tuple[int, int]:
        """Return a pair that two names share exactly if they are one file (links followed)."""

    def link_count(self, path: str) -> int:
        """Return how many names the object has (the last component is not followed)."""

    def listdir(self, path: str) -> list[str]:
        """Return the names in a folder in byte order, without ``.`` and ``..``."""

    def realpath(self, path: str) -> str:
        """Return the path with every link resolved, as the view names it; OSError if absent."""

    def read(self, path: str) -> bytes:
        """Return a regular file's content (links followed)."""

    def open(self, path: str) -> BinaryIO:
        """Open a regular file for reading (links followed)."""

    def write(
        self, path: str, content: Iterable[bytes], *, mode: int = 0o644, append: bool = False
    ) -> None:
        """Create (with `mode`) or truncate or extend a file in place; links are followed."""

    def mkdir(self, path: str, mode: int = 0o755) -> None:
        """Make one folder."""

    def symlink(self, target: str, path: str) -> None:
        """Make a symlink with this literal text."""

    def link(self, source: str, path: str) -> None:
        """Make a second name of a file; `source` itself is not followed."""

    def rename(self, source: str, path: str) -> None:
        """Move within the view, replacing a file; EXDEV where the two lie on different mounts."""

    def unlink(self, path: str) -> None:
        """Remove a file or symlink."""

    def rmdir(self, path: str) -> None:
        """Remove an empty folder."""

    def chmod(self, path: str, mode: int, *, follow: bool = True) -> None:
        """Set the 07777 bits, for the record or on disk as the view decides."""

    def chown(
        self, path: str, owner: str | None, group: str | None, *, follow: bool = True
    ) -> None:
        """Set owner and group by name; None leaves one as it is."""

    def utime(self, path: str, mtime: float, *, follow: bool = True) -> None:
        """Set the modification time in seconds since the epoch."""
