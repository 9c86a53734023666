"""Options of verbs about installed packages: the root, its database, and which packages."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from portfake.pkgdb.registry import AUTO, KINDS

if TYPE_CHECKING:  # start-up time: verbs that write want only --db of this module
    from portfake.actions.records import Wanted
    from portfake.pkgdb.selection import Match

__all__ = [
    "add_database_options",
    "add_kind_option",
    "add_root_options",
    "add_selection_options",
    "wanted",
]


def add_root_options(parser: argparse.ArgumentParser) -> None:
    """--root and --db."""
    parser.add_argument("--root", metavar="DIR", default="/", help="the root whose records to read")
    add_kind_option(parser)


def add_database_options(parser: argparse.ArgumentParser) -> None:
    """--db and --upgrade-db, for verbs that write."""
    add_kind_option(parser)
    parser.add_argument(
        "--upgrade-db", action="store_true", help="bring an older database to the newest schema"
    )


def add_kind_option(parser: argparse.ArgumentParser) -> None:
    """--db."""
    parser.add_argument(
        "--db",
        choices=(AUTO, *KINDS),
        default=AUTO,
        help="the kind of database; auto: what is there",
    )


def add_selection_options(parser: argparse.ArgumentParser) -> None:
    """-a, -g, -x, -i and -C, in pkg(8)'s meaning."""
    from portfake.pkgdb.selection import Match  # noqa: PLC0415  # start-up time

    parser.add_argument("-a", "--all", action="store_true", help="all packages")
    parser.add_argument(
        "-g", "--glob", dest="match", action="store_const", const=Match.GLOB, help="names are globs"
    )
    parser.add_argument(
        "-x",
        "--regex",
        dest="match",
        action="store_const",
        const=Match.REGEX,
        help="names are extended regular expressions",
    )
    parser.add_argument(
        "-i",
        "--case-insensitive",
        dest="ignore_case",
        action="store_true",
        help="whatever the case",
    )
    parser.add_argument(
        "-C", "--case-sensitive", dest="ignore_case", action="store_false", help="the default"
    )


def wanted(arguments: argparse.Namespace, words: list[str], match: Match) -> Wanted:
    """Which packages the options mean; `match` holds where none of them says."""
    from portfake.actions.records import Wanted  # noqa: PLC0415  # start-up time

    return Wanted(
        arguments.root or "/",
        () if arguments.all else words,
        arguments.match or match,
        arguments.ignore_case,
        arguments.db,
    )
