"""portfake eval."""

from __future__ import annotations

import argparse

from portfake.actions.evaluate import evaluate
from portfake.cli.options import (
    add_target_options,
    required_words,
    split_assignments,
    target_request,
)
from portfake.cli.output import add_output_options, output_of
from portfake.cli.status import Status
from portfake.errors import UsageError

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "-V", dest="expressions", metavar="EXPRESSION", action="append", help="what to print"
    )
    parser.add_argument("words", metavar="ORIGIN | NAME=value", nargs="*")
    add_target_options(parser)
    add_output_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the values, a line each; status 1 if a port failed."""
    if not arguments.expressions:
        raise UsageError("nothing to evaluate", hint="name variables with -V")
    origins, variables = split_assignments(arguments.words)
    required_words(origins, "origin")
    output = output_of(arguments)
    status = Status.DONE
    for answer in evaluate(target_request(arguments, variables), arguments.expressions, origins):
        output.result(answer, answer.values.values())
        if answer.error is not None:
            status = Status.NO
            if not output.json:
                output.note(f"portfake: {answer.origin}: {answer.error}")
        for command in answer.unknown_commands:
            output.note(f"portfake: {answer.origin}: nobody knows what this prints: {command}")
    return status
