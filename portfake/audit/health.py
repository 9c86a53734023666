"""The state of local.sqlite itself, asked of SQLite without changing a byte."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from portfake.audit.inventory import DatabaseHealth
from portfake.errors import PortfakeError
from portfake.limits import DEFAULT, Limits
from portfake.pkgdb.sqlite.in_root import RootFile
from portfake.pkgdb.sqlite.opening import for_reading
from portfake.root.confined import Root
from portfake.root.database import FOLDER, SIDE_FILES, objections_of_pkg

__all__ = ["sqlite_health"]

_PATH: Final = f"{FOLDER}/local.sqlite"
_SHOWN: Final = 100
"""Rows of each kind that are told."""

# Table -> (column, referred table, its key): what has to be there in every schema that has both
# tables. SQLite's own foreign_key_check knows only what the file declares, and old schemas
# declare less.
_REFERENCES: Final = (
    *(
        (table, "package_id", "packages", "id")
        for table in (
            *("deps", "files", "config_files", "pkg_directories", "pkg_categories"),
            *("pkg_licenses", "pkg_users", "pkg_groups", "pkg_script", "pkg_lua_script"),
            *("pkg_option", "options", "scripts", "pkg_shlibs", "pkg_shlibs_required"),
            *("pkg_shlibs_provided", "pkg_shlibs_required_ignore", "pkg_shlibs_provided_ignore"),
            *("pkg_annotation", "pkg_conflicts", "pkg_provides", "pkg_requires", "mtree"),
        )
    ),
    ("pkg_directories", "directory_id", "directories", "id"),
    ("pkg_categories", "category_id", "categories", "id"),
    ("pkg_licenses", "license_id", "licenses", "id"),
    ("pkg_users", "user_id", "users", "id"),
    ("pkg_groups", "group_id", "groups", "id"),
    ("pkg_script", "script_id", "script", "script_id"),
    ("pkg_lua_script", "lua_script_id", "lua_script", "lua_script_id"),
    ("pkg_option", "option_id", "option", "option_id"),
    *(
        (f"pkg_shlibs_{which}", "shlib_id", "shlibs", "id")
        for which in ("required", "provided", "required_ignore", "provided_ignore")
    ),
    ("pkg_annotation", "tag_id", "annotation", "annotation_id"),
    ("pkg_annotation", "value_id", "annotation", "annotation_id"),
    ("pkg_provides", "provide_id", "provides", "id"),
    ("pkg_requires", "require_id", "requires", "id"),
)


def sqlite_health(root: Root, limits: Limits = DEFAULT, *, thorough: bool = True) -> DatabaseHealth:
    """Return what can be said of ROOT/var/db/pkg/local.sqlite; nothing is raised for its state.

    What is not `thorough` looks at no table.
    """
    file = RootFile(root)
    known = DatabaseHealth(path=_PATH)
    try:
        sizes = file.sizes()
        known = replace(
            known,
            pending=tuple(
                f"{_PATH}{suffix}"
                for suffix in SIDE_FILES
                if suffix != "-shm" and sizes.get(suffix)
            ),
            objections=tuple(
                objections_of_pkg(root.folder(FOLDER), "local.sqlite", root.ownership)
            ),
        )
        with for_reading(file, limits) as (connection, _):
            (schema,) = connection.execute("PRAGMA user_version").fetchone()
            known = replace(known, schema=schema)
            if not thorough:
                return known
            return replace(
                known,
                damage=tuple(_damage(connection)),
                dangling=tuple(_dangling(connection)),
                locks=tuple(_locks(connection)),
            )
    except PortfakeError as error:
        return replace(known, problem=error.message)
    except OSError as error:
        return replace(known, problem=error.strerror or str(error))


def _damage(connection: sqlite3.Connection) -> Iterator[str]:
    for (line,) in connection.execute(f"PRAGMA integrity_check({_SHOWN})"):
        if line != "ok":
            yield str(line)


def _dangling(connection: sqlite3.Connection) -> Iterator[str]:
    for table, column, other, key in _REFERENCES:
        if not (_has(connection, table, column) and _has(connection, other, key)):
            continue
        query = (
            f'SELECT "{column}", count(*) FROM "{table}" WHERE "{column}" NOT IN'  # noqa: S608 - names of the table above
            f' (SELECT "{key}" FROM "{other}") GROUP BY 1 LIMIT {_SHOWN}'
        )
        for value, rows in connection.execute(query):
            yield f"{table}: {rows} row(s) with {column} {value!r:.40}, which {other} does not have"


def _has(connection: sqlite3.Connection, table: str, column: str) -> bool:
    query = "SELECT 1 FROM pragma_table_info(?) WHERE name = ?"
    return connection.execute(query, (table, column)).fetchone() is not None


def _locks(connection: sqlite3.Connection) -> Iterator[str]:
    """pkg's own lock rows (spec/pkg.md 3.7): a crashed pkg leaves them."""
    for column in ("exclusive", "advisory", "read"):
        if _has(connection, "pkg_lock", column):
            query = f'SELECT coalesce(sum("{column}"), 0) FROM pkg_lock'  # noqa: S608 - names of the line above
            (held,) = connection.execute(query).fetchone()
            if held:
                yield f"{column} lock held"
    if _has(connection, "pkg_lock_pid", "pid"):
        for (pid,) in connection.execute("SELECT pid FROM pkg_lock_pid LIMIT 100"):
            yield f"process {pid!r:.20} is noted as the holder"
