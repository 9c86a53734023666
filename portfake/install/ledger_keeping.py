"""The ledger and what is left to be done, as steps of the plan that they tell of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from portfake.install.deferred import (
    FIRSTBOOT,
    RC_CONF,
    SENTINEL,
    first_boot_script,
    pieces,
)
from portfake.install.journal import FOLDER
from portfake.install.ledger import LedgerEntry, format_ledger, merged
from portfake.install.plan import Action, Content, Plan, Step, StepKind
from portfake.model.entry import EntryType

__all__ = [
    "DEFERRED",
    "FOLDER",
    "LEDGER",
    "Keeping",
    "Kept",
    "files_of",
    "ledger_after",
    "with_ledger",
]

LEDGER = "ledger"
DEFERRED = "deferred"
_RC_CONF_TEXT = 'portfake_firstboot_enable="YES"\n'


@dataclass(frozen=True, slots=True)
class Keeping:
    """How the user wants it kept."""

    first_boot: bool = False
    """Put what is left into one rc.d script instead of pieces."""
    outside: bool = False
    """Keep the ledger and the pieces in a folder outside the root."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What was kept before."""

    entries: tuple[LedgerEntry, ...] = ()
    pieces: tuple[str, ...] = ()
    """The file names of pieces."""
    first_boot: bool = False
    """There is a script for the first boot, which is kept up to date from then on."""


def with_ledger(plan: Plan, before: Kept, keeping: Keeping, *, clock: int) -> Plan:
    """Return the plan with the steps that bring what is kept up to date; `clock` is now."""
    if not plan.changes:
        return plan
    after = ledger_after(plan, before)
    if before.first_boot:
        keeping = replace(keeping, first_boot=True)
    steps: list[Step] = []
    if not keeping.outside:
        files = files_of(after, keeping)
        for name, text in files.items():
            if name != LEDGER or after != before.entries:
                steps.append(_write(f"{FOLDER}/{name}", text, 0o644))
        gone = [name for name in before.pieces if f"{DEFERRED}/{name}" not in files]
        steps.extend(_remove(f"{FOLDER}/{DEFERRED}/{name}") for name in gone)
        if before.entries and not after:
            steps.append(_remove(f"{FOLDER}/{LEDGER}"))
    if keeping.first_boot:
        steps.extend(_first_boot(after, there=before.first_boot))
    there = {step.path for step in plan.steps}
    new = [replace(step, mtime=clock) for step in steps if step.path not in there]
    return replace(plan, steps=(*plan.steps, *new))


def ledger_after(plan: Plan, before: Kept) -> tuple[LedgerEntry, ...]:
    """Return the ledger as it is once the plan is done."""
    names: dict[bool, list[str]] = {True: [], False: []}
    for package in plan.packages:
        if package.action is not Action.KEEP:
            names[package.action is Action.DELETE].append(package.manifest.name)
    return merged(before.entries, plan.ledger, coming=names[False], going=names[True])


def files_of(ledger: Iterable[LedgerEntry], keeping: Keeping) -> dict[str, str]:
    """Return what is to lie in the folder, by names within it: the ledger and the pieces."""
    ledger = tuple(ledger)
    files = {LEDGER: format_ledger(ledger)} if ledger else {}
    if not keeping.first_boot:
        files |= {f"{DEFERRED}/{piece.file_name}": piece.text for piece in pieces(ledger)}
    return files


def _first_boot(ledger: Iterable[LedgerEntry], *, there: bool) -> Iterator[Step]:
    wanted = pieces(ledger)
    if not wanted:
        if there:
            yield from map(_remove, (FIRSTBOOT, RC_CONF))
        return
    yield _write(FIRSTBOOT, first_boot_script(wanted), 0o555)
    yield _write(RC_CONF, _RC_CONF_TEXT, 0o644)
    yield _write(SENTINEL, "", 0o644)


def _write(path: str, text: str, mode: int) -> Step:
    return Step(
        kind=StepKind.WRITE,
        path=path,
        package="",
        type=EntryType.FILE,
        mode=mode,
        owner="root",
        group="wheel",
        content=Content.of(text.encode("utf-8", "surrogateescape")),
    )


def _remove(path: str) -> Step:
    return Step(kind=StepKind.REMOVE, path=path, package="")
