"""portfake delete."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from portfake.actions.delete import delete
from portfake.cli.clock import source_date
from portfake.cli.output import add_output_options, output_of
from portfake.cli.scripts import (
    add_script_options,
    ledger_request,
    script_status,
    tell_ledger,
    unknown_scripts,
)
from portfake.cli.selecting import add_database_options
from portfake.install.plan import Plan

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--root", metavar="DIR", required=True, help="the alternate root")
    parser.add_argument("-R", "--recursive", action="store_true", help="and what needs them")
    parser.add_argument("-f", "--force", action="store_true", help="although others need them")
    parser.add_argument("-n", "--dry-run", action="store_true", help="only say what would go")
    parser.add_argument("-y", "--yes", action="store_true", help="accepted; nothing is ever asked")
    parser.add_argument("--as-user", action="store_true", help="without the root user")
    parser.add_argument("--metalog", metavar="FILE", help="keep a METALOG up to date")
    add_database_options(parser)
    parser.add_argument("names", metavar="NAME", nargs="+", help="installed packages")
    add_script_options(parser)
    add_output_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Remove the packages and say which."""
    output = output_of(arguments)
    removal = delete(
        arguments.root,
        arguments.names,
        recursive=arguments.recursive,
        force=arguments.force,
        dry_run=arguments.dry_run,
        as_user=arguments.as_user,
        metalog=arguments.metalog,
        db=arguments.db,
        upgrade_db=arguments.upgrade_db,
        unknown_scripts=unknown_scripts(arguments),
        ledger=ledger_request(arguments),
        source_date=source_date(),
    )
    output.result(removal, _lines(removal, "would remove" if arguments.dry_run else "removed"))
    tell_ledger(removal.ledger, output)
    return script_status(arguments, removal.ledger)


def _lines(removal: Plan, done: str) -> Iterator[str]:
    for package in removal.packages:
        manifest = package.manifest
        yield f"{done} {manifest.full_name} ({len(manifest.files)} files)"
