"""What no record speaks of: strays under the prefix, rights that are taken or given away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from portfake.audit.finding import Severity
from portfake.audit.inventory import Inventory
from portfake.audit.rule import Needs, Observation, rule
from portfake.audit.rules.generated import is_generated
from portfake.audit.rules.pending import FIRST_BOOT
from portfake.model.entry import Entry, EntryType

__all__ = ["RULES"]

_SET_ID: Final = 0o6000


@rule(
    "file-unowned",
    Severity.WARNING,
    "Everything under the prefix belongs to a package.",
    needs=Needs.WHOLE,
    fix="find out who put it there; remove it, or package it",
)
def _unowned(inventory: Inventory) -> Iterator[Observation]:
    for entry in _unrecorded(inventory):
        derived = is_generated(entry.path) or _is_sampled(inventory, entry.path)
        if not derived and entry.path != FIRST_BOOT:
            yield Observation(message="belongs to no package", path=entry.path)


@rule(
    "file-derived",
    Severity.NOTE,
    "Copies of samples and caches under the prefix belong to nobody, as they should.",
    needs=Needs.WHOLE,
)
def _derived(inventory: Inventory) -> Iterator[Observation]:
    for entry in _unrecorded(inventory):
        if is_generated(entry.path):
            yield Observation(message="is a generated cache", path=entry.path)
        elif _is_sampled(inventory, entry.path):
            yield Observation(message="was copied from its sample", path=entry.path)


def _unrecorded(inventory: Inventory) -> Iterator[Entry]:
    for entry in inventory.below_prefix():
        if entry.type is not EntryType.DIRECTORY and entry.path not in inventory.owners:
            yield entry


_SAMPLES: Final = (".sample", "-dist", ".default", ".dist", ".example")


def _is_sampled(inventory: Inventory, path: str) -> bool:
    return any(path + ending in inventory.owners for ending in _SAMPLES)


@rule(
    "file-temporary",
    Severity.WARNING,
    "No temporary file of an interrupted installation is left.",
    needs=Needs.WHOLE,
    fix="remove it",
)
def _temporary(inventory: Inventory) -> Iterator[Observation]:
    for path in inventory.entries:
        if path.rpartition("/")[2].startswith((".pkgtemp.", ".portfake.")):
            yield Observation(message="was left by an interrupted installation", path=path)


@rule(
    "set-id-unrecorded",
    Severity.ERROR,
    "No program under the prefix takes another user's rights unless its package says so.",
    needs=Needs.WHOLE,
    fix="find out who set the bit; chmod ug-s",
)
def _set_id(inventory: Inventory) -> Iterator[Observation]:
    recorded = {file.path: file.mode for _, file in inventory.files}
    for entry in inventory.below_prefix():
        if entry.type is not EntryType.FILE or not (entry.mode or 0) & _SET_ID:
            continue
        if not (recorded.get(entry.path) or 0) & _SET_ID:
            yield Observation(
                message=f"has mode {entry.mode:04o}",
                package=inventory.owners.get(entry.path),
                path=entry.path,
            )


@rule("set-id", Severity.NOTE, "These programs take another user's rights.", needs=Needs.WHOLE)
def _set_ids(inventory: Inventory) -> Iterator[Observation]:
    for path, entry in inventory.entries.items():
        if entry.type is EntryType.FILE and (entry.mode or 0) & _SET_ID:
            yield Observation(
                message=f"mode {entry.mode:04o}, {entry.owner}:{entry.group}",
                package=inventory.owners.get(path),
                path=path,
            )


@rule(
    "world-writable",
    Severity.WARNING,
    "Nobody but owner and group may write, but for folders with the sticky bit.",
    needs=Needs.WHOLE,
    fix="chmod o-w",
)
def _writable(inventory: Inventory) -> Iterator[Observation]:
    for path, entry in inventory.entries.items():
        mode = entry.mode or 0
        if entry.type not in {EntryType.FILE, EntryType.DIRECTORY} or not mode & 0o002:
            continue
        if entry.type is EntryType.FILE or not mode & 0o1000:
            yield Observation(
                message=f"has mode {mode:04o}",
                package=inventory.owners.get(path),
                path=path,
            )


RULES = (_unowned, _derived, _temporary, _set_id, _set_ids, _writable)
