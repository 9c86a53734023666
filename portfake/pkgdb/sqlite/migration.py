"""Older schemas to schema 42, as the first writing command of pkg(8) 2.8 brings them there."""

from __future__ import annotations

import sqlite3

from portfake.pkgdb.sqlite.layout import Layout
from portfake.pkgdb.sqlite.reader import SqliteRecords
from portfake.pkgdb.sqlite.schema import (
    FLAVORS,
    IGNORED_SHLIBS,
    INDEXES,
    NEWEST,
    OLDEST_WRITTEN,
    columns_of,
    table,
)
from portfake.pkgdb.sqlite.writer import SqliteTransaction, create_tables

__all__ = ["migrate"]


def migrate(connection: sqlite3.Connection, place: str) -> None:
    """Bring the tables to schema 42 inside the caller's transaction, foreign keys unchecked.

    From 36 on tables only grew, and are altered (spec/pkg.md 1.2); columns that pkg gave up are
    kept, as pkg keeps them. Older ones are read and written anew.
    """
    layout = Layout.of(connection, place)
    if layout.version >= NEWEST or not layout.tables:
        return
    if layout.version >= OLDEST_WRITTEN:
        _alter(connection, layout)
    else:
        _rebuild(connection, SqliteRecords(connection, place, layout))
    connection.execute(f"PRAGMA user_version = {NEWEST}")


def _alter(connection: sqlite3.Connection, layout: Layout) -> None:
    for name in ("files", "directories"):
        for column, kind in columns_of(name).items():
            if not layout.has(name, column):
                connection.execute(f"ALTER TABLE {name} ADD COLUMN {column} {kind}")
    for name in IGNORED_SHLIBS:
        if not layout.has(name):
            connection.execute(table(name))
    # Those whose column leads the primary key or a unique index already.
    for name in _REDUNDANT:
        connection.execute(f"DROP INDEX IF EXISTS {name}")
    known = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    for name in _ADDED:
        if name not in known:
            connection.execute(f"CREATE INDEX {name} ON {INDEXES[name]}")
    if "flavors" not in known:
        connection.execute(FLAVORS)


_ADDED = (
    *("provides_provide", "pkg_provides_provide_id", "requires_require"),
    *("pkg_requires_require_id", "config_files_package_id"),
    *(name for name in INDEXES if name.endswith("_shlib_id")),
)
_REDUNDANT = (
    *(
        f"pkg_{name}_package_id"
        for name in (
            *("script", "directories", "categories", "licenses", "users", "groups", "annotation"),
            *("shlibs_required", "shlibs_required_ignore"),
            *("shlibs_provided", "shlibs_provided_ignore", "requires", "lua_script"),
        )
    ),
    "pkg_conflicts_pid",
    "pkg_provides_id",
)


def _rebuild(connection: sqlite3.Connection, records: SqliteRecords) -> None:
    packages = list(records.packages())
    for kind in ("trigger", "view", "table"):
        query = "SELECT name FROM sqlite_master WHERE type = ? AND name NOT LIKE 'sqlite_%'"
        for (name,) in connection.execute(query, (kind,)).fetchall():
            quoted = str(name).replace('"', '""')
            # A virtual table takes those that it keeps its content in with it.
            connection.execute(f'DROP {kind} IF EXISTS "{quoted}"')
    create_tables(connection)
    written = SqliteTransaction(connection, records.place, Layout.of(connection, records.place))
    written.register(*packages)
