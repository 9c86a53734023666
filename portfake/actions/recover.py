"""`recover`: what an interrupted run left is finished or undone."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace

from portfake.actions.roots import open_for_writing
from portfake.errors import UsageError
from portfake.host.mounters import this_mounter
from portfake.install import journal
from portfake.install.journal import Journal
from portfake.install.metalog_file import MetalogFile
from portfake.install.recover import Settled, settle
from portfake.pkgdb.interface import PackageDatabase
from portfake.pkgdb.registry import AUTO, database_of
from portfake.stage.scratch import sweep

__all__ = ["Recovery", "recover"]


@dataclass(frozen=True, slots=True)
class Recovery:
    """What was found, and what became of it."""

    root: str
    verb: str | None
    """The verb that was interrupted; None if there was nothing to recover."""
    outcome: Settled | None
    """None where nothing was done, or the journal was dropped."""
    swept: tuple[str, ...] = ()
    """Work folders of runs that were killed."""


def recover(
    directory: str,
    *,
    forget: bool = False,
    as_user: bool = False,
    workdir: str | None = None,
    db: str = AUTO,
    metalog: str | None = None,
) -> Recovery:
    """Finish or undo an interrupted run; `forget` drops its journal and leaves the files.

    Work folders that killed runs of this user left in `workdir`, None for the system's temporary
    folder, are removed, and those of a union in place, which lie beside the journal. `db` is the
    kind of database that the run was told, `metalog` the METALOG.

    Raises UsageError without the METALOG of a run that had one: where files of this machine lie
    is not for a root to tell. Busy while the run, or another program on the database, still goes
    on; Refused where the records are neither the old nor the new ones. It may be interrupted and
    repeated itself.
    """
    recovery = _recover(directory, forget, as_user, db, metalog)
    mounted_below = this_mounter().mounted_below
    swept = sweep(workdir, mounted_below)
    beside = os.path.realpath(directory) + journal.FOLDER
    if os.path.realpath(beside) == beside and os.path.isdir(beside):  # noqa: PTH112  # a name
        swept += sweep(beside, mounted_below)
    return replace(recovery, swept=tuple(swept))


def _recover(directory: str, forget: bool, as_user: bool, db: str, metalog: str | None) -> Recovery:
    with open_for_writing(directory, as_user=as_user, recovering=True) as root:
        database = database_of(root, db)
        lines = journal.reopen(root)
        if lines is None:
            journal.remove_folder(root)
            with database.write() if database.exists() else nullcontext():
                pass  # that clears the lock of a process that is gone
            return Recovery(directory, None, None)
        with lines:
            if forget:
                lines.forget()
                return Recovery(directory, lines.verb, None)
            _name_metalog(lines, metalog)
            with _nobody_else(database, lines):
                outcome = settle(lines, database)
            if outcome is Settled.FINISHED:
                root.sync()
                lines.finish()
            return Recovery(directory, lines.verb, outcome)


def _name_metalog(lines: Journal, metalog: str | None) -> None:
    if lines.metalog is None:
        return
    if metalog is None:
        raise UsageError(
            f"the interrupted {lines.verb} kept a METALOG, which it called {lines.metalog}",
            where=lines.root.directory,
            hint="say --metalog and where it lies: a root is not believed about this machine",
        )
    lines.metalog_is(MetalogFile.at(metalog).path)


def _nobody_else(database: PackageDatabase, lines: Journal) -> AbstractContextManager[object]:
    """Hold the database, unless the interrupted run was about to make it: nobody else has it.

    Holding it also brings what a killed writer left in its side files to its end, and clears
    the lock of that process.
    """
    return nullcontext() if lines.makes_database or not database.exists() else database.write()
