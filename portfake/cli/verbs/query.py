"""portfake query."""

from __future__ import annotations

import argparse

from portfake.actions.records import query, query_file
from portfake.cli.output import add_output_options, output_of
from portfake.cli.selecting import add_root_options, add_selection_options, wanted
from portfake.cli.status import Status
from portfake.errors import UsageError
from portfake.pkgdb.selection import Match

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options, with pkg-query(8)'s letters."""
    add_root_options(parser)
    add_selection_options(parser)
    parser.add_argument("-e", "--evaluate", metavar="CONDITION", help="only packages it holds for")
    parser.add_argument("-F", "--file", metavar="FILE", help="of the package in a file")
    parser.add_argument("format", metavar="FORMAT", help="what to print, such as %%n-%%v")
    parser.add_argument("names", metavar="NAME", nargs="*", help="packages; all without names")
    add_output_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print a line or more for each package; status 1 if names mean none."""
    output = output_of(arguments)
    if arguments.names and (arguments.all or arguments.file):
        raise UsageError("names go with neither --all nor --file")
    if arguments.file:
        answer = query_file(arguments.file, arguments.format)
        output.result(answer, answer.lines)
        return Status.DONE
    found = not arguments.names
    selection = wanted(arguments, arguments.names, Match.EXACT)
    for answer in query(selection, arguments.format, arguments.evaluate):
        found = True
        output.result(answer, answer.lines)
    return Status.DONE if found else Status.NO
