"""Running one verb: its options parsed, its errors turned into words and an exit status."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Protocol, cast

from portfake.cli.output import Output, report_error
from portfake.cli.parser import Formatter, Parser
from portfake.cli.status import Status, status_of
from portfake.errors import PortfakeError, SystemFailure
from portfake.host.signals import Terminated, signals_as_exceptions

__all__ = ["VerbModule", "run_verb"]


class VerbModule(Protocol):
    """What the module of a verb offers."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the verb's own options."""

    def run(self, arguments: argparse.Namespace) -> int:
        """Do it and return the exit status; raises PortfakeError."""


def run_verb(verb: str, summary: str, arguments: Sequence[str]) -> int:
    """Parse the verb's arguments, run it, and return the exit status."""
    module = cast("VerbModule", import_module(f"portfake.cli.verbs.{verb}"))
    parser = Parser(
        prog=f"portfake {verb}",
        description=summary,
        formatter_class=Formatter,
        allow_abbrev=False,
    )
    parser.json = "--json" in arguments
    module.add_arguments(parser)
    parsed = parser.parse_intermixed_args(arguments)
    try:
        with signals_as_exceptions():
            _note_interruption(verb, parsed)
            return module.run(parsed)
    except PortfakeError as error:
        report_error(error, json=parsed.json)
        return status_of(error)
    except BrokenPipeError:
        # Whoever read the answer has had enough; Python would complain again at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Status.IO_ERROR
    except OSError as error:
        failure = SystemFailure(error.strerror or str(error), where=error.filename)
        report_error(failure, json=parsed.json)
        return status_of(failure)
    except Terminated as signal:
        return 128 + signal.number
    except Exception:  # noqa: BLE001  # a bug: its traceback helps, Python's status 1 would not
        import traceback  # noqa: PLC0415  # start-up time

        traceback.print_exc()
        return Status.SOFTWARE


# They stop at an interrupted run by themselves, or are there for it.
_STOPPING = frozenset({"install", "delete", "recover"})


def _note_interruption(verb: str, parsed: argparse.Namespace) -> None:
    """Who reads a root is told that it is half changed, and reads on."""
    root = getattr(parsed, "root", None)
    if verb in _STOPPING or not isinstance(root, str) or getattr(parsed, "quiet", False):
        return
    from portfake.actions.roots import interruption  # noqa: PLC0415  # start-up time

    try:
        note = interruption(root)
    except (PortfakeError, OSError):
        return  # the verb itself will say what is wrong with the root
    if note is not None:
        Output().note(f"portfake: {note}")
