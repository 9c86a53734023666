"""`diff`: two images, stages, packages or databases held against each other."""

from __future__ import annotations

from pathlib import Path

from portfake.actions.opening import open_for_reading
from portfake.audit.difference import Side
from portfake.audit.records import packages_of_archive, packages_of_database
from portfake.errors import NotFound
from portfake.pkgdb.registry import database_of

__all__ = ["open_side"]


def open_side(name: str, *, files: bool = True) -> Side:
    """Read what `name` names: a folder is a root or stage, *.pkg a package, else a database.

    Without `files` the objects of a root are not looked at. Raises NotFound for what is not
    there, InputError for what is not what it should be.
    """
    path = Path(name)
    if path.is_dir():
        with open_for_reading(name) as root:
            with database_of(root).read() as records:
                packages = {each.manifest.name: each for each in records.packages()}
            listing = root.walk(digest=True) if files else {}
        return Side(name=name, packages=packages, files=listing, whole=files)
    if not path.is_file():
        raise NotFound("there is no such root, package or database", where=name)
    read = packages_of_archive if path.suffix == ".pkg" else packages_of_database
    found = {each.manifest.name: each for each in read(path)}
    return Side(name=name, packages=found, files={}, whole=False)
