"""The one interface of package databases; actions and the installer know no other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from typing import Protocol

from portfake.errors import PortfakeError
from portfake.model.manifest import InstalledPackage, Manifest, RecordedSum

__all__ = ["PackageDatabase", "Records", "Transaction"]


class Records(Protocol):
    """A database's content as it was when it was opened."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader should know of the state found: an old schema, open transactions."""

    @property
    def gaps(self) -> tuple[str, ...]:
        """What no package can have in this database, whatever its own manifest said, in words."""

    def names(self) -> list[str]:
        """Return the names of all packages, in byte order."""

    def packages(self) -> Iterator[InstalledPackage]:
        """Yield all packages in the order of their names."""

    def outlines(self) -> Iterator[InstalledPackage]:
        """Yield all packages as `packages` does, without their files, folders and scripts.

        For questions about many packages: a large root records hundreds of thousands of files.
        """

    def sums(self) -> Iterator[RecordedSum]:
        """Yield every file and link of all packages, in no order, and nothing else of them.

        For holding a large root against its sums, which is quicker than reading whole records.
        """

    def find(self, name: str) -> InstalledPackage | None:
        """Return the package of exactly this name."""

    def which(self, path: str) -> str | None:
        """Return the name of the package that owns this file or link, as it was recorded."""

    def owners(self, paths: Iterable[str]) -> dict[str, str]:
        """Return path -> what `which` says, for those of many paths that a package owns."""

    def state(self, name: str) -> str:
        """Return a text that tells a package's record, or that there is none, from any other.

        Only for comparing: it is of no form that lasts.
        """

    def folder_owners(self, path: str) -> tuple[str, ...]:
        """Return the names of the packages that record this folder as their own."""


class Transaction(Records, Protocol):
    """A database while it is held for writing; reads see what was written before."""

    def register(self, *packages: InstalledPackage) -> None:
        """Record packages together, each in place of one of the same name, whatever its version.

        A path may move from one of them to another. Raises Refused where a path belongs to a
        package that is not among them, or where the record cannot hold one; nothing is recorded
        then.
        """

    def remove(self, name: str) -> None:
        """Forget a package and what only it used; NotFound for an unknown name."""

    def mark(
        self,
        name: str,
        *,
        automatic: bool | None = None,
        locked: bool | None = None,
        vital: bool | None = None,
    ) -> None:
        """Set marks of a package; None leaves one as it is.

        NotFound for an unknown name, Refused for marks that the database cannot hold.
        """


class PackageDatabase(Protocol):
    """One database of a root."""

    @property
    def kind(self) -> str:
        """Its name for ``--db``."""

    def exists(self) -> bool:
        """Whether the root has one."""

    def files(self) -> tuple[str, ...]:
        """Return the paths of the files that it has or would make, the main one last."""

    def losses(self, manifest: Manifest) -> tuple[str, ...]:
        """Return what of a package this kind of database has no place for, in words."""

    def obstacles(self) -> Iterator[PortfakeError]:
        """Yield what `write` would refuse, as far as reading tells: a lock held, the schema."""

    def read(self) -> AbstractContextManager[Records]:
        """Open for reading, which changes nothing; an absent database reads as an empty one.

        Raises InputError where it cannot be read.
        """

    def write(self) -> AbstractContextManager[Transaction]:
        """Hold for writing: what was written counts when the block ends without an exception.

        Makes an absent database. Raises Busy where another process holds it, Refused where it is
        of a kind that portfake does not write.
        """
