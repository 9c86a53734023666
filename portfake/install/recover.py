"""After an interruption: whether the records already count decides which way it goes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from enum import Enum

from portfake.errors import Refused
from portfake.install.journal import Journal
from portfake.pkgdb.interface import PackageDatabase, Records

__all__ = ["Settled", "fingerprint", "settle"]


class Settled(Enum):
    """Which of its two ends an interrupted run came to."""

    FINISHED = "finished"
    UNDONE = "undone"


def settle(journal: Journal, database: PackageDatabase) -> Settled:
    """Undo a run unless its records count; FINISHED leaves `Journal.finish` to the caller.

    Raises Refused where the records are neither the old nor the new ones: another program has
    changed them since. OSError where the root does not let us; it may be tried again.
    """
    recorded = journal.recorded
    if recorded is not None:
        with database.read() as records:
            now = fingerprint(records, recorded.packages)
        if now == recorded.after:
            return Settled.FINISHED
        if now != recorded.before:
            raise Refused(
                f"{', '.join(recorded.packages)}: recorded neither as before the interrupted run "
                "nor as after it",
                where=journal.root.directory,
                hint="portfake recover --forget drops the journal and leaves all files as they are",
            )
    journal.undo()
    return Settled.UNDONE


def fingerprint(records: Records, names: Iterable[str]) -> str:
    """Return what tells the records of these packages apart from any others."""
    state = hashlib.sha256()
    for name in names:
        state.update(records.state(name).encode("utf-8", "surrogateescape") + b"\0")
    return state.hexdigest()
