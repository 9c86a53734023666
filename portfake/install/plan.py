"""What an install is going to do, as a value that can be printed, saved and compared."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from portfake.install.ledger import LedgerEntry
from portfake.model.manifest import Manifest

__all__ = [
    "Action",
    "Plan",
    "PlannedFile",
    "PlannedPackage",
    "Source",
]


class Action(Enum):
    """What happens to one package of the set."""

    INSTALL = "install"
    KEEP = "keep"
    """The root records the same package already; nothing is done."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a package came from."""

    kind: str
    """``port`` or ``file``."""
    name: str
    """An origin with its flavor, or the path of a .pkg file."""
    verified: bool
    """Whether its content was held against checksums that somebody stated; a .pkg file from a
    folder was not: no signature is checked."""


@dataclass(frozen=True, slots=True)
class PlannedPackage:
    """One package of the set."""

    action: Action
    manifest: Manifest
    digest: str
    """manifestdigest, by which a later run knows that nothing is left to do."""
    source: Source
    automatic: bool
    """Whether it is there only because another needs it."""


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """One path that will be written."""

    path: str
    package: str
    type: str
    mode: int | None
    owner: str | None
    group: str | None
    saved_as: str | None = None
    """Where an unowned file that is in the way will be kept."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that will be done to a root, and everything that will not."""

    root: str
    abi: str
    osversion: int
    packages: tuple[PlannedPackage, ...]
    """In the order of installation: what is needed comes before what needs it."""
    files: tuple[PlannedFile, ...]
    missing: tuple[str, ...]
    """Dependencies (name-version) that the root will not have; only with --no-deps."""
    ledger: tuple[LedgerEntry, ...]
    notes: tuple[str, ...]

    @property
    def changes(self) -> bool:
        """Whether there is anything to do."""
        return any(package.action is not Action.KEEP for package in self.packages)
