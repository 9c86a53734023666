"""local.sqlite inside a confined root, opened the way that Root.database allows."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from portfake.errors import Refused
from portfake.pkgdb.sqlite.opening import SIDE_FILES
from portfake.root.confined import Root
from portfake.root.database import FOLDER, objections_of_pkg

__all__ = ["RootFile"]


class RootFile:
    """ROOT/var/db/pkg/local.sqlite (portfake.pkgdb.sqlite.opening.DatabaseFile)."""

    def __init__(self, root: Root, folder: str = FOLDER, name: str = "local.sqlite") -> None:
        self._root = root
        self._folder = folder
        self._name = name
        self._made: list[str] = []

    @property
    def place(self) -> str:
        """Its path as the host names it."""
        return f"{self._root.directory.rstrip('/')}{self._folder}/{self._name}"

    @property
    def path(self) -> str:
        """Its path within the root."""
        return f"{self._folder}/{self._name}"

    def sizes(self) -> Mapping[str, int]:
        """Refused where one of them is no regular file of this root alone."""
        found: dict[str, int] = {}
        try:
            folder = self._root.folder(self._folder)
        except (FileNotFoundError, NotADirectoryError):
            return found
        for suffix in ("", *SIDE_FILES):
            status = folder.status(f"{self._name}{suffix}")
            if status is None:
                continue
            if not stat.S_ISREG(status.st_mode):
                raise Refused("not a file", where=f"{self.place}{suffix}")
            found[suffix] = status.st_size
        return found

    @contextmanager
    def connect(self, query: str) -> Iterator[sqlite3.Connection]:
        """Refused where SQLite opened what the root does not hold under that name alone.

        Before writing also for owners and modes that pkg(8) would not accept.
        """
        writing = "mode=rw" in query
        if writing:
            self._check_modes()
        database = self._root.database(f"{self._folder}/{self._name}", writing=writing)
        uri = f"{database.uri()}{query}"
        with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as connection:
            # The file is opened by the first statement, -wal and -shm too.
            connection.execute("PRAGMA schema_version").fetchall()
            database.check()
            yield connection

    def _check_modes(self) -> None:
        folder = self._root.folder(self._folder)
        found = objections_of_pkg(folder, self._name, self._root.ownership)
        if found:
            raise Refused(
                "pkg(8) would not take this database: " + "; ".join(found),
                where=self.place,
                hint="folder and file belong to root, and nobody else may write",
            )

    def copy(self, folder: Path) -> Path:
        """Copied through the root's own walk."""
        import shutil  # noqa: PLC0415  # start-up time

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
        self._made = self._root.make_database_folder()
        self._root.write(f"{self._folder}/{self._name}", [], mode=0o644)

    def remove(self) -> None:
        """Side files too, and the folders that create() made where nothing else lies in them."""
        for suffix in (*SIDE_FILES, ""):
            if suffix in self.sizes():
                self._root.unlink(f"{self._folder}/{self._name}{suffix}")
        for folder in reversed(self._made):
            with suppress(OSError):
                self._root.rmdir(folder)
