"""Whole records, wherever they lie: in a database of any name, in .pkg files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from portfake.errors import NotFound, PortfakeError
from portfake.host.zstd import unzstd
from portfake.limits import DEFAULT, Limits
from portfake.model.manifest import InstalledPackage
from portfake.packages.archive_reader import PackageArchive
from portfake.pkgdb.sqlite.database import SqliteDatabase
from portfake.pkgdb.sqlite.opening import FolderFile

__all__ = ["packages_of_archive", "packages_of_database", "packages_of_folder"]


def packages_of_database(path: Path, limits: Limits = DEFAULT) -> list[InstalledPackage]:
    """Return the whole records of a local.sqlite that lies anywhere, under any name."""
    if not path.is_file():
        raise NotFound("there is no such database", where=str(path))
    with SqliteDatabase(FolderFile(path.parent, path.name), limits).read() as records:
        return list(records.packages())


def packages_of_archive(path: Path, limits: Limits = DEFAULT) -> list[InstalledPackage]:
    """Return the one package of a .pkg file."""
    return [_read_archive(path, limits)]


def packages_of_folder(
    folder: Path, limits: Limits = DEFAULT
) -> Iterator[InstalledPackage | PortfakeError]:
    """Yield the packages of a folder's .pkg files and of All/ below it, or what is wrong."""
    if not folder.is_dir():
        raise NotFound("there is no such folder of packages", where=str(folder))
    for path in _archives(folder):
        try:
            yield _read_archive(path, limits)
        except PortfakeError as error:
            yield error


def _archives(folder: Path) -> Iterable[Path]:
    for place in (folder, folder / "All"):
        yield from (path for path in sorted(place.glob("*.pkg")) if path.is_file())


def _read_archive(path: Path, limits: Limits) -> InstalledPackage:
    try:
        with path.open("rb") as stream:
            archive = PackageArchive(stream, str(path), limits=limits, unzstd=unzstd)
            return InstalledPackage(manifest=archive.manifest)
    except OSError as error:
        raise NotFound(error.strerror or "cannot be read", where=str(path)) from None
