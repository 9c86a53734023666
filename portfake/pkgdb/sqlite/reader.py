"""Packages out of local.sqlite, of any schema from 12 (pkg 1.0) on: by what the file has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from portfake.model.manifest import InstalledPackage, RecordedSum
from portfake.pkgdb.sqlite import packaged
from portfake.pkgdb.sqlite.rows import Rows, number, octets, text

__all__ = ["SqliteRecords"]

_AT_ONCE = 500
"""Values of one statement; SQLite took no more than 999 up to 3.32."""
_SUM = ("package_id", "path", "sha256", "symlink_target")


@dataclass(slots=True)
class SqliteRecords(Rows):
    """Records over a connection (portfake.pkgdb.interface.Records)."""

    @property
    def gaps(self) -> tuple[str, ...]:
        """See Layout.gaps."""
        return self.layout.gaps()

    def names(self) -> list[str]:
        """Names in byte order; an empty list where there are no tables yet."""
        return [text(row[1]) for row in self.package_rows("id", "name")]

    def packages(self) -> Iterator[InstalledPackage]:
        """Raise InputError for a row that does not make sense, with the package it is of."""
        self.ask_anew()
        for row in self.package_rows("id"):
            yield packaged.package(self, row[0])

    def outlines(self) -> Iterator[InstalledPackage]:
        """As `packages`, without the tables of contents."""
        self.ask_anew()
        for row in self.package_rows("id"):
            yield packaged.package(self, row[0], contents=False)

    def sums(self) -> Iterator[RecordedSum]:
        """One statement; InputError for a row that does not make sense."""
        self.ask_anew()
        names = {id_: text(name) for id_, name in self.package_rows("id", "name")}
        for owner, path, sum_, target in self.select("files", _SUM):
            if owner in names:
                yield RecordedSum(
                    names[owner],
                    text(path),
                    text(sum_) if sum_ else None,
                    None if target is None else text(target),
                )

    def find(self, name: str) -> InstalledPackage | None:
        """Return the package of exactly this name, whatever the order of rows."""
        self.ask_anew()
        found = self.identity(name)
        return None if found is None else packaged.package(self, found)

    def identity(self, name: str) -> int | None:
        """Return packages.id."""
        if not self.layout.tables:
            return None
        row = self.connection.execute(
            "SELECT id FROM packages WHERE name = CAST(? AS TEXT)", (octets(name),)
        ).fetchone()
        return None if row is None else number(row[0])

    def which(self, path: str) -> str | None:
        """Return the owner's name; directories are not looked up, as `pkg which` does not."""
        if not self.layout.tables:
            return None
        row = self.connection.execute(
            "SELECT name FROM packages JOIN files ON files.package_id = packages.id"
            " WHERE path = CAST(? AS TEXT)",
            (octets(path),),
        ).fetchone()
        return None if row is None else text(row[0])

    def owners(self, paths: Iterable[str]) -> dict[str, str]:
        """As `which`, many in one statement."""
        found: dict[str, str] = {}
        if not self.layout.tables:
            return found
        owned = "SELECT path, name FROM files JOIN packages ON package_id = packages.id"
        asked = iter(paths)
        while some := [octets(path) for path in islice(asked, _AT_ONCE)]:
            marks = ", ".join(["CAST(? AS TEXT)"] * len(some))
            rows = self.connection.execute(f"{owned} WHERE path IN ({marks})", some)
            found.update((text(path), text(name)) for path, name in rows)
        return found

    def state(self, name: str) -> str:
        """As `find`, but for the files, which may be very many: their rows will do."""
        self.ask_anew()
        owner = self.identity(name)
        if owner is None:
            return ""
        state = (
            packaged.package(self, owner, contents=False),
            self.own("files", *packaged.FILE, owner=owner),
            self.own("config_files", "path", "content", owner=owner),
            packaged.directories(self, owner),
            packaged.scripts(self, owner),
            packaged.lua_scripts(self, owner),
        )
        return repr(state)

    def folder_owners(self, path: str) -> tuple[str, ...]:
        """Names in byte order."""
        if not self.layout.has("pkg_directories"):
            return ()
        found = self.connection.execute(
            "SELECT name FROM packages JOIN pkg_directories ON package_id = packages.id"
            " JOIN directories ON directory_id = directories.id WHERE path = CAST(? AS TEXT)",
            (octets(path),),
        )
        return tuple(sorted(text(name) for (name,) in found))
