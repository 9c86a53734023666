"""The tables of local.sqlite, schema 42 (pkg 2.8; spec/pkg.md 1.3), and how lists lie in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = [
    "FLAVORS",
    "IGNORED_SHLIBS",
    "INDEXES",
    "LISTS",
    "MAJOR",
    "NEWEST",
    "OLDEST_WRITTEN",
    "ValueList",
    "columns_of",
    "statements",
    "table",
]

NEWEST = 42
"""The user_version written."""
OLDEST_WRITTEN = 36
"""Schemas from here on are written as they are found."""
MAJOR = 1000
"""A user_version from here on is another format."""


@dataclass(frozen=True, slots=True)
class ValueList:
    """A list of texts of a package: values in one table, who has them in another."""

    field: str
    """Of Manifest."""
    joined: str
    reference: str
    """Column of `joined` that names a value."""
    values: str
    value: str = "name"
    shared_unique: bool = True
    """Whether the table itself keeps values single; provides and requires do not."""


LISTS = (
    ValueList("categories", "pkg_categories", "category_id", "categories"),
    ValueList("licenses", "pkg_licenses", "license_id", "licenses"),
    ValueList("users", "pkg_users", "user_id", "users"),
    ValueList("groups", "pkg_groups", "group_id", "groups"),
    ValueList("shlibs_required", "pkg_shlibs_required", "shlib_id", "shlibs"),
    ValueList("shlibs_required_ignore", "pkg_shlibs_required_ignore", "shlib_id", "shlibs"),
    ValueList("shlibs_provided", "pkg_shlibs_provided", "shlib_id", "shlibs"),
    ValueList("shlibs_provided_ignore", "pkg_shlibs_provided_ignore", "shlib_id", "shlibs"),
    ValueList("provides", "pkg_provides", "provide_id", "provides", "provide", shared_unique=False),
    ValueList("requires", "pkg_requires", "require_id", "requires", "require", shared_unique=False),
)


def _refers(table: str, column: str, delete: str, update: str) -> str:
    return f"REFERENCES {table}({column}) ON DELETE {delete} ON UPDATE {update}"


_OWNER = "package_id INTEGER " + _refers("packages", "id", "CASCADE", "CASCADE")
_SURE_OWNER = "package_id INTEGER NOT NULL " + _refers("packages", "id", "CASCADE", "CASCADE")

_COLUMNS: dict[str, tuple[str, ...]] = {
    "packages": (
        "id INTEGER PRIMARY KEY",
        *(f"{name} TEXT NOT NULL" for name in ("origin", "name", "version", "comment", "desc")),
        "mtree_id INTEGER",
        "message TEXT",
        "arch TEXT NOT NULL",
        "maintainer TEXT NOT NULL",
        "www TEXT",
        "prefix TEXT NOT NULL",
        "flatsize INTEGER NOT NULL",
        "automatic INTEGER NOT NULL",
        "locked INTEGER NOT NULL DEFAULT 0",
        "licenselogic INTEGER NOT NULL",
        "time INTEGER",
        "manifestdigest TEXT NULL",
        "pkg_format_version INTEGER",
        "dep_formula TEXT NULL",
        "vital INTEGER NOT NULL DEFAULT 0",
    ),
    "deps": ("origin TEXT NOT NULL", "name TEXT NOT NULL", "version TEXT NOT NULL", _OWNER),
    "files": (
        "path TEXT PRIMARY KEY",
        *("sha256 TEXT", "uname TEXT", "gname TEXT"),
        *("perm INTEGER", "fflags INTEGER", "mtime INTEGER"),
        "symlink_target TEXT",
        _OWNER,
    ),
    "directories": (
        "id INTEGER PRIMARY KEY",
        "path TEXT NOT NULL UNIQUE",
        *("uname TEXT", "gname TEXT", "perm INTEGER", "fflags INTEGER"),
    ),
    "pkg_directories": (
        _OWNER,
        "directory_id INTEGER " + _refers("directories", "id", "RESTRICT", "RESTRICT"),
        "try INTEGER",
        "PRIMARY KEY (package_id, directory_id)",
    ),
    "config_files": ("path TEXT NOT NULL UNIQUE", "content TEXT", _OWNER),
    "script": ("script_id INTEGER PRIMARY KEY", "script TEXT NOT NULL UNIQUE"),
    "pkg_script": (
        _OWNER,
        "type INTEGER",
        "script_id INTEGER " + _refers("script", "script_id", "RESTRICT", "CASCADE"),
        "PRIMARY KEY (package_id, type)",
    ),
    "lua_script": ("lua_script_id INTEGER PRIMARY KEY", "lua_script TEXT NOT NULL UNIQUE"),
    "pkg_lua_script": (
        _SURE_OWNER,
        "lua_script_id INTEGER NOT NULL "
        + _refers("lua_script", "lua_script_id", "RESTRICT", "RESTRICT"),
        "type INTEGER",
        "UNIQUE (package_id, lua_script_id)",
    ),
    "option": ("option_id INTEGER PRIMARY KEY", "option TEXT NOT NULL UNIQUE"),
    "pkg_option": (
        _SURE_OWNER,
        "option_id INTEGER NOT NULL " + _refers("option", "option_id", "RESTRICT", "CASCADE"),
        "value TEXT NOT NULL",
        "PRIMARY KEY (package_id, option_id)",
    ),
    "annotation": ("annotation_id INTEGER PRIMARY KEY", "annotation TEXT NOT NULL UNIQUE"),
    "pkg_annotation": (
        "package_id INTEGER " + _refers("packages", "id", "CASCADE", "RESTRICT"),
        *(
            f"{name} INTEGER NOT NULL "
            + _refers("annotation", "annotation_id", "CASCADE", "RESTRICT")
            for name in ("tag_id", "value_id")
        ),
        "UNIQUE (package_id, tag_id)",
    ),
    "pkg_conflicts": (
        _SURE_OWNER,
        "conflict_id INTEGER NOT NULL",
        "UNIQUE (package_id, conflict_id)",
    ),
    "pkg_lock": ("exclusive INTEGER(1)", "advisory INTEGER(1)", "read INTEGER(8)"),
    "pkg_lock_pid": ("pid INTEGER PRIMARY KEY",),
    **{
        item.values: (
            "id INTEGER PRIMARY KEY",
            f"{item.value} TEXT NOT NULL" + (" UNIQUE" if item.shared_unique else ""),
        )
        for item in LISTS
    },
}


def _joined(item: ValueList) -> tuple[str, ...]:
    """Categories and licences have their pair as primary key, the rest as a unique one."""
    keyed = item.field in {"categories", "licenses"}
    owner = _OWNER if keyed or item.field in {"users", "groups"} else _SURE_OWNER
    sure = "" if owner is _OWNER else "NOT NULL "
    reference = f"{item.reference} INTEGER {sure}"
    return (
        owner,
        reference + _refers(item.values, "id", "RESTRICT", "RESTRICT"),
        f"{'PRIMARY KEY' if keyed else 'UNIQUE'} (package_id, {item.reference})",
    )


_UNIQUE = {
    "packages_unique": "packages(name)",
    "deps_unique": "deps(name, version, package_id)",
}
INDEXES: Mapping[str, str] = {
    "packages_origin": "packages(origin COLLATE NOCASE)",
    "packages_name": "packages(name COLLATE NOCASE)",
    "pkg_digest_id": "packages(origin, manifestdigest)",
    "deporigini": "deps(origin)",
    "pkg_directories_directory_id": "pkg_directories(directory_id)",
    "pkg_conflicts_cid": "pkg_conflicts(conflict_id)",
    "provides_provide": "provides(provide)",
    "pkg_provides_provide_id": "pkg_provides(provide_id)",
    "requires_require": "requires(require)",
    "pkg_requires_require_id": "pkg_requires(require_id)",
    **{
        f"{table}_package_id": f"{table}(package_id)"
        for table in ("deps", "files", "config_files", "pkg_lua_script", "pkg_requires")
    },
    **{
        f"{item.joined}_shlib_id": f"{item.joined}(shlib_id)"
        for item in LISTS
        if item.values == "shlibs"
    },
}
"""Index -> what it is on; none of these is unique."""
FLAVORS = """CREATE VIEW flavors AS
SELECT package_id, worth.annotation AS flavor
FROM pkg_annotation
LEFT JOIN annotation AS label ON label.annotation_id = pkg_annotation.tag_id
LEFT JOIN annotation AS worth ON worth.annotation_id = pkg_annotation.value_id
WHERE label.annotation = 'flavor'"""


_TABLES = _COLUMNS | {item.joined: _joined(item) for item in LISTS}
IGNORED_SHLIBS = tuple(item.joined for item in LISTS if item.joined.endswith("_ignore"))
"""Tables that schema 38 added."""


def table(name: str) -> str:
    """Return the statement that makes a table."""
    return f"CREATE TABLE {name} ({', '.join(_TABLES[name])})"


def columns_of(name: str) -> dict[str, str]:
    """Return column -> its type and what it demands, of a table without constraints of its own."""
    pairs = (column.partition(" ") for column in _TABLES[name])
    return {column: kind for column, _, kind in pairs}


def statements() -> list[str]:
    """Return what makes an empty database of schema 42, one statement each."""
    return [
        *map(table, _TABLES),
        *(f"CREATE UNIQUE INDEX {name} ON {target}" for name, target in _UNIQUE.items()),
        *(f"CREATE INDEX {name} ON {target}" for name, target in INDEXES.items()),
        FLAVORS,
        # Exactly one row has to be there, or no pkg can lock the database.
        "INSERT INTO pkg_lock VALUES (0, 0, 0)",
        f"PRAGMA user_version = {NEWEST}",
    ]
