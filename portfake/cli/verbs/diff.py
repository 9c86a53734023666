"""portfake diff."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator

from portfake.actions.diff import open_side
from portfake.audit.difference import (
    FileChange,
    How,
    PackageChange,
    file_changes,
    package_changes,
)
from portfake.cli.output import add_output_options, output_of
from portfake.cli.status import Status

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    for name in ("before", "after"):
        parser.add_argument(name, help="a root or stage, a .pkg, or a local.sqlite")
    parser.add_argument("--no-mtime", action="store_true", help="do not compare times")
    parser.add_argument("--no-files", action="store_true", help="compare packages alone")
    add_output_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the differences; status 1 if there are any."""
    output = output_of(arguments)
    files = not arguments.no_files
    before = open_side(arguments.before, files=files)
    after = open_side(arguments.after, files=files)
    status = Status.DONE
    for package in package_changes(before, after):
        output.result(package, _package(package))
        status = Status.NO
    if files:
        for file in file_changes(before, after, mtime=not arguments.no_mtime):
            output.result(file, _file(file))
            status = Status.NO
    return status


def _package(change: PackageChange) -> Iterator[str]:
    versions = " -> ".join(dict.fromkeys(filter(None, (change.before, change.after))))
    yield f"package {change.how.value}: {change.name} {versions}"
    for name, (before, after) in change.fields.items():
        if name != "version":
            yield f"    {name}: {_words(before)} -> {_words(after)}"


def _file(change: FileChange) -> Iterator[str]:
    if change.how is How.CHANGED:
        told = " ".join(
            f"{name} {_words(old)}->{_words(new)}" for name, (old, new) in change.fields.items()
        )
    else:
        told = " ".join(f"{name}={old or new}" for name, (old, new) in change.fields.items())
    yield f"file {change.how.value}: {change.path} {told}"


def _words(value: object) -> str:
    if value is None:
        return "none"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
