"""`create` of installed packages: .pkg files from a root's records and the files in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from portfake.actions.archives import Archives, Created
from portfake.actions.opening import open_for_reading
from portfake.actions.records import Wanted, meant, whole
from portfake.errors import NotFound, PortfakeError, Problems, UsageError
from portfake.model.abi import Abi
from portfake.model.manifest import InstalledPackage, Manifest
from portfake.packages.installed import InstalledFiles, manifest_of
from portfake.packages.staged import StagedTree
from portfake.pkgdb.registry import database_of
from portfake.root.confined import Root
from portfake.root.on_demand import ListingOnDemand
from portfake.root.target import target_of

__all__ = ["create_from_installed"]


def create_from_installed(
    wanted: Wanted,
    archives: Archives,
    *,
    abi: str | None = None,
    note: Callable[[str], None] = lambda line: None,
) -> Iterator[Created]:
    """Write the archives of installed packages, as `pkg create -a` would, and yield each.

    The root is only read. `abi` is that of packages whose record has none, by default what the
    root itself is of, UsageError where it does not say; `note` is told what the database has no
    place for. What can be packaged is; then the errors of the others are raised together:
    NotFound for a word that means nothing and for a missing file, Refused for a changed one.
    """
    problems: list[PortfakeError] = []
    with (
        open_for_reading(wanted.directory) as root,
        database_of(root, wanted.kind).read() as records,
    ):
        outlines = list(records.outlines())
        versions = {each.manifest.name: each.manifest.version for each in outlines}
        chosen = _chosen(wanted, outlines, problems)
        if chosen and records.gaps:
            note(f"the database has no place for {', '.join(records.gaps)}")
        for name, outline in chosen.items():
            try:
                recorded = _with_versions(whole(records, outline).manifest, versions)
                yield _create(root, recorded, lambda: _abi(root, abi), archives)
            except PortfakeError as error:
                found = error.problems if isinstance(error, Problems) else (error,)
                problems += (_of(name, problem) for problem in found)
    Problems.check(problems)


def _chosen(
    wanted: Wanted, outlines: Sequence[InstalledPackage], problems: list[PortfakeError]
) -> dict[str, InstalledPackage]:
    """Full name -> package, each once."""
    chosen: dict[str, InstalledPackage] = {}
    for word, found in meant(wanted, outlines):
        if word and not found:
            problems.append(
                NotFound(f"no installed package is meant by {word!r}", where=wanted.directory)
            )
        chosen |= {one.manifest.full_name: one for one in found}
    return chosen


def _with_versions(recorded: Manifest, versions: Mapping[str, str]) -> Manifest:
    """Dependencies as they are installed now (libpkg/pkgdb_iterator.c, pkgdb_load_deps())."""
    deps = (replace(dep, version=versions.get(dep.name, dep.version)) for dep in recorded.deps)
    return replace(recorded, deps=tuple(deps))


def _create(
    root: Root, recorded: Manifest, target: Callable[[], Abi], archives: Archives
) -> Created:
    # Of hard links each package has its own first name, so it gets its own listing.
    tree = StagedTree(ListingOnDemand(root), root.open)
    manifest = manifest_of(recorded, tree, target)
    files = InstalledFiles(manifest, tree)
    created = archives.write(manifest, files)
    edited = tuple(f"{path} was edited, and is packaged as it is" for path in files.edited)
    return replace(created, notes=edited)


def _abi(root: Root, asked: str | None) -> Abi:
    if asked is not None:
        return Abi.parse(asked)
    found = target_of(root)
    if found is None:
        raise UsageError(
            "neither the record nor the root tells the ABI",
            hint="say it with --abi, such as FreeBSD:9:amd64",
        )
    return found[0]


def _of(name: str, error: PortfakeError) -> PortfakeError:
    return type(error)(f"{name}: {error.message}", where=error.where, hint=error.hint)
