"""The ledger: what became of everything that ordinary installs and deletes would have run.

It is kept as lines of JSON, one entry each, in ROOT/var/db/portfake/ledger or a folder that the
user names, and holds what concerns the packages that are there, and what is still to be done for
those that are gone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from enum import Enum

from portfake.errors import InputError, Place, Problems
from portfake.formats.json import plain
from portfake.model.manifest import Phase

__all__ = [
    "LedgerEntry",
    "LedgerState",
    "ScriptKind",
    "format_ledger",
    "merged",
    "parse_ledger",
]


class LedgerState(Enum):
    """What became of a script or trigger."""

    DONE = "done"
    DEFERRED = "deferred"
    """Left, wholly or in part, to the running system."""
    REFUSED = "refused"
    """Left out: the user said so, or it makes no sense."""
    NOT_NEEDED = "not needed"


class ScriptKind(Enum):
    """What was to be run."""

    LUA = "lua"
    SHELL = "shell"
    TRIGGER = "trigger"


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One script of a package, or one trigger, at one moment."""

    package: str
    """name-version; of a trigger the path of its file."""
    phase: Phase
    kind: ScriptKind
    state: LedgerState
    reason: str
    text: str
    left: str = ""
    """Shell text for the running system; empty where nothing is left to be done."""

    @property
    def subject(self) -> str:
        """The package's name without its version, or the trigger's path."""
        return self.package.rpartition("-")[0] or self.package


def merged(
    kept: Iterable[LedgerEntry],
    new: Sequence[LedgerEntry],
    *,
    coming: Iterable[str] = (),
    going: Iterable[str] = (),
) -> tuple[LedgerEntry, ...]:
    """Return the ledger after a plan: `coming` and `going` are the names of its packages.

    Of a package that goes only what is left for the running system stays.
    """
    gone = set(going)
    replaced = {*coming, *gone, *(entry.subject for entry in new if _is_trigger(entry))}
    left = [entry for entry in kept if entry.subject not in replaced]
    said = [entry for entry in new if entry.subject not in gone or entry.left]
    return (*left, *said)


def _is_trigger(entry: LedgerEntry) -> bool:
    return entry.kind is ScriptKind.TRIGGER


def format_ledger(entries: Iterable[LedgerEntry]) -> str:
    """Return the ledger's text."""
    return "".join(json.dumps(plain(entry)) + "\n" for entry in entries)


_FIELDS = {field.name for field in fields(LedgerEntry)}


def parse_ledger(text: str, where: str) -> tuple[LedgerEntry, ...]:
    """Return the entries of a ledger; InputError with every bad line."""
    entries: list[LedgerEntry] = []
    problems: list[InputError] = []
    for number, line in enumerate(text.splitlines(), 1):
        try:
            entries.append(_entry(json.loads(line)))
        except (ValueError, TypeError, KeyError, RecursionError):
            problems.append(InputError("no entry of a ledger", where=Place(where, number)))
    Problems.check(problems)
    return tuple(entries)


def _entry(said: object) -> LedgerEntry:
    if not isinstance(said, dict) or set(said) != _FIELDS:
        raise ValueError
    if not all(isinstance(value, str) for value in said.values()):
        raise TypeError
    return LedgerEntry(
        package=said["package"],
        phase=Phase(said["phase"]),
        kind=ScriptKind(said["kind"]),
        state=LedgerState(said["state"]),
        reason=said["reason"],
        text=said["text"],
        left=said["left"],
    )
