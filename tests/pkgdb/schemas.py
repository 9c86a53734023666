"""Databases of every schema from 12 (pkg 1.0) to 42 (pkg 2.8), with one and the same package.

A database is made at schema 12 and taken on step by step, as those of long-lived systems were.
What each step changed is told in spec/pkg.md 1.2 and by the databases themselves.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

__all__ = ["VERSIONS", "make"]

VERSIONS = range(12, 43)

_PACKAGE = [
    "id INTEGER PRIMARY KEY",
    "origin TEXT UNIQUE NOT NULL",
    *(f"{name} TEXT NOT NULL" for name in ("name", "version", "comment", "desc")),
    "mtree_id INTEGER REFERENCES mtree(id)",
    "message TEXT",
    *("arch TEXT NOT NULL", "maintainer TEXT NOT NULL", "www TEXT", "prefix TEXT NOT NULL"),
    *(f"{name} INTEGER NOT NULL" for name in ("flatsize", "automatic", "licenselogic")),
    *("infos TEXT", "time INTEGER", "pkg_format_version INTEGER"),
]
_OWNER = "package_id INTEGER REFERENCES packages(id) ON DELETE CASCADE ON UPDATE CASCADE"
_SURE = _OWNER.replace("INTEGER", "INTEGER NOT NULL")


def _shared(values: str, joined: str, key: str, unique: str = "PRIMARY KEY") -> Iterator[str]:
    yield f"CREATE TABLE {values} (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)"
    yield _joined(values, joined, key, unique)


def _joined(values: str, joined: str, key: str, unique: str = "UNIQUE", owner: str = _OWNER) -> str:
    reference = f"{key} INTEGER REFERENCES {values}(id) ON DELETE RESTRICT ON UPDATE RESTRICT"
    return f"CREATE TABLE {joined} ({owner}, {reference}, {unique} (package_id, {key}))"


def _index(*tables: str, column: str = "package_id") -> Iterator[str]:
    yield from (f"CREATE INDEX {table}_{column} ON {table} ({column})" for table in tables)


def _packages(columns: list[str], *after: str) -> Iterator[str]:
    """The table made anew; what stood in it is copied."""
    names = [column.partition(" ")[0] for column in columns]
    kept = ", ".join(name for name in names if name not in {"locked", "manifestdigest", "infos"})
    yield "CREATE TEMP TABLE held AS SELECT * FROM packages"
    yield "DROP TABLE packages"
    yield f"CREATE TABLE packages ({', '.join(columns)})"
    yield f"INSERT INTO packages ({kept}) SELECT {kept} FROM held"
    yield "DROP TABLE held"
    yield from after


def _oldest() -> Iterator[str]:
    yield "CREATE TABLE mtree (id INTEGER PRIMARY KEY, content TEXT UNIQUE)"
    yield f"CREATE TABLE packages ({', '.join(_PACKAGE)})"
    yield f"CREATE TABLE scripts ({_OWNER}, script TEXT, type INTEGER)"
    yield f"CREATE TABLE options ({_OWNER}, option TEXT, value TEXT)"
    yield (
        "CREATE TABLE deps (origin TEXT NOT NULL, name TEXT NOT NULL, version TEXT NOT NULL,"
        f" {_OWNER}, PRIMARY KEY (package_id, origin))"
    )
    yield f"CREATE TABLE files (path TEXT PRIMARY KEY, sha256 TEXT, {_OWNER})"
    yield "CREATE TABLE directories (id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE)"
    yield (
        f"CREATE TABLE pkg_directories ({_OWNER}, directory_id INTEGER REFERENCES directories(id)"
        " ON DELETE RESTRICT ON UPDATE RESTRICT, try INTEGER,"
        " PRIMARY KEY (package_id, directory_id))"
    )
    yield from _shared("categories", "pkg_categories", "category_id")
    yield from _shared("licenses", "pkg_licenses", "license_id")
    yield from _shared("users", "pkg_users", "user_id", "UNIQUE")
    yield from _shared("groups", "pkg_groups", "group_id", "UNIQUE")
    yield from _shared("shlibs", "pkg_shlibs", "shlib_id")
    yield "CREATE INDEX deporigini ON deps (origin)"
    tables = ("scripts", "options", "deps", "files", "pkg_directories", "pkg_categories")
    yield from _index(*tables, "pkg_licenses", "pkg_users", "pkg_groups", "pkg_shlibs")
    yield from _index("pkg_directories", column="directory_id")
    yield (
        "INSERT INTO packages (id, origin, name, version, comment, desc, message, arch, maintainer,"
        " www, prefix, flatsize, automatic, licenselogic, time) VALUES (1, 'shells/bash', 'bash',"
        " '5.0_1', 'A shell', 'Text', 'hi', 'FreeBSD:14:amd64', 'me@example.org', NULL,"
        " '/usr/local', 5, 1, 1, 7)"
    )
    yield "INSERT INTO scripts VALUES (1, 'echo', 1)"
    yield "INSERT INTO options VALUES (1, 'DOCS', 'on')"
    yield "INSERT INTO deps VALUES ('devel/x', 'x', '1', 1)"
    yield f"INSERT INTO files VALUES ('/usr/local/bin/bash', '{'0' * 64}', 1)"
    yield "INSERT INTO directories VALUES (1, '/usr/local/etc')"
    yield "INSERT INTO pkg_directories VALUES (1, 1, 1)"
    for values, joined in (("categories", "category"), ("users", "user"), ("groups", "group")):
        yield f"INSERT INTO {values} VALUES (1, '{joined}')"
        yield f"INSERT INTO pkg_{values} VALUES (1, 1)"
    yield "INSERT INTO licenses VALUES (1, 'MIT')"
    yield "INSERT INTO pkg_licenses VALUES (1, 1)"
    yield "INSERT INTO shlibs VALUES (1, 'libz.so.6')"
    yield "INSERT INTO pkg_shlibs VALUES (1, 1)"


def _before(columns: list[str], name: str, *new: str) -> list[str]:
    at = next(i for i, column in enumerate(columns) if column.startswith(name))
    return [*columns[:at], *new, *columns[at:]]


_LOCKED = _before(_PACKAGE, "licenselogic", "locked INTEGER NOT NULL DEFAULT 0")
_WITHOUT_INFOS = _before(
    [column for column in _LOCKED if not column.startswith("infos")],
    "pkg_format_version",
    "manifestdigest TEXT NULL",
)
_NOT_UNIQUE = [column.replace("UNIQUE ", "") for column in _LOCKED]
_PAIR = "{0}_id INTEGER PRIMARY KEY, {0} TEXT NOT NULL UNIQUE"


def _annotations(values: str, joined: str, key: str, *unique: str) -> Iterator[str]:
    yield f"CREATE TABLE {values} ({_PAIR.format(values)})"
    references = ", ".join(
        f"{name} INTEGER NOT NULL REFERENCES {values}({values}_id)"
        " ON DELETE CASCADE ON UPDATE RESTRICT"
        for name in (key, "value_id")
    )
    owner = _OWNER.replace("ON UPDATE CASCADE", "ON UPDATE RESTRICT")
    yield f"CREATE TABLE {joined} ({', '.join([owner, references, *unique])})"
    yield from _index(joined)


def _normal_scripts() -> Iterator[str]:
    yield f"CREATE TABLE script ({_PAIR.format('script')})"
    yield (
        f"CREATE TABLE pkg_script ({_OWNER}, type INTEGER, script_id INTEGER REFERENCES"
        " script(script_id) ON DELETE RESTRICT ON UPDATE CASCADE, PRIMARY KEY (package_id, type))"
    )
    yield "INSERT INTO script (script) SELECT script FROM scripts"
    yield "INSERT INTO pkg_script SELECT package_id, type, 1 FROM scripts"
    yield "DROP TABLE scripts"
    yield from _index("pkg_script")
    yield (
        "CREATE VIEW scripts AS SELECT package_id, script, type"
        " FROM pkg_script JOIN script USING (script_id)"
    )
    yield (
        "CREATE TRIGGER scripts_delete INSTEAD OF DELETE ON scripts BEGIN"
        " DELETE FROM pkg_script WHERE package_id = old.package_id; END"
    )


def _normal_options() -> Iterator[str]:
    yield f"CREATE TABLE option ({_PAIR.format('option')})"
    yield f"CREATE TABLE option_desc ({_PAIR.format('option_desc')})"
    option = (
        "option_id INTEGER NOT NULL REFERENCES option(option_id)"
        " ON DELETE RESTRICT ON UPDATE CASCADE"
    )
    key = "PRIMARY KEY (package_id, option_id)"
    yield f"CREATE TABLE pkg_option ({_SURE}, {option}, value TEXT NOT NULL, {key})"
    yield (
        f"CREATE TABLE pkg_option_desc ({_SURE}, {option}, option_desc_id INTEGER NOT NULL"
        f" REFERENCES option_desc(option_desc_id), {key})"
    )
    yield f"CREATE TABLE pkg_option_default ({_SURE}, {option}, default_value TEXT NOT NULL, {key})"
    yield "INSERT INTO option (option) SELECT option FROM options"
    yield "INSERT INTO pkg_option SELECT package_id, 1, value FROM options"
    yield "DROP TABLE options"
    yield (
        "CREATE VIEW options AS SELECT package_id, option, value"
        " FROM pkg_option JOIN option USING (option_id)"
    )


_DEPS = f"origin TEXT NOT NULL, name TEXT NOT NULL, version TEXT NOT NULL, {_OWNER}"
_JOINED = ("directories", "categories", "licenses", "users", "groups")
_SHLIBS = ("required", "required_ignore", "provided", "provided_ignore")
_STEPS: dict[int, list[str]] = {
    13: [*_packages(_LOCKED)],
    14: [
        _joined("shlibs", "pkg_shlibs_required", "shlib_id", owner=_SURE),
        _joined("shlibs", "pkg_shlibs_provided", "shlib_id", owner=_SURE),
        "INSERT INTO pkg_shlibs_required SELECT * FROM pkg_shlibs",
        *_index("pkg_shlibs_required", "pkg_shlibs_provided"),
        "DROP TABLE pkg_shlibs",
    ],
    15: [
        *_annotations("abstract", "pkg_abstract", "key_id"),
        "INSERT INTO abstract VALUES (1, 'tag'), (2, 'text')",
        "INSERT INTO pkg_abstract VALUES (1, 1, 2)",
    ],
    16: [
        "ALTER TABLE packages ADD COLUMN manifestdigest TEXT NULL",
        "CREATE INDEX pkg_digest_id ON packages (origin, manifestdigest)",
    ],
    17: [
        *_annotations("annotation", "pkg_annotation", "tag_id", "UNIQUE (package_id, tag_id)"),
        "INSERT INTO annotation SELECT * FROM abstract",
        "INSERT INTO pkg_annotation SELECT * FROM pkg_abstract",
        *("DROP TABLE pkg_abstract", "DROP TABLE abstract"),
    ],
    18: ["CREATE VIEW pkg_shlibs AS SELECT * FROM pkg_shlibs_required"],
    19: [*_packages(_WITHOUT_INFOS)],
    20: [*_normal_scripts()],
    21: [*_normal_options()],
    22: [
        f"CREATE TABLE pkg_conflicts ({_SURE}, conflict_id INTEGER NOT NULL,"
        " UNIQUE (package_id, conflict_id))",
        "CREATE TABLE provides (id INTEGER PRIMARY KEY, provide TEXT NOT NULL)",
        _joined("provides", "pkg_provides", "provide_id", owner=_SURE),
    ],
    23: [
        "CREATE VIRTUAL TABLE pkg_search USING fts4(id, name, origin)",
        "CREATE INDEX packages_origin ON packages (origin COLLATE NOCASE)",
        "CREATE INDEX packages_name ON packages (name COLLATE NOCASE)",
    ],
    24: [
        "CREATE TABLE pkg_lock (exclusive INTEGER(1), advisory INTEGER(1), read INTEGER(8))",
        "CREATE TABLE pkg_lock_pid (pid INTEGER PRIMARY KEY)",
        "INSERT INTO pkg_lock VALUES (0, 0, 0)",
    ],
    25: [
        *_packages(_NOT_UNIQUE, "CREATE UNIQUE INDEX packages_unique ON packages (origin, name)"),
        *("ALTER TABLE deps RENAME TO held", f"CREATE TABLE deps ({_DEPS})"),
        *("INSERT INTO deps SELECT * FROM held", "DROP TABLE held"),
        "CREATE UNIQUE INDEX deps_unique ON deps (origin, version, package_id)",
    ],
    26: [
        "ALTER TABLE packages ADD COLUMN manifestdigest TEXT NULL",
        "CREATE INDEX pkg_digest_id ON packages (origin, manifestdigest)",
    ],
    27: [
        "CREATE INDEX packages_origin ON packages (origin COLLATE NOCASE)",
        "CREATE INDEX packages_name ON packages (name COLLATE NOCASE)",
    ],
    28: [f"CREATE TABLE config_files (path TEXT NOT NULL UNIQUE, content TEXT, {_OWNER})"],
    29: ["DROP INDEX packages_unique", "CREATE UNIQUE INDEX packages_unique ON packages (name)"],
    30: [
        "DROP INDEX deps_unique",
        "CREATE UNIQUE INDEX deps_unique ON deps (name, version, package_id)",
    ],
    31: [
        "CREATE TABLE requires (id INTEGER PRIMARY KEY, require TEXT NOT NULL)",
        _joined("requires", "pkg_requires", "require_id", owner=_SURE),
    ],
    32: ["ALTER TABLE packages ADD COLUMN dep_formula TEXT NULL"],
    33: ["ALTER TABLE packages ADD COLUMN vital INTEGER NOT NULL DEFAULT 0"],
    34: ["DROP TABLE pkg_search"],
    35: [
        f"CREATE TABLE lua_script ({_PAIR.format('lua_script')})",
        f"CREATE TABLE pkg_lua_script ({_SURE}, lua_script_id INTEGER NOT NULL REFERENCES"
        " lua_script(lua_script_id) ON DELETE RESTRICT ON UPDATE RESTRICT, type INTEGER,"
        " UNIQUE (package_id, lua_script_id))",
    ],
    36: ["DROP VIEW options", "DROP VIEW scripts", "DROP VIEW pkg_shlibs"],
    37: [
        *(
            f"ALTER TABLE files ADD COLUMN {column}"
            for column in ("uname TEXT", "gname TEXT", "perm INTEGER", "fflags INTEGER")
        ),
        "ALTER TABLE files ADD COLUMN mtime INTEGER",
        "ALTER TABLE files ADD COLUMN symlink_target TEXT",
        *(
            f"ALTER TABLE directories ADD COLUMN {column}"
            for column in ("uname TEXT", "gname TEXT", "perm INTEGER", "fflags INTEGER")
        ),
    ],
    38: [
        statement
        for kind in ("required", "provided")
        for statement in (
            _joined("shlibs", f"pkg_shlibs_{kind}_ignore", "shlib_id", owner=_SURE),
            *_index(f"pkg_shlibs_{kind}_ignore"),
        )
    ],
    39: [
        *("CREATE INDEX provides_provide ON provides (provide)",),
        *("CREATE INDEX requires_require ON requires (require)",),
        *_index("pkg_provides", column="provide_id"),
        *_index("pkg_requires", column="require_id"),
        *_index("pkg_requires", "config_files", "pkg_lua_script"),
    ],
    40: [
        *(f"DROP INDEX pkg_{name}_package_id" for name in (*_JOINED, "script", "annotation")),
        *(f"DROP INDEX pkg_shlibs_{name}_package_id" for name in _SHLIBS),
        *("DROP INDEX pkg_requires_package_id", "DROP INDEX pkg_lua_script_package_id"),
    ],
    41: [
        "CREATE VIEW flavors AS SELECT package_id, v.annotation AS flavor FROM pkg_annotation"
        " LEFT JOIN annotation t ON tag_id = t.annotation_id"
        " LEFT JOIN annotation v ON value_id = v.annotation_id WHERE t.annotation = 'flavor'"
    ],
    42: [s for name in _SHLIBS for s in _index(f"pkg_shlibs_{name}", column="shlib_id")],
}


def make(path: Path, version: int, *more: str) -> None:
    """Make a database of this schema; `more` are statements for its end."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA legacy_alter_table = ON")
        connection.execute("BEGIN")
        steps = (
            statement for step, group in _STEPS.items() if step <= version for statement in group
        )
        for statement in (*_oldest(), *steps, f"PRAGMA user_version = {version}", *more):
            connection.execute(statement)
        connection.execute("COMMIT")
    path.chmod(0o644)
    path.parent.chmod(0o755)
