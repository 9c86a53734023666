"""What is going to be done to a root, as a value that can be printed, saved and compared.

A plan has `packages` (what will be recorded) and `steps` (what happens to the tree, one path
each). A package's own files are steps, and so is everything else that changes the root: a line
that a script adds to /etc/shells, a merged configuration file, master.passwd. All steps of a
plan go through one journal (install/apply.py) and count together with the records or not at all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from portfake.install.ledger import LedgerEntry
from portfake.model.entry import EntryType
from portfake.model.manifest import Manifest

__all__ = [
    "Action",
    "Content",
    "Plan",
    "PlannedPackage",
    "Source",
    "Step",
    "StepKind",
]


class Action(Enum):
    """What happens to one package of the set."""

    INSTALL = "install"
    UPGRADE = "upgrade"
    DOWNGRADE = "downgrade"
    REINSTALL = "reinstall"
    """The same version, built otherwise or asked for with --force."""
    DELETE = "delete"
    KEEP = "keep"
    """The root records the same package already; nothing is done."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a package came from."""

    kind: str
    """``port``, ``file``, or ``record`` for one that goes."""
    name: str
    """An origin with its flavor, the path of a .pkg file, or the root."""
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
    replaces: str | None = None
    """The version that the root has of it now."""


@dataclass(frozen=True, slots=True)
class Content:
    """Bytes that a step writes; shown and saved by digest alone, since they may be secret."""

    sha256: str
    size: int
    _data: bytes = field(repr=False, compare=False)

    @classmethod
    def of(cls, data: bytes) -> Content:
        """Return the content that these bytes are."""
        return cls(hashlib.sha256(data).hexdigest(), len(data), data)

    @property
    def data(self) -> bytes:
        """The bytes."""
        return self._data


class StepKind(Enum):
    """What happens to one path."""

    FOLDER = "folder"
    """There will be a folder with these attributes; above it folders are made as needed."""
    PLACE = "place"
    """A file or symlink of a package's payload, in place of what is there."""
    WRITE = "write"
    """A file with the step's own content, or a symlink, in place of what is there."""
    REMOVE = "remove"
    """A file or symlink goes."""
    REMOVE_FOLDER = "remove folder"
    """A folder goes if nothing is left in it; tried in the order of the steps, at the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One path that changes.

    No path stands in two steps, but for a REMOVE and the FOLDER that takes its place. A script
    that edits what a package brings makes that PLACE a WRITE. Attributes that are None
    are left as they come: 0644 or 0755, owned by root.
    """

    kind: StepKind
    path: str
    package: str
    """The package (its name) on whose behalf."""
    type: EntryType = EntryType.FILE
    mode: int | None = None
    owner: str | None = None
    """A name of the root's own files or of `Plan.users`, or an id as text."""
    group: str | None = None
    mtime: int | None = None
    target: str | None = None
    """Of a symlink that is written."""
    content: Content | None = None
    """Of a file that is written."""
    payload_path: str | None = None
    """The payload's path of what is placed, where it is not `path` (NAME.pkgnew)."""
    saved_as: str | None = None
    """The name that keeps what lies at `path` now."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that will be done to a root, and everything that will not."""

    root: str
    abi: str
    osversion: int
    packages: tuple[PlannedPackage, ...]
    """In the order of the work: what is needed comes before what needs it, in a deletion after."""
    steps: tuple[Step, ...]
    missing: tuple[str, ...]
    """Dependencies (name-version) that the root will not have; only with --no-deps."""
    ledger: tuple[LedgerEntry, ...]
    notes: tuple[str, ...]
    users: Mapping[str, int] = field(default_factory=dict)
    """Users that the steps bring into the root's files: their names are good as owners."""
    groups: Mapping[str, int] = field(default_factory=dict)

    @property
    def changes(self) -> bool:
        """Whether there is anything to do."""
        return any(package.action is not Action.KEEP for package in self.packages)
