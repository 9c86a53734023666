"""Packages into local.sqlite, row for row as `pkg add` writes them (spec/pkg.md 1.4, 1.5)."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from portfake.errors import InputError, NotFound, Refused
from portfake.formats.message import messages_to_text
from portfake.model.manifest import InstalledPackage, Manifest, PackagedFile
from portfake.pkgdb.sqlite.packaged import LICENSE_LOGIC, LUA_TYPES, SCRIPT_TYPES
from portfake.pkgdb.sqlite.reader import SqliteRecords
from portfake.pkgdb.sqlite.rows import octets, ordered
from portfake.pkgdb.sqlite.schema import LISTS, ValueList, statements

__all__ = ["SqliteTransaction", "create_tables"]

# Tables whose rows pkg removes once no package refers to them (pkgdb_unregister_pkg());
# option, annotation, provides and requires are never collected.
_COLLECTED = {
    "directories": ("id", (("pkg_directories", "directory_id"),)),
    **{
        item.values: ("id", ((item.joined, item.reference),))
        for item in LISTS
        if item.shared_unique and item.values != "shlibs"
    },
    "shlibs": (
        "id",
        tuple((item.joined, item.reference) for item in LISTS if item.values == "shlibs"),
    ),
    "script": ("script_id", (("pkg_script", "script_id"),)),
    "lua_script": ("lua_script_id", (("pkg_lua_script", "lua_script_id"),)),
}
_BEFORE_SCRIPTS = ("categories", "licenses", "users", "groups")
_SHLIBS = tuple(item.field for item in LISTS if item.values == "shlibs")


def create_tables(connection: sqlite3.Connection) -> None:
    """Make the tables of schema 42, inside the caller's transaction."""
    for statement in statements():
        connection.execute(statement)


_FILE_COLUMNS = {
    **{
        name: f"CAST(:{name} AS TEXT)"
        for name in ("path", "sha256", "uname", "gname", "symlink_target")
    },
    **{name: f":{name}" for name in ("perm", "fflags", "mtime", "package_id")},
}
"""Column of files -> how a value of `_file_row` gets into it."""


