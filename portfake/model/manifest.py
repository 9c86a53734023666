"""What a package is, and what a root records of one that is installed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

__all__ = [
    "Dependency",
    "InstalledPackage",
    "LicenseLogic",
    "Manifest",
    "Message",
    "MessageType",
    "PackagedDirectory",
    "PackagedFile",
    "Phase",
    "RecordedSum",
]


class LicenseLogic(Enum):
    """How several licences combine; pkg's words."""

    SINGLE = "single"
    OR = "or"
    AND = "and"


class MessageType(Enum):
    """When a message is shown; a message without a type always is."""

    INSTALL = "install"
    REMOVE = "remove"
    UPGRADE = "upgrade"


class Phase(Enum):
    """When a script runs; INSTALL and DEINSTALL are the old kind, called with an argument."""

    PRE_INSTALL = "pre-install"
    POST_INSTALL = "post-install"
    PRE_DEINSTALL = "pre-deinstall"
    POST_DEINSTALL = "post-deinstall"
    INSTALL = "install"
    DEINSTALL = "deinstall"


@dataclass(frozen=True, slots=True, order=True)
class Dependency:
    """One package that has to be there."""

    name: str
    origin: str
    version: str


@dataclass(frozen=True, slots=True)
class Message:
    """A text for the administrator."""

    text: str
    type: MessageType | None = None
    minimum_version: str | None = None
    maximum_version: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PackagedFile:
    """A file or symlink of a package; None means the record does not say."""

    path: str
    sum: str | None = None
    """pkg's form: a type digit, ``$``, the digest (spec/pkg.md 1.6)."""
    owner: str | None = "root"
    group: str | None = "wheel"
    mode: int | None = None
    flags: int = 0
    mtime: int | None = None
    target: str | None = None


class RecordedSum(NamedTuple):
    """What it takes to hold a file or link against its record; a tuple, as there are so many."""

    package: str
    """Its name in the database."""
    path: str
    sum: str | None
    target: str | None
    """A link's text; None for a file, and where the record does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackagedDirectory:
    """A directory that a package owns (@dir)."""

    path: str
    owner: str | None = "root"
    group: str | None = "wheel"
    mode: int | None = None
    flags: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """Everything a package says of itself, as in its +MANIFEST (spec/pkg.md 2.2)."""

    name: str
    version: str
    origin: str
    comment: str
    desc: str
    maintainer: str
    www: str
    prefix: str
    abi: str
    arch: str = ""
    """The legacy spelling of `abi`."""
    flatsize: int = 0
    licenselogic: LicenseLogic | None = LicenseLogic.SINGLE
    licenses: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    vital: bool = False
    dep_formula: str | None = None
    users: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    """Option -> ``on`` or ``off``."""
    annotations: Mapping[str, str] = field(default_factory=dict)
    deps: tuple[Dependency, ...] = ()
    conflicts: tuple[str, ...] = ()
    provides: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    shlibs_required: tuple[str, ...] = ()
    shlibs_required_ignore: tuple[str, ...] = ()
    shlibs_provided: tuple[str, ...] = ()
    shlibs_provided_ignore: tuple[str, ...] = ()
    files: tuple[PackagedFile, ...] = ()
    directories: tuple[PackagedDirectory, ...] = ()
    config: tuple[str, ...] = ()
    """Paths, also among `files`, that the administrator may edit."""
    scripts: Mapping[Phase, str] = field(default_factory=dict)
    lua_scripts: Mapping[Phase, tuple[str, ...]] = field(default_factory=dict)
    messages: tuple[Message, ...] = ()

    @property
    def full_name(self) -> str:
        """``name-version``."""
        return f"{self.name}-{self.version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledPackage:
    """A manifest as a root's database holds it."""

    manifest: Manifest
    automatic: bool = False
    locked: bool = False
    time: int | None = None
    """Seconds since the epoch at the install."""
    digest: str | None = None
    """manifestdigest (spec/pkg.md 1.6)."""
    config_texts: Mapping[str, str | None] = field(default_factory=dict)
    """Path of a config file -> its text as packaged, the base of later merges."""
