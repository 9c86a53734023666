"""Packages out of local.sqlite, of any schema from 12 (pkg 1.0) on: by what the file has."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from portfake.errors import InputError, PortfakeError
from portfake.limits import DEFAULT, LimitExceeded, Limits
from portfake.model.abi import Abi
from portfake.model.manifest import (
    Dependency,
    InstalledPackage,
    LicenseLogic,
    Manifest,
    Message,
    PackagedDirectory,
    PackagedFile,
    Phase,
    RecordedSum,
)
from portfake.pkgdb.sqlite.layout import Layout
from portfake.pkgdb.sqlite.schema import LISTS, ValueList

__all__ = ["LICENSE_LOGIC", "LUA_TYPES", "SCRIPT_TYPES", "SqliteRecords"]

SCRIPT_TYPES = {
    Phase.PRE_INSTALL: 0,
    Phase.POST_INSTALL: 1,
    Phase.PRE_DEINSTALL: 2,
    Phase.POST_DEINSTALL: 3,
    Phase.INSTALL: 6,
    Phase.DEINSTALL: 7,
}
"""Phase -> script.type; the numbers between belonged to upgrade scripts."""
LUA_TYPES = {phase: number for phase, number in SCRIPT_TYPES.items() if number < 4}
LICENSE_LOGIC = {LicenseLogic.SINGLE: 1, LicenseLogic.OR: ord("|"), LicenseLogic.AND: ord("&")}
"""How packages.licenselogic spells it; 0 is none at all."""

Row = tuple[Any, ...]
_AT_ONCE = 500
"""Values of one statement; SQLite took no more than 999 up to 3.32."""
_REPEATED = 8
"""How often packages may share what is stored once, such as scripts."""


@dataclass(slots=True)
class SqliteRecords:
    """Records over a connection (portfake.pkgdb.interface.Records)."""

    connection: sqlite3.Connection
    place: str
    layout: Layout
    notes: tuple[str, ...] = ()
    limits: Limits = field(default=DEFAULT)
    size: int = 0
    """Bytes of the database."""
    _seen: int = field(default=0, init=False, repr=False)
    """Bytes read for the question at hand."""

    @property
    def gaps(self) -> tuple[str, ...]:
        """See Layout.gaps."""
        return self.layout.gaps()

    def names(self) -> list[str]:
        """Names in byte order; an empty list where there are no tables yet."""
        return [_text(row[1]) for row in self._package_rows("id", "name")]

    def packages(self) -> Iterator[InstalledPackage]:
        """Raise InputError for a row that does not make sense, with the package it is of."""
        self._seen = 0
        for row in self._package_rows("id"):
            package = self._load(row[0])
            assert package is not None
            yield package

    def outlines(self) -> Iterator[InstalledPackage]:
        """As `packages`, without the tables of contents."""
        self._seen = 0
        for row in self._package_rows("id"):
            package = self._load(row[0], contents=False)
            assert package is not None
            yield package

    def sums(self) -> Iterator[RecordedSum]:
        """One statement; InputError for a row that does not make sense."""
        self._seen = 0
        names = {id_: _text(name) for id_, name in self._package_rows("id", "name")}
        for owner, path, sum_, target in self._select("files", _SUM):
            if owner in names:
                yield RecordedSum(
                    names[owner],
                    _text(path),
                    _text(sum_) if sum_ else None,
                    None if target is None else _text(target),
                )

    def find(self, name: str) -> InstalledPackage | None:
        """Return the package of exactly this name, whatever the order of rows."""
        self._seen = 0
        found = self.identity(name)
        return None if found is None else self._load(found)

    def identity(self, name: str) -> int | None:
        """Return packages.id."""
        if not self.layout.tables:
            return None
        row = self.connection.execute(
            "SELECT id FROM packages WHERE name = CAST(? AS TEXT)", (_bytes(name),)
        ).fetchone()
        return None if row is None else int(row[0])

    def which(self, path: str) -> str | None:
        """Return the owner's name; directories are not looked up, as `pkg which` does not."""
        if not self.layout.tables:
            return None
        row = self.connection.execute(
            "SELECT name FROM packages JOIN files ON files.package_id = packages.id"
            " WHERE path = CAST(? AS TEXT)",
            (_bytes(path),),
        ).fetchone()
        return None if row is None else _text(row[0])

    def owners(self, paths: Iterable[str]) -> dict[str, str]:
        """As `which`, many in one statement."""
        found: dict[str, str] = {}
        if not self.layout.tables:
            return found
        owned = "SELECT path, name FROM files JOIN packages ON package_id = packages.id"
        asked = iter(paths)
        while some := [_bytes(path) for path in islice(asked, _AT_ONCE)]:
            marks = ", ".join(["CAST(? AS TEXT)"] * len(some))
            rows = self.connection.execute(f"{owned} WHERE path IN ({marks})", some)
            found.update((_text(path), _text(name)) for path, name in rows)
        return found

    def state(self, name: str) -> str:
        """As `find`, but for the files, which may be very many: their rows will do."""
        self._seen = 0
        owner = self.identity(name)
        if owner is None:
            return ""
        state = (
            self._load(owner, contents=False),
            self._own("files", *_FILE, owner=owner),
            self._own("config_files", "path", "content", owner=owner),
            self._directories(owner),
            self._scripts(owner),
            self._lua_scripts(owner),
        )
        return repr(state)

    def folder_owners(self, path: str) -> tuple[str, ...]:
        """Names in byte order."""
        if not self.layout.has("pkg_directories"):
            return ()
        found = self.connection.execute(
            "SELECT name FROM packages JOIN pkg_directories ON package_id = packages.id"
            " JOIN directories ON directory_id = directories.id WHERE path = CAST(? AS TEXT)",
            (_bytes(path),),
        )
        return tuple(sorted(_text(name) for (name,) in found))

    def _package_rows(self, *columns: str) -> list[Row]:
        if not self.layout.tables:
            return []
        return self._select("packages", columns, "ORDER BY CAST(name AS BLOB)")

    def _select(
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

    def _own(self, table: str, *columns: str, owner: int, order: str = "rowid") -> list[Row]:
        return self._select(table, columns, f"WHERE package_id = ? ORDER BY {order}", owner)

    def _load(self, owner: int, *, contents: bool = True) -> InstalledPackage | None:
        rows = self._select("packages", _PACKAGE, "WHERE id = ?", owner)
        if not rows:
            return None
        row = dict(zip(_PACKAGE, rows[0], strict=True))
        try:
            return self._package(owner, row, contents=contents)
        except PortfakeError as error:
            name = str(row["name"])[:60]
            raise InputError(f"package {name}: {error.message}", where=self.place) from error

    def _package(self, owner: int, row: Mapping[str, Any], *, contents: bool) -> InstalledPackage:
        annotations, options = self._annotations(owner), self._options(owner)
        config = {
            _text(path): None if content is None else str(content).partition("\0")[0]
            for path, content in self._own("config_files", "path", "content", owner=owner)
            if contents
        }
        abi = _text(row["arch"])
        logic = {number: logic for logic, number in LICENSE_LOGIC.items()}
        lists: dict[str, Any] = {item.field: self._list(item, owner) for item in LISTS}
        if "pkg_shlibs_required" not in self.layout.tables:
            # pkg 1.0 (schema 12) had one list.
            old = ValueList("shlibs_required", "pkg_shlibs", "shlib_id", "shlibs")
            lists["shlibs_required"] = self._list(old, owner)
        manifest = Manifest(
            name=_text(row["name"]),
            version=_text(row["version"]),
            origin=_text(row["origin"]),
            comment=_text(row["comment"]),
            desc=_text(row["desc"]),
            maintainer=_text(row["maintainer"]),
            prefix=_text(row["prefix"]),
            www=_text(row["www"] or "UNKNOWN"),
            abi=abi,
            arch=_legacy(abi),
            flatsize=_number(row["flatsize"]),
            licenselogic=logic.get(_number(row["licenselogic"])),
            vital=bool(_number(row["vital"])),
            dep_formula=None if row["dep_formula"] is None else _text(row["dep_formula"]),
            options=options,
            annotations=annotations,
            deps=self._deps(owner),
            conflicts=self._conflicts(owner),
            files=self._files(owner) if contents else (),
            directories=self._directories(owner) if contents else (),
            config=_ordered(config),
            scripts=self._scripts(owner) if contents else {},
            lua_scripts=self._lua_scripts(owner) if contents else {},
            messages=_messages(_text(row["message"] or "")),
            **lists,
        )
        digest = row["manifestdigest"]
        return InstalledPackage(
            manifest=manifest,
            automatic=bool(_number(row["automatic"])),
            locked=bool(_number(row["locked"])),
            time=None if row["time"] is None else _number(row["time"]),
            digest=_text(digest) if digest else None,
            config_texts={path: config[path] for path in _ordered(config)},
        )

    def _list(self, item: ValueList, owner: int) -> tuple[str, ...]:
        if not self.layout.has(item.joined) or not self.layout.has(item.values, item.value):
            return ()
        ids = [row[0] for row in self._own(item.joined, item.reference, owner=owner)]
        return _ordered(self._value(item.values, "id", item.value, id_) for id_ in ids)

    def _value(self, table: str, key: str, column: str, wanted: object) -> str:
        rows = self._select(table, (column,), f"WHERE {key} = ?", wanted)
        if not rows:
            raise InputError(f"table {table} has no row {wanted!r:.20}")
        return _text(rows[0][0])

    def _deps(self, owner: int) -> tuple[Dependency, ...]:
        rows = self._own("deps", "name", "origin", "version", owner=owner)
        deps = [Dependency(*map(_text, row)) for row in rows]
        return tuple(sorted(deps, key=lambda dep: _bytes(dep.name)))

    def _files(self, owner: int) -> tuple[PackagedFile, ...]:
        rows = self._own("files", *_FILE, owner=owner, order="CAST(path AS BLOB)")
        return tuple(
            PackagedFile(
                path=_text(path),
                sum=_text(sum_) if sum_ else None,
                owner=None if uname is None else _text(uname),
                group=None if gname is None else _text(gname),
                mode=_number(perm) or None,
                flags=_number(fflags),
                mtime=_number(mtime) or None,
                target=None if target is None else _text(target),
            )
            for path, sum_, uname, gname, perm, fflags, mtime, target in rows
        )

    def _directories(self, owner: int) -> tuple[PackagedDirectory, ...]:
        found = []
        for (id_,) in self._own("pkg_directories", "directory_id", owner=owner):
            columns = ("path", "uname", "gname", "perm", "fflags")
            for path, uname, gname, perm, fflags in self._select(
                "directories", columns, "WHERE id = ?", id_
            ):
                # pkg 1.x wrote a trailing slash.
                found.append(
                    PackagedDirectory(
                        path=_text(path).rstrip("/") or "/",
                        owner=None if uname is None else _text(uname),
                        group=None if gname is None else _text(gname),
                        mode=_number(perm) or None,
                        flags=_number(fflags),
                    )
                )
        return tuple(sorted(found, key=lambda item: _bytes(item.path)))

    def _options(self, owner: int) -> dict[str, str]:
        if self.layout.has("pkg_option"):
            pairs = {
                self._value("option", "option_id", "option", id_): _text(value)
                for id_, value in self._own("pkg_option", "option_id", "value", owner=owner)
            }
        else:
            rows = self._own("options", "option", "value", owner=owner)
            pairs = {_text(option): _text(value) for option, value in rows}
        return {key: pairs[key] for key in _ordered(pairs)}

    def _annotations(self, owner: int) -> dict[str, str]:
        table, tag = ("annotation", "tag_id")
        if not self.layout.has(table):
            # Their first name, in schemas 15 and 16.
            table, tag = ("abstract", "key_id")
        pairs = {
            self._value(table, f"{table}_id", table, key): self._value(
                table, f"{table}_id", table, value
            )
            for key, value in self._own(f"pkg_{table}", tag, "value_id", owner=owner)
        }
        return {key: pairs[key] for key in _ordered(pairs)}

    def _conflicts(self, owner: int) -> tuple[str, ...]:
        ids = [row[0] for row in self._own("pkg_conflicts", "conflict_id", owner=owner)]
        rows = [self._select("packages", ("name",), "WHERE id = ?", id_) for id_ in ids]
        return _ordered(_text(found[0][0]) for found in rows if found)

    def _scripts(self, owner: int) -> dict[Phase, str]:
        if self.layout.has("pkg_script"):
            found = {
                _number(type_): self._value("script", "script_id", "script", id_)
                for type_, id_ in self._own("pkg_script", "type", "script_id", owner=owner)
            }
        else:
            rows = self._own("scripts", "type", "script", owner=owner)
            found = {_number(type_): _text(script) for type_, script in rows}
        return {phase: found[number] for phase, number in SCRIPT_TYPES.items() if number in found}

    def _lua_scripts(self, owner: int) -> dict[Phase, tuple[str, ...]]:
        found: dict[int, list[str]] = {}
        for type_, id_ in self._own("pkg_lua_script", "type", "lua_script_id", owner=owner):
            text = self._value("lua_script", "lua_script_id", "lua_script", id_)
            found.setdefault(_number(type_), []).append(text)
        return {
            phase: tuple(found[number]) for phase, number in LUA_TYPES.items() if number in found
        }


_PACKAGE = (
    *("name", "version", "origin", "comment", "desc", "message", "arch", "maintainer", "www"),
    *("prefix", "flatsize", "automatic", "locked", "licenselogic", "time", "manifestdigest"),
    *("dep_formula", "vital"),
)
_FILE = ("path", "sha256", "uname", "gname", "perm", "fflags", "mtime", "symlink_target")

_SUM = ("package_id", "path", "sha256", "symlink_target")


def _messages(text: str) -> tuple[Message, ...]:
    if not text:
        return ()
    from portfake.formats.message import messages_from_text  # noqa: PLC0415  # start-up time

    return messages_from_text(text)


def _text(value: object) -> str:
    """Text, as any type of value that a hostile or careless writer may have stored."""
    if isinstance(value, bytes):
        value = value.decode(errors="surrogateescape")
    if value is None or (isinstance(value, str) and "\0" in value):
        raise InputError("NULL or a NUL byte where text should be")
    return str(value)


def _number(value: object) -> int:
    if value is None:
        return 0
    if not isinstance(value, int):
        raise InputError(f"{value!r:.40} where a number should be")
    return value


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogateescape")


def _ordered(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(texts), key=_bytes))


def _legacy(abi: str) -> str:
    try:
        return Abi.parse(abi).legacy
    except InputError:
        return abi
