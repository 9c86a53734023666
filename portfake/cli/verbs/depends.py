"""portfake depends."""

from __future__ import annotations

import argparse

from portfake.actions.depends import depends
from portfake.cli.options import (
    add_many_options,
    add_target_options,
    origins_of,
    target_request,
)
from portfake.cli.output import add_output_options, output_of
from portfake.cli.status import Status

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_many_options(parser)
    add_target_options(parser)
    add_output_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print a line for each dependency; status 1 if a port could not be evaluated."""
    origins, variables = origins_of(arguments)
    output = output_of(arguments)
    status = Status.DONE
    request = target_request(arguments, variables)
    for answer in depends(request, origins, jobs=arguments.jobs):
        lines = (
            f"{answer.origin} {word.kind} {word.origin} {word.pattern} {word.target}".rstrip()
            for word in answer.dependencies
        )
        output.result(answer, lines)
        if answer.error is not None:
            status = Status.NO
            if not output.json:
                output.note(f"portfake: {answer.origin}: {answer.error}")
    return status
