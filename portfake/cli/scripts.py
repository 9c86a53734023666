"""Options and lines about packages' scripts, shared by the verbs that change a root."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator

from portfake.actions.ledger import LedgerRequest
from portfake.cli.output import Output
from portfake.cli.status import Status
from portfake.install.ledger import LedgerEntry, LedgerState, ScriptKind
from portfake.install.scripts.outcome import UnknownScripts

__all__ = [
    "add_script_options",
    "ledger_lines",
    "ledger_request",
    "script_status",
    "tell_ledger",
    "unknown_scripts",
]

_TOLD = {
    LedgerState.DEFERRED: "left to the running system",
    LedgerState.REFUSED: "left out",
}


def add_script_options(parser: argparse.ArgumentParser) -> None:
    """Declare them."""
    parser.add_argument(
        "--scripts",
        choices=[choice.value for choice in UnknownScripts],
        default=UnknownScripts.REFUSE.value,
        help="what is done about scripts of no known kind (refuse)",
    )
    parser.add_argument(
        "--firstboot", action="store_true", help="make a script of what is left to be done"
    )
    parser.add_argument("--state-dir", metavar="DIR", help="where the ledger lies, not in the root")
    parser.add_argument(
        "--strict", action="store_true", help="status 1 while anything is left to be done"
    )


def ledger_request(arguments: argparse.Namespace) -> LedgerRequest:
    """Return where the ledger and what is left are to lie."""
    return LedgerRequest(first_boot=arguments.firstboot, state_dir=arguments.state_dir)


def unknown_scripts(arguments: argparse.Namespace) -> UnknownScripts:
    """Return what was chosen."""
    return UnknownScripts(arguments.scripts)


def tell_ledger(ledger: Iterable[LedgerEntry], output: Output) -> None:
    """Say one line for each script or trigger that was not done."""
    for entry in ledger:
        told = _TOLD.get(entry.state)
        if told is not None:
            trigger = entry.kind is ScriptKind.TRIGGER
            what = "trigger" if trigger else f"{entry.phase.value} script"
            output.note(f"portfake: {entry.package}: {what} {told}: {entry.reason}")


def ledger_lines(entry: LedgerEntry, *, full: bool) -> Iterator[str]:
    """Yield an entry for people; with `full` the texts of what was to run and what is left."""
    yield f"{entry.package}: {entry.phase.value} {entry.kind.value}: {entry.state.value}"
    yield f"  {entry.reason}"
    if full:
        yield from (f"  | {line}" for line in entry.text.splitlines())
    if entry.left and (full or entry.text not in entry.left):
        yield "  left:"
        yield from (f"  | {line}" for line in entry.left.splitlines())


def script_status(arguments: argparse.Namespace, ledger: Iterable[LedgerEntry]) -> Status:
    """Return NO where --strict was said and something is left to be done."""
    left = any(entry.state is LedgerState.DEFERRED for entry in ledger)
    return Status.NO if arguments.strict and left else Status.DONE
