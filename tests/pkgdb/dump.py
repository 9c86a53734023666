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


# Column -> the table and the columns that tell what it refers to.
_REFERENCES = {
    "package_id": ("packages", "id", "name"),
    "conflict_id": ("packages", "id", "name"),
    "directory_id": ("directories", "id", "path"),
    "category_id": ("categories", "id", "name"),
    "license_id": ("licenses", "id", "name"),
    "user_id": ("users", "id", "name"),
    "group_id": ("groups", "id", "name"),
    "script_id": ("script", "script_id", "script"),
    "lua_script_id": ("lua_script", "lua_script_id", "lua_script"),
    "option_id": ("option", "option_id", "option"),
    "shlib_id": ("shlibs", "id", "name"),
    "provide_id": ("provides", "id", "provide"),
    "require_id": ("requires", "id", "require"),
    "tag_id": ("annotation", "annotation_id", "annotation"),
    "value_id": ("annotation", "annotation_id", "annotation"),
}
_OWN_KEYS = {"id", "annotation_id"}


def without_ids(found: Tables) -> Tables:
    """The same rows with what ids refer to in their place."""
    texts = {
        (table, key, value): {row[key]: row[value] for row in found.get(table, [])}
        for table, key, value in set(_REFERENCES.values())
    }

    def plain(table: str, row: dict[str, Any]) -> dict[str, Any]:
        made = {}
        for column, value in row.items():
            reference = _REFERENCES.get(column)
            if reference is not None and reference[0] != table:
                made[column] = texts[reference].get(value, "(none)")
            elif column not in _OWN_KEYS and reference is None:
                made[column] = value
        return made

    return {table: ordered([plain(table, row) for row in rows]) for table, rows in found.items()}
