"""Whether the package database is whole, and fit for the pkg(8) that will use it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from portfake.audit.finding import Severity
from portfake.audit.inventory import Inventory
from portfake.audit.rule import Needs, Observation, rule
from portfake.model.entry import EntryType
from portfake.packages.sums import is_sum

__all__ = ["RULES"]

_NEWEST: Final = 42
"""The schema of pkg 2.8 (spec/pkg.md 1.2)."""
_READABLE: Final = 41
"""The oldest that 2.8 reads without upgrading it first."""


@rule(
    "database-unreadable",
    Severity.ERROR,
    "The package database can be read.",
    fix="restore it from a backup (pkg-backup, /var/backups/pkg.sql.*)",
)
def _unreadable(inventory: Inventory) -> Iterator[Observation]:
    if inventory.database.problem is not None:
        yield Observation(message=inventory.database.problem, path=inventory.database.path)


@rule(
    "database-damaged",
    Severity.ERROR,
    "SQLite's integrity check finds nothing.",
    needs=Needs.HEALTH,
    fix="restore it from a backup (pkg-backup, /var/backups/pkg.sql.*)",
)
def _damaged(inventory: Inventory) -> Iterator[Observation]:
    for line in inventory.database.damage:
        yield Observation(message=line, path=inventory.database.path)


@rule(
    "database-dangling-row",
    Severity.ERROR,
    "Every row of the database refers to rows that are there.",
    needs=Needs.HEALTH,
    fix="delete the row with pkg shell, or register the package again",
)
def _dangling(inventory: Inventory) -> Iterator[Observation]:
    for line in inventory.database.dangling:
        yield Observation(message=line, path=inventory.database.path)


@rule(
    "database-bad-record",
    Severity.ERROR,
    "The record of every package makes sense.",
    fix="install the package again",
)
def _bad_record(inventory: Inventory) -> Iterator[Observation]:
    for name, why in inventory.database.bad_records:
        yield Observation(message=f"{name}: {why}", path=inventory.database.path)


@rule(
    "database-pending",
    Severity.WARNING,
    "No transactions wait beside the database; readers that open it as immutable miss them.",
    needs=Needs.HEALTH,
    fix="let pkg of the running system open it once, or checkpoint it with sqlite3",
)
def _pending(inventory: Inventory) -> Iterator[Observation]:
    for path in inventory.database.pending:
        yield Observation(message="holds transactions that are not in the database", path=path)


@rule(
    "database-locked",
    Severity.WARNING,
    "Nobody holds pkg's own lock on the database.",
    needs=Needs.HEALTH,
    fix="the next pkg clears it if the process is gone",
)
def _locked(inventory: Inventory) -> Iterator[Observation]:
    for line in inventory.database.locks:
        yield Observation(message=line, path=inventory.database.path)


@rule(
    "database-permissions",
    Severity.ERROR,
    "pkg(8) accepts owner and mode of the database and its folder.",
    needs=Needs.HEALTH,
    fix="chown root:wheel and chmod 0755 the folder, 0644 the file",
)
def _permissions(inventory: Inventory) -> Iterator[Observation]:
    for line in inventory.database.objections:
        path, _, why = line.partition(": ")
        yield Observation(message=why, path=path)


@rule(
    "database-schema-old",
    Severity.WARNING,
    "The schema is one that pkg 2.8 reads without rewriting it.",
    needs=Needs.HEALTH,
    fix="run any writing command of the system's own pkg, which upgrades it",
)
def _old(inventory: Inventory) -> Iterator[Observation]:
    schema = inventory.database.schema
    if schema is not None and schema < _READABLE and inventory.packages:
        yield Observation(
            message=f"schema {schema}: read-only commands of pkg 2.8 fail",
            path=inventory.database.path,
            evidence={"schema": str(schema), "wanted": str(_NEWEST)},
        )


@rule(
    "database-schema-new",
    Severity.WARNING,
    "The schema is one that is known.",
    needs=Needs.HEALTH,
    fix="look with a newer portfake",
)
def _new(inventory: Inventory) -> Iterator[Observation]:
    schema = inventory.database.schema
    if schema is not None and schema > _NEWEST:
        yield Observation(
            message=f"schema {schema} is newer than {_NEWEST}",
            path=inventory.database.path,
            evidence={"schema": str(schema), "known": str(_NEWEST)},
        )


@rule(
    "database-duplicate-path",
    Severity.ERROR,
    "A path is recorded once: by one package, and as a file or as a directory.",
    fix="install one of the packages again, and delete the other",
)
def _duplicate(inventory: Inventory) -> Iterator[Observation]:
    first: dict[str, str] = {}
    for name, file in inventory.files:
        if file.path in first:
            message = f"recorded by {first[file.path]} too"
            yield Observation(message=message, package=name, path=file.path)
        first.setdefault(file.path, name)
    for name, folder in inventory.directories:
        if folder.path in first:
            message = f"a directory here, a file of {first[folder.path]}"
            yield Observation(message=message, package=name, path=folder.path)


@rule("database-empty-package", Severity.NOTE, "A package has files.")
def _empty(inventory: Inventory) -> Iterator[Observation]:
    for package in inventory.packages:
        manifest = package.manifest
        if not manifest.files and not manifest.directories:
            yield Observation(message="records no file", package=manifest.full_name)


@rule(
    "database-no-sum",
    Severity.NOTE,
    "Every recorded file has a sum.",
    fix="install the package again with a pkg(8) that records sums",
)
def _no_sum(inventory: Inventory) -> Iterator[Observation]:
    for name, file in inventory.files:
        if file.target is None and file.sum is None:
            yield Observation(
                message="its content cannot be verified", package=name, path=file.path
            )


@rule(
    "database-bad-sum",
    Severity.WARNING,
    "Every recorded sum is one that can be checked; pkg(8) takes any other for a mismatch.",
    fix="install the package again",
)
def _bad_sum(inventory: Inventory) -> Iterator[Observation]:
    for name, file in inventory.files:
        if file.target is not None or file.sum is None or is_sum(file.sum):
            continue
        there = inventory.at(file.path)
        # pkg 1.x wrote a dash for links, and no target.
        if there is None or there.type is not EntryType.SYMLINK:
            yield Observation(
                message=f"{file.sum!r:.40} is no sum",
                package=name,
                path=file.path,
                evidence={"sum": file.sum},
            )


RULES = (
    *(_unreadable, _damaged, _dangling, _bad_record, _pending, _locked, _permissions),
    *(_old, _new, _duplicate, _empty, _no_sum, _bad_sum),
)
