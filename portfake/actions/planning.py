"""A set of packages and all that is looked at in the root, and the plan that follows from them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from portfake.actions.install_request import InstallRequest
from portfake.actions.ledger import read_kept
from portfake.errors import PortfakeError
from portfake.host.pwd_mkdb import password_databases
from portfake.install.candidate import Candidate
from portfake.install.facts import RootFacts, gather
from portfake.install.ledger_keeping import Kept, with_ledger
from portfake.install.plan import Action, Plan
from portfake.install.planner import make_plan, planned_packages
from portfake.install.scripts.contents import PackageContents
from portfake.install.scripts.outcome import ScriptOutcome, rehearse
from portfake.pkgdb.interface import PackageDatabase, Records
from portfake.root.confined import Root

if TYPE_CHECKING:  # start-up time
    from portfake.ports.profile import Profile

__all__ = ["Findings", "PackageSet", "look", "plan_of"]


@dataclass(frozen=True, slots=True)
class PackageSet:
    """What is to be in the root."""

    candidates: tuple[Candidate, ...]
    contents: Mapping[str, PackageContents]
    """By the package's name."""
    profile: Profile
    clock: int
    notes: tuple[str, ...]
    """What came up while the set was made."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What a root has to say about a set: from equal findings follows the same plan."""

    facts: RootFacts
    scripts: ScriptOutcome
    kept: Kept


def look(request: InstallRequest, packages: PackageSet, root: Root, records: Records) -> Findings:
    """Look at everything that the plan depends on; changes nothing."""
    profile = packages.profile
    facts = gather(packages.candidates, root, records, abi=profile.abi, osversion=profile.osversion)
    scripts = rehearse(
        planned_packages(packages.candidates, facts, request.policy),
        {name: package.manifest for name, package in facts.installed.items()},
        packages.contents,
        root,
        unknown=request.policy.unknown_scripts,
        accept_accounts=request.policy.force,
        clock=packages.clock,
        databases=password_databases(),
    )
    return Findings(facts, scripts, read_kept(root, request.ledger.state_dir))


def plan_of(
    request: InstallRequest,
    packages: PackageSet,
    found: Findings,
    database: PackageDatabase,
    obstacles: Iterable[PortfakeError] = (),
) -> Plan:
    """Return the plan; raises all that speaks against it (make_plan)."""
    made = make_plan(packages.candidates, found.facts, request.policy, found.scripts, obstacles)
    made = with_ledger(made, found.kept, request.ledger.keeping, clock=packages.clock)
    return replace(made, notes=(*packages.notes, *made.notes, *_losses(made, database)))


def _losses(made: Plan, database: PackageDatabase) -> Iterator[str]:
    for package in made.packages:
        lost = database.losses(package.manifest)
        if lost and package.action not in (Action.KEEP, Action.DELETE):
            yield (
                f"{package.manifest.full_name}: the {database.kind} database cannot hold "
                f"{', '.join(lost)}"
            )
