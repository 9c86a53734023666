"""`delete`: packages out of an alternate root."""

from __future__ import annotations

from collections.abc import Sequence

from portfake.actions.roots import open_for_writing
from portfake.install.remove import Removal, plan_removal, remove, remove_files
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
        if dry_run:
            with database.read() as records:
                return plan_removal(names, records, directory, recursive=recursive, force=force)
        with database.write() as transaction:
            removal = plan_removal(names, transaction, directory, recursive=recursive, force=force)
            remove(removal, transaction)
            kept = [
                folder.path
                for package in transaction.packages()
                for folder in package.manifest.directories
            ]
        remove_files(removal, root, kept)
        return removal
