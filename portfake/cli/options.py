"""Options of verbs that evaluate ports, and how they become typed requests."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Sequence

from portfake.actions.request import TargetRequest
from portfake.cli.reading import read_text
from portfake.errors import UsageError

__all__ = [
    "add_target_options",
    "required_words",
    "split_assignments",
    "target_request",
]

# What the framework may see of the caller's environment; the rest would make answers depend on
# who asks.
_ENVIRONMENT = (
    "DISABLE_LICENSES",
    "LICENSES_ACCEPTED",
    "LICENSES_ACCEPTED_GROUPS",
    "NO_IGNORE",
    "TRYBROKEN",
)


def add_target_options(parser: argparse.ArgumentParser, *, with_root: bool = True) -> None:
    """The ports tree and the machine it is evaluated for.

    `with_root` adds --root for verbs that are not about a root, which then only says the target.
    """
    group = parser.add_argument_group("target")
    if with_root:
        group.add_argument("--root", metavar="DIR", help="a root that says what the target is")
    group.add_argument("--ports", metavar="DIR", help="the ports tree (PORTSDIR, /usr/ports)")
    group.add_argument(
        "--overlay", metavar="DIR", action="append", default=[], help="ports before the tree's"
    )
    group.add_argument("--abi", metavar="ABI", help="the target, such as FreeBSD:14:aarch64")
    group.add_argument(
        "--osversion", metavar="N", type=int, help="its __FreeBSD_version, such as 1400097"
    )
    group.add_argument("--make-conf", metavar="FILE", help="read instead of /etc/make.conf")
    for flag in ("with", "without"):
        group.add_argument(
            f"--{flag}", metavar="OPTION", action="append", default=[], help=f"{flag} this option"
        )
    group.add_argument("--port-dbdir", metavar="DIR", help="where saved options are (PORT_DBDIR)")
    group.add_argument("--distdir", metavar="DIR", help="where distfiles are (DISTDIR)")


def split_assignments(words: Iterable[str]) -> tuple[list[str], dict[str, str]]:
    """Return the words that are not NAME=value, and those that are, as make(1) tells them."""
    plain: list[str] = []
    assignments: dict[str, str] = {}
    for word in words:
        name, sign, value = word.partition("=")
        if sign and name.replace("_", "").replace(".", "").isalnum() and "/" not in name:
            assignments[name] = value
        else:
            plain.append(word)
    return plain, assignments


def target_request(arguments: argparse.Namespace, variables: dict[str, str]) -> TargetRequest:
    """Return the target as asked for; raises NotFound for a make.conf that is not there."""
    for name, options in (("WITH", arguments.__dict__["with"]), ("WITHOUT", arguments.without)):
        if options:
            variables = {**variables, name: " ".join(options)}
    ports = arguments.ports or os.environ.get("PORTSDIR") or "/usr/ports"
    return TargetRequest(
        ports=ports,
        overlays=arguments.overlay,
        abi=arguments.abi,
        osversion=arguments.osversion,
        make_conf=read_text(arguments.make_conf) if arguments.make_conf else None,
        distdir=arguments.distdir or os.environ.get("DISTDIR") or f"{ports}/distfiles",
        root=arguments.root,
        port_dbdir=arguments.port_dbdir,
        variables=variables,
        environment={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
    )


def required_words(words: Sequence[str], what: str) -> Sequence[str]:
    """Return the words; raises UsageError if there are none."""
    if not words:
        raise UsageError(f"no {what} given")
    return words
