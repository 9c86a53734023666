"""A database's tables as rows, to compare two of them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

Tables = dict[str, list[dict[str, Any]]]


def tables(path: Path) -> Tables:
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        return {
            name: ordered([dict(row) for row in connection.execute(f'SELECT * FROM "{name}"')])
            for (name,) in names
        }


def ordered(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Row order carries no meaning."""
    return sorted(rows, key=lambda row: sorted((key, repr(row[key])) for key in row))
