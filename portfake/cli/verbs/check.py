"""portfake check."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Iterator, Sequence

from portfake import __version__
from portfake.actions.check import CheckRequest, check_all, read_registered_ids
from portfake.audit.baseline import Baseline, parse_baseline
from portfake.audit.finding import Finding, Severity
from portfake.audit.registry import choose
from portfake.audit.report import Report
from portfake.audit.rule import Rule
from portfake.cli.output import Output, add_output_options, output_of, report_error
from portfake.cli.reading import read_text
from portfake.cli.status import Status, status_of
from portfake.errors import PortfakeError, UsageError

__all__ = ["add_arguments", "run"]

_NEVER = "never"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--root", metavar="DIR", action="append", default=[], help="an image; may be given again"
    )
    parser.add_argument("roots", metavar="DIR", nargs="*", help="more images")
    rules = parser.add_argument_group("rules")
    rules.add_argument("--rules", action="store_true", help="list the rules and stop")
    for name, help_ in (("only", "apply these rules"), ("skip", "leave these rules out")):
        rules.add_argument(
            f"--{name}", metavar="RULE", action="append", default=[], help=f"{help_} (glob)"
        )
    rules.add_argument(
        "--no-mtime", action="store_true", help="do not compare times (--skip '*-mtime')"
    )
    rules.add_argument(
        "--fail-on",
        choices=[*(severity.value for severity in Severity), _NEVER],
        default=Severity.ERROR.value,
        help="the least severity that makes the status 1 (error)",
    )
    rules.add_argument("--baseline", metavar="FILE", help="pass over what this --json output has")
    rules.add_argument("--ports", metavar="DIR", help="a ports tree, whose UIDs and GIDs to expect")
    parser.add_argument(
        "-x", "--one-file-system", action="store_true", help="do not enter mount points"
    )
    parser.add_argument(
        "-j", "--jobs", metavar="N", type=int, default=os.cpu_count() or 1, help="processes to use"
    )
    parser.add_argument("--sarif", action="store_true", help="answer with one SARIF 2.1.0 log")
    add_output_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print what was found; status 1 for findings at or above --fail-on."""
    output = output_of(arguments)
    if arguments.sarif and arguments.json:
        raise UsageError("--sarif and --json are two forms of the same answer")
    skip = [*arguments.skip, *(["*-mtime"] if arguments.no_mtime else [])]
    rules = choose(arguments.only, skip)
    if arguments.rules:
        return _list(rules, output)
    request = CheckRequest(
        rules=rules,
        cross_devices=not arguments.one_file_system,
        registered_ids=read_registered_ids(arguments.ports) if arguments.ports else None,
        known=_baseline(arguments.baseline),
    )
    directories = [*arguments.root, *arguments.roots] or ["/"]
    threshold = None if arguments.fail_on == _NEVER else Severity(arguments.fail_on)
    status = Status.DONE
    reports = []
    for answer in check_all(directories, request, jobs=arguments.jobs):
        if isinstance(answer, PortfakeError):
            report_error(answer, json=arguments.json)
            status = status_of(answer)
            continue
        if status is Status.DONE and threshold is not None and answer.fails(threshold):
            status = Status.NO
        if arguments.sarif:
            reports.append(answer)
        else:
            _tell(answer, output)
    if arguments.sarif:
        output.line(_sarif(reports, rules))
    return status


def _sarif(reports: Sequence[Report], rules: Sequence[Rule]) -> str:
    from portfake.audit.sarif import sarif_log  # noqa: PLC0415  # start-up time
    from portfake.formats.json import document  # noqa: PLC0415  # as above

    return document(sarif_log(reports, rules, version=__version__))


def _list(rules: Iterable[Rule], output: Output) -> Status:
    for rule in rules:
        told = {
            "id": rule.id,
            "severity": rule.severity,
            "sentence": rule.sentence,
            "fix": rule.fix,
        }
        output.result(told, [f"{rule.id:<26} {rule.severity.value:<8} {rule.sentence}"])
    return Status.DONE


def _baseline(path: str | None) -> Baseline:
    return frozenset() if path is None else parse_baseline(read_text(path), path)


def _tell(report: Report, output: Output) -> None:
    output.result(report.summary, _head(report))
    for finding in report.findings:
        output.result(finding, _lines(finding))
    if output.json:
        for unchecked in report.unchecked:
            output.result(unchecked, [])


def _head(report: Report) -> Iterator[str]:
    summary = report.summary
    system = f"{summary.abi} ({summary.osversion})" if summary.abi else "no system of its own"
    kind = "no package database"
    if summary.database is not None:
        schema = "" if summary.schema is None else f" schema {summary.schema}"
        kind = f"{summary.packages} packages in {summary.database}{schema}"
    counts = ", ".join(f"{number} {severity}s" for severity, number in summary.counts.items())
    known = f", {summary.known} known" if summary.known else ""
    yield f"{summary.root}: {counts}{known}"
    yield f"    {system}; {kind}; {summary.entries} objects looked at"
    yield f"    boots to a login: {summary.login}"
    reasons: dict[str, list[str]] = {}
    for unchecked in report.unchecked:
        reasons.setdefault(unchecked.reason, []).append(unchecked.rule)
    for reason, rules in reasons.items():
        yield f"    not checked, as {reason}: {' '.join(rules)}"


def _lines(finding: Finding) -> Iterator[str]:
    package = f"({finding.package})" if finding.package else None
    about = [part for part in (finding.path, package) if part]
    where = f"{' '.join(about)}: " if about else ""
    yield f"{finding.severity.value}: {finding.rule}: {where}{finding.message}"
