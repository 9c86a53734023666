"""`delete`: packages out of an alternate root."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from portfake.actions.ledger import LedgerRequest, read_kept, write_outside
from portfake.actions.roots import open_for_writing
from portfake.errors import Busy, PortfakeError, Problems
from portfake.host.pwd_mkdb import password_databases
from portfake.install.apply import apply_plan
from portfake.install.ledger_keeping import with_ledger
from portfake.install.metalog_file import MetalogFile
from portfake.install.plan import Plan
from portfake.install.removal import plan_removal
from portfake.install.scripts.outcome import UnknownScripts, rehearse, with_scripts
from portfake.pkgdb.interface import Records
from portfake.pkgdb.registry import AUTO, database_of

__all__ = ["delete"]

_IN_ROOT = LedgerRequest()


def delete(
    directory: str,
    names: Sequence[str],
    *,
    recursive: bool,
    force: bool,
    dry_run: bool,
    as_user: bool = False,
    metalog: str | None = None,
    db: str = AUTO,
    upgrade_db: bool = False,
    unknown_scripts: UnknownScripts = UnknownScripts.REFUSE,
    ledger: LedgerRequest = _IN_ROOT,
    source_date: int | None = None,
) -> Plan:
    """Remove the packages and return what was removed, or with `dry_run` would be.

    `metalog` is a METALOG to keep up to date, `source_date` SOURCE_DATE_EPOCH.
    """
    kept_metalog = None if metalog is None else MetalogFile.at(metalog)
    with open_for_writing(directory, as_user=as_user or metalog is not None) as root:
        database = database_of(root, db, upgrade=upgrade_db)
        before = read_kept(root, ledger.state_dir)
        clock = int(time.time()) if source_date is None else source_date

        def planned(records: Records, obstacles: Iterable[PortfakeError] = ()) -> Plan:
            plan = plan_removal(
                names, records, directory, recursive=recursive, force=force, obstacles=obstacles
            )
            scripts = rehearse(
                plan.packages,
                {},
                {},
                root,
                unknown=unknown_scripts,
                clock=clock,
                databases=password_databases(),
            )
            Problems.check(scripts.problems)
            kept = read_kept(root, ledger.state_dir)
            return with_ledger(with_scripts(plan, scripts), kept, ledger.keeping, clock=clock)

        # What speaks against it is found before the first byte of the database changes.
        with database.read() as records:
            first = planned(records, database.obstacles())
        if dry_run:
            return first

        def agreed(records: Records) -> None:
            if planned(records) != first:
                raise Busy("the root changed while this was planned", where=directory)

        apply_plan(
            first, (), root, database, verb="delete", time=0, agreed=agreed, metalog=kept_metalog
        )
        write_outside(ledger, first, before)
        return first
