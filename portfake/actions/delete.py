"""`delete`: packages out of an alternate root."""

from __future__ import annotations

from collections.abc import Sequence

from portfake.actions.roots import open_for_writing
from portfake.errors import Busy
from portfake.install.remove import Removal, plan_removal, remove, remove_files
from portfake.pkgdb.interface import Records
from portfake.pkgdb.registry import database_of

__all__ = ["delete"]


def delete(
    directory: str,
    names: Sequence[str],
    *,
    recursive: bool,
    force: bool,
    dry_run: bool,
    as_user: bool = False,
) -> Removal:
    """Remove the packages and return what was removed, or with `dry_run` would be."""
    with open_for_writing(directory, as_user=as_user) as root:
        database = database_of(root)

        def planned(records: Records) -> Removal:
            return plan_removal(names, records, directory, recursive=recursive, force=force)

        # What speaks against it is found before the first byte of the database changes.
        with database.read() as records:
            first = planned(records)
        if dry_run:
            return first
        with database.write() as transaction:
            if planned(transaction) != first:
                raise Busy("the root changed while this was planned", where=directory)
            remove(first, transaction)
            kept = [
                folder.path
                for package in transaction.packages()
                for folder in package.manifest.directories
            ]
        remove_files(first, root, kept)
        return first
