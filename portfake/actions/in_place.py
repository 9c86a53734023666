"""`install --method union --in-place`: the trick of 2012, and what came of it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from portfake.actions.install_request import InstallRequest
from portfake.actions.mount_log import JournaledMounts
from portfake.actions.roots import open_for_writing
from portfake.actions.staging import PATIENT, host_target
from portfake.errors import Problems, Refused, SystemFailure
from portfake.host.mounters import this_mounter
from portfake.host.mounting import Argv, Mounter, Mounting
from portfake.install import journal
from portfake.model.entry import Listing
from portfake.model.manifest import Manifest
from portfake.model.port import Port
from portfake.pkgdb.interface import PackageDatabase
from portfake.ports.dependencies import run_dependencies
from portfake.ports.evaluation import PortsEvaluator
from portfake.ports.outside import share_mk
from portfake.root.confined import Root
from portfake.root.target import target_of
from portfake.stage.forecast import Outlook
from portfake.stage.in_place import (
    UNITED,
    differences,
    host_changes,
    install_in_place,
    listing_of,
    mountings_of,
    shadowing,
)
from portfake.stage.make_line import make_line
from portfake.stage.native import STAGE_ENVIRONMENT
from portfake.stage.scratch import scratch_folder
from portfake.stage.union import union_forecast

__all__ = ["InPlace", "in_place"]


@dataclass(frozen=True, slots=True)
class InPlace:
    """What an install over the live host came to."""

    root: str
    commands: tuple[Argv, ...]
    """What was run, or would be."""
    applied: bool
    recorded: tuple[str, ...] = ()
    """Packages that the image records now and did not before."""
    missing: tuple[str, ...] = ()
    """Packages that are needed and that the image lacks, whatever the host has."""
    differences: tuple[str, ...] = ()
    """What changed in the image beyond its packages."""


def in_place(
    request: InstallRequest, *, allow_host_changes: bool = False, only_plan: bool = False
) -> InPlace:
    """Lay the image's folders over the host's and run `make install clean` there.

    Raises what speaks against it together, before anything is mounted; afterwards SystemFailure
    if the image records packages that were not asked for.
    """
    with ExitStack() as stack:
        root = stack.enter_context(open_for_writing(request.root, as_user=request.as_user))
        mounts = stack.enter_context(JournaledMounts(root, "install --in-place"))
        run = _opened(request, root, stack)
        run.check(allow_host_changes)
        database = request.database(root)
        if only_plan:
            return InPlace(
                request.root, run.commands, applied=False, missing=run.missing(_recorded(database))
            )
        for folder in UNITED:
            root.makedirs(folder)
        # Without one, the host's would be copied up whole: a union of folders unites no records.
        with database.write():
            pass
        had, before = _recorded(database), listing_of(root)
        for command in run.lines:
            try:
                install_in_place(
                    run.mounter,
                    run.mountings,
                    command,
                    announce=mounts.mounting,
                    progress=request.progress,
                )
            finally:
                if not run.mounter.unmount(run.mountings):
                    mounts.unmounted()
        return _outcome(run, database, before, had)


@dataclass(frozen=True, slots=True)
class _Run:
    """What is to be done, before it is."""

    root: Root
    evaluator: PortsEvaluator
    ports: tuple[Port, ...]
    mounter: Mounter
    mountings: tuple[Mounting, ...]
    lines: tuple[Argv, ...]

    @property
    def commands(self) -> tuple[Argv, ...]:
        """All that runs, mounts included."""
        return tuple(
            command
            for line in self.lines
            for command in self.mounter.commands(self.mountings, line, "/")
        )

    def check(self, allow_host_changes: bool) -> None:
        """Raise everything that speaks against it."""
        host = host_target()
        problems = list(shadowing(self.root, host))
        for port in self.ports:
            evaluated = self.evaluator.evaluated(port.origin)
            told = union_forecast(evaluated, host and host[0], self.evaluator.profile.abi)
            if told.outlook is not Outlook.RUN:
                problems.append(Refused(told.reason or "", where=str(port.origin)))
            if not allow_host_changes:
                problems += (
                    Refused(
                        f"{what}, which would act on this host's own /etc",
                        where=str(port.origin),
                        hint="--allow-host-changes lets it, without --in-place it cannot",
                    )
                    for what in host_changes(evaluated, self._text)
                )
        Problems.check(problems)

    def missing(self, recorded: Mapping[str, Manifest]) -> tuple[str, ...]:
        """What the ports need at run time and the image does not record."""
        wanted = {port.name for port in self.ports}
        needed = {
            other.name: other.full_name
            for port in self.ports
            for other in run_dependencies(port, self.evaluator.profile, self.evaluator.port).ports
        }
        return tuple(
            needed[name] for name in sorted(needed) if name not in recorded and name not in wanted
        )

    def _text(self, path: str) -> str | None:
        try:
            return self.evaluator.view.read(path).decode("utf-8", "surrogateescape")
        except OSError:
            return None


def _opened(request: InstallRequest, root: Root, stack: ExitStack) -> _Run:
    """Open tree and work folders; nothing is mounted."""
    target = request.target
    profile = target.profile(target_of(root), where=request.root, believe=request.force_abi)
    mounter = this_mounter(network=request.staging.fetch, limits=PATIENT)
    tree = stack.enter_context(target.open_tree())
    work = stack.enter_context(scratch_folder(request.staging.workdir))
    # overlayfs wants its work folder on the image's own file system.
    root.makedirs(journal.FOLDER)
    stack.callback(journal.remove_folder, root)
    scratch = stack.enter_context(scratch_folder(root.directory + journal.FOLDER))
    evaluator = target.evaluator(
        tree,
        profile,
        environment={
            **STAGE_ENVIRONMENT,
            "WRKDIRPREFIX": f"{work}/wrk",
            "DISTDIR": target.distdir or "",
        },
    )
    make_files = Path(work, "mk")
    make_files.mkdir()
    for name, text in share_mk().items():
        (make_files / name).write_text(text)
    program = tuple(request.staging.installer) or mounter.make(str(make_files))
    offline = () if request.staging.fetch else ("FETCH_CMD=false",)
    ports = tuple(evaluator.port(tree.find(word)) for word in request.what)
    lines = tuple(
        (
            *make_line(
                evaluator.evaluated(port.origin),
                evaluator,
                program,
                arguments=(*offline, *request.staging.make_args),
            ),
            *("install", "clean"),
        )
        for port in ports
    )
    return _Run(root, evaluator, ports, mounter, mountings_of(root.directory, scratch), lines)


def _recorded(database: PackageDatabase) -> dict[str, Manifest]:
    with database.read() as records:
        return {package.manifest.name: package.manifest for package in records.packages()}


def _outcome(
    run: _Run, database: PackageDatabase, before: Listing, had: Mapping[str, Manifest]
) -> InPlace:
    root = run.root
    now = _recorded(database)
    wanted = {port.name for port in run.ports}
    strangers = sorted(now.keys() - had.keys() - wanted)
    if strangers:
        raise SystemFailure(
            f"the image records packages that nobody asked for: {', '.join(strangers)}",
            where=root.directory,
            hint="portfake delete --root takes them away",
        )
    absent = sorted(wanted - now.keys())
    if absent:
        raise SystemFailure(
            f"the install left no record of {', '.join(absent)} in the image", where=root.directory
        )
    packaged = (
        path
        for manifest in now.values()
        for path in (
            *(file.path for file in manifest.files),
            *(folder.path for folder in manifest.directories),
        )
    )
    return InPlace(
        root.directory,
        run.commands,
        applied=True,
        recorded=tuple(now[name].full_name for name in sorted(wanted)),
        missing=run.missing(now),
        differences=tuple(differences(before, listing_of(root), packaged, os.path.lexists)),
    )
