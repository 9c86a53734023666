"""Where the ledger lies: read before a plan is made, and written outside the root if asked to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from portfake.actions.roots import open_for_reading
from portfake.errors import InputError, NotFound
from portfake.install.deferred import FIRSTBOOT
from portfake.install.ledger import LedgerEntry, parse_ledger
from portfake.install.ledger_keeping import (
    DEFERRED,
    FOLDER,
    LEDGER,
    Keeping,
    Kept,
    files_of,
    ledger_after,
)
from portfake.install.plan import Plan
from portfake.root.confined import Root

__all__ = ["LedgerRequest", "ledger_of", "read_kept", "write_outside"]


@dataclass(frozen=True, slots=True)
class LedgerRequest:
    """Where the ledger is to lie, and what is left to be done."""

    first_boot: bool = False
    """Make one script of what is left, for the first boot."""
    state_dir: str | None = None
    """A folder outside the root; None for ROOT/var/db/portfake."""

    @property
    def keeping(self) -> Keeping:
        """The same for the planner."""
        return Keeping(first_boot=self.first_boot, outside=self.state_dir is not None)


def ledger_of(directory: str, state_dir: str | None) -> tuple[LedgerEntry, ...]:
    """Return the ledger of a root, in the order in which its scripts would have run."""
    with open_for_reading(directory) as root:
        return read_kept(root, state_dir).entries


def read_kept(root: Root, state_dir: str | None) -> Kept:
    """Return the ledger, and which pieces lie beside it; InputError for damage."""
    first_boot = root.stat(FIRSTBOOT) is not None
    if state_dir is not None:
        return replace(_read_outside(Path(state_dir)), first_boot=first_boot)
    try:
        text = root.read(f"{FOLDER}/{LEDGER}").decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        text = ""
    folder = f"{FOLDER}/{DEFERRED}"
    names = root.listdir(folder) if root.stat(folder) is not None else []
    return Kept(parse_ledger(text, f"{FOLDER}/{LEDGER}"), tuple(names), first_boot)


def _read_outside(folder: Path) -> Kept:
    path = folder / LEDGER
    try:
        text = path.read_text("utf-8", "surrogateescape")
    except FileNotFoundError:
        return Kept()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(path)) from error
    return Kept(parse_ledger(text, str(path)))


def write_outside(request: LedgerRequest, plan: Plan, before: Kept) -> None:
    """Bring a folder outside the root up to date, if there is one; NotFound if it is missing."""
    if request.state_dir is None:
        return
    top = Path(request.state_dir)
    if not top.is_dir():
        raise NotFound("there is no such folder", where=request.state_dir)
    for old in (top / DEFERRED).glob("*.sh"):
        old.unlink()
    keeping = replace(request.keeping, first_boot=request.first_boot or before.first_boot)
    for name, text in files_of(ledger_after(plan, before), keeping).items():
        path = top / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8", "surrogateescape")
