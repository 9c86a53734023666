"""portfake index."""

from __future__ import annotations

import argparse

from portfake.actions.index import describe_lines, make_index
from portfake.cli.many import add_many_options, origins_of, tell
from portfake.cli.options import add_target_options, split_assignments, target_request
from portfake.cli.output import add_output_options, output_of
from portfake.cli.status import Status

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_many_options(parser)
    parser.add_argument(
        "--describe", action="store_true", help="the lines of make describe, one for each flavor"
    )
    add_target_options(parser)
    add_output_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the lines; status 1 if a port could not be described."""
    output = output_of(arguments)
    whole = arguments.files_from is None and not split_assignments(arguments.words)[0]
    if whole and not arguments.describe:
        variables = split_assignments(arguments.words)[1]
        words: list[str] = []
    else:
        origins, variables = origins_of(arguments)
        if arguments.describe:
            request = target_request(arguments, variables)
            lines = describe_lines(request, origins, jobs=arguments.jobs)
            return tell(lines, output, lambda each: [each.line] if each.line else [])
        words = list(origins)
    made = make_index(target_request(arguments, variables), words, jobs=arguments.jobs)
    for entry in made.entries:
        output.result(entry, [entry.line])
    for complaint in made.complaints:
        output.note(f"portfake: {complaint}")
    for failed in made.failed:
        output.note(f"portfake: {failed.origin}: {failed.error}")
    return Status.NO if made.failed else Status.DONE
