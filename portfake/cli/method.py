"""Options that say how ports are staged."""

from __future__ import annotations

import argparse
import shlex

from portfake.actions.staging import Method, StagingRequest
from portfake.errors import UsageError

__all__ = ["add_method_options", "staging_request"]

_OF_UNION = ("installer", "make-args", "show")


def add_method_options(parser: argparse.ArgumentParser) -> None:
    """Declare which way into the image, and what the second way wants to know."""
    group = parser.add_argument_group("method")
    group.add_argument(
        "--method",
        choices=[method.value for method in Method],
        default=Method.FAKE.value,
        help="fake: nothing runs; union: make install in a view of this machine",
    )
    group.add_argument(
        "--make-args", metavar="WORDS", action="append", default=[], help="more words for make"
    )
    group.add_argument("--installer", metavar="COMMAND", help="a program in place of make")
    group.add_argument(
        "--show", metavar="DIR", action="append", default=[], help="show this folder in the view"
    )


def staging_request(arguments: argparse.Namespace) -> StagingRequest:
    """Return what was asked for; UsageError for an option of another method."""
    union = Method(arguments.method) is Method.UNION
    given = [name for name in _OF_UNION if vars(arguments)[name.replace("-", "_")]]
    if given and not union:
        raise UsageError(f"--{given[0]} is of --method union")
    return StagingRequest(
        method=Method(arguments.method),
        fetch=arguments.fetch,
        workdir=arguments.workdir,
        installer=shlex.split(arguments.installer or ""),
        make_args=[word for words in arguments.make_args for word in shlex.split(words)],
        show=arguments.show,
    )
