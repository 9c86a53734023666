"""portfake which."""

from __future__ import annotations

import argparse

from portfake.actions.records import owners
from portfake.cli.output import add_output_options, output_of
from portfake.cli.status import Status

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--root", metavar="DIR", default="/", help="the root whose records to read")
    parser.add_argument("paths", metavar="PATH", nargs="+", help="absolute within the root")
    add_output_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print whose each path is; status 1 if one is nobody's."""
    output = output_of(arguments)
    status = Status.DONE
    for owner in owners(arguments.root, arguments.paths):
        if owner.package is None:
            status = Status.NO
        whose = f"belongs to {owner.package}" if owner.package else "belongs to no package"
        output.result(owner, [f"{owner.path} {whose}"])
    return status
