"""Doing what a plan says, all of it or nothing: files first, the records last.

The order, each line with what it leaves when it is the last thing that happened:

1. the database is held, and the journal begun (nothing has changed);
2. new folders, and every object under a temporary name in its folder (undone);
3. everything is made durable, then renamed into place, the old under other names (undone);
4. the renames are made durable, the records are committed (undone before, finished after);
5. old objects and empty folders go, at last the journal (finished).

docs/commit-order.md has the table of crashes. `settle` is what an error here and `portfake
recover` have in common.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass

from portfake.errors import PortfakeError, SystemFailure
from portfake.install import journal
from portfake.install.candidate import Candidate
from portfake.install.journal import Journal, Recorded
from portfake.install.metalog_file import MetalogFile
from portfake.install.operations import MakeFile
from portfake.install.placement import Placement, missing_folders
from portfake.install.plan import Action, Plan
from portfake.install.recover import Settled, fingerprint, settle
from portfake.model.manifest import InstalledPackage
from portfake.model.paths import folder_of
from portfake.pkgdb.interface import PackageDatabase, Records, Transaction
from portfake.root.confined import Root

__all__ = ["apply_plan"]


def apply_plan(
    plan: Plan,
    candidates: Iterable[Candidate],
    root: Root,
    database: PackageDatabase,
    *,
    verb: str,
    time: int,
    agreed: Callable[[Records], None] = lambda records: None,
    progress: Callable[[str], None] = lambda line: None,
    metalog: MetalogFile | None = None,
) -> None:
    """Change the tree and the records as planned, or leave both as they were and raise.

    `time` is the records' install time. `agreed` is called once nobody else can change the
    records any more, and raises if the plan is no longer right. `metalog` is told of it, all or
    nothing too. Where even the undoing fails, a SystemFailure names both errors, and the journal
    stays for `recover`.
    """
    by_name = {candidate.manifest.name: candidate for candidate in candidates}
    work = _Work(plan, by_name, time, progress, metalog, database.files()[-1:])
    journal.check_closed(root)
    with ExitStack() as held:
        lines: Journal | None = None
        interrupt = None
        try:
            if not database.exists():
                lines = held.enter_context(journal.begin(root, verb))
                _make_database_place(lines, database)
            with database.write() as transaction:
                agreed(transaction)
                # Not before: a root that is refused is not touched.
                lines = lines or held.enter_context(journal.begin(root, verb))
                work.do(lines, transaction)
        except BaseException as error:
            if lines is None or _settle_after(error, lines, database) is Settled.UNDONE:
                raise
            # The records count already: nobody is told that it failed.
            interrupt = None if isinstance(error, Exception) else error
        _finish(lines, plan)
        if interrupt is not None:
            raise interrupt


def _finish(lines: Journal, plan: Plan) -> None:
    for attempt in (1, 2):
        try:
            lines.root.sync(_folders(plan, lines.root))
            lines.finish()
        except OSError as error:
            if attempt == 2:
                raise SystemFailure(
                    f"it is done, but what it replaced could not be removed: {error}",
                    where=lines.root.directory,
                    hint=f"portfake recover --root {lines.root.directory} does that",
                ) from error
        else:
            return


def _settle_after(error: BaseException, lines: Journal, database: PackageDatabase) -> Settled:
    try:
        return settle(lines, database)
    except (OSError, PortfakeError) as worse:
        raise SystemFailure(
            f"{error}, and taking back what was done failed: {worse}",
            where=lines.root.directory,
            hint=f"portfake recover --root {lines.root.directory}, once the cause is gone",
        ) from error


@dataclass(frozen=True, slots=True)
class _Work:
    plan: Plan
    candidates: Mapping[str, Candidate]
    time: int
    progress: Callable[[str], None]
    metalog: MetalogFile | None
    records: tuple[str, ...]
    """The paths of the database's files that a METALOG lists."""

    def do(self, lines: Journal, transaction: Transaction) -> None:
        """Everything up to the last line of the journal, which comes before the commit."""
        plan, root = self.plan, lines.root
        root.expect_accounts(plan.users, plan.groups)
        changing = [package for package in plan.packages if package.action is not Action.KEEP]
        names = tuple(package.manifest.name for package in changing)
        before = fingerprint(transaction, names)
        placement = Placement(lines, plan)
        lines.do(placement.room())
        lines.write(placement.temporaries())
        placement.write()
        for package in plan.packages:
            if package.action in _INSTALLS:
                self.progress(f"placing {package.manifest.full_name}")
                placement.place(self.candidates[package.manifest.name])
        operations = list(placement.operations())
        lines.write(operations)
        root.sync(_folders(plan, root))
        for operation in operations:
            operation.do(root)
        if self.metalog is not None:
            self.metalog.replace(lines, plan, self.records)
        self.record(transaction, placement.config_texts)
        root.sync(_folders(plan, root))
        lines.write_recorded(Recorded(names, before, fingerprint(transaction, names)))

    def record(
        self, transaction: Transaction, config_texts: Mapping[str, Mapping[str, str | None]]
    ) -> None:
        """Forget what goes, whose files may be another's now, and record what comes."""
        for package in self.plan.packages:
            if package.action is Action.DELETE:
                transaction.remove(package.manifest.name)
        transaction.register(
            *(
                InstalledPackage(
                    manifest=package.manifest,
                    automatic=package.automatic,
                    time=self.time,
                    digest=package.digest,
                    config_texts=config_texts.get(package.manifest.name, {}),
                )
                for package in self.plan.packages
                if package.action in _INSTALLS
            )
        )


_INSTALLS = {Action.INSTALL, Action.UPGRADE, Action.DOWNGRADE, Action.REINSTALL}


def _make_database_place(lines: Journal, database: PackageDatabase) -> None:
    """What the database's own first transaction would leave behind if it were killed."""
    files = database.files()
    lines.do(missing_folders(lines.root, files))
    lines.write(map(MakeFile, files))


def _folders(plan: Plan, root: Root) -> Collection[str]:
    """The folders where names change."""
    folders = {folder_of(step.path) for step in plan.steps}
    return [folder for folder in sorted(folders) if root.stat(folder) is not None]
