"""`install` and `plan`: ports and packages into an alternate root."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from portfake.actions.gather import Wish, WishList, candidates
from portfake.actions.install_request import InstallRequest
from portfake.actions.ledger import read_kept, write_outside
from portfake.actions.mount_log import JournaledMounts
from portfake.actions.planning import PackageSet, look, plan_of
from portfake.actions.present import Present
from portfake.actions.roots import open_for_reading, open_for_writing
from portfake.actions.saved_plan import check_same, save_plan
from portfake.errors import Busy
from portfake.host.mounting import MountLog, Unlogged
from portfake.host.zstd import unzstd
from portfake.install.apply import apply_plan
from portfake.install.metalog_file import MetalogFile
from portfake.install.plan import Plan
from portfake.install.scripts.contents import PackageContents
from portfake.packages.folder import read_folder
from portfake.packages.pool import PackagePool
from portfake.pkgdb.interface import Records
from portfake.root.confined import Root
from portfake.root.target import target_of

if TYPE_CHECKING:  # start-up time
    from portfake.ports.profile import Profile

__all__ = [
    "Outcome",
    "UnionCommands",
    "install",
    "plan",
    "union_commands",
]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was planned, and whether it was done."""

    plan: Plan
    applied: bool
    """False for a plan alone, and where nothing was left to do."""


def plan(request: InstallRequest, *, output: str | None = None) -> Outcome:
    """Return what `install` would do; the root is only looked at.

    `output` is a folder that gets the packages and plan.json (saved_plan.save_plan).
    """
    with (
        open_for_reading(request.root) as root,
        _packages(request, root, Unlogged()) as packages,
    ):
        database = request.database(root)
        with database.read() as records:
            found = look(request, packages, root, records)
        made = plan_of(request, packages, found, database, database.obstacles())
        if output is not None:
            save_plan(output, made, packages.candidates, request.policy, request.source_date)
        return Outcome(made, applied=False)


@dataclass(frozen=True, slots=True)
class UnionCommands:
    """What the union method would run for one port."""

    origin: str
    commands: tuple[tuple[str, ...], ...]


def union_commands(request: InstallRequest) -> list[UnionCommands]:
    """Return what staging by a union would run; nothing is mounted and nothing runs."""
    from portfake.model.port import Port  # noqa: PLC0415  # start-up time
    from portfake.stage.union import UnionStager  # noqa: PLC0415  # as above

    with (
        open_for_reading(request.root) as root,
        _wanted(request, root, Unlogged()) as wanted,
    ):
        stager = wanted.list.staging and wanted.list.staging.stager
        if not isinstance(stager, UnionStager):
            return []
        ports = [wish.made_of for wish in wanted.wishes if isinstance(wish.made_of, Port)]
        return [
            UnionCommands(str(port.origin), tuple(stager.commands(port.origin))) for port in ports
        ]


def install(request: InstallRequest) -> Outcome:
    """Do it; raises everything that speaks against it before the first write."""
    metalog = None if request.metalog is None else MetalogFile.at(request.metalog)
    with (
        open_for_writing(request.root, as_user=_as_user(request)) as root,
        JournaledMounts(root, "install") as mounts,
        _packages(request, root, mounts) as packages,
    ):
        database = request.database(root)
        before = read_kept(root, request.ledger.state_dir)
        with database.read() as records:
            found = look(request, packages, root, records)
        first = plan_of(request, packages, found, database, database.obstacles())
        if request.saved is not None:
            check_same(request.saved, first)
        if not first.changes:
            return Outcome(first, applied=False)

        def agreed(records: Records) -> None:
            again = look(request, packages, root, records)
            if again != found and plan_of(request, packages, again, database) != first:
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
            metalog=metalog,
        )
        write_outside(request.ledger, first, before)
        return Outcome(first, applied=True)


def _as_user(request: InstallRequest) -> bool:
    return request.as_user or request.metalog is not None


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The set before it is made."""

    wishes: tuple[Wish, ...]
    list: WishList
    profile: Profile
    clock: int


@contextmanager
def _wanted(request: InstallRequest, root: Root, log: MountLog) -> Iterator[_Wanted]:
    """Find what the set consists of; a work folder is open until the block ends."""
    clock = int(time.time()) if request.source_date is None else request.source_date
    profile = request.target.profile(target_of(root), where=request.root, believe=request.force_abi)
    with ExitStack() as stack:
        staging = None
        if any(not word.endswith(".pkg") for word in request.what):
            from portfake.actions.staging import open_staging  # noqa: PLC0415  # start-up time

            staging = stack.enter_context(
                open_staging(
                    request.staging,
                    request.target,
                    profile,
                    clock=clock,
                    progress=request.progress,
                    log=log,
                )
            )
        wishes = WishList(
            _pool(request, profile),
            Present(root, request.database(root)),
            with_dependencies=not request.policy.no_deps,
            staging=staging,
        )
        yield _Wanted(tuple(wishes.resolve(request.what)), wishes, profile, clock)


@contextmanager
def _packages(request: InstallRequest, root: Root, log: MountLog) -> Iterator[PackageSet]:
    """Make the set of packages in a work folder, which goes when the block ends."""
    with _wanted(request, root, log) as wanted:
        made = list(candidates(wanted.wishes, wanted.list, latest=wanted.clock))
        notes = (
            *(f"{problem} (passed over)" for problem in wanted.list.pool.problems),
            *wanted.list.notes,
            *(note for _, notes in made for note in notes),
        )
        packages = tuple(candidate for candidate, _ in made)
        if request.saved is not None:
            packages = tuple(map(request.saved.completed, packages))
        contents = {each.manifest.name: PackageContents(each) for each in packages}
        yield PackageSet(packages, contents, wanted.profile, wanted.clock, notes)


def _pool(request: InstallRequest, profile: Profile) -> PackagePool:
    if request.packages is None:
        return PackagePool((), profile.abi)
    return read_folder(Path(request.packages), profile.abi, unzstd=unzstd)
