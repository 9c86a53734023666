"""`install` and `plan`: ports and packages into an alternate root."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from portfake.actions.gather import WishList, candidates
from portfake.actions.places import told_as_on_host
from portfake.actions.request import TargetRequest
from portfake.actions.roots import open_for_reading, open_for_writing
from portfake.errors import Busy
from portfake.host.zstd import unzstd
from portfake.install.apply import apply_plan
from portfake.install.candidate import Candidate
from portfake.install.facts import gather
from portfake.install.plan import Plan
from portfake.install.planner import Policy, make_plan
from portfake.packages.pool import PackagePool, read_folder
from portfake.pkgdb.interface import Records
from portfake.pkgdb.registry import database_of
from portfake.ports.evaluation import PortsEvaluator
from portfake.ports.profile import Profile
from portfake.root.confined import Root
from portfake.root.target import target_of
from portfake.stage.fetching import Fetcher
from portfake.stage.native import STAGE_ENVIRONMENT, NativeStager
from portfake.stage.staged import Stager
from portfake.stage.workspace import DISTFILES, PORTS, open_workspace

__all__ = ["InstallRequest", "Outcome", "install", "plan"]


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallRequest:
    """What is to be installed where."""

    root: str
    what: Sequence[str]
    """Origins, and paths that end in .pkg."""
    target: TargetRequest
    packages: str | None = None
    """A folder with packages of the target."""
    policy: Policy = field(default_factory=Policy)
    force_abi: bool = False
    as_user: bool = False
    """Leave everything with whoever runs portfake; owners stand in the record alone."""
    fetch: bool = False
    """Get distfiles that are not there from the ports' sites."""
    workdir: str | None = None
    """Where the work folder is made; None for the system's temporary folder."""
    source_date: int | None = None
    """SOURCE_DATE_EPOCH."""
    progress: Callable[[str], None] = lambda line: None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was planned, and whether it was done."""

    plan: Plan
    applied: bool
    """False for a plan alone, and where nothing was left to do."""


def plan(request: InstallRequest) -> Outcome:
    """Return what `install` would do; the root is only looked at."""
    with (
        open_for_reading(request.root) as root,
        _packages(request, root) as (packages, notes),
        database_of(root).read() as records,
    ):
        return Outcome(_planned(request, packages, notes, root, records), applied=False)


def install(request: InstallRequest) -> Outcome:
    """Do it; raises everything that speaks against it before the first write."""
    with (
        open_for_writing(request.root, as_user=request.as_user) as root,
        _packages(request, root) as (packages, notes),
    ):
        database = database_of(root)
        with database.read() as records:
            first = _planned(request, packages, notes, root, records)
        if not first.changes:
            return Outcome(first, applied=False)

        def agreed(records: Records) -> None:
            if _planned(request, packages, notes, root, records) != first:
                raise Busy("the root changed while the plan was made", where=request.root)

        apply_plan(
            first,
            packages.candidates,
            root,
            database,
            verb="install",
            time=packages.clock,
            agreed=agreed,
            progress=request.progress,
        )
        return Outcome(first, applied=True)


@dataclass(frozen=True, slots=True)
class _Packages:
    candidates: tuple[Candidate, ...]
    profile: Profile
    clock: int


def _planned(
    request: InstallRequest,
    packages: _Packages,
    notes: tuple[str, ...],
    root: Root,
    records: Records,
) -> Plan:
    facts = gather(
        packages.candidates,
        root,
        records,
        abi=packages.profile.abi,
        osversion=packages.profile.osversion,
    )
    made = make_plan(packages.candidates, facts, request.policy)
    return replace(made, notes=(*notes, *made.notes))


@contextmanager
def _packages(request: InstallRequest, root: Root) -> Iterator[tuple[_Packages, tuple[str, ...]]]:
    """Make the set of packages in a work folder, which goes when the block ends."""
    clock = int(time.time()) if request.source_date is None else request.source_date
    profile = request.target.profile(target_of(root), where=request.root, believe=request.force_abi)
    with ExitStack() as stack:
        with database_of(root).read() as records:
            installed = frozenset(records.names())
        evaluator, stager = None, None
        if any(not word.endswith(".pkg") for word in request.what):
            evaluator, stager = _staging(request, profile, clock, stack)
        wishes = WishList(
            _pool(request, profile),
            installed,
            with_dependencies=not request.policy.no_deps,
            evaluator=evaluator,
        )
        wanted = wishes.resolve(request.what)
        made = list(candidates(wanted, wishes.dependencies, stager, latest=clock))
        notes = (
            *(f"{problem} (passed over)" for problem in wishes.pool.problems),
            *(note for _, notes in made for note in notes),
        )
        yield _Packages(tuple(candidate for candidate, _ in made), profile, clock), notes


def _pool(request: InstallRequest, profile: Profile) -> PackagePool:
    if request.packages is None:
        return PackagePool((), profile.abi)
    return read_folder(Path(request.packages), profile.abi, unzstd=unzstd)


def _staging(
    request: InstallRequest, profile: Profile, clock: int, stack: ExitStack
) -> tuple[PortsEvaluator, Stager]:
    tree = stack.enter_context(request.target.open_tree(seen_as=PORTS))
    distdir = request.target.distdir or ""
    stack.enter_context(told_as_on_host({PORTS: tree.directory, DISTFILES: distdir}))
    workspace = stack.enter_context(open_workspace(distdir, below=request.workdir))
    evaluator = request.target.evaluator(
        tree, profile, mounts=workspace.mounts, environment=STAGE_ENVIRONMENT
    )
    fetcher = Fetcher(distdir, request.progress) if request.fetch else None
    stager = NativeStager(
        evaluator, workspace, clock=clock, progress=request.progress, fetcher=fetcher
    )
    return evaluator, stager
