"""``--packages DIR``: binary packages to take dependencies from. No signature is checked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from portfake.errors import InputError, NotFound, PortfakeError
from portfake.limits import DEFAULT, Limits
from portfake.model.abi import Abi
from portfake.model.manifest import Dependency, Manifest
from portfake.model.version import PortVersion
from portfake.packages.archive_reader import PackageArchive, Unpack

__all__ = ["Closure", "PackagePool", "PooledPackage", "Unmet", "read_folder"]


@dataclass(frozen=True, slots=True)
class PooledPackage:
    """One .pkg and what it says of itself."""

    path: Path
    manifest: Manifest
    """Without files and scripts, as a summary is enough to choose by."""


@dataclass(frozen=True, slots=True)
class Unmet:
    """A dependency that the pool cannot satisfy."""

    dependency: Dependency
    wanted_by: str
    """``name-version`` of a package that needs it; empty for what was asked for itself."""
    foreign: tuple[PooledPackage, ...] = ()
    """Packages of that name for another ABI."""


@dataclass(frozen=True, slots=True)
class Closure:
    """What a set of dependencies leads to, dependencies before those that need them."""

    packages: tuple[PooledPackage, ...] = ()
    unmet: tuple[Unmet, ...] = ()


@dataclass(slots=True)
class PackagePool:
    """Packages by name, for systems of one ABI."""

    packages: tuple[PooledPackage, ...]
    abi: Abi
    problems: tuple[PortfakeError, ...] = ()
    """What kept files of the folder from being read."""
    _by_name: dict[str, list[PooledPackage]] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        newest_first = sorted(
            self.packages, key=lambda item: PortVersion(item.manifest.version), reverse=True
        )
        for item in newest_first:
            self._by_name.setdefault(item.manifest.name, []).append(item)

    def named(self, name: str) -> list[PooledPackage]:
        """Return the packages of this name, the newest first, whatever their ABI."""
        return self._by_name.get(name, [])

    def choose(self, dependency: Dependency) -> PooledPackage | None:
        """Return the package that a dependency would take: its very version, else the newest."""
        fitting = [
            item for item in self.named(dependency.name) if self.abi.accepts(item.manifest.abi)
        ]
        exact = [item for item in fitting if item.manifest.version == dependency.version]
        return next(iter(exact or fitting), None)

    def closure(
        self,
        dependencies: Iterable[Dependency],
        *,
        satisfied: Callable[[Dependency], bool] = lambda dependency: False,
        wanted_by: str = "",
    ) -> Closure:
        """Return all that is needed for `dependencies`; `satisfied` tells what is there already.

        Circles among packages are followed once.
        """
        chosen: dict[str, PooledPackage] = {}
        unmet: dict[str, Unmet] = {}
        seen: set[str] = set()
        # A stack of what to visit, and of what to add once its own dependencies were visited.
        stack: list[tuple[Dependency, str, PooledPackage | None]]
        stack = [(item, wanted_by, None) for item in reversed(tuple(dependencies))]
        while stack:
            dependency, by, visited = stack.pop()
            if visited is not None:
                chosen[dependency.name] = visited
            elif dependency.name not in seen:
                seen.add(dependency.name)
                if satisfied(dependency):
                    continue
                package = self.choose(dependency)
                if package is None:
                    foreign = tuple(self.named(dependency.name))
                    unmet[dependency.name] = Unmet(dependency, by, foreign)
                    continue
                stack.append((dependency, by, package))
                needs = reversed(package.manifest.deps)
                stack.extend((need, package.manifest.full_name, None) for need in needs)
        return Closure(tuple(chosen.values()), tuple(unmet.values()))


def read_folder(
    folder: Path, abi: Abi, *, limits: Limits = DEFAULT, unzstd: Unpack | None = None
) -> PackagePool:
    """Return the pool of a folder's .pkg files and those of All/ below it.

    A file that cannot be read is a problem of the pool, not an error: it may not be needed.
    Raises NotFound where there is no such folder.
    """
    if not folder.is_dir():
        raise NotFound("no folder of packages", where=str(folder))
    paths = [path for place in (folder, folder / "All") for path in sorted(place.glob("*.pkg"))]
    packages, problems = [], []
    for path in paths:
        if not path.is_file():
            continue
        try:
            with path.open("rb") as stream:
                archive = PackageArchive(stream, str(path), limits=limits, unzstd=unzstd)
                packages.append(PooledPackage(path, archive.summary()))
        except PortfakeError as error:
            problems.append(error)
        except OSError as error:
            problems.append(InputError(error.strerror or "cannot be read", where=str(path)))
    return PackagePool(tuple(packages), abi, tuple(problems))