@dataclass(slots=True)
class SqliteTransaction(SqliteRecords):
    """Records that can be changed (portfake.pkgdb.interface.Transaction)."""

    def register(self, *packages: InstalledPackage) -> None:
        """As `pkg add` and `pkg upgrade`, which leave to the next delete what only old rows used.

        A replaced package keeps its id: pkg_conflicts of others refer to it without a foreign key.
        """
        names = {package.manifest.name for package in packages}
        claimed: dict[str, str] = {}
        for package in packages:
            _check(package.manifest, self.place)
            self._check_owners(package.manifest, names, claimed)
        before = {name: self.identity(name) for name in names}
        for id_ in before.values():
            self._delete("packages", id=id_)
        # New ones come last, or one would get the id of another that is to have it back.
        for package in sorted(packages, key=lambda each: before[each.manifest.name] is None):
            self._register(package, before[package.manifest.name])

    def _register(self, package: InstalledPackage, id_: int | None) -> None:
        manifest = package.manifest
        row = _package_row(package)
        owner = self._insert("packages", row if id_ is None else {"id": id_, **row})
        if id_ is None:
            # What conflicted with a package that is gone does not with the one that got its id.
            self._delete("pkg_conflicts", conflict_id=owner)
        for dep in manifest.deps:
            row = {"origin": dep.origin, "name": dep.name, "version": dep.version}
            self._insert("deps", row | {"package_id": owner})
        self._insert_files(manifest, owner)
        for path in ordered(manifest.config):
            content = package.config_texts[path]
            text = None if content is None else content.partition("\0")[0]
            self._insert("config_files", {"path": path, "content": text, "package_id": owner})
        self._insert_directories(manifest, owner)
        self._insert_lists(manifest, owner, _BEFORE_SCRIPTS)
        self._insert_scripts(manifest, owner)
        self._insert_pairs(manifest, owner)
        self._insert_lists(manifest, owner, ("provides", "requires"))

    def remove(self, name: str) -> None:
        """Cascades do the package's own rows; what is shared and unused goes after."""
        owner = self.identity(name)
        if owner is None:
            raise NotFound(f"no package {name} is registered", where=self.place)
        self._delete("packages", id=owner)
        for table, (key, references) in _COLLECTED.items():
            used = " AND ".join(
                f"{key} NOT IN (SELECT {column} FROM {joined} WHERE {column} IS NOT NULL)"  # noqa: S608 - names of the schema
                for joined, column in references
                if self.layout.has(joined)
            )
            if self.layout.has(table) and used:
                self.connection.execute(f"DELETE FROM {table} WHERE {used}")  # noqa: S608 - names of the schema

    def mark(
        self,
        name: str,
        *,
        automatic: bool | None = None,
        locked: bool | None = None,
        vital: bool | None = None,
    ) -> None:
        """Set the columns of packages that bear these names."""
        owner = self.identity(name)
        if owner is None:
            raise NotFound(f"no package {name} is registered", where=self.place)
        for column, value in {"automatic": automatic, "locked": locked, "vital": vital}.items():
            if value is not None:
                self.connection.execute(
                    f"UPDATE packages SET {column} = ? WHERE id = ?",  # noqa: S608 - from the table above
                    (int(value), owner),
                )

    def _check_owners(
        self, manifest: Manifest, names: Collection[str], claimed: dict[str, str]
    ) -> None:
        """`claimed` are the paths of the packages before: path -> name; this one's are added."""
        taken = []
        paths = [file.path for file in manifest.files]
        owners = self.owners(paths)
        for path in paths:
            recorded = owners.get(path)
            owner = claimed.setdefault(path, manifest.name)
            if recorded not in names and recorded is not None:
                owner = recorded
            if owner != manifest.name:
                taken.append(f"{path} belongs to {owner}")
        if taken:
            more = f", and {len(taken) - 1} more" if len(taken) > 1 else ""
            raise Refused(f"{manifest.full_name}: {taken[0]}{more}", where=self.place)

    def _insert_files(self, manifest: Manifest, owner: int) -> None:
        """In one statement, for there may be tens of thousands.

        A row whose package is gone is taken over, as pkg takes it over.
        """
        columns = [name for name in _FILE_COLUMNS if self.layout.has("files", name)]
        if not columns:
            return
        marks = ", ".join(_FILE_COLUMNS[name] for name in columns)
        rows = sorted((_file_row(file, owner) for file in manifest.files), key=itemgetter("path"))
        self.connection.executemany(
            f"INSERT OR REPLACE INTO files ({', '.join(columns)}) VALUES ({marks})",  # noqa: S608 - names of the schema
            rows,
        )

    def _insert_directories(self, manifest: Manifest, owner: int) -> None:
        for item in manifest.directories:
            row = {
                "path": item.path,
                "uname": item.owner,
                "gname": item.group,
                "perm": item.mode or 0,
                "fflags": item.flags,
            }
            self._forget_unused_directory(item.path)
            id_ = self._shared("directories", "id", "path", row)
            reference = {"package_id": owner, "directory_id": id_, "try": 1}
            self._insert("pkg_directories", reference)

    def _forget_unused_directory(self, path: str) -> None:
        """The row of a replaced version has its attributes, which would not be this one's.

        pkg keeps such a row, and its own `check -m` complains afterwards.
        """
        if self.layout.has("pkg_directories", "directory_id"):
            self.connection.execute(
                "DELETE FROM directories WHERE path = CAST(? AS TEXT)"
                " AND id NOT IN (SELECT directory_id FROM pkg_directories)",
                (octets(path),),
            )

    def _insert_lists(self, manifest: Manifest, owner: int, fields: Iterable[str]) -> None:
        by_field = {item.field: item for item in LISTS}
        for item in (by_field[field] for field in fields):
            for text in ordered(getattr(manifest, item.field)):
                self._insert_listed(item, text, owner)

    def _insert_listed(self, item: ValueList, text: str, owner: int) -> None:
        id_ = self._shared(item.values, "id", item.value, {item.value: text})
        self._insert(item.joined, {"package_id": owner, item.reference: id_})

    def _insert_scripts(self, manifest: Manifest, owner: int) -> None:
        for phase, number in SCRIPT_TYPES.items():
            if text := manifest.scripts.get(phase):
                id_ = self._shared("script", "script_id", "script", {"script": text})
                self._insert("pkg_script", {"script_id": id_, "package_id": owner, "type": number})
        for phase, number in LUA_TYPES.items():
            # The same text twice in one phase is one row: the table cannot hold two.
            for text in dict.fromkeys(manifest.lua_scripts.get(phase, ())):
                id_ = self._shared(
                    "lua_script", "lua_script_id", "lua_script", {"lua_script": text}
                )
                row = {"lua_script_id": id_, "package_id": owner, "type": number}
                self._insert("pkg_lua_script", row)

    def _insert_pairs(self, manifest: Manifest, owner: int) -> None:
        for option, value in _by_key(manifest.options):
            id_ = self._shared("option", "option_id", "option", {"option": option})
            self._insert("pkg_option", {"package_id": owner, "option_id": id_, "value": value})
        self._insert_lists(manifest, owner, _SHLIBS)
        for pair in _by_key(manifest.annotations):
            tag, value_id = (
                self._shared("annotation", "annotation_id", "annotation", {"annotation": text})
                for text in pair
            )
            self._insert(
                "pkg_annotation", {"package_id": owner, "tag_id": tag, "value_id": value_id}
            )
        for name in ordered(manifest.conflicts):
            # pkg cannot register a conflict with what is not installed: the row needs its id.
            other = self.identity(name)
            if other is not None:
                self._insert("pkg_conflicts", {"package_id": owner, "conflict_id": other})

    def _shared(self, table: str, key: str, column: str, row: Mapping[str, Any]) -> int:
        """The id of the row with this text, made if there is none."""
        if not self.layout.has(table):
            return 0
        found = self.connection.execute(
            f"SELECT {key} FROM {table} WHERE {column} = CAST(? AS TEXT) ORDER BY {key}",  # noqa: S608 - names of the schema
            (octets(row[column]),),
        ).fetchone()
        return self._insert(table, row) if found is None else int(found[0])

    def _insert(self, table: str, row: Mapping[str, Any]) -> int:
        """Insert the columns that the file has; return the row's id."""
        known = self.layout.tables.get(table, {})
        chosen = {column: value for column, value in row.items() if column in known}
        if not chosen:
            return 0
        columns = ", ".join(f'"{column}"' for column in chosen)
        marks = ", ".join(
            "CAST(? AS TEXT)" if isinstance(value, str) else "?" for value in chosen.values()
        )
        values = [octets(value) if isinstance(value, str) else value for value in chosen.values()]
        cursor = self.connection.execute(
            f"INSERT INTO {table} ({columns}) VALUES ({marks})",  # noqa: S608 - names of the schema
            values,
        )
        return cursor.lastrowid or 0

    def _delete(self, table: str, **where: object) -> None:
        ((column, value),) = where.items()
        mark = "CAST(? AS TEXT)" if isinstance(value, str) else "?"
        bound = octets(value) if isinstance(value, str) else value
        self.connection.execute(f"DELETE FROM {table} WHERE {column} = {mark}", (bound,))  # noqa: S608 - names of the schema


