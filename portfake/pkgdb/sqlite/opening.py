"""Opening local.sqlite without harm: reading leaves no trace, writing leaves no side file."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

from portfake.errors import Busy, InputError, PortfakeError, Refused, SystemFailure
from portfake.limits import DEFAULT, LimitExceeded, Limits

__all__ = ["DatabaseFile", "FolderFile", "explained", "for_reading", "for_writing"]

SIDE_FILES = ("-wal", "-shm", "-journal")
BUSY_TIMEOUT = 5000
"""Milliseconds that a writer of SQLite is waited for, as pkg waits."""


class DatabaseFile(Protocol):
    """local.sqlite and its side files, wherever they lie; symlinks are never followed."""

    @property
    def place(self) -> str:
        """What errors call it."""

    @property
    def path(self) -> str:
        """Its path within its root."""

    def sizes(self) -> Mapping[str, int]:
        """Return the size of each file there is: ``""`` is the database, else its suffix."""

    def connect(self, query: str) -> AbstractContextManager[sqlite3.Connection]:
        """Open it with this query of an SQLite URI (``mode=rw``); closed at the end."""

    def copy(self, folder: Path) -> Path:
        """Copy the database, -wal and -journal into a folder; return the database there."""

    def create(self) -> None:
        """Make the folder (0755) and an empty database (0644), both root's where it may."""

    def remove(self) -> None:
        """Remove the database; what create() made is undone."""


class FolderFile:
    """The files in a folder of the host that is known to be safe: tests, copies."""

    def __init__(self, folder: Path, name: str = "local.sqlite") -> None:
        self._path = folder / name

    @property
    def place(self) -> str:
        """Its path."""
        return str(self._path)

    @property
    def path(self) -> str:
        """Its path."""
        return str(self._path)

    def sizes(self) -> Mapping[str, int]:
        """Refused where one of them is a symlink."""
        found = {}
        for suffix in ("", *SIDE_FILES):
            path = Path(f"{self._path}{suffix}")
            if path.is_symlink():
                raise Refused("a symlink where a database should be", where=str(path))
            if path.exists():
                found[suffix] = path.stat().st_size
        return found

    @contextmanager
    def connect(self, query: str) -> Iterator[sqlite3.Connection]:
        """An autocommit connection: transactions are begun by hand."""
        uri = f"file:{quote(str(self._path.absolute()))}?{query}"
        with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as connection:
            yield connection

    def copy(self, folder: Path) -> Path:
        """Copied without SQLite, so that nothing is locked or recovered here."""
        import shutil  # noqa: PLC0415  # start-up time

        for suffix in ("", "-wal", "-journal"):
            if suffix in self.sizes():
                shutil.copyfile(f"{self._path}{suffix}", folder / f"{self._path.name}{suffix}")
        return folder / self._path.name

    def create(self) -> None:
        """Modes are set, whatever the umask; OSError where it exists already."""
        self._path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW
        descriptor = os.open(self._path, flags, 0o644)
        os.fchmod(descriptor, 0o644)
        os.close(descriptor)

    def remove(self) -> None:
        """Side files too."""
        for suffix in ("", *SIDE_FILES):
            Path(f"{self._path}{suffix}").unlink(missing_ok=True)


_COPIED = 16
"""Times Limits.text: what a database with pending transactions may measure, 1 GiB."""


@contextmanager
def for_reading(
    file: DatabaseFile, limits: Limits = DEFAULT
) -> Iterator[tuple[sqlite3.Connection, tuple[str, ...]]]:
    """Yield a connection that changes no byte of the evidence, and notes on what was found.

    SQLite would make -shm beside a WAL database even read-only, and would miss transactions
    that are only in -wal when told that the file is immutable (spec/peers.md 4). So a database
    with anything in -wal or -journal is read from a private copy, any other as immutable.
    """
    sizes = _checked_sizes(file)
    pending = [suffix for suffix in ("-wal", "-journal") if sizes.get(suffix)]
    with explained(file.place):
        if not pending:
            with file.connect("mode=ro&immutable=1") as connection:
                _guard(connection, limits)
                _limit_time(connection, limits)
                yield connection, ()
            return
        if sum(sizes.values()) > limits.text * _COPIED:
            raise LimitExceeded("too large to be copied, and transactions are pending in it")
        import tempfile  # noqa: PLC0415  # start-up time

        with tempfile.TemporaryDirectory(prefix="portfake-") as folder:
            copied = FolderFile(Path(folder), file.copy(Path(folder)).name)
            note = f"{file.place}{pending[0]} holds transactions that are not in the database"
            with copied.connect("mode=rw") as connection:
                _guard(connection, limits)
                _limit_time(connection, limits)
                yield connection, (note,)


@contextmanager
def for_writing(file: DatabaseFile, limits: Limits = DEFAULT) -> Iterator[sqlite3.Connection]:
    """Yield a writing connection; its journal mode stays, and -wal is empty and gone after it."""
    _checked_sizes(file)
    with explained(file.place), file.connect("mode=rw") as connection:
        _guard(connection, limits)
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT}")
        try:
            yield connection
        finally:
            if connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal":
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _checked_sizes(file: DatabaseFile) -> Mapping[str, int]:
    """SQLite takes a file shorter than a header page for an empty database."""
    sizes = file.sizes()
    if 0 < sizes.get("", 0) < 512:
        raise InputError("too short to be a database", where=file.place)
    return sizes


def _guard(connection: sqlite3.Connection, limits: Limits) -> None:
    """Any byte is text, and nothing that the file defines is trusted."""
    connection.text_factory = lambda data: data.decode(errors="surrogateescape")
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, limits.text)
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")


def _limit_time(connection: sqlite3.Connection, limits: Limits) -> None:
    end = time.monotonic() + limits.seconds
    connection.set_progress_handler(lambda: int(time.monotonic() > end), 100_000)


_BUSY = ("database is locked", "database table is locked", "database schema is locked")


# What the system failed, not the file.
_FAILED = (
    "disk I/O error",
    "database or disk is full",
    "unable to open database file",
    "attempt to write a readonly database",
)


@contextmanager
def explained(place: str) -> Iterator[None]:
    """Turn what sqlite3 raises into portfake's errors."""
    try:
        yield
    except PortfakeError:
        raise
    except sqlite3.OperationalError as error:
        if str(error) in _BUSY:
            raise Busy("another process is writing to the database", where=place) from error
        if str(error) == "interrupted":
            raise LimitExceeded("the database takes too long to read", where=place) from error
        if str(error) in _FAILED:
            raise SystemFailure(f"SQLite says: {error}", where=place) from error
        raise InputError(f"SQLite says: {error}", where=place) from error
    except (sqlite3.Error, OverflowError, UnicodeDecodeError) as error:
        raise InputError(
            f"SQLite says: {_words(error)}",
            where=place,
            hint="is it a package database, and whole?",
        ) from error


def _words(error: Exception) -> str:
    """What SQLite says quotes the file, and where that is no UTF-8, sqlite3 fails to pass it on."""
    if isinstance(error, UnicodeDecodeError):
        return error.object.decode(errors="replace")
    return str(error)
