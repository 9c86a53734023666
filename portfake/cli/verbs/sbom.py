"""portfake sbom."""

from __future__ import annotations

import argparse
import time

from portfake import __version__
from portfake.actions.sbom import FORMATS, make_bill
from portfake.audit.ignores import parse_ignores
from portfake.cli.clock import now
from portfake.cli.output import add_output_options, output_of
from portfake.cli.reading import read_text
from portfake.cli.status import Status
from portfake.errors import UsageError
from portfake.formats.json import document

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "name", metavar="DIR | FILE", nargs="?", help="a root, a local.sqlite, a folder of .pkg"
    )
    parser.add_argument("--root", metavar="DIR", help="the root, said as for other verbs (/)")
    parser.add_argument(
        "--format", choices=FORMATS, default="cyclonedx", help="CycloneDX 1.6 or SPDX 2.3"
    )
    parser.add_argument("--files", action="store_true", help="name every file, with its digests")
    parser.add_argument(
        "-f", "--feed", metavar="FILE", action="append", default=[],
        help="put in what this feed knows of vulnerabilities (CycloneDX); repeatable",
    )  # fmt: skip
    parser.add_argument("--ignore", metavar="FILE", help="an ignore file, as for audit")
    add_output_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the document, which is JSON anyway."""
    if arguments.name is not None and arguments.root is not None:
        raise UsageError("a bill is about one thing: a name, or --root")
    format_ = FORMATS[arguments.format]
    if arguments.feed and not format_.vulnerabilities:
        raise UsageError(
            f"{arguments.format} has no place for vulnerabilities",
            hint="--format cyclonedx has one",
        )
    seconds = now()
    bill = make_bill(
        arguments.name or arguments.root or "/",
        version=__version__,
        time=seconds,
        files=format_.digests if arguments.files else None,
        feeds=arguments.feed,
        ignores=parse_ignores(read_text(arguments.ignore), arguments.ignore)
        if arguments.ignore
        else (),
        today=time.strftime("%Y-%m-%d", time.gmtime(seconds)),
    )
    output_of(arguments).line(document(format_.document(bill)))
    return Status.DONE
