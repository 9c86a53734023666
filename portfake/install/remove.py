"""Taking packages out of a root: what may go, the records first, then files and empty folders."""

from __future__ import annotations

import errno
import posixpath
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from portfake.errors import NotFound, PortfakeError, Problems, Refused
from portfake.install.ledger import LedgerEntry, LedgerState, ScriptKind
from portfake.model.entry import EntryType
from portfake.model.manifest import InstalledPackage, Manifest, Phase
from portfake.pkgdb.interface import Records, Transaction
from portfake.pkgdb.names import find_named
from portfake.root.confined import Root

__all__ = ["Removal", "plan_removal", "remove", "remove_files"]

_AT_DEINSTALL = (Phase.PRE_DEINSTALL, Phase.DEINSTALL, Phase.POST_DEINSTALL)


@dataclass(frozen=True, slots=True)
class Removal:
    """What will go."""

    root: str
    packages: tuple[Manifest, ...]
    """In the order of removal: what needs others comes before them."""
    ledger: tuple[LedgerEntry, ...]


def plan_removal(
    names: Sequence[str], records: Records, root: str, *, recursive: bool, force: bool
) -> Removal:
    """Return what would be removed; raises all that speaks against it together.

    `names` may carry their versions.
    """
    problems: list[PortfakeError] = []
    chosen: dict[str, InstalledPackage] = {}
    for name in names:
        package = find_named(records, name)
        if package is None:
            problems.append(NotFound(f"no package {name} is installed", where=root))
        else:
            chosen[package.manifest.name] = package
    needing = _needed_by(records)
    for name in list(chosen):
        for other in _closure(name, needing):
            if other.manifest.name in chosen:
                continue
            if recursive:
                chosen[other.manifest.name] = other
            elif not force:
                problems.append(
                    Refused(
                        f"{other.manifest.full_name} needs {name}",
                        hint="--recursive removes it too, --force leaves it without",
                    )
                )
    for package in chosen.values():
        problems.extend(_protected(package, force=force))
    Problems.check(problems)
    manifests = tuple(_ordered(chosen.values()))
    return Removal(
        root, manifests, tuple(entry for manifest in manifests for entry in _ledger(manifest))
    )


def _needed_by(records: Records) -> dict[str, list[InstalledPackage]]:
    needing: dict[str, list[InstalledPackage]] = {}
    for package in records.packages():
        for dependency in package.manifest.deps:
            needing.setdefault(dependency.name, []).append(package)
    return needing


def _closure(name: str, needing: dict[str, list[InstalledPackage]]) -> Iterator[InstalledPackage]:
    seen = {name}
    pending = [name]
    while pending:
        for package in needing.get(pending.pop(), ()):
            if package.manifest.name not in seen:
                seen.add(package.manifest.name)
                pending.append(package.manifest.name)
                yield package


def _protected(package: InstalledPackage, *, force: bool) -> Iterator[PortfakeError]:
    if package.locked:
        yield Refused(
            f"{package.manifest.full_name} is locked", hint="unlock it with pkg-unlock(8)"
        )
    if package.manifest.vital and not force:
        yield Refused(f"{package.manifest.full_name} is vital", hint="--force removes it")


def _ordered(packages: Iterable[InstalledPackage]) -> Iterator[Manifest]:
    """Yield a package only after all that need it; circles end in the order of names."""
    left = {package.manifest.name: package.manifest for package in packages}
    while left:
        needed = {dep.name for manifest in left.values() for dep in manifest.deps}
        free = sorted(name for name in left if name not in needed) or sorted(left)[:1]
        for name in free:
            yield left.pop(name)


def _ledger(manifest: Manifest) -> Iterator[LedgerEntry]:
    for phase in _AT_DEINSTALL:
        texts = [*manifest.lua_scripts.get(phase, ()), manifest.scripts.get(phase, "")]
        for text in filter(None, texts):
            yield LedgerEntry(
                manifest.full_name,
                phase,
                ScriptKind.SHELL,
                LedgerState.DEFERRED,
                "scripts are not run; do what it says inside the running system",
                text,
            )


def remove(removal: Removal, transaction: Transaction) -> None:
    """Forget the packages; `remove_files` follows once the transaction counts."""
    for manifest in removal.packages:
        transaction.remove(manifest.name)


def remove_files(removal: Removal, root: Root, still_owned: Iterable[str]) -> None:
    """Remove files and folders of packages that are no longer recorded.

    `still_owned` are folders that other packages record. As pkg does: files first, then the
    packages' own folders, then parents that became empty, up to the prefix.
    """
    kept = set(still_owned)
    for manifest in removal.packages:
        paths = [file.path for file in manifest.files]
        for path in paths:
            _unlink(root, path)
        own = sorted((folder.path for folder in manifest.directories), reverse=True)
        for folder in own:
            if folder not in kept:
                _rmdir(root, folder)
        for path in [*paths, *own]:
            _prune(root, posixpath.dirname(path), manifest.prefix)


def _unlink(root: Root, path: str) -> None:
    entry = root.stat(path, follow=False)
    if entry is not None and entry.type is not EntryType.DIRECTORY:
        root.unlink(path)


def _rmdir(root: Root, path: str) -> bool:
    try:
        root.rmdir(path)
    except OSError as error:
        if error.errno in {errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT, errno.ENOTDIR}:
            return False
        raise
    return True


def _prune(root: Root, folder: str, prefix: str) -> None:
    while folder.startswith(f"{prefix}/") and _rmdir(root, folder):
        folder = posixpath.dirname(folder)
