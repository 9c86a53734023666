"""``portfake VERB ...``: find the verb, let it run, turn what went wrong into a status.

Only what every call needs is imported here; a verb's module is imported when it is the one
asked for, so that ``portfake --version`` costs little more than the interpreter.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol

from portfake import __version__
from portfake.cli.status import Status, status_of
from portfake.errors import PortfakeError

__all__ = ["VERBS", "main"]


@dataclass(frozen=True, slots=True)
class Verb:
    """A row of the table; the module ``portfake.cli.verbs.MODULE`` is a VerbModule."""

    module: str
    summary: str


class VerbModule(Protocol):
    """What a verb's module offers."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the verb's own options."""

    def run(self, arguments: argparse.Namespace) -> int:
        """Do it and return the exit status; raises PortfakeError."""


VERBS = {
    "install": Verb("install", "put ports and packages into an alternate root"),
    "plan": Verb("plan", "say what install would do, and do nothing"),
    "delete": Verb("delete", "remove packages from an alternate root"),
    "info": Verb("info", "show the packages that a root records"),
    "which": Verb("which", "say which package a path belongs to"),
    "eval": Verb("eval", "print make variables of ports, as make -V does"),
    "show": Verb("show", "show what a port is: name, options, dependencies, state"),
    "files": Verb("files", "list what a port installs"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    parser = _parser()
    chosen, rest = _split(parser, arguments)
    module: VerbModule = import_module(f"portfake.cli.verbs.{VERBS[chosen].module}")
    verb_parser = argparse.ArgumentParser(
        prog=f"portfake {chosen}", description=VERBS[chosen].summary, allow_abbrev=False
    )
    module.add_arguments(verb_parser)
    parsed = verb_parser.parse_intermixed_args(rest)
    try:
        return module.run(parsed)
    except PortfakeError as error:
        from portfake.cli.output import report_error  # noqa: PLC0415  # start-up time

        report_error(error, json="--json" in rest)
        return status_of(error)
    except BrokenPipeError:
        sys.stderr.close()
        return Status.IO_ERROR
    except KeyboardInterrupt:
        return Status.INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    width = max(map(len, VERBS))
    rows = "\n".join(f"  {name:<{width}}  {verb.summary}" for name, verb in VERBS.items())
    parser = argparse.ArgumentParser(
        prog="portfake",
        description="FreeBSD ports into alternate roots, without running anything of the target.",
        epilog=f"verbs:\n{rows}\n\n'portfake VERB --help' tells the options of one.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"portfake {__version__}")
    parser.add_argument("verb", metavar="VERB", choices=VERBS, help="what to do")
    return parser


def _split(parser: argparse.ArgumentParser, arguments: Sequence[str]) -> tuple[str, list[str]]:
    """Return the verb and what follows it; --help and --version end the program here."""
    before = next(
        (at for at, word in enumerate(arguments) if not word.startswith("-")), len(arguments)
    )
    parsed = parser.parse_args(arguments[: before + 1])
    return parsed.verb, list(arguments[before + 1 :])
