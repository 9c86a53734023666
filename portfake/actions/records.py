"""`info` and `which`: what a root records, read without changing a byte of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from portfake.actions.roots import open_for_reading
from portfake.errors import InputError
from portfake.model.manifest import InstalledPackage
from portfake.pkgdb.names import find_named
from portfake.pkgdb.registry import database_of

__all__ = ["Owner", "installed", "owners"]


def installed(
    directory: str, names: Sequence[str]
) -> Iterator[tuple[str, InstalledPackage | None]]:
    """Yield (name, package) for the names, or for all packages if there are none.

    A name may carry its version; None stands for a package that is not there.
    """
    with open_for_reading(directory) as root, database_of(root).read() as records:
        if not names:
            for package in records.packages():
                yield package.manifest.name, package
        for name in names:
            yield name, find_named(records, name)


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a path is."""

    path: str
    package: str | None
    """name-version, None for a path of no package."""


def owners(directory: str, paths: Sequence[str]) -> Iterator[Owner]:
    """Yield the owner of each path, which is absolute within the root."""
    with open_for_reading(directory) as root, database_of(root).read() as records:
        for path in paths:
            if not path.startswith("/"):
                raise InputError(f"{path!r} is not absolute", hint="paths start at the root: /usr")
            name = records.which(path)
            package = records.find(name) if name is not None else None
            yield Owner(path, package.manifest.full_name if package else None)
