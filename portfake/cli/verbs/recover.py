"""portfake recover."""

from __future__ import annotations

import argparse

from portfake.actions.recover import Recovery, recover
from portfake.cli.output import add_output_options, output_of
from portfake.cli.selecting import add_kind_option
from portfake.cli.status import Status

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--root", metavar="DIR", required=True, help="the alternate root")
    parser.add_argument(
        "--forget", action="store_true", help="drop the journal, leave all files as they are"
    )
    parser.add_argument("--as-user", action="store_true", help="without the root user")
    parser.add_argument("--workdir", metavar="DIR", help="where work folders are made (TMPDIR)")
    parser.add_argument("--metalog", metavar="FILE", help="the METALOG of the interrupted run")
    add_kind_option(parser)
    add_output_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Recover, and say what was done."""
    output = output_of(arguments)
    recovery = recover(
        arguments.root,
        forget=arguments.forget,
        as_user=arguments.as_user,
        workdir=arguments.workdir,
        db=arguments.db,
        metalog=arguments.metalog,
    )
    swept = (f"{folder}: removed" for folder in recovery.swept)
    output.result(recovery, [_line(recovery), *swept])
    return Status.DONE


def _line(recovery: Recovery) -> str:
    if recovery.verb is None:
        return f"{recovery.root}: nothing was interrupted"
    outcome = recovery.outcome.value if recovery.outcome is not None else "forgotten"
    return f"{recovery.root}: the interrupted {recovery.verb} is {outcome}"
