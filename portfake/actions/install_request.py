"""What the user asks of `install` and `plan`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from portfake.actions.ledger import LedgerRequest
from portfake.actions.request import TargetRequest
from portfake.actions.saved_plan import LoadedPlan, load_plan
from portfake.actions.staging_request import StagingRequest
from portfake.install.planner import Policy
from portfake.pkgdb.interface import PackageDatabase
from portfake.pkgdb.registry import AUTO, database_of
from portfake.root.confined import Root

__all__ = ["InstallRequest", "as_planned"]


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
    staging: StagingRequest = field(default_factory=StagingRequest)
    source_date: int | None = None
    """SOURCE_DATE_EPOCH."""
    metalog: str | None = None
    """A METALOG to keep up to date; nothing gets an owner or a set-id bit on the disk then."""
    saved: LoadedPlan | None = None
    """A plan whose outcome is wanted and no other."""
    db: str = AUTO
    """The kind of package database."""
    upgrade_db: bool = False
    """Bring an older schema to the newest."""
    ledger: LedgerRequest = field(default_factory=LedgerRequest)
    progress: Callable[[str], None] = lambda line: None

    def database(self, root: Root) -> PackageDatabase:
        """The root's database of the kind asked for."""
        return database_of(root, self.db, upgrade=self.upgrade_db)


def as_planned(request: InstallRequest, folder: str) -> InstallRequest:
    """Return the request for what `plan --output` saved: its packages, under its policy."""
    loaded = load_plan(folder)
    return replace(request, what=loaded.files, policy=loaded.policy, saved=loaded)
