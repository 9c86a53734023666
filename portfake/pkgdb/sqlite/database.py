"""local.sqlite as a PackageDatabase."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from portfake.errors import PortfakeError, Problems
from portfake.limits import DEFAULT, Limits
from portfake.model.manifest import Manifest
from portfake.pkgdb.sqlite import locking, opening
from portfake.pkgdb.sqlite.committed import committed
from portfake.pkgdb.sqlite.layout import Layout
from portfake.pkgdb.sqlite.migration import migrate
from portfake.pkgdb.sqlite.reader import SqliteRecords
from portfake.pkgdb.sqlite.schema import NEWEST
from portfake.pkgdb.sqlite.writable import unwritable
from portfake.pkgdb.sqlite.writer import SqliteTransaction, create_tables

__all__ = ["SqliteDatabase"]


class SqliteDatabase:
    """ROOT/var/db/pkg/local.sqlite (portfake.pkgdb.interface.PackageDatabase)."""

    kind = "sqlite"

    def __init__(
        self, file: opening.DatabaseFile, limits: Limits = DEFAULT, *, upgrade: bool = False
    ) -> None:
        """`upgrade` brings an older schema to the newest before the first writing."""
        self._file = file
        self._limits = limits
        self._upgrade = upgrade

    def exists(self) -> bool:
        """Whether there is a file; an empty one counts."""
        return "" in self._file.sizes()

    def files(self) -> tuple[str, ...]:
        """The database and its side files."""
        return tuple(f"{self._file.path}{suffix}" for suffix in (*opening.SIDE_FILES, ""))

    def losses(self, manifest: Manifest) -> tuple[str, ...]:
        """It holds all that a package says, but for conflicts with what is not installed."""
        return ()

    def obstacles(self) -> Iterator[PortfakeError]:
        """An older schema is none where it is brought to the newest."""
        with self.read() as records:
            layout = records.layout
            if layout.tables and not (self._upgrade and layout.version < NEWEST):
                yield from unwritable(records)
            if layout.has("pkg_lock") and layout.has("pkg_lock_pid"):
                busy = locking.held_by_another(records.connection, records.place)
                if busy is not None:
                    yield busy

    @contextmanager
    def read(self) -> Iterator[SqliteRecords]:
        """Read without a trace, from a copy where transactions are pending."""
        place = self._file.place
        if not self.exists():
            with sqlite3.connect(":memory:") as nothing:
                yield SqliteRecords(nothing, place, Layout(0, {}))
            nothing.close()
            return
        with opening.for_reading(self._file, self._limits) as (connection, found):
            layout = Layout.of(connection, place)
            notes = found + layout.notes()
            size = sum(self._file.sizes().values())
            yield SqliteRecords(connection, place, layout, notes, self._limits, size)

    @contextmanager
    def write(self) -> Iterator[SqliteTransaction]:
        """Hold pkg's lock and one BEGIN IMMEDIATE; a fresh file stays in rollback mode."""
        if self.exists() and self._file.sizes()[""]:
            with opening.for_writing(self._file, self._limits) as connection:
                if self._upgrade:
                    self._migrate(connection)
                records = self._transaction(connection)
                Problems.check(unwritable(records))
                with locking.exclusive(connection, records.place), committed(connection):
                    yield records
            return
        with (
            self._created(),
            opening.for_writing(self._file, self._limits) as connection,
            committed(connection),
        ):
            create_tables(connection)
            yield self._transaction(connection)

    def _migrate(self, connection: sqlite3.Connection) -> None:
        """A transaction of its own: foreign keys can be switched off only outside of one."""
        place = self._file.place
        layout = Layout.of(connection, place)
        lock = locking.exclusive(connection, place) if layout.has("pkg_lock_pid") else nullcontext()
        connection.execute("PRAGMA foreign_keys = OFF")
        with lock, committed(connection):
            migrate(connection, place)
        connection.execute("PRAGMA foreign_keys = ON")

    def _transaction(self, connection: sqlite3.Connection) -> SqliteTransaction:
        place = self._file.place
        layout = Layout.of(connection, place)
        size = sum(self._file.sizes().values())
        return SqliteTransaction(connection, place, layout, layout.notes(), self._limits, size)

    @contextmanager
    def _created(self) -> Iterator[None]:
        made = not self.exists()
        if made:
            self._file.create()
        try:
            yield
        except BaseException:
            if made:
                self._file.remove()
            raise
