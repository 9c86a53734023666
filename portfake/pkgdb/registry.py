"""Which kinds of package database there are, and which one a root has."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from portfake.errors import UsageError
from portfake.limits import DEFAULT, Limits
from portfake.pkgdb.interface import PackageDatabase
from portfake.pkgdb.sqlite.database import SqliteDatabase
from portfake.pkgdb.sqlite.opening import DatabaseFile

__all__ = ["AUTO", "KINDS", "choose"]

AUTO = "auto"
Maker = Callable[[DatabaseFile, Limits], PackageDatabase]
KINDS: Mapping[str, Maker] = {"sqlite": SqliteDatabase}
"""Name for ``--db`` -> what makes one of that kind, the preferred one first."""


def choose(
    files: Mapping[str, DatabaseFile], kind: str = AUTO, *, limits: Limits = DEFAULT
) -> PackageDatabase:
    """Return the database of a root: the kind asked for, else the first one there is.

    `files` says where each kind lies in the root. Raises UsageError for an unknown kind.
    """
    if kind != AUTO and kind not in KINDS:
        known = ", ".join([AUTO, *KINDS])
        raise UsageError(f"{kind!r} is no kind of database", hint=f"there are {known}")
    databases = [
        make(files[name], limits)
        for name, make in KINDS.items()
        if name in files and kind in {AUTO, name}
    ]
    found = [database for database in databases if database.exists()]
    return (found or databases)[0]
