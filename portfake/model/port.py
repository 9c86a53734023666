"""What a ports tree says of one port for one target: the outcome of an evaluation, typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum

from portfake.model.origin import Origin

__all__ = ["DependencyKind", "Port", "PortDependency", "Subpackage"]


class DependencyKind(Enum):
    """The *_DEPENDS families of a port; the values are the variables' first words."""

    PKG = "PKG"
    FETCH = "FETCH"
    EXTRACT = "EXTRACT"
    PATCH = "PATCH"
    BUILD = "BUILD"
    LIB = "LIB"
    RUN = "RUN"
    TEST = "TEST"


@dataclass(frozen=True, slots=True)
class PortDependency:
    """One word of a *_DEPENDS variable: ``pattern:origin[@flavor][:target]``."""

    pattern: str
    """A path, a command, a library ``lib*.so*``, or a package with a version (``name>=1``)."""
    origin: Origin
    target: str = ""
    subpackage: str = ""
    """Which of the port's packages, after a ``~``; the main one if empty (newer trees)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subpackage:
    """One more package that a port makes of the same stage (SUBPACKAGES of newer trees)."""

    word: str
    """As in SUBPACKAGES; its variables have it as a suffix (RUN_DEPENDS.docs)."""
    name: str
    """Its own PKGBASE: ``name-docs``."""
    dependencies: Mapping[DependencyKind, tuple[PortDependency, ...]]
    self_depends: tuple[str, ...] = ()
    """Names of packages of the same port that it needs (SELF_DEPENDS)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """One port in one flavor. Words that name files are paths as evaluation sees them."""

    origin: Origin
    name: str
    """PKGBASE: the package's name without its version."""
    version: str
    """PKGVERSION, with revision and epoch."""
    comment: str
    maintainer: str
    www: tuple[str, ...]
    prefix: str
    categories: tuple[str, ...]
    licenses: tuple[str, ...]
    license_logic: str
    """LICENSE_COMB: single, dual or multi."""
    users: tuple[str, ...]
    groups: tuple[str, ...]
    options: Mapping[str, bool]
    """Option -> whether it is on, in the tree's order."""
    flavors: tuple[str, ...]
    uses: tuple[str, ...]
    """The words of USES, arguments after the colon."""
    dependencies: Mapping[DependencyKind, tuple[PortDependency, ...]]
    distfiles: tuple[str, ...]
    """What fetch wants, patches included, relative to DISTDIR."""
    no_arch: bool
    no_build: bool
    ignore: str
    """Why the framework would not build it (IGNORE, BROKEN, FORBIDDEN, licences), or empty."""
    deprecated: str
    expiration_date: str
    foreign_payload: tuple[str, ...]
    """Globs over paths that may hold machine code although the port is NO_ARCH
    (NO_ARCH_IGNORE, or IGNORE_QA_no_arch for all)."""
    conflicts_install: tuple[str, ...]
    """Globs over the names of installed packages: CONFLICTS and CONFLICTS_INSTALL."""

    self_depends: tuple[str, ...] = ()
    """Names of its own subpackages that the main package needs."""
    subpackages: tuple[Subpackage, ...] = ()

    def as_subpackage(self, part: Subpackage) -> Port:
        """Return the port as if that subpackage were its only package."""
        return replace(
            self,
            name=part.name,
            dependencies={**self.dependencies, **part.dependencies},
            self_depends=part.self_depends,
            subpackages=(),
        )

    @property
    def full_name(self) -> str:
        """PKGNAME: ``name-version``."""
        return f"{self.name}-{self.version}"
