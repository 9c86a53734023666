"""Options that say how ports are staged."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Sequence

from portfake.actions.staging_request import Finished, Method, StageWith, StagingRequest
from portfake.errors import UsageError

__all__ = ["add_method_options", "staging_request"]

_OF_UNION = ("installer", "make-args", "show", "in-place", "allow-host-changes")


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
        "--stage-with",
        choices=[way.value for way in StageWith],
        default=StageWith.NATIVE.value,
        help="native: nothing runs; make: this machine's; sandbox: bubblewrap, where it must",
    )
    group.add_argument(
        "--staged", metavar="DIR", help="the port's work folder (WRKDIR) after make stage"
    )
    group.add_argument(
        "--make-args", metavar="WORDS", action="append", default=[], help="more words for make"
    )
    group.add_argument("--installer", metavar="COMMAND", help="a program in place of make")
    group.add_argument(
        "--in-place", action="store_true", help="the image's folders over this live machine's"
    )
    group.add_argument(
        "--allow-host-changes", action="store_true", help="in place: let it act on this /etc"
    )
    group.add_argument(
        "--show", metavar="DIR", action="append", default=[], help="show this folder in the view"
    )


def staging_request(arguments: argparse.Namespace, what: Sequence[str]) -> StagingRequest:
    """Return what was asked for; UsageError for an option of another method."""
    ports = [word for word in what if not word.endswith(".pkg")]
    union = Method(arguments.method) is Method.UNION
    given = [name for name in _OF_UNION if vars(arguments)[name.replace("-", "_")]]
    if given and not union:
        raise UsageError(f"--{given[0]} is of --method union")
    if union and (arguments.staged or arguments.stage_with != StageWith.NATIVE.value):
        raise UsageError("--stage-with and --staged are of --method fake")
    if arguments.staged and len(ports) != 1:
        raise UsageError("--staged is for one port", hint="name it, and no other")
    return StagingRequest(
        method=Method(arguments.method),
        stage_with=StageWith(arguments.stage_with),
        finished=Finished(ports[0], arguments.staged) if arguments.staged else None,
        fetch=arguments.fetch,
        workdir=arguments.workdir,
        installer=shlex.split(arguments.installer or ""),
        make_args=[word for words in arguments.make_args for word in shlex.split(words)],
        show=arguments.show,
    )
