"""What an audit is about: the packages of a root or a database, or names alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from portfake.errors import NotFound, UsageError
from portfake.limits import DEFAULT, LimitExceeded, Limits
from portfake.pkgdb.sqlite.in_root import RootFile
from portfake.pkgdb.sqlite.opening import DatabaseFile, FolderFile, for_reading
from portfake.root.confined import Root

if TYPE_CHECKING:  # start-up time
    import sqlite3

    from portfake.model.manifest import InstalledPackage

__all__ = ["Subject", "subject_named", "subjects_of_database", "subjects_of_root"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What has to be known of a package to judge it: little, so that 800 are read at once."""

    name: str
    version: str | None
    """None for a name alone, which stands for every version."""
    origin: str = ""
    deps: tuple[str, ...] = ()
    """Names of the packages it depends on."""
    flavor: str = ""

    @property
    def full_name(self) -> str:
        """``name-version``."""
        return self.name if self.version is None else f"{self.name}-{self.version}"

    @classmethod
    def of(cls, package: InstalledPackage) -> Subject:
        """What is needed of a whole record."""
        manifest = package.manifest
        return cls(
            name=manifest.name,
            version=manifest.version,
            origin=manifest.origin,
            deps=tuple(dependency.name for dependency in manifest.deps),
            flavor=manifest.annotations.get("flavor", ""),
        )


def subject_named(text: str) -> Subject:
    """Return what ``name-version`` or a name alone means, split at the last dash as pkg does."""
    name, dash, version = text.rpartition("-")
    if not (name or version):
        raise UsageError("an empty name of a package")
    return Subject(name=name, version=version) if dash else Subject(name=text, version=None)


def subjects_of_root(root: Root, limits: Limits = DEFAULT) -> list[Subject]:
    """Return the packages of a root, whatever kind of database it has; local.sqlite comes first."""
    file = RootFile(root)
    if "" in file.sizes():
        return _of_sqlite(file, limits)
    from portfake.pkgdb.registry import database_of  # noqa: PLC0415  # start-up time

    with database_of(root, limits=limits).read() as records:
        return [Subject.of(package) for package in records.packages()]


def subjects_of_database(path: Path, limits: Limits = DEFAULT) -> list[Subject]:
    """Return the packages of a local.sqlite that lies anywhere, under any name."""
    if not path.is_file():
        raise NotFound("there is no such database", where=str(path))
    return _of_sqlite(FolderFile(path.parent, path.name), limits)


# Tables and columns that every schema from 12 on has; flavors came with annotations (1.3).
_PACKAGES = "SELECT id, name, version, origin FROM packages ORDER BY CAST(name AS BLOB)"
_DEPS = "SELECT package_id, name FROM deps ORDER BY rowid"
_FLAVORS = """SELECT package_id, worth.annotation FROM pkg_annotation
JOIN annotation AS label ON label.annotation_id = tag_id
JOIN annotation AS worth ON worth.annotation_id = value_id WHERE label.annotation = 'flavor'"""
_HAS_FLAVORS = "SELECT 1 FROM sqlite_master WHERE name = 'pkg_annotation' AND type = 'table'"


def _of_sqlite(file: DatabaseFile, limits: Limits) -> list[Subject]:
    """Three queries in place of twenty for each package."""
    with for_reading(file, limits) as (connection, _):
        if not connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchall():
            return []
        packages = _rows(connection, _PACKAGES, limits)
        deps: dict[int, list[str]] = {}
        for owner, name in _rows(connection, _DEPS, limits):
            deps.setdefault(owner, []).append(str(name))
        flavors: dict[int, str] = {}
        if connection.execute(_HAS_FLAVORS).fetchone():
            flavors = dict(_rows(connection, _FLAVORS, limits))
    return [
        Subject(
            name=str(name),
            version=str(version),
            origin=str(origin),
            deps=tuple(deps.get(id_, ())),
            flavor=str(flavors.get(id_, "")),
        )
        for id_, name, version, origin in packages
    ]


def _rows(connection: sqlite3.Connection, query: str, limits: Limits) -> list[tuple[Any, ...]]:
    found = connection.execute(f"{query} LIMIT {limits.entries + 1}").fetchall()
    if len(found) > limits.entries:
        raise LimitExceeded(f"the package database has more than {limits.entries} rows of a kind")
    return found
