"""The flat database as a PackageDatabase."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from portfake.errors import Busy, PortfakeError
from portfake.limits import DEFAULT, Limits
from portfake.model.manifest import Manifest
from portfake.pkgdb.flat.pending import PENDING, read_pending
from portfake.pkgdb.flat.reader import FlatRecords, folders_of
from portfake.pkgdb.flat.record import losses
from portfake.pkgdb.flat.writer import FlatTransaction, check_free, held
from portfake.root.confined import Root

__all__ = ["FlatDatabase"]


class FlatDatabase:
    """ROOT/var/db/pkg/*/+CONTENTS (portfake.pkgdb.interface.PackageDatabase)."""

    kind = "flat"

    def __init__(self, root: Root, limits: Limits = DEFAULT) -> None:
        self._root = root
        self._limits = limits

    def exists(self) -> bool:
        """Whether a package is recorded."""
        return bool(self._folders())

    def _folders(self) -> list[str]:
        found, _ = folders_of(self._root, self._limits)
        return read_pending(self._root).applied_to(found)

    def files(self) -> tuple[str, ...]:
        """The one file by which a transaction counts."""
        return (PENDING,)

    def losses(self, manifest: Manifest) -> tuple[str, ...]:
        """See record.losses."""
        return losses(manifest)

    def obstacles(self) -> Iterator[PortfakeError]:
        """Another run of portfake."""
        try:
            if self.exists():
                check_free(self._root)
        except Busy as error:
            yield error

    @contextmanager
    def read(self) -> Iterator[FlatRecords]:
        """Read as it lies, with what is pending seen as done."""
        records = FlatRecords(self._root, self._limits, read_pending(self._root))
        records.folders()
        yield records

    @contextmanager
    def write(self) -> Iterator[FlatTransaction]:
        """Changes are gathered, and count when the block ends without an exception."""
        made = self._root.make_database_folder()
        try:
            with held(self._root):
                transaction = FlatTransaction(self._root, self._limits)
                transaction.folders()
                yield transaction
                transaction.commit()
        finally:
            for folder in reversed(made):
                with suppress(OSError):
                    self._root.rmdir(folder)