def _package_row(package: InstalledPackage) -> dict[str, Any]:
    manifest = package.manifest
    return {
        "origin": manifest.origin,
        "name": manifest.name,
        "version": manifest.version,
        "comment": manifest.comment,
        "desc": manifest.desc,
        "message": messages_to_text(manifest.messages),
        "arch": manifest.abi,
        "maintainer": manifest.maintainer,
        "www": manifest.www,
        "prefix": manifest.prefix,
        "flatsize": manifest.flatsize,
        "automatic": int(package.automatic),
        "locked": int(package.locked),
        "licenselogic": LICENSE_LOGIC[manifest.licenselogic] if manifest.licenselogic else 0,
        "time": package.time,
        "manifestdigest": package.digest,
        "dep_formula": manifest.dep_formula,
        "vital": int(manifest.vital),
    }


def _file_row(file: PackagedFile, owner: int) -> dict[str, Any]:
    """A symlink's mode is left unchecked: it is the final system's, and differs by kind."""
    return {
        "path": octets(file.path),
        "sha256": None if file.sum is None else octets(file.sum),
        "uname": None if file.owner is None else octets(file.owner),
        "gname": None if file.group is None else octets(file.group),
        "perm": 0 if file.target is not None else file.mode or 0,
        "fflags": file.flags,
        "symlink_target": None if file.target is None else octets(file.target),
        "mtime": file.mtime or 0,
        "package_id": owner,
    }


def _check(manifest: Manifest, place: str) -> None:
    """What the tables cannot hold: pkg would fail on it half-way."""
    seen: set[str] = set()
    for phase in LUA_TYPES:
        texts = set(manifest.lua_scripts.get(phase, ()))
        if texts & seen:
            raise Refused(
                f"{manifest.full_name} has one Lua script in two phases, which the database"
                " cannot hold",
                where=place,
            )
        seen |= texts
    paths = {file.path for file in manifest.files} if manifest.config else set()
    for path in manifest.config:
        if path not in paths:
            raise InputError(f"{manifest.full_name}: config file {path} is no file of it")


def _by_key(pairs: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(key, pairs[key]) for key in ordered(pairs)]
