"""A package that somebody wants in the root: what the planner sees, and what apply reads."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from portfake.install.plan import Source
from portfake.model.manifest import Manifest
from portfake.model.payload import Payload

__all__ = ["Candidate", "CompiledFile"]


@dataclass(frozen=True, slots=True)
class CompiledFile:
    """A file of a package that holds machine code."""

    path: str
    machine: str
    """What it was compiled for: a CPU word of FreeBSD, or a description of anything else."""
    system: str
    """``FreeBSD``, ``Linux``, or empty where the file does not say."""
    release: int | None = None
    """__FreeBSD_version it was linked for, where a note says so."""
    executable: bool = False
    """Whether a mode bit says that it is meant to be run."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One package of the set that is to be installed."""

    manifest: Manifest
    digest: str
    """manifestdigest in its full form."""
    source: Source
    open_payload: Callable[[], AbstractContextManager[Payload]]
    """Opens the files, in the manifest's own paths; may be called more than once."""
    compiled: tuple[CompiledFile, ...] = ()
    foreign_allowed: tuple[str, ...] = field(default=())
    """Globs over paths whose machine code is payload (NO_ARCH_IGNORE and the like)."""
    automatic: bool = False
