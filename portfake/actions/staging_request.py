"""What a caller says of staging; apart, since package files need no stager."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

__all__ = ["Finished", "Method", "StageWith", "StagingRequest"]


class Method(Enum):
    """How a port gets into an image."""

    FAKE = "fake"
    """Staged natively, nothing being run."""
    UNION = "union"
    """Installed in a view of the host by the port's own make install."""


class StageWith(Enum):
    """Who stages a port for the fake install."""

    NATIVE = "native"
    """Recipes are interpreted; nothing runs."""
    MAKE = "make"
    """This machine's make runs them, not as root."""
    SANDBOX = "sandbox"
    """What cannot be interpreted is run by /bin/sh in bubblewrap."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A port that somebody else staged."""

    origin: str
    folder: str
    """Its work folder (WRKDIR)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StagingRequest:
    """How ports are to be staged."""

    method: Method = Method.FAKE
    stage_with: StageWith = StageWith.NATIVE
    finished: Finished | None = None
    fetch: bool = False
    """Get distfiles that are not there from the ports' sites."""
    workdir: str | None = None
    """Where the work folder is made; None for the system's temporary folder."""
    installer: Sequence[str] = ()
    """For a union: a program in make's place, with its first arguments."""
    make_args: Sequence[str] = ()
    """For a union: arguments for make."""
    show: Sequence[str] = ()
    """For a union: more folders of the host to be seen."""
