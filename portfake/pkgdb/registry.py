"""Which kinds of package database there are, and which one a root has."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from portfake.errors import UsageError
from portfake.limits import DEFAULT, Limits
from portfake.pkgdb.interface import PackageDatabase
from portfake.pkgdb.sqlite.database import SqliteDatabase
from portfake.pkgdb.sqlite.in_root import RootFile
from portfake.root.confined import Root

__all__ = ["AUTO", "KINDS", "database_of"]

AUTO = "auto"
Maker = Callable[[Root, Limits, bool], PackageDatabase]


def _sqlite(root: Root, limits: Limits, upgrade: bool) -> PackageDatabase:
    return SqliteDatabase(RootFile(root), limits, upgrade=upgrade)


KINDS: Mapping[str, Maker] = {"sqlite": _sqlite}
"""Name for ``--db`` -> what makes one of that kind in a root, the preferred one first."""


def database_of(
    root: Root, kind: str = AUTO, *, upgrade: bool = False, limits: Limits = DEFAULT
) -> PackageDatabase:
    """Return a root's database: of the kind asked for, else the first kind that is there.

    A root that has none gets the preferred kind when it is written; `upgrade` lets writing bring
    an older schema to the newest. Raises UsageError for an unknown kind.
    """
    if kind != AUTO and kind not in KINDS:
        known = ", ".join([AUTO, *KINDS])
        raise UsageError(f"{kind!r} is no kind of database", hint=f"there are {known}")
    chosen = KINDS if kind == AUTO else {kind: KINDS[kind]}
    databases = [make(root, limits, upgrade) for make in chosen.values()]
    found = [database for database in databases if database.exists()]
    return (found or databases)[0]
