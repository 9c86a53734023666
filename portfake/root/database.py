"""ROOT/var/db/pkg/local.sqlite for SQLite, which opens by name, and opens side files unasked.

The one place where the confined walk cannot go to the end. The folder is opened by that walk,
and the name given to SQLite leads through its descriptor where the system has such names. What
lies under the four names has to be regular files, and with no other name where they are written.
After the opening, the process's own descriptors tell what SQLite really opened; `check` holds them
against the folder.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from portfake.errors import Refused
from portfake.root.ownership import Ownership
from portfake.root.resolve import Folder

__all__ = ["FOLDER", "SIDE_FILES", "DatabaseFile", "objections_of_pkg"]

FOLDER: Final = "/var/db/pkg"
SIDE_FILES: Final = ("-wal", "-shm", "-journal")

_Identity = tuple[int, int]


class DatabaseFile:
    """A database in an open folder: under which name to open it, and whether that went right."""

    def __init__(self, folder: Folder, name: str, directory: str, *, writing: bool = True) -> None:
        """Refused if the database or a side file is anything but a regular file.

        To be written it has to be the file's only name; copies of images are often made of hard
        links, and those may be read. `directory` is the root as the host names it.
        """
        self._writing = writing
        self._folder = folder
        self._name = name
        self.place = f"{directory.rstrip('/')}{folder.path}/{name}"
        """What errors call it."""
        self._look()
        self._held = dict(_open_files())
        self.path = f"{_host_path(folder, directory)}/{name}"
        """The name to open."""

    def uri(self, **query: str | int) -> str:
        """Return the name as SQLite's URI: ``uri(mode="ro", immutable=1)``."""
        from urllib.parse import quote, urlencode  # noqa: PLC0415  # start-up time

        return f"file:{quote(self.path, errors='surrogateescape')}?{urlencode(query)}"

    def check(self) -> None:
        """Refused unless the files opened since are those that lie in the folder now.

        To be asked after SQLite has opened the database (and again after its first statement,
        when -wal and -shm are open too), while nothing else opens files.
        """
        ours = self._look()
        opened = [each for fd, each in _open_files() if self._held.get(fd) != each]
        if ours.get("") not in opened or not set(opened) <= set(ours.values()):
            raise Refused(
                "what was opened is not what the root holds under this name",
                where=self.place,
                hint="somebody else is changing the folder",
            )

    def _look(self) -> Mapping[str, _Identity]:
        """Return what there is, by suffix."""
        found = {}
        for suffix in ("", *SIDE_FILES):
            status = self._folder.status(self._name + suffix)
            if status is None:
                continue
            if not stat.S_ISREG(status.st_mode):
                raise Refused("a database has to be a regular file", where=self.place + suffix)
            if status.st_nlink != 1 and self._writing:
                raise Refused(
                    f"the file has {status.st_nlink} names (hard links), and one may be elsewhere",
                    where=self.place + suffix,
                )
            found[suffix] = (status.st_dev, status.st_ino)
        return found


def objections_of_pkg(folder: Folder, name: str, ownership: Ownership) -> list[str]:
    """Return why pkg(8) would not open a database for its owner and modes; empty if it would.

    The rule of pkg 2.8 (spec/pkg.md 1.1): for root, folder and file belong to root, and neither
    group nor others may write. For an unprivileged image (RECORD, INSTALL_AS_USER), others may
    not write, nor a group that is not one's own, and the owner is root, oneself or one's group.
    """
    as_user = ownership is Ownership.RECORD and os.geteuid() != 0
    found = []
    for each in (".", name):
        status = folder.status(each)
        if status is None:
            continue
        what = folder.path if each == "." else f"{folder.path}/{each}"
        foreign_group = status.st_gid != os.getegid()
        lax = stat.S_IWOTH | (stat.S_IWGRP if not as_user or foreign_group else 0)
        if status.st_mode & lax:
            found.append(f"{what}: permissions ({status.st_mode & 0o777:#o}) too lax")
        allowed = {0, os.geteuid()} if as_user else {0}
        if status.st_uid not in allowed and not (as_user and not foreign_group):
            found.append(f"{what}: owned by {status.st_uid}:{status.st_gid}, not by root")
    return found


def _host_path(folder: Folder, directory: str) -> str:
    """A name of the open folder: through the descriptor, else the plain one if it is the same."""
    for by_descriptor in (f"/proc/self/fd/{folder.fd}", f"/dev/fd/{folder.fd}"):
        if _leads_to(by_descriptor, folder):
            return by_descriptor
    plain = os.path.realpath(directory).rstrip("/") + folder.path
    if not _leads_to(plain, folder):
        raise Refused("the folder cannot be reached by a name", where=plain)
    return plain


def _leads_to(path: str, folder: Folder) -> bool:
    try:
        return os.path.samestat(Path(path).stat(), os.fstat(folder.fd))
    except OSError:
        return False


def _open_files() -> Iterator[tuple[int, _Identity]]:
    """The regular files, not removed ones, that this process has open."""
    for fd in map(int, os.listdir("/dev/fd")):  # noqa: PTH208 - numbers, not paths
        try:
            status = os.fstat(fd)
        except OSError:  # the descriptor that listed the folder
            continue
        if stat.S_ISREG(status.st_mode) and status.st_nlink:
            yield fd, (status.st_dev, status.st_ino)
