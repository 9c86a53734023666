"""Whether a database that was found can be written: its schema, and columns that need a value."""

from __future__ import annotations

from collections.abc import Iterator

from portfake.errors import InputError, PortfakeError, Refused
from portfake.pkgdb.sqlite.reader import SqliteRecords
from portfake.pkgdb.sqlite.schema import LISTS, OLDEST_WRITTEN

__all__ = ["unwritable"]


def unwritable(records: SqliteRecords) -> Iterator[PortfakeError]:
    """Yield why a database cannot be written as it is found."""
    layout = records.layout
    if layout.version < OLDEST_WRITTEN:
        # Its other tables are no longer what these checks know.
        yield Refused(
            f"schema {layout.version} is too old to be written",
            where=records.place,
            hint="--upgrade-db brings it to the newest",
        )
        return
    if layout.triggers:
        yield Refused("the database has triggers, and pkg's have none", where=records.place)
    for table in ("pkg_lock", "pkg_lock_pid"):
        if not layout.has(table):
            yield InputError(f"no table {table}", where=records.place)
    unknown = [
        f"{table}.{column}"
        for table, known in _WRITTEN.items()
        for column, needed in layout.tables.get(table, {}).items()
        if needed and column not in known
    ]
    if unknown:
        yield Refused(
            f"schema {layout.version} needs {', '.join(unknown)}, which portfake does not know",
            where=records.place,
        )


# Columns that a row of portfake gives a value, by table.
_WRITTEN: dict[str, set[str]] = {
    "packages": {
        *("origin", "name", "version", "comment", "desc", "message", "arch", "maintainer", "www"),
        *("prefix", "flatsize", "automatic", "locked", "licenselogic", "time", "manifestdigest"),
        *("dep_formula", "vital"),
    },
    "deps": {"origin", "name", "version", "package_id"},
    "files": {
        *("path", "sha256", "uname", "gname", "perm", "fflags", "symlink_target", "mtime"),
        "package_id",
    },
    "config_files": {"path", "content", "package_id"},
    "directories": {"path", "uname", "gname", "perm", "fflags"},
    "pkg_directories": {"package_id", "directory_id", "try"},
    "script": {"script"},
    "pkg_script": {"script_id", "package_id", "type"},
    "lua_script": {"lua_script"},
    "pkg_lua_script": {"lua_script_id", "package_id", "type"},
    "option": {"option"},
    "pkg_option": {"package_id", "option_id", "value"},
    "annotation": {"annotation"},
    "pkg_annotation": {"package_id", "tag_id", "value_id"},
    "pkg_conflicts": {"package_id", "conflict_id"},
    **{item.joined: {"package_id", item.reference} for item in LISTS},
    **{item.values: {item.value} for item in LISTS},
}
