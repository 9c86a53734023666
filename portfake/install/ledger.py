"""What became of everything that an ordinary install or delete would have run."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from portfake.model.manifest import Phase

__all__ = ["LedgerEntry", "LedgerState", "ScriptKind"]


class LedgerState(Enum):
    """What became of a script or trigger."""

    DONE = "done"
    DEFERRED = "deferred"
    """Left, wholly or in part, to the running system."""
    REFUSED = "refused"
    """Left out: the user said so."""
    NOT_NEEDED = "not needed"


class ScriptKind(Enum):
    """What was to be run."""

    LUA = "lua"
    SHELL = "shell"
    TRIGGER = "trigger"


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One script or trigger of a package at one moment."""

    package: str
    """name-version"""
    phase: Phase
    kind: ScriptKind
    state: LedgerState
    reason: str
    text: str
    left: str = ""
    """Shell text for the running system; empty where nothing is left to be done."""
