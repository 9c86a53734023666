"""Folders of packages: a repository with its catalogue, poudriere's All/, or .pkg files alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from portfake.errors import InputError, NotFound, PortfakeError
from portfake.formats import ucl
from portfake.limits import DEFAULT, Limits
from portfake.model.abi import Abi
from portfake.packages.archive_reader import PackageArchive, Unpack
from portfake.packages.catalogue import Listed, read_catalogue
from portfake.packages.pool import PackagePool, PooledPackage
from portfake.packages.sums import Hasher

__all__ = ["check_against_catalogue", "read_folder"]

_SUFFIXES = ("pkg", "tzst", "txz", "tbz", "tgz", "tar")
_FOLDERS = (".", "All", "All/Hashed", "Hashed")
_CHUNK = 1 << 20
_META = 1 << 16


def read_folder(
    folder: Path, abi: Abi, *, limits: Limits = DEFAULT, unzstd: Unpack | None = None
) -> PackagePool:
    """Return the pool of a repository, as its catalogue has it; else of the .pkg files there are.

    A .pkg that cannot be read is a problem of the pool, not an error: it may not be needed. A
    catalogue that cannot be read is an error (InputError): what it lists is not known then.
    Raises NotFound where there is no such folder.
    """
    if not folder.is_dir():
        raise NotFound("no folder of packages", where=str(folder))
    catalogue, member = _catalogue(folder, limits)
    if catalogue is None:
        return _files(folder, abi, limits, unzstd)
    try:
        with catalogue.open("rb") as stream:
            listed = read_catalogue(
                stream, str(catalogue), member=member, limits=limits, unzstd=unzstd
            )
            return PackagePool(tuple(_pooled(folder, item) for item in listed), abi)
    except OSError as error:
        raise InputError(error.strerror or "cannot be read", where=str(catalogue)) from error


def check_against_catalogue(package: PooledPackage) -> None:
    """Raise InputError where a file is not the one that its catalogue lists; NotFound for none."""
    if package.size is None or package.sum is None:
        return
    hint = "the catalogue is of another state of the folder; `pkg repo` makes it anew"
    try:
        size = package.path.stat().st_size
        if size != package.size:
            raise InputError(
                f"it has {size} bytes, the catalogue says {package.size}",
                where=str(package.path),
                hint=hint,
            )
        hasher = Hasher(package.sum)
        with package.path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                hasher.update(chunk)
    except FileNotFoundError as error:
        raise NotFound(
            "the catalogue lists it, but it is not there", where=str(package.path), hint=hint
        ) from error
    if not hasher.matches():
        raise InputError(
            "it has another sum than the catalogue says", where=str(package.path), hint=hint
        )


def _pooled(folder: Path, listed: Listed) -> PooledPackage:
    return PooledPackage(folder / listed.path, listed.manifest, listed.size, listed.sum)


def _catalogue(folder: Path, limits: Limits) -> tuple[Path | None, str]:
    """The archive with the list of packages and its member, by meta.conf's names if it has any."""
    archive, member = "packagesite", "packagesite.yaml"
    meta = folder / "meta.conf"
    if meta.is_file():
        with meta.open("rb") as stream:
            text = stream.read(_META).decode("utf-8", "replace")
        said = ucl.parse(text, str(meta), limits=limits)
        if isinstance(said, dict):
            archive = _name(said.get("manifests_archive"), archive)
            member = _name(said.get("manifests"), member)
    paths = (folder / f"{archive}.{suffix}" for suffix in _SUFFIXES)
    return next((path for path in paths if path.is_file()), None), member


def _name(value: object, usual: str) -> str:
    return value if isinstance(value, str) and value and "/" not in value else usual


def _files(folder: Path, abi: Abi, limits: Limits, unzstd: Unpack | None) -> PackagePool:
    packages, problems = [], []
    for path in _paths(folder):
        try:
            with path.open("rb") as stream:
                archive = PackageArchive(stream, str(path), limits=limits, unzstd=unzstd)
                packages.append(PooledPackage(path, archive.summary()))
        except PortfakeError as error:
            problems.append(error)
        except OSError as error:
            problems.append(InputError(error.strerror or "cannot be read", where=str(path)))
    return PackagePool(tuple(packages), abi, tuple(problems))


def _paths(folder: Path) -> Iterator[Path]:
    """Each package file once, though All/ may link to what lies in All/Hashed."""
    seen = set()
    for place in _FOLDERS:
        for path in sorted((folder / place).glob("*.pkg")):
            if path.is_file() and (real := path.resolve()) not in seen:
                seen.add(real)
                yield path
