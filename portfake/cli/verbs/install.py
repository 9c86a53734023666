"""portfake install, and plan, which is the same with --dry-run."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from portfake.actions.install import Outcome, UnionCommands, install, plan, union_commands
from portfake.actions.install_request import InstallRequest, as_planned
from portfake.actions.staging_request import Method
from portfake.cli.clock import source_date
from portfake.cli.method import add_method_options, staging_request
from portfake.cli.options import (
    add_target_options,
    required_words,
    split_assignments,
    target_request,
)
from portfake.cli.output import Output, add_output_options, output_of
from portfake.cli.scripts import (
    add_script_options,
    ledger_request,
    script_status,
    tell_ledger,
    unknown_scripts,
)
from portfake.cli.selecting import add_database_options
from portfake.cli.status import Status
from portfake.errors import UsageError
from portfake.install.plan import Action, PlannedPackage, Step, StepKind
from portfake.install.planner import Policy

if TYPE_CHECKING:  # start-up time
    from portfake.actions.in_place import InPlace

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--root", metavar="DIR", required=True, help="the alternate root")
    parser.add_argument("words", metavar="ORIGIN | FILE.pkg | NAME=value", nargs="*")
    parser.add_argument("--packages", metavar="DIR", help="packages of the target, for what builds")
    parser.add_argument("--fetch", action="store_true", help="get distfiles that are not there")
    parser.add_argument("-M", "--no-deps", action="store_true", help="leave out what is needed")
    parser.add_argument(
        "-f", "--force", action="store_true", help="install again; take over files of no package"
    )
    parser.add_argument("-A", "--automatic", action="store_true", help="mark it as automatic")
    parser.add_argument("-n", "--dry-run", action="store_true", help="only plan")
    parser.add_argument("-y", "--yes", action="store_true", help="accepted; nothing is ever asked")
    parser.add_argument(
        "--as-user", action="store_true", help="without the root user; owners are recorded only"
    )
    parser.add_argument("--metalog", metavar="FILE", help="keep a METALOG up to date; no chown")
    parser.add_argument("--no-annotate", action="store_true", help="record nothing of portfake's")
    parser.add_argument("--plan", metavar="DIR", help="only what plan --output DIR saved")
    parser.add_argument("--output", metavar="DIR", help="with plan: save packages and plan.json")
    parser.add_argument("--force-abi", action="store_true", help="believe --abi, not the root")
    parser.add_argument(
        "--allow-foreign", metavar="GLOB", action="append", default=[], help="let this code pass"
    )
    add_method_options(parser)
    parser.add_argument("--workdir", metavar="DIR", help="where to make the work folder (TMPDIR)")
    add_database_options(parser)
    add_target_options(parser, with_root=False)
    add_script_options(parser)
    add_output_options(parser)


def run(arguments: argparse.Namespace, *, only_plan: bool = False) -> int:
    """Install or plan, and tell what came of it."""
    what, variables = split_assignments(arguments.words)
    planning = only_plan or arguments.dry_run
    if arguments.plan is None:
        required_words(what, "port or package")
    elif what:
        raise UsageError("--plan says what is installed", hint="leave the names out")
    if arguments.output is not None and not planning:
        raise UsageError("--output is for plan", hint="portfake plan --output DIR")
    output = output_of(arguments)
    request = InstallRequest(
        root=arguments.root,
        what=what,
        target=target_request(arguments, variables),
        packages=arguments.packages,
        policy=Policy(
            no_deps=arguments.no_deps,
            automatic=arguments.automatic,
            force=arguments.force,
            allow_foreign=tuple(arguments.allow_foreign),
            annotate=not arguments.no_annotate,
            unknown_scripts=unknown_scripts(arguments),
        ),
        force_abi=arguments.force_abi,
        as_user=arguments.as_user,
        ledger=ledger_request(arguments),
        metalog=arguments.metalog,
        db=arguments.db,
        upgrade_db=arguments.upgrade_db,
        staging=staging_request(arguments, what),
        source_date=source_date(),
        progress=output.progress,
    )
    if arguments.plan is not None:
        request = as_planned(request, arguments.plan)
    if arguments.in_place:
        from portfake.actions.in_place import in_place  # noqa: PLC0415  # start-up time

        done = in_place(
            request, allow_host_changes=arguments.allow_host_changes, only_plan=planning
        )
        output.result(done, _in_place_lines(done))
        for note in _in_place_notes(done):
            output.note(f"portfake: {note}")
        return Status.NO if done.differences else Status.DONE
    if planning and request.staging.method is Method.UNION:
        commands = union_commands(request)
        output.result(commands, _command_lines(commands))
        return Status.DONE
    outcome = plan(request, output=arguments.output) if planning else install(request)
    output.result(outcome, _lines(outcome))
    _notes(outcome, output)
    return script_status(arguments, outcome.plan.ledger)


def _command_lines(ports: Iterable[UnionCommands]) -> Iterator[str]:
    for port in ports:
        yield f"# {port.origin}"
        yield from map(shlex.join, port.commands)


def _in_place_lines(done: InPlace) -> Iterator[str]:
    if done.applied:
        yield from (f"installed {name} in place" for name in done.recorded)
    else:
        yield from map(shlex.join, done.commands)


def _in_place_notes(done: InPlace) -> Iterator[str]:
    if done.applied:
        yield "nothing is promised in place: recipes ran on this machine, pkg wrote the record"
    yield from (f"the root lacks {name}, which is needed" for name in done.missing)
    yield from done.differences


def _lines(outcome: Outcome) -> Iterator[str]:
    plan = outcome.plan
    yield f"root {plan.root} is {plan.abi} ({plan.osversion})"
    for package in plan.packages:
        manifest = package.manifest
        if package.action is Action.KEEP:
            yield f"{manifest.full_name} is installed already"
            continue
        automatic = ", automatic" if package.automatic else ""
        done = _words(package, applied=outcome.applied)
        yield (
            f"{done} {manifest.full_name} from {package.source.kind} {package.source.name} "
            f"({len(manifest.files)} files, {manifest.flatsize} bytes{automatic})"
        )
    if not outcome.applied:
        yield from map(_step, plan.steps)


_DONE = {
    Action.INSTALL: ("installed", "would install"),
    Action.UPGRADE: ("upgraded", "would upgrade"),
    Action.DOWNGRADE: ("downgraded", "would downgrade"),
    Action.REINSTALL: ("reinstalled", "would reinstall"),
}


def _words(package: PlannedPackage, *, applied: bool) -> str:
    done, would = _DONE[package.action]
    old = package.replaces
    to = f" {package.manifest.name} {old} to" if old not in {None, package.manifest.version} else ""
    return f"{done if applied else would}{to}"


def _step(step: Step) -> str:
    mode = "    " if step.mode is None else f"{step.mode:04o}"
    kept = f" (what is there is kept as {step.saved_as})" if step.saved_as else ""
    if step.kind in {StepKind.REMOVE, StepKind.REMOVE_FOLDER}:
        return f"  {step.kind.value} {step.path}"
    return f"  {mode} {step.owner}:{step.group} {step.path}{kept}"


def _notes(outcome: Outcome, output: Output) -> None:
    plan = outcome.plan
    for name in plan.missing:
        output.note(f"portfake: the root lacks {name}, which is needed")
    tell_ledger(plan.ledger, output)
    for note in plan.notes:
        output.note(f"portfake: {note}")
