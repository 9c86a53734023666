"""Who stages: the tree, the evaluator and the stager that a request asks for."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from portfake.actions.places import told_as_on_host
from portfake.actions.request import TargetRequest
from portfake.actions.staging_request import Finished, Method, StageWith, StagingRequest
from portfake.host.mounters import this_mounter
from portfake.host.mounting import MountLog
from portfake.limits import DEFAULT
from portfake.model.abi import Abi
from portfake.ports.evaluation import EvaluatedPort, PortsEvaluator
from portfake.ports.profile import Profile
from portfake.root.confined import Root
from portfake.root.ownership import Ownership
from portfake.root.target import target_of
from portfake.stage.fetching import Fetcher
from portfake.stage.finished import WORK_FOLDER, FinishedStager, open_work_folder
from portfake.stage.forecast import Forecast, Outlook, forecast
from portfake.stage.host_make import HostMakeStager
from portfake.stage.native import STAGE_ENVIRONMENT, NativeStager
from portfake.stage.sandbox import Sandbox
from portfake.stage.staged import Stager
from portfake.stage.union import UnionSettings, UnionStager, union_forecast
from portfake.stage.workspace import DISTFILES, PORTS, WORK, Workspace, open_workspace

__all__ = ["PATIENT", "Staging", "host_target", "open_staging", "open_union"]

PATIENT = replace(DEFAULT, seconds=86_400.0)
"""An ordinary install may compile."""


@dataclass(frozen=True, slots=True)
class Staging:
    """What the set of packages is made with."""

    evaluator: PortsEvaluator
    stager: Stager
    forecast: Callable[[EvaluatedPort], Forecast]


@contextmanager
def open_staging(
    request: StagingRequest,
    target: TargetRequest,
    profile: Profile,
    *,
    clock: int,
    progress: Callable[[str], None],
    log: MountLog,
) -> Iterator[Staging]:
    """Open tree and work folder; `clock` is the date that recipes see, `log` is a union's."""
    if request.method is Method.UNION:
        with open_union(request, target, profile, progress=progress, log=log) as union:
            evaluator = union.evaluator
            host = host_target()
            yield Staging(
                evaluator, union, lambda port: union_forecast(port, host and host[0], profile.abi)
            )
        return
    if request.stage_with is StageWith.MAKE:
        with _make_staging(request, target, profile, clock=clock, progress=progress) as staging:
            yield staging
        return
    with _world(request, target, profile) as (evaluator, workspace):
        fetcher = Fetcher(target.distdir or "", progress) if request.fetch else None
        sandbox = None
        if request.stage_with is StageWith.SANDBOX:
            sandbox = _sandbox(evaluator, workspace)
        native = NativeStager(
            evaluator, workspace, clock=clock, progress=progress, fetcher=fetcher, sandbox=sandbox
        )
        staging = Staging(
            evaluator, native, _will_run if sandbox else lambda port: forecast(port, profile)
        )
        if request.finished is None:
            yield staging
        else:
            with _finished(request.finished, target, staging, workspace, clock) as other:
                yield other


@contextmanager
def _make_staging(
    request: StagingRequest,
    target: TargetRequest,
    profile: Profile,
    *,
    clock: int,
    progress: Callable[[str], None],
) -> Iterator[Staging]:
    """Open tree and work folder where they really lie, for this machine's make."""
    distdir = target.distdir or ""
    with (
        target.open_tree() as tree,
        open_workspace(distdir, below=request.workdir, in_place=True) as workspace,
    ):
        where = {"WRKDIRPREFIX": workspace.seen_as + WORK, "DISTDIR": distdir}
        evaluator = target.evaluator(
            tree, profile, mounts=workspace.mounts, environment={**STAGE_ENVIRONMENT, **where}
        )
        stager = HostMakeStager(
            evaluator,
            workspace,
            NativeStager(evaluator, workspace, clock=clock, progress=progress),
            this_mounter().make,
            progress,
            PATIENT,
        )
        yield Staging(evaluator, stager, _will_run)


def _sandbox(evaluator: PortsEvaluator, workspace: Workspace) -> Sandbox:
    """Return the sandbox in which files have the names that interpreted recipes use."""
    tree, here = evaluator.tree, workspace.root.directory
    shown = {tree.seen_as: tree.directory, **{overlay: overlay for overlay in tree.overlays}}
    if workspace.distdir and Path(workspace.distdir).is_dir():
        shown[DISTFILES] = os.path.realpath(workspace.distdir)
    sandbox = Sandbox({name: here + name for name in (WORK, "/tmp")}, shown, PATIENT)  # noqa: S108  # the workspace's own
    sandbox.check()
    return sandbox


@contextmanager
def _finished(
    there: Finished,
    target: TargetRequest,
    rest: Staging,
    workspace: Workspace,
    clock: int,
) -> Iterator[Staging]:
    """Put a port that is staged already before those that are not."""
    tree = rest.evaluator.tree
    origin = tree.find(there.origin)
    with open_work_folder(there.folder) as finished:
        evaluator = replace(target, variables={**target.variables, **WORK_FOLDER}).evaluator(
            tree,
            rest.stager.profile,
            mounts=(*finished.mounts, *workspace.mounts),
            environment=STAGE_ENVIRONMENT,
        )
        native = NativeStager(evaluator, workspace, clock=clock)
        stager = FinishedStager(origin, finished, native, rest.stager)

        def told(port: EvaluatedPort) -> Forecast:
            same = port.port.origin == evaluator.evaluated(origin).port.origin
            return Forecast(Outlook.RUN) if same else rest.forecast(port)

        yield Staging(rest.evaluator, stager, told)


def _will_run(evaluated: EvaluatedPort) -> Forecast:
    """Recipes may run, so that only the port's own word speaks against it."""
    if evaluated.port.ignore:
        return Forecast(Outlook.REFUSED, evaluated.port.ignore)
    return Forecast(Outlook.RUN)


@contextmanager
def open_union(
    request: StagingRequest,
    target: TargetRequest,
    profile: Profile,
    *,
    progress: Callable[[str], None],
    log: MountLog,
) -> Iterator[UnionStager]:
    """Open tree and work folder for installs in a view of this machine."""
    settings = UnionSettings(
        installer=request.installer,
        make_args=request.make_args,
        show=request.show,
        fetch=request.fetch,
        make_conf=target.make_conf or "",
        options=target.port_dbdir,
        below=request.workdir,
    )
    mounter = this_mounter(network=request.fetch, limits=PATIENT)
    with _world(request, target, profile) as (evaluator, workspace):
        yield UnionStager(evaluator, workspace, mounter, settings, log=log, progress=progress)


@contextmanager
def _world(
    request: StagingRequest, target: TargetRequest, profile: Profile
) -> Iterator[tuple[PortsEvaluator, Workspace]]:
    distdir = target.distdir or ""
    with (
        target.open_tree(seen_as=PORTS) as tree,
        told_as_on_host({PORTS: tree.directory, DISTFILES: distdir}),
        open_workspace(distdir, below=request.workdir) as workspace,
    ):
        evaluator = target.evaluator(
            tree, profile, mounts=workspace.mounts, environment=STAGE_ENVIRONMENT
        )
        yield evaluator, workspace


def host_target() -> tuple[Abi, int] | None:
    """Return ABI and __FreeBSD_version of the machine portfake runs on; None if no FreeBSD."""
    with Root("/", ownership=Ownership.APPLY, read_only=True) as root:
        return target_of(root)
