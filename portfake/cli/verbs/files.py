"""portfake files."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from portfake.actions.describe import packaged
from portfake.cli.options import (
    add_target_options,
    required_words,
    split_assignments,
    target_request,
)
from portfake.cli.output import add_output_options, output_of
from portfake.cli.status import Status
from portfake.model.manifest import Manifest, PackagedDirectory, PackagedFile

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("words", metavar="ORIGIN | NAME=value", nargs="*")
    add_target_options(parser)
    add_output_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print what each port installs; with --json its whole manifest."""
    origins, variables = split_assignments(arguments.words)
    required_words(origins, "origin")
    output = output_of(arguments)
    for manifest in packaged(target_request(arguments, variables), origins):
        output.result(manifest, _lines(manifest))
    return Status.DONE


def _lines(manifest: Manifest) -> Iterator[str]:
    for file in manifest.files:
        link = f" -> {file.target}" if file.target is not None else ""
        yield f"{_attributes(file)} {file.path}{link}"
    for folder in manifest.directories:
        yield f"{_attributes(folder)} {folder.path}/"


def _attributes(item: PackagedFile | PackagedDirectory) -> str:
    return f"{item.mode or 0:04o} {item.owner}:{item.group}"
