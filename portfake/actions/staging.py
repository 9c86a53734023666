"""Who stages: the tree, the evaluator and the stager that a request asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import Enum

from portfake.actions.places import told_as_on_host
from portfake.actions.request import TargetRequest
from portfake.host.mounters import this_mounter
from portfake.limits import DEFAULT
from portfake.ports.evaluation import EvaluatedPort, PortsEvaluator
from portfake.ports.profile import Profile
from portfake.root.confined import Root
from portfake.root.ownership import Ownership
from portfake.root.target import target_of
from portfake.stage.fetching import Fetcher
from portfake.stage.forecast import Forecast, forecast
from portfake.stage.native import STAGE_ENVIRONMENT, NativeStager
from portfake.stage.staged import Stager
from portfake.stage.union import MountLog, UnionSettings, UnionStager, union_forecast
from portfake.stage.workspace import DISTFILES, PORTS, Workspace, open_workspace

__all__ = ["Method", "Staging", "StagingRequest", "open_staging", "open_union"]


_PATIENT = replace(DEFAULT, seconds=86_400.0)
"""An ordinary install may compile."""


class Method(Enum):
    """How a port gets into an image."""

    FAKE = "fake"
    """Staged natively, nothing being run."""
    UNION = "union"
    """Installed in a view of the host by the port's own make install."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StagingRequest:
    """How ports are to be staged."""

    method: Method = Method.FAKE
    fetch: bool = False
    """Get distfiles that are not there from the ports' sites."""
    workdir: str | None = None
    """Where the work folder is made; None for the system's temporary folder."""
    installer: Sequence[str] = ()
    """For a union: a program in make's place, with its first arguments."""
    make_args: Sequence[str] = ()
    """For a union: arguments for make."""
    show: Sequence[str] = ()
    """For a union: more folders of the host to be seen."""


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
            host = _host()
            yield Staging(
                evaluator, union, lambda port: union_forecast(port, host, str(profile.abi))
            )
        return
    with _world(request, target, profile) as (evaluator, workspace):
        fetcher = Fetcher(target.distdir or "", progress) if request.fetch else None
        stager = NativeStager(evaluator, workspace, clock=clock, progress=progress, fetcher=fetcher)
        yield Staging(evaluator, stager, lambda port: forecast(port, profile))


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
    mounter = this_mounter(network=request.fetch, limits=_PATIENT)
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


def _host() -> str | None:
    """The ABI of the machine portfake runs on, None if it is no FreeBSD."""
    with Root("/", ownership=Ownership.APPLY, read_only=True) as root:
        found = target_of(root)
    return str(found[0]) if found else None
