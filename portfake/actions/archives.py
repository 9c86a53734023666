"""Packages as files: NAME-VERSION.pkg in a folder, whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import mkstemp
from typing import BinaryIO

from portfake.errors import Unavailable
from portfake.host.zstd import zstd
from portfake.model.manifest import Manifest
from portfake.model.payload import Payload
from portfake.packages.archive_writer import (
    Format,
    Level,
    file_name,
    level_of,
    package_tar,
    write_package,
)
from portfake.packages.sums import file_sum

__all__ = ["Archives", "Created"]

_SHORT_SUM = 10
"""Characters of a sum that pkg puts into a name."""


@dataclass(frozen=True, slots=True)
class Created:
    """What came of one package."""

    package: str
    """name-version."""
    path: str
    size: int
    """Bytes of the archive."""
    sum: str
    """Its own, as a catalogue would hold it."""
    written: bool
    """False where one of that name was there and was to be kept."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Archives:
    """Where archives go and how they are written."""

    folder: str = "."
    format: Format = Format.ZSTD
    level: int | Level = Level.USUAL
    workers: int = 1
    """Threads of the compressor."""
    timestamp: int | None = None
    """The time of all entries; None leaves files theirs."""
    overwrite: bool = True
    expanded: bool = False
    """Whether +MANIFEST is laid out for people."""
    hashed: bool = False
    """Whether the sum goes into the name, with a link under the plain one."""

    def write(self, manifest: Manifest, payload: Payload, notes: tuple[str, ...] = ()) -> Created:
        """Write the archive, mode 0644 whatever the umask; a failure leaves nothing behind."""
        folder = Path(self.folder)
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / file_name(manifest)
        if path.exists() and not self.overwrite:
            return _created(manifest, path, notes, written=False)
        with _beside(path) as stream:
            self._write(manifest, payload, stream)
        created = _created(manifest, path, notes, written=True)
        return self._hashed(created) if self.hashed else created

    def _write(self, manifest: Manifest, payload: Payload, stream: BinaryIO) -> None:
        level = level_of(self.format, self.level)
        try:
            write_package(
                manifest,
                payload,
                stream,
                format=self.format,
                level=level,
                timestamp=self.timestamp,
                workers=self.workers,
                expanded=self.expanded,
            )
        except Unavailable:
            if self.format is not Format.ZSTD:
                raise
            pieces = package_tar(
                manifest, payload, timestamp=self.timestamp, expanded=self.expanded
            )
            zstd(pieces, stream.write, level=level, workers=self.workers)

    def _hashed(self, created: Created) -> Created:
        plain = Path(created.path)
        path = plain.with_name(f"{created.package}-{created.sum[:_SHORT_SUM]}.pkg")
        plain.replace(path)
        plain.symlink_to(path.name)
        return replace(created, path=str(path))


def _created(manifest: Manifest, path: Path, notes: tuple[str, ...], *, written: bool) -> Created:
    with path.open("rb") as stream:
        own = file_sum(stream)
    size = path.stat().st_size
    return Created(manifest.full_name, str(path), size, own, written, notes)


@contextmanager
def _beside(path: Path) -> Iterator[BinaryIO]:
    """Open a file that takes the name `path` at the end of the block, if it ends well."""
    handle, name = mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            os.fchmod(file.fileno(), 0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
