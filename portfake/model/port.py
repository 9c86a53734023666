"""What a ports tree says of one port for one target: the outcome of an evaluation, typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from portfake.model.origin import Origin

__all__ = ["DependencyKind", "Port", "PortDependency"]


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

    @property
    def full_name(self) -> str:
        """PKGNAME: ``name-version``."""
        return f"{self.name}-{self.version}"
