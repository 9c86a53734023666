"""Rows of a database of any schema, bounded, and the values in them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from portfake.errors import InputError
from portfake.limits import DEFAULT, LimitExceeded, Limits
from portfake.pkgdb.sqlite.layout import Layout

__all__ = ["Row", "Rows", "number", "octets", "ordered", "text"]

Row = tuple[Any, ...]
_REPEATED = 8
"""How often packages may share what is stored once, such as scripts."""


@dataclass(slots=True)
class Rows:
    """The tables behind a connection."""

    connection: sqlite3.Connection
    place: str
    layout: Layout
    notes: tuple[str, ...] = ()
    limits: Limits = field(default=DEFAULT)
    size: int = 0
    """Bytes of the database."""
    _seen: int = field(default=0, init=False, repr=False)
    """Bytes read for the question at hand."""

    def ask_anew(self) -> None:
        """Count what is read from here on as of another question."""
        self._seen = 0

    def package_rows(self, *columns: str) -> list[Row]:
        """Return these columns of all packages, by name in byte order."""
        if not self.layout.tables:
            return []
        return self.select("packages", columns, "ORDER BY CAST(name AS BLOB)")

    def select(
        self, table: str, columns: Iterable[str], rest: str = "", *values: object
    ) -> list[Row]:
        """The rows of a table; a column that the schema lacks reads as NULL."""
        if table not in self.layout.tables:
            return []
        known = self.layout.tables[table]
        chosen = ", ".join(f'"{name}"' if name in known else "NULL" for name in columns)
        query = f'SELECT {chosen} FROM "{table}" {rest} LIMIT {self.limits.entries + 1}'  # noqa: S608 - names of the schema
        rows: list[Row] = []
        seen, bound = self._seen, self.size * _REPEATED + self.limits.text
        for row in self.connection.execute(query, values):
            rows.append(row)
            for value in row:
                if isinstance(value, (str, bytes)):
                    seen += len(value)
            if seen > bound:
                # A damaged or hostile file can give one text to any number of rows.
                raise LimitExceeded("the rows hold more text than the file has", where=self.place)
        self._seen = seen
        if len(rows) > self.limits.entries:
            raise LimitExceeded(f"more than {self.limits.entries} rows of {table}")
        return rows

    def own(self, table: str, *columns: str, owner: int, order: str = "rowid") -> list[Row]:
        """Return the rows of a table that belong to the package whose packages.id is `owner`."""
        return self.select(table, columns, f"WHERE package_id = ? ORDER BY {order}", owner)

    def value(self, table: str, key: str, column: str, wanted: object) -> str:
        """Return the text that another table refers to; InputError where there is none."""
        rows = self.select(table, (column,), f"WHERE {key} = ?", wanted)
        if not rows:
            raise InputError(f"table {table} has no row {wanted!r:.20}")
        return text(rows[0][0])


def text(value: object) -> str:
    """Text, as any type of value that a hostile or careless writer may have stored."""
    if isinstance(value, bytes):
        value = value.decode(errors="surrogateescape")
    if value is None or (isinstance(value, str) and "\0" in value):
        raise InputError("NULL or a NUL byte where text should be")
    return str(value)


def number(value: object) -> int:
    """NULL is 0, as pkg reads it."""
    if value is None:
        return 0
    if not isinstance(value, int):
        raise InputError(f"{value!r:.40} where a number should be")
    return value


def octets(name: str) -> bytes:
    """Return what SQLite is given instead of a text that may not be UTF-8."""
    return name.encode(errors="surrogateescape")


def ordered(texts: Iterable[str]) -> tuple[str, ...]:
    """Return each once, in byte order."""
    return tuple(sorted(set(texts), key=octets))
