"""Work that was begun in the image and is not done: by portfake, or by pkg(8).

What lies under var/db/portfake is told by its paths alone; install/journal.py and
install/ledger_keeping.py say what is in them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from portfake.audit.finding import Severity
from portfake.audit.inventory import Inventory
from portfake.audit.rule import Needs, Observation, rule
from portfake.model.entry import EntryType

__all__ = ["FIRST_BOOT", "RULES"]

_JOURNAL: Final = "/var/db/portfake/journal"
_PIECES: Final = "/var/db/portfake/deferred/"
FIRST_BOOT: Final = "/usr/local/etc/rc.d/portfake_firstboot"
"""The script that portfake leaves for the first boot, which belongs to no package."""
_FLAT: Final = "/var/db/pkg/.portfake.pending"
_TRIGGERS: Final = "/var/db/pkg/triggers/"


@rule(
    "work-interrupted",
    Severity.ERROR,
    "No installation is under way, and none was interrupted.",
    needs=Needs.WHOLE,
    fix="portfake recover --root ROOT",
)
def _interrupted(inventory: Inventory) -> Iterator[Observation]:
    for path in (_JOURNAL, _FLAT):
        if path in inventory.entries:
            yield Observation(message="tells of an installation that did not end", path=path)


@rule(
    "work-deferred",
    Severity.WARNING,
    "Nothing that packages' scripts would have done is left to the running system.",
    needs=Needs.WHOLE,
    fix="run it in the running system; its ledger is var/db/portfake/ledger",
)
def _deferred(inventory: Inventory) -> Iterator[Observation]:
    for path, entry in inventory.entries.items():
        if path == FIRST_BOOT or (path.startswith(_PIECES) and entry.type is EntryType.FILE):
            yield Observation(message="is left to be run by the system itself", path=path)


@rule(
    "trigger-deferred",
    Severity.WARNING,
    "No trigger of pkg(8) waits for the running system.",
    needs=Needs.WHOLE,
    fix="run pkg triggers in the running system",
)
def _triggers(inventory: Inventory) -> Iterator[Observation]:
    for path, entry in inventory.entries.items():
        if path.startswith(_TRIGGERS) and entry.type is EntryType.FILE:
            yield Observation(message="waits to be run", path=path)


RULES = (_interrupted, _deferred, _triggers)
