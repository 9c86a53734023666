"""What became of everything that an ordinary install or delete would have run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from portfake.model.manifest import Manifest, Phase

__all__ = ["LedgerEntry", "LedgerState", "ScriptKind", "scripts_ledger"]


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


_AT_INSTALL = (Phase.PRE_INSTALL, Phase.INSTALL, Phase.POST_INSTALL)
_REASON = "scripts are not run; do what it says inside the running system"


def scripts_ledger(manifest: Manifest) -> Iterator[LedgerEntry]:
    """Yield an entry for each script that an ordinary install would have run, in pkg's order."""
    for phase in _AT_INSTALL:
        kinds = dict.fromkeys(manifest.lua_scripts.get(phase, ()), ScriptKind.LUA)
        if phase in manifest.scripts:
            kinds[manifest.scripts[phase]] = ScriptKind.SHELL
        for text, kind in kinds.items():
            yield LedgerEntry(manifest.full_name, phase, kind, LedgerState.DEFERRED, _REASON, text)
