"""portfake audit."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from portfake.actions.audit import AuditReport, AuditSubject, audit, counts, gather
from portfake.audit.subjects import subject_named
from portfake.audit.vulnerabilities import Certainty, Vulnerability
from portfake.cli.clock import now
from portfake.cli.output import Output, add_output_options, output_of, report_error
from portfake.cli.reading import read_text
from portfake.cli.status import Status, status_of
from portfake.errors import PortfakeError, UsageError

if TYPE_CHECKING:  # start-up time
    from portfake.audit.ignores import Ignore

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    about = parser.add_argument_group("what to audit (the root / without any)")
    for name, what in (
        ("root", "an image: its packages, base and kernel"),
        ("database", "a local.sqlite"),
        ("packages", "a folder of .pkg files"),
    ):
        about.add_argument(
            f"--{name}", metavar="PATH", action="append", default=[], help=f"{what}; repeatable"
        )
    about.add_argument("names", metavar="NAME[-VERSION]", nargs="*", help="packages by name")
    parser.add_argument(
        "-f", "--feed", metavar="FILE", action="append", default=[],
        help="VuXML or OSV, plain or compressed, or a folder of OSV; repeatable",
    )  # fmt: skip
    parser.add_argument("--ignore", metavar="FILE", help="what to pass over, why, and until when")
    parser.add_argument(
        "-r", "--recursive", action="store_true", help="name the packages that need a bad one"
    )
    parser.add_argument("-j", "--jobs", metavar="N", type=int, default=1, help="processes to use")
    tree = parser.add_argument_group("what a ports tree says of packages too")
    tree.add_argument(
        "--ports", metavar="DIR", help="the tree; its feed serves where none is named"
    )
    tree.add_argument("--abi", metavar="ABI", help="the target, where the image does not tell")
    tree.add_argument("--osversion", metavar="N", type=int, help="its __FreeBSD_version")
    add_output_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print what is affected; status 1 if something is, another one if a feed cannot be read."""
    output = output_of(arguments)
    today = _today()
    status = Status.DONE
    about: list[AuditSubject] = []
    for found in _gathered(arguments):
        problems = (found,) if isinstance(found, PortfakeError) else found.problems
        for problem in problems:
            report_error(problem, json=arguments.json)
            status = status_of(problem)
        if isinstance(found, AuditSubject):
            about.append(found)
    if not about:
        return status
    for report in audit(about, _feeds(arguments), ignores=_ignores(arguments.ignore), today=today):
        if status is Status.DONE and report.summary.problems:
            status = Status.NO
        _tell(report, output, recursive=arguments.recursive)
    if arguments.ports:
        _tell_lifecycle(about, arguments, today, output)
    return status


def _gathered(arguments: argparse.Namespace) -> Iterator[AuditSubject | PortfakeError]:
    named = [subject_named(text) for text in arguments.names]
    roots = arguments.root
    if not (roots or arguments.database or arguments.packages or named):
        roots = ["/"]
    return gather(
        roots=roots, databases=arguments.database, folders=arguments.packages, named=named
    )


def _feeds(arguments: argparse.Namespace) -> Sequence[str]:
    """The feeds named, else the tree's own, else what `pkg audit -F` left in the one root."""
    if arguments.feed:
        feeds: Sequence[str] = arguments.feed
        return feeds
    if arguments.ports:
        return [f"{arguments.ports}/security/vuxml/vuln.xml"]
    if len(arguments.root) == 1:
        return [str(Path(arguments.root[0]) / "var/db/pkg/vuln.xml")]
    raise UsageError("no feed given", hint="--feed FILE, or --ports DIR for the tree's own")


def _ignores(path: str | None) -> Sequence[Ignore]:
    if path is None:
        return ()
    from portfake.audit.ignores import parse_ignores  # noqa: PLC0415  # start-up time

    return parse_ignores(read_text(path), path)


def _today() -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(now()))


def _tell(report: AuditReport, output: Output, *, recursive: bool) -> None:
    output.result(report.summary, _head(report))
    for found in report.vulnerabilities:
        output.result(found, _lines(found, recursive=recursive))


def _head(report: AuditReport) -> Iterator[str]:
    summary = report.summary
    ignored = f", {summary.ignored} ignored" if summary.ignored else ""
    yield (
        f"{summary.subject}: {summary.problems} problem(s) in {summary.affected} package(s)"
        f" of {summary.packages}{ignored}"
    )
    for feed in summary.feeds:
        yield f"    feed {feed.where}: {feed.entries} entries, the latest of {feed.date or '?'}"
    yield from (f"    {note}" for note in summary.notes)


def _lines(found: Vulnerability, *, recursive: bool) -> Iterator[str]:
    state = "ignored" if found.ignored else "vulnerable"
    if not counts(found) and found.certainty is Certainty.UNKNOWN_RANGE:
        state = "not known"
    yield f"{found.package}: {state}: {found.topic}"
    if found.ignored:
        yield f"    ignored: {found.ignored}"
    if found.range:
        yield f"    versions: {found.range}"
    if found.aliases:
        yield f"    {' '.join(found.aliases)}"
    yield f"    {found.url}"
    if found.differs_from_pkg:
        yield f"    {found.differs_from_pkg}"
    if recursive and found.required_by:
        yield f"    needed by: {' '.join(found.required_by)}"


def _tell_lifecycle(
    about: Sequence[AuditSubject], arguments: argparse.Namespace, today: str, output: Output
) -> None:
    from portfake.actions.lifecycle import lifecycle  # noqa: PLC0415  # start-up time
    from portfake.actions.request import TargetRequest  # noqa: PLC0415  # as above

    request = TargetRequest(
        ports=arguments.ports,
        abi=arguments.abi,
        osversion=arguments.osversion,
        root=arguments.root[0] if arguments.root and not arguments.abi else None,
    )
    for each in about:
        for found in lifecycle(each.subjects, request, today=today, jobs=arguments.jobs):
            date = f" ({found.date})" if found.date else ""
            output.result(found, [f"{found.package}: {found.state}: {found.message}{date}"])
