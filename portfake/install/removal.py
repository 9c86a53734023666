"""Planning what leaves a root: whole packages, or what the next version of one no longer has."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence

from portfake.errors import NotFound, PortfakeError, Problems, Refused
from portfake.install.plan import Action, Plan, PlannedPackage, Source, Step, StepKind
from portfake.model.manifest import InstalledPackage, Manifest
from portfake.model.paths import folder_of
from portfake.pkgdb.interface import Records
from portfake.pkgdb.names import find_named

__all__ = ["leaving", "plan_removal"]


def plan_removal(
    names: Sequence[str],
    records: Records,
    root: str,
    *,
    recursive: bool,
    force: bool,
    obstacles: Iterable[PortfakeError] = (),
) -> Plan:
    """Return what would be removed; raises all that speaks against it together.

    `names` may carry their versions; `obstacles` is what stands in the way of writing the records.
    """
    problems = list(obstacles)
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
    ordered = tuple(_ordered(chosen.values()))
    kept = {
        folder.path
        for package in records.packages()
        if package.manifest.name not in chosen
        for folder in package.manifest.directories
    }
    return Plan(
        root=root,
        abi="",
        osversion=0,
        packages=tuple(_planned(chosen[manifest.name], root) for manifest in ordered),
        steps=tuple(leaving(ordered, kept)),
        missing=(),
        ledger=(),
        notes=(),
    )


def _planned(package: InstalledPackage, root: str) -> PlannedPackage:
    return PlannedPackage(
        action=Action.DELETE,
        manifest=package.manifest,
        digest=package.digest or "",
        source=Source("record", root, verified=False),
        automatic=package.automatic,
        replaces=package.manifest.version,
    )


def leaving(
    manifests: Sequence[Manifest], kept_folders: Container[str], kept_files: Container[str] = ()
) -> Iterator[Step]:
    """Yield the steps that take the packages' files and folders away but for those kept.

    As pkg-delete(8) does: files first; then a package's own folders, and the folders above its
    files and own folders up to the prefix, where they are empty.
    """
    folders: dict[str, str] = {}
    for manifest in manifests:
        name, prefix = manifest.name, manifest.prefix.rstrip("/")
        for file in manifest.files:
            if file.path not in kept_files:
                yield Step(kind=StepKind.REMOVE, path=file.path, package=name)
                folders.update(dict.fromkeys(_above(file.path, prefix), name))
        for folder in manifest.directories:
            # libpkg/pkg_delete.c, rmdir_p(): never the prefix itself.
            if folder.path not in kept_folders and folder.path != prefix:
                folders[folder.path] = name
                folders.update(dict.fromkeys(_above(folder.path, prefix), name))
    for path in sorted(folders, key=lambda path: (path.count("/"), path), reverse=True):
        if path not in kept_folders:
            yield Step(kind=StepKind.REMOVE_FOLDER, path=path, package=folders[path])


def _above(path: str, prefix: str) -> Iterator[str]:
    path = folder_of(path)
    while path.startswith(f"{prefix}/"):
        yield path
        path = folder_of(path)


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
