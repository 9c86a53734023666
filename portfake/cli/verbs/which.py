"""portfake which."""

from __future__ import annotations

import argparse
import os

from portfake.actions.records import Owner, found_in_path, owners
from portfake.cli.output import add_output_options, output_of
from portfake.cli.selecting import add_root_options
from portfake.cli.status import Status

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options, with pkg-which(8)'s letters."""
    add_root_options(parser)
    parser.add_argument("-g", "--glob", action="store_true", help="paths are globs")
    parser.add_argument("-m", "--show-match", action="store_true", help="as it is with --glob")
    parser.add_argument("-o", "--origin", action="store_true", help="show origins, not names")
    parser.add_argument("-p", "--path-search", action="store_true", help="look in PATH")
    parser.add_argument("paths", metavar="PATH", nargs="+", help="absolute within the root")
    add_output_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print whose each path is; status 1 if one is nobody's."""
    output = output_of(arguments)
    status = Status.DONE
    paths = _searched(arguments) if arguments.path_search else arguments.paths
    for owner in owners(arguments.root, paths, globs=arguments.glob, kind=arguments.db):
        if owner.package is None:
            status = Status.NO
        output.result(owner, _lines(owner, arguments))
    return status


def _searched(arguments: argparse.Namespace) -> list[str]:
    """The words that are no paths, as PATH finds them in the root."""
    path = os.environ.get("PATH", os.defpath)
    return [
        found
        for word in arguments.paths
        for found in (
            [word]
            if word.startswith(("/", "."))
            else found_in_path(arguments.root, word, path) or [f"/{word}"]
        )
    ]


def _lines(owner: Owner, arguments: argparse.Namespace) -> list[str]:
    whose = owner.origin if arguments.origin else owner.package
    if whose is None:
        return [] if arguments.quiet else [f"{owner.path} was not found in the database"]
    return [whose if arguments.quiet else f"{owner.path} was installed by package {whose}"]
