"""A package with its neighbours: what questions about it are answered from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from portfake.model.manifest import Dependency, InstalledPackage, Manifest

__all__ = ["Neighbours", "Subject"]


@dataclass(frozen=True, slots=True)
class Subject:
    """A package as questions see it."""

    package: InstalledPackage
    deps: tuple[Dependency, ...] = ()
    """Direct dependencies with the versions that are installed, "" for an absent one."""
    required_by: tuple[Dependency, ...] = ()
    """Packages that depend on this one directly, as name, origin, version."""
    installed: bool = True
    """False for a package in a file."""

    @property
    def manifest(self) -> Manifest:
        """What the package says of itself."""
        return self.package.manifest

    @property
    def licenses(self) -> str:
        """All licences as one text, as pkg reads them back from a database."""
        return ", ".join(self.manifest.licenses)

    @classmethod
    def in_file(cls, manifest: Manifest) -> Subject:
        """A package that is not installed: only its own words are known."""
        return cls(InstalledPackage(manifest=manifest), deps=manifest.deps, installed=False)


@dataclass(slots=True)
class Neighbours:
    """Who needs and who provides what in one database."""

    packages: Mapping[str, Dependency]
    """Name -> name, origin and version of each installed package."""
    needed_by: Mapping[str, list[Dependency]]
    providers: Mapping[str, list[Dependency]] = field(default_factory=dict)
    requirers: Mapping[str, list[Dependency]] = field(default_factory=dict)
    shlib_providers: Mapping[str, list[Dependency]] = field(default_factory=dict)
    shlib_requirers: Mapping[str, list[Dependency]] = field(default_factory=dict)

    @classmethod
    def of(cls, packages: Iterable[InstalledPackage]) -> Neighbours:
        """From all packages of a database, in the order of their names; contents do not matter."""
        found: dict[str, Dependency] = {}
        tables: list[dict[str, list[Dependency]]] = [{} for _ in range(5)]
        for package in packages:
            manifest = package.manifest
            this = Dependency(manifest.name, manifest.origin, manifest.version)
            found[manifest.name] = this
            listed = (
                tuple(dep.name for dep in manifest.deps),
                manifest.provides,
                manifest.requires,
                manifest.shlibs_provided,
                manifest.shlibs_required,
            )
            for table, names in zip(tables, listed, strict=True):
                for name in names:
                    table.setdefault(name, []).append(this)
        return cls(found, *tables)

    def subject(self, package: InstalledPackage) -> Subject:
        """A package of this database."""
        absent = Dependency("", "", "")
        deps = tuple(
            replace(dep, version=self.packages.get(dep.name, absent).version)
            for dep in package.manifest.deps
        )
        return Subject(package, deps, tuple(self.needed_by.get(package.manifest.name, ())))
