"""Which kinds of package database there are, and which one a root has."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from portfake.errors import UsageError
from portfake.limits import DEFAULT, Limits
from portfake.pkgdb.interface import PackageDatabase
from portfake.pkgdb.sqlite.database import SqliteDatabase
from portfake.pkgdb.sqlite.in_root import RootFile
from portfake.root.confined import Root
from portfake.root.target import target_of

__all__ = ["AUTO", "KINDS", "database_of"]

AUTO = "auto"
Maker = Callable[[Root, Limits, bool], PackageDatabase]


def _sqlite(root: Root, limits: Limits, upgrade: bool) -> PackageDatabase:
    return SqliteDatabase(RootFile(root), limits, upgrade=upgrade)


def _flat(root: Root, limits: Limits, upgrade: bool) -> PackageDatabase:
    from portfake.pkgdb.flat.database import FlatDatabase  # noqa: PLC0415  # start-up time

    return FlatDatabase(root, limits)


KINDS: Mapping[str, Maker] = {"sqlite": _sqlite, "flat": _flat}
"""Name for ``--db`` -> what makes one of that kind in a root, the preferred one first."""


def database_of(
    root: Root, kind: str = AUTO, *, upgrade: bool = False, limits: Limits = DEFAULT
) -> PackageDatabase:
    """Return a root's database: of the kind asked for, else the first kind that is there.

    A root that has none gets the kind of its release: flat up to FreeBSD 9, which had no other.
    `upgrade` lets writing bring an older schema to the newest. Raises UsageError for an unknown
    kind.
    """
    if kind != AUTO and kind not in KINDS:
        known = ", ".join([AUTO, *KINDS])
        raise UsageError(f"{kind!r} is no kind of database", hint=f"there are {known}")
    if kind != AUTO:
        return KINDS[kind](root, limits, upgrade)
    for make in KINDS.values():
        database = make(root, limits, upgrade)
        if database.exists():
            return database
    return KINDS[_of_release(root)](root, limits, upgrade)


_LAST_FLAT = 10_00000
"""__FreeBSD_version from which on pkg(8) came with the system."""


def _of_release(root: Root) -> str:
    target = target_of(root)
    return "flat" if target is not None and target[1] < _LAST_FLAT else "sqlite"
