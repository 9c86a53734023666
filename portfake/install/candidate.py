"""A package that somebody wants in the root: what the planner sees, and what apply reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from portfake.install.plan import Source
from portfake.model.manifest import Manifest
from portfake.model.payload import Payload
from portfake.packages.machine_code import Code

__all__ = ["Candidate"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """One package of the set that is to be installed."""

    manifest: Manifest
    digest: str
    """manifestdigest in its full form."""
    source: Source
    open_payload: Callable[[], AbstractContextManager[Payload]]
    """Opens the files, in the manifest's own paths; may be called more than once."""
    code: Code = field(default=Code())
    """What of its files is compiled."""
    foreign_allowed: tuple[str, ...] = field(default=())
    """Globs over paths whose machine code is payload (NO_ARCH_IGNORE and the like)."""
    automatic: bool = False
    conflicts: tuple[str, ...] = ()
    """Globs over names of packages that must not be beside it (CONFLICTS, CONFLICTS_INSTALL)."""
    provenance: Mapping[str, str] = field(default_factory=dict)
    """Annotations that tell what it was made of (portfake_tree, portfake_inputs)."""
    sizes: Mapping[str, int] = field(default_factory=dict)
    """Path -> bytes, where that is known."""
