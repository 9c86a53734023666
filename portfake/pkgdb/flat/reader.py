"""Packages out of the flat database: ROOT/var/db/pkg/NAME-VERSION/+CONTENTS and its companions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from portfake.errors import InputError
from portfake.limits import LimitExceeded, Limits
from portfake.model.entry import EntryType
from portfake.model.manifest import InstalledPackage, RecordedSum
from portfake.pkgdb.flat.pending import Pending
from portfake.pkgdb.flat.record import CONTENTS, FILES, GAPS, package_of
from portfake.root.confined import Root
from portfake.root.database import FOLDER

__all__ = ["FlatRecords", "folders_of", "texts_in"]


def folders_of(root: Root, limits: Limits) -> tuple[list[str], tuple[str, ...]]:
    """Return the names of the packages' folders in byte order, and notes on what is none."""
    if not _is_folder(root, FOLDER):
        return [], ()
    found, notes = [], []
    names = root.listdir(FOLDER)
    if len(names) > limits.entries:
        raise LimitExceeded(f"more than {limits.entries} names", where=FOLDER)
    for name in names:
        folder = f"{FOLDER}/{name}"
        if name.startswith(".") or not _is_folder(root, folder):
            continue
        if root.exists(f"{folder}/{CONTENTS}"):
            found.append(name)
        elif "-" in name and any(root.exists(f"{folder}/{file}") for file in FILES):
            notes.append(f"{folder} has no {CONTENTS}: a package that is half there")
    return found, tuple(notes)


def _is_folder(root: Root, path: str) -> bool:
    entry = root.stat(path, follow=True)
    return entry is not None and entry.type is EntryType.DIRECTORY


def texts_in(root: Root, folder: str) -> tuple[dict[str, str], int | None]:
    """Return what the files of a folder hold, and when +CONTENTS was written."""
    texts = {}
    time = None
    for name in FILES:
        path = f"{folder}/{name}"
        entry = root.stat(path, follow=False)
        if entry is None:
            continue
        if entry.type is not EntryType.FILE:
            raise InputError(f"a {entry.type.value}, not a file", where=path)
        texts[name] = root.read(path).decode(errors="surrogateescape")
        if name == CONTENTS and entry.mtime is not None:
            time = int(entry.mtime)
    return texts, time


@dataclass(frozen=True, slots=True)
class _Owned:
    """Path -> the names of the packages that have it."""

    files: dict[str, list[str]]
    folders: dict[str, list[str]]


@dataclass(slots=True)
class FlatRecords:
    """The packages of a root (portfake.pkgdb.interface.Records).

    Names are those of packages; where two versions of one are there, which pkg_install allowed,
    each goes by its full name.
    """

    root: Root
    limits: Limits
    pending: Pending = field(default_factory=Pending)
    notes: tuple[str, ...] = ()
    _index: dict[str, str] | None = field(default=None, init=False, repr=False)
    _owners: _Owned | None = field(default=None, init=False, repr=False)

    @property
    def gaps(self) -> tuple[str, ...]:
        """See record.GAPS."""
        return GAPS

    def names(self) -> list[str]:
        """In byte order."""
        return sorted(self.index, key=lambda name: name.encode(errors="surrogateescape"))

    def packages(self) -> Iterator[InstalledPackage]:
        """InputError for a folder that makes no sense, with its name."""
        for name in self.names():
            package = self.find(name)
            assert package is not None
            yield package

    def outlines(self) -> Iterator[InstalledPackage]:
        """As `packages`, without files, folders and scripts."""
        for package in self.packages():
            outline = replace(package.manifest, files=(), directories=(), scripts={})
            yield replace(package, manifest=outline)

    def sums(self) -> Iterator[RecordedSum]:
        """As `packages`: a record is one text."""
        for package in self.packages():
            name = self._name_of(package)
            for file in package.manifest.files:
                yield RecordedSum(name, file.path, file.sum, file.target)

    def find(self, name: str) -> InstalledPackage | None:
        """Return the package of exactly this name."""
        folder = self.index.get(name)
        return None if folder is None else self.load(folder)

    def which(self, path: str) -> str | None:
        """Return the owner's name; the lists of all packages are read once."""
        return next(iter(self._owned().files.get(path, ())), None)

    def owners(self, paths: Iterable[str]) -> dict[str, str]:
        """As `which`."""
        return {path: owner for path in paths if (owner := self.which(path)) is not None}

    def state(self, name: str) -> str:
        """All of it, as it is read."""
        return repr(self.find(name))

    def folder_owners(self, path: str) -> tuple[str, ...]:
        """Return those whose @dirrm names the folder, in the order of their names."""
        return tuple(self._owned().folders.get(path, ()))

    def _owned(self) -> _Owned:
        if self._owners is None:
            self._owners = _Owned({}, {})
            for package in self.packages():
                name = self._name_of(package)
                for file in package.manifest.files:
                    self._owners.files.setdefault(file.path, []).append(name)
                for folder in package.manifest.directories:
                    self._owners.folders.setdefault(folder.path, []).append(name)
        return self._owners

    def _name_of(self, package: InstalledPackage) -> str:
        """As `names` has it."""
        manifest = package.manifest
        return manifest.name if manifest.name in self.index else manifest.full_name

    @property
    def index(self) -> Mapping[str, str]:
        """Name -> the name of its folder."""
        if self._index is None:
            by_name: dict[str, list[str]] = {}
            for folder in self.folders():
                by_name.setdefault(folder.rpartition("-")[0] or folder, []).append(folder)
            self._index = {
                name if len(folders) == 1 else folder: folder
                for name, folders in by_name.items()
                for folder in folders
            }
        return self._index

    def folders(self) -> list[str]:
        """The names of the packages' folders."""
        found, self.notes = folders_of(self.root, self.limits)
        return self.pending.applied_to(found)

    def load(self, folder: str) -> InstalledPackage:
        """Read the package of a folder."""
        place = f"{FOLDER}/{self.pending.place_of(folder)}"
        texts, time = texts_in(self.root, place)
        where = f"{self.root.directory.rstrip('/')}{place}"
        return package_of(texts, time=time, where=where, limits=self.limits)

    def forget(self) -> None:
        """The records have changed."""
        self._index = self._owners = None
