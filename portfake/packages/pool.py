"""``--packages DIR``: binary packages to take what is needed from. No signature is checked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from portfake.errors import PortfakeError
from portfake.model.abi import Abi
from portfake.model.dependency_formula import Alternative, DependencyFormula
from portfake.model.manifest import Dependency, Manifest
from portfake.model.version import PortVersion

__all__ = [
    "Capability",
    "Choice",
    "Closure",
    "Kind",
    "Need",
    "PackagePool",
    "PooledPackage",
    "Unmet",
    "needs_of",
    "provided_by",
]


@dataclass(frozen=True, slots=True)
class PooledPackage:
    """One .pkg and what it says of itself."""

    path: Path
    manifest: Manifest
    """Without files and scripts, as a summary is enough to choose by."""
    size: int | None = None
    """What the catalogue says of the file; None where there is no catalogue."""
    sum: str | None = None


class Kind(Enum):
    """What can be needed without naming the package that has it."""

    LIBRARY = "shared library"
    FEATURE = "feature"
    """A word of `requires`, for one of `provides`."""


@dataclass(frozen=True, slots=True)
class Capability:
    """Something that whichever package may provide."""

    kind: Kind
    name: str

    def __str__(self) -> str:
        return f"{self.kind.value} {self.name}"


@dataclass(frozen=True, slots=True)
class Choice:
    """An item of a dependency formula: one of these will do."""

    alternatives: tuple[Alternative, ...]

    def __str__(self) -> str:
        return " | ".join(map(str, self.alternatives))


Need = Dependency | Capability | Choice


@dataclass(frozen=True, slots=True)
class Unmet:
    """A need that the pool cannot satisfy."""

    need: Need
    wanted_by: str
    """``name-version`` of a package that needs it; empty for what was asked for itself."""
    foreign: tuple[PooledPackage, ...] = ()
    """Packages that would do, but are for another ABI."""


@dataclass(frozen=True, slots=True)
class Closure:
    """What a set of needs leads to, dependencies before those that need them."""

    packages: tuple[PooledPackage, ...] = ()
    unmet: tuple[Unmet, ...] = ()


@dataclass(slots=True)
class PackagePool:
    """Packages by name and by what they provide, for systems of one ABI."""

    packages: tuple[PooledPackage, ...]
    abi: Abi
    problems: tuple[PortfakeError, ...] = ()
    """What kept files of the folder from being read."""
    _by_name: dict[str, list[PooledPackage]] = field(default_factory=dict, init=False, repr=False)
    _by_capability: dict[Capability, list[PooledPackage]] = field(
        default_factory=dict, init=False, repr=False
    )

    def __post_init__(self) -> None:
        newest_first = sorted(
            self.packages, key=lambda item: PortVersion(item.manifest.version), reverse=True
        )
        for item in newest_first:
            self._by_name.setdefault(item.manifest.name, []).append(item)
            for provided in provided_by(item.manifest):
                self._by_capability.setdefault(provided, []).append(item)

    def named(self, name: str) -> list[PooledPackage]:
        """Return the packages of this name, the newest first, whatever their ABI."""
        return self._by_name.get(name, [])

    def choose(self, need: Need) -> PooledPackage | None:
        """Return the package that a need would take.

        For a dependency its very version, else the newest; for a capability the newest package
        with the first name; for a choice what the first alternative that there is takes.
        """
        fitting = [item for item in self.answers(need) if self.abi.accepts(item.manifest.abi)]
        match need:
            case Dependency():
                exact = [item for item in fitting if item.manifest.version == need.version]
                return next(iter(exact or fitting), None)
            case Capability():
                return min(fitting, key=lambda item: item.manifest.name, default=None)
            case Choice():
                return next(iter(fitting), None)

    def answers(self, need: Need) -> list[PooledPackage]:
        """Return the packages that meet a need, whatever their ABI."""
        match need:
            case Dependency():
                return self.named(need.name)
            case Capability():
                return self._by_capability.get(need, [])
            case Choice():
                return [
                    item
                    for alternative in need.alternatives
                    for item in self.named(alternative.name)
                    if _would_do(alternative, item.manifest)
                ]

    def closure(
        self,
        needs: Iterable[Need],
        *,
        satisfied: Callable[[Need], bool] = lambda need: False,
        wanted_by: str = "",
    ) -> Closure:
        """Return all that is needed for `needs`; `satisfied` tells what is there already.

        What a package depends on by name goes before what it needs of whichever package, since
        the one mostly provides the other. Circles among packages are followed once.
        """
        search = _Search(self, satisfied)
        search.follow([(need, wanted_by) for need in needs])
        return Closure(tuple(search.chosen.values()), tuple(search.unmet.values()))


@dataclass(slots=True)
class _Search:
    pool: PackagePool
    satisfied: Callable[[Need], bool]
    chosen: dict[str, PooledPackage] = field(default_factory=dict)
    unmet: dict[Need | str, Unmet] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    """Names of packages that are chosen, or will be once their own needs were visited."""
    provided: set[Capability] = field(default_factory=set)

    def follow(self, needs: list[tuple[Need, str]]) -> None:
        # A stack of what to visit, and of what to add once its own needs were visited.
        stack: list[tuple[Need, str] | PooledPackage] = list(reversed(needs))
        while stack:
            item = stack.pop()
            if isinstance(item, PooledPackage):
                self.chosen[item.manifest.name] = item
                continue
            package = self._package_for(*item)
            if package is not None:
                by = package.manifest.full_name
                stack.append(package)
                stack.extend((need, by) for need in reversed(list(needs_of(package.manifest))))

    def _package_for(self, need: Need, by: str) -> PooledPackage | None:
        """The package to take for a need, if it is not met already."""
        if self._met(need) or self.satisfied(need):
            return None
        package = self.pool.choose(need)
        if package is None:
            key = need.name if isinstance(need, Dependency) else need
            foreign = tuple(self.pool.answers(need))
            self.unmet.setdefault(key, Unmet(need, by, foreign))
            return None
        if package.manifest.name in self.taken:
            return None
        self.taken.add(package.manifest.name)
        self.provided.update(provided_by(package.manifest))
        return package

    def _met(self, need: Need) -> bool:
        match need:
            case Dependency():
                return need.name in self.taken
            case Capability():
                return need in self.provided
            case Choice():
                return any(alternative.name in self.taken for alternative in need.alternatives)


def needs_of(manifest: Manifest) -> Iterator[Need]:
    """Yield what a package needs: by name, by formula, then by what others provide."""
    yield from manifest.deps
    if manifest.dep_formula:
        yield from map(Choice, DependencyFormula.parse(manifest.dep_formula).items)
    yield from (Capability(Kind.LIBRARY, name) for name in manifest.shlibs_required)
    yield from (Capability(Kind.FEATURE, name) for name in manifest.requires)


def provided_by(manifest: Manifest) -> Iterator[Capability]:
    """Yield what a package has that others may need without naming it."""
    yield from (Capability(Kind.LIBRARY, name) for name in manifest.shlibs_provided)
    yield from (Capability(Kind.FEATURE, name) for name in manifest.provides)


def _would_do(alternative: Alternative, manifest: Manifest) -> bool:
    return alternative.matches(manifest.name, manifest.version, manifest.options)
