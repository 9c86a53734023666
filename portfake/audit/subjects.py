"""What an audit may be about: the packages of a root, a database, .pkg files, a folder of them."""

from __future__ import annotations

from collections.abc import Iterator
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
    """Return the packages of a local.sqlite that lies anywhere, under any name."""
    if not path.is_file():
        raise NotFound("there is no such database", where=str(path))
    with SqliteDatabase(FolderFile(path.parent, path.name), limits).read() as records:
        return list(records.packages())


def packages_of_archive(path: Path, limits: Limits = DEFAULT) -> list[InstalledPackage]:
    """Return the one package of a .pkg file."""
    try:
        with path.open("rb") as stream:
            archive = PackageArchive(stream, str(path), limits=limits, unzstd=unzstd)
            return [InstalledPackage(manifest=archive.manifest)]
    except OSError as error:
        raise NotFound(error.strerror or "cannot be read", where=str(path)) from None


def packages_of_folder(
    folder: Path, limits: Limits = DEFAULT
) -> Iterator[InstalledPackage | PortfakeError]:
    """Yield the package of every .pkg in a folder and in All/ below it, or what is wrong with it.

    Manifests are read without files and scripts where the archive begins with such a one.
    """
    for place in (folder, folder / "All"):
        for path in sorted(place.glob("*.pkg")):
            if not path.is_file():
                continue
            try:
                with path.open("rb") as stream:
                    archive = PackageArchive(stream, str(path), limits=limits, unzstd=unzstd)
                    yield InstalledPackage(manifest=archive.summary())
            except PortfakeError as error:
                yield error
