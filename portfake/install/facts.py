"""What is so in a root before anything is planned, read once."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from portfake.install.candidate import Candidate
from portfake.model.abi import Abi
from portfake.model.entry import Entry, EntryType
from portfake.model.manifest import InstalledPackage, PackagedFile
from portfake.packages.sums import verify
from portfake.pkgdb.interface import Records
from portfake.root.confined import Root

__all__ = ["RootFacts", "gather"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RootFacts:
    """The part of a root that a set of packages touches."""

    root: str
    abi: Abi
    osversion: int
    entries: Mapping[str, Entry] = field(default_factory=dict)
    """Path -> what is there, for every path of the set (links not followed)."""
    same: frozenset[str] = frozenset()
    """The files among them whose content is already what the set brings."""
    parents: Mapping[str, Entry] = field(default_factory=dict)
    """The same for every folder above them (links followed)."""
    owners: Mapping[str, str] = field(default_factory=dict)
    """Path of the set -> name of the installed package that records it."""
    installed: Mapping[str, InstalledPackage] = field(default_factory=dict)
    """Name -> record, for the packages of the set and those they depend on."""
    users: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()


def gather(
    candidates: Iterable[Candidate],
    root: Root,
    records: Records,
    *,
    abi: Abi,
    osversion: int,
) -> RootFacts:
    """Look at everything the planner asks for; changes nothing."""
    manifests = [candidate.manifest for candidate in candidates]
    paths = {file.path for manifest in manifests for file in manifest.files}
    folders = {folder.path for manifest in manifests for folder in manifest.directories}
    names = {manifest.name for manifest in manifests}
    names |= {dependency.name for manifest in manifests for dependency in manifest.deps}
    found = {name: records.find(name) for name in sorted(names)}
    looked = ((path, root.stat(path, follow=False)) for path in sorted(paths | folders))
    entries = {path: entry for path, entry in looked if entry is not None}
    above = {parent for path in paths | folders for parent in _above(path)}
    return RootFacts(
        root=root.directory,
        abi=abi,
        osversion=osversion,
        entries=entries,
        same=frozenset(
            file.path
            for manifest in manifests
            for file in manifest.files
            if file.path in entries and _is_same(file, entries[file.path], root)
        ),
        parents={path: entry for path in above if (entry := root.stat(path)) is not None},
        owners={path: owner for path in sorted(paths) if (owner := records.which(path))},
        installed={name: package for name, package in found.items() if package},
        users=frozenset(root.accounts.users),
        groups=frozenset(root.accounts.groups),
    )


def _above(path: str) -> Iterator[str]:
    while path != "/":
        path = posixpath.dirname(path)
        yield path


def _is_same(file: PackagedFile, there: Entry, root: Root) -> bool:
    if file.target is not None or there.type is not EntryType.FILE:
        return there.target is not None and there.target == file.target
    with root.open(file.path) as content:
        return file.sum is not None and verify(file.sum, content)
