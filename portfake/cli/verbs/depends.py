"""portfake depends."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from portfake.actions.depends import Dependencies, depends
from portfake.cli.many import add_many_options, origins_of, tell
from portfake.cli.options import add_target_options, target_request
from portfake.cli.output import add_output_options, output_of

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_many_options(parser)
    add_target_options(parser)
    add_output_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print a line for each dependency; status 1 if a port could not be evaluated."""
    origins, variables = origins_of(arguments)
    answers = depends(target_request(arguments, variables), origins, jobs=arguments.jobs)
    return tell(answers, output_of(arguments), _lines)


def _lines(answer: Dependencies) -> Iterator[str]:
    for word in answer.dependencies:
        yield f"{answer.origin} {word.kind} {word.origin} {word.pattern} {word.target}".rstrip()
