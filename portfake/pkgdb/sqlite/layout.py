"""What a database file has of tables and columns, whatever its schema's number says."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from portfake.errors import InputError, Refused
from portfake.pkgdb.sqlite.schema import MAJOR, NEWEST, OLDEST_WRITTEN

__all__ = ["Layout"]


@dataclass(frozen=True, slots=True)
class Layout:
    """Which tables and columns a file has: table -> column -> whether it must have a value."""

    version: int
    tables: Mapping[str, Mapping[str, bool]]
    triggers: int = 0

    @classmethod
    def of(cls, connection: sqlite3.Connection, place: str) -> Layout:
        """Raise InputError for a file that is no package database, Refused for one of the future.

        `place` is what errors call it.
        """
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        names = [
            name
            for name, sql in connection.execute(
                "SELECT name, sql FROM sqlite_master WHERE type = 'table' LIMIT 1000"
            )
            # A virtual table runs code of a module, and pkg has none today.
            if not str(sql).upper().startswith("CREATE VIRTUAL")
        ]
        tables = {}
        for name in names:
            columns = connection.execute("SELECT * FROM pragma_table_info(?)", (name,))
            tables[name] = {
                row[1]: bool(row[3]) and row[4] is None and not row[5] for row in columns
            }
        if tables and "packages" not in tables:
            raise InputError("no table of packages", where=place, hint="it is no package database")
        if version >= MAJOR:
            raise Refused(
                f"schema {version} is of another generation",
                where=place,
                hint="read it with the pkg(8) that wrote it",
            )
        triggers = "SELECT count(*) FROM sqlite_master WHERE type = 'trigger'"
        return cls(version, tables, connection.execute(triggers).fetchone()[0])

    def has(self, table: str, *columns: str) -> bool:
        """Whether there is this table with all these columns."""
        return table in self.tables and all(name in self.tables[table] for name in columns)

    def gaps(self) -> tuple[str, ...]:
        """What its schema has no place for, in words."""
        if not self.tables:
            return ()
        return tuple(
            what for what, places in _PLACES.items() if not any(self.has(*at) for at in places)
        )

    def notes(self) -> tuple[str, ...]:
        """What the version means to a reader."""
        if self.version > NEWEST:
            return (f"schema {self.version} is newer than {NEWEST}, which portfake knows",)
        if self.tables and self.version < OLDEST_WRITTEN:
            return (f"schema {self.version} is of pkg 1.x: it is read, but not written",)
        return ()


_PLACES: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "shared libraries provided": (("pkg_shlibs_provided",),),
    "annotations": (("pkg_annotation",), ("pkg_abstract",)),
    "provides and requires": (("pkg_requires",),),
    "what is config": (("config_files",),),
    "the dependency formula": (("packages", "dep_formula"),),
    "vital": (("packages", "vital"),),
    "Lua scripts": (("pkg_lua_script",),),
    "owners, modes, flags and times of files": (("files", "uname"),),
    "owners and modes of folders": (("directories", "uname"),),
}
"""What may be recorded -> the tables and columns for it, one of which is enough."""
