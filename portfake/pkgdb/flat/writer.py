"""Packages into the flat database, as ports of FreeBSD 9 registered them (pkg_create -O)."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field

from portfake.errors import Busy, NotFound, Refused
from portfake.model.entry import EntryType
from portfake.model.manifest import InstalledPackage, Manifest, PackagedFile
from portfake.pkgdb.flat.pending import (
    PENDING,
    TEMPORARY,
    Pending,
    finish,
    read_pending,
    sweep,
)
from portfake.pkgdb.flat.reader import FlatRecords
from portfake.pkgdb.flat.record import CONTENTS, REQUIRED_BY, package_of, texts_of
from portfake.root.confined import Root
from portfake.root.database import FOLDER
from portfake.root.ownership import Ownership

__all__ = ["FlatTransaction", "check_free", "held"]

_LOCK = f"{FOLDER}/{TEMPORARY}lock"
_TREE_OF_PREFIX = "/etc/mtree/BSD.local.dist"
"""The folders that pkg_add made below /usr/local, which ports recorded as +MTREE_DIRS."""
_CHUNK = 1 << 20


@dataclass(slots=True)
class FlatTransaction(FlatRecords):
    """Records that can be changed (portfake.pkgdb.interface.Transaction)."""

    changed: dict[str, tuple[dict[str, str], InstalledPackage] | None] = field(default_factory=dict)
    """Folder -> its new texts and the package they hold; None for one that goes."""

    def register(self, *packages: InstalledPackage) -> None:
        """MD5 sums are of the files as they lie in the root by now."""
        names = {package.manifest.name for package in packages}
        for package in packages:
            self._check_owners(package.manifest, names)
        texts = [texts_of(package, self._md5) for package in packages]
        for package in packages:
            for folder in self._folders_named(package.manifest.name):
                self.changed[folder] = None
        for package, of in zip(packages, texts, strict=True):
            folder = package.manifest.full_name
            if package.manifest.prefix == "/usr/local" and self.root.exists(_TREE_OF_PREFIX):
                dist = self.root.read(_TREE_OF_PREFIX)
                of["+MTREE_DIRS"] = dist.decode(errors="surrogateescape")
            self.changed[folder] = of, package_of(of, time=package.time, where=folder)
        self.forget()

    def remove(self, name: str) -> None:
        """Its line goes from the +REQUIRED_BY of what it needed when the transaction ends."""
        folder = self.index.get(name)
        if folder is None:
            raise NotFound(f"no package {name} is registered", where=FOLDER)
        self.changed[folder] = None
        self.forget()

    def mark(
        self,
        name: str,
        *,
        automatic: bool | None = None,
        locked: bool | None = None,
        vital: bool | None = None,
    ) -> None:
        """Refused: there is no place for marks."""
        if name not in self.index:
            raise NotFound(f"no package {name} is registered", where=FOLDER)
        if automatic or locked or vital:
            raise Refused("the flat database has no marks", where=FOLDER)

    def folders(self) -> list[str]:
        """As changed so far."""
        before = FlatRecords.folders(self)
        new = [folder for folder, change in self.changed.items() if change is not None]
        return sorted({folder for folder in before if folder not in self.changed} | set(new))

    def load(self, folder: str) -> InstalledPackage:
        """As changed so far."""
        change = self.changed.get(folder)
        return FlatRecords.load(self, folder) if change is None else change[1]

    def _folders_named(self, name: str) -> list[str]:
        return [folder for folder in self.folders() if folder.rpartition("-")[0] == name]

    def _check_owners(self, manifest: Manifest, names: Collection[str]) -> None:
        for file in manifest.files:
            owner = self.which(file.path)
            if owner is not None and owner not in names:
                raise Refused(f"{manifest.full_name}: {file.path} belongs to {owner}", where=FOLDER)

    def _md5(self, file: PackagedFile) -> str | None:
        if file.target is not None:
            text = file.target.encode(errors="surrogateescape")
            return hashlib.md5(text, usedforsecurity=False).hexdigest()
        if file.sum is not None and file.sum.startswith("md5$"):
            return file.sum.removeprefix("md5$")
        entry = self.root.stat(file.path, follow=False)
        if entry is None or entry.type is not EntryType.FILE:
            return None
        state = hashlib.md5(usedforsecurity=False)
        with self.root.open(file.path) as stream:
            while chunk := stream.read(_CHUNK):
                state.update(chunk)
        return state.hexdigest()

    def commit(self) -> None:
        """Make the changes count, all of them at once, then carry them out."""
        if not self.changed:
            return
        put = {}
        required_by = self._required_by()
        for folder, change in self.changed.items():
            if change is None:
                continue
            texts, package = change
            put[folder] = f"{TEMPORARY}{folder}"
            needed = required_by.pop(folder, ())
            listed = {REQUIRED_BY: "".join(f"{name}\n" for name in needed)} if needed else {}
            self._make(put[folder], {**texts, **listed}, package.time)
        for number, (folder, names) in enumerate(sorted(required_by.items())):
            name = f"{folder}/{REQUIRED_BY}"
            put[name] = f"{TEMPORARY}{number}{REQUIRED_BY}"
            text = "".join(f"{each}\n" for each in names)
            self.root.write(f"{FOLDER}/{put[name]}", [_bytes(text)], mode=0o644)
        dropped = tuple(name for name, change in self.changed.items() if change is None)
        pending = Pending(put, tuple(name for name in dropped if name not in put))
        self.root.write(f"{PENDING}.new", [_bytes(pending.to_text())], mode=0o644)
        self.root.sync([FOLDER])
        self.root.rename(f"{PENDING}.new", PENDING)
        self.root.sync([FOLDER])
        finish(self.root, pending)

    def _required_by(self) -> dict[str, tuple[str, ...]]:
        """Folder -> what depends on it, for new folders and those whose lists change."""
        found: dict[str, list[str]] = {folder: [] for folder in self.folders()}
        for package in self.packages():
            for dep in package.manifest.deps:
                folder = f"{dep.name}-{dep.version}"
                folder = folder if folder in found else self.index.get(dep.name, "")
                if folder in found:
                    found[folder].append(package.manifest.full_name)
        return {
            folder: tuple(names)
            for folder, names in found.items()
            if folder in self.changed or self._listed(folder) != tuple(names)
        }

    def _listed(self, folder: str) -> tuple[str, ...]:
        path = f"{FOLDER}/{folder}/{REQUIRED_BY}"
        if not self.root.exists(path):
            return ()
        text = self.root.read(path).decode(errors="surrogateescape")
        return tuple(sorted(set(text.split())))

    def _make(self, name: str, texts: dict[str, str], time: int | None) -> None:
        folder = f"{FOLDER}/{name}"
        self.root.mkdir(folder, 0o755)
        for file, text in texts.items():
            executable = file.endswith("INSTALL")
            mode = 0o755 if executable else 0o644
            self.root.write(f"{folder}/{file}", [_bytes(text)], mode=mode)
            if self.root.ownership is Ownership.APPLY:
                self.root.chown(f"{folder}/{file}", "root", "wheel")
        if self.root.ownership is Ownership.APPLY:
            self.root.chown(folder, "root", "wheel")
        if time is not None:
            self.root.utime(f"{folder}/{CONTENTS}", time)


def check_free(root: Root) -> None:
    """Raise Busy as `held` would now."""
    with _locked(root, new=False):
        pass


def _locked(root: Root, *, new: bool) -> AbstractContextManager[object]:
    """Hold the lock's file; without `new` only if there is one."""
    try:
        lock = root.hold(_LOCK, new=False)
        return lock or (root.hold(_LOCK, new=True) if new else None) or nullcontext()
    except (BlockingIOError, FileExistsError) as error:
        raise Busy("another run of portfake holds the package database", where=FOLDER) from error


@contextmanager
def held(root: Root) -> Iterator[None]:
    """Hold the database, finish what was pending in it, and clear what never counted.

    pkg_install has no lock; this one is between runs of portfake. Raises Busy.
    """
    with _locked(root, new=True):
        pending = read_pending(root)
        if pending.put or pending.dropped:
            finish(root, pending)
        name = _LOCK.rpartition("/")[2]
        sweep(root, name)
        try:
            yield
        finally:
            sweep(root, name, PENDING.rpartition("/")[2], *read_pending(root).put.values())
            root.unlink(_LOCK)


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogateescape")
