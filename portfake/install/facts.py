"""What is so in a root before anything is planned, read once."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from portfake.install.candidate import Candidate
from portfake.install.capacity import Space
from portfake.install.config_files import ConfigFile
from portfake.install.conflicts import may_match
from portfake.model.abi import Abi
from portfake.model.entry import Entry, EntryType
from portfake.model.manifest import InstalledPackage, Manifest, PackagedFile
from portfake.model.paths import folder_of, folders_above
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
    inside: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Folder where a file of the set is to lie -> everything below it but folders."""
    same: frozenset[str] = frozenset()
    """The files of no package among them whose content is already what the set brings."""
    parents: Mapping[str, Entry] = field(default_factory=dict)
    """The same for every folder above them (links followed)."""
    owners: Mapping[str, str] = field(default_factory=dict)
    """Path of the set -> name of the installed package that records it."""
    installed: Mapping[str, InstalledPackage] = field(default_factory=dict)
    """Name -> record, for the packages of the set and those they depend on."""
    beside: tuple[str, ...] = ()
    """Full names of the installed packages that a conflict of the set may mean."""
    folder_owners: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Folder of a package that is replaced -> names of the packages that record it."""
    config: Mapping[str, ConfigFile] = field(default_factory=dict)
    """Path -> contents, for the configuration files of the set that are there."""
    spaces: Mapping[str, Space] = field(default_factory=dict)
    """Path of the set -> the file system that it lies or would lie on."""
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
    candidates = list(candidates)
    manifests = [candidate.manifest for candidate in candidates]
    paths = {file.path for manifest in manifests for file in manifest.files}
    folders = {folder.path for manifest in manifests for folder in manifest.directories}
    names = {manifest.name for manifest in manifests}
    names |= {dependency.name for manifest in manifests for dependency in manifest.deps}
    found = {name: records.find(name) for name in sorted(names)}
    installed = {name: package for name, package in found.items() if package}
    above = _folders_above(paths | folders)
    parents = {path: entry for path in above if (entry := root.stat(path)) is not None}
    looked = (
        (path, root.stat(path, follow=False))
        for path in sorted(paths | folders)
        if folder_of(path) in parents
    )
    entries = {path: entry for path, entry in looked if entry is not None}
    owners = records.owners(sorted(paths))
    replaced = [installed[manifest.name].manifest for manifest in manifests
                if manifest.name in installed]  # fmt: skip
    return RootFacts(
        root=root.directory,
        abi=abi,
        osversion=osversion,
        entries=entries,
        inside={
            path: _inside(path, root)
            for path in paths
            if path in entries and entries[path].type is EntryType.DIRECTORY
        },
        same=frozenset(
            file.path
            for manifest in manifests
            for file in manifest.files
            if file.path in entries
            and file.path not in owners
            and _is_same(file, entries[file.path], root)
        ),
        parents=parents,
        owners=owners,
        installed=installed,
        beside=tuple(_beside(candidates, records)),
        folder_owners=_folder_owners(replaced, records),
        config={file.path: file for each in candidates for file in _config(each, entries, root)},
        spaces=_spaces(paths, parents, root),
        users=frozenset(root.accounts.users),
        groups=frozenset(root.accounts.groups),
    )


def _folders_above(paths: Iterable[str]) -> set[str]:
    """Of many paths in few folders."""
    folders = {folder_of(path) for path in paths}
    return folders.union(*map(folders_above, folders))


def _inside(folder: str, root: Root) -> frozenset[str]:
    found = root.walk(folder).values()
    return frozenset(entry.path for entry in found if entry.type is not EntryType.DIRECTORY)


def _is_same(file: PackagedFile, there: Entry, root: Root) -> bool:
    if file.target is not None or there.type is not EntryType.FILE:
        return there.target is not None and there.target == file.target
    with root.open(file.path) as content:
        return file.sum is not None and verify(file.sum, content)


def _beside(candidates: Sequence[Candidate], records: Records) -> Iterator[str]:
    patterns = {pattern for candidate in candidates for pattern in candidate.conflicts}
    replaced = {candidate.manifest.name for candidate in candidates}
    for name in records.names() if patterns else ():
        if name not in replaced and any(may_match(pattern, name) for pattern in patterns):
            package = records.find(name)
            if package is not None:
                yield package.manifest.full_name


def _folder_owners(manifests: Iterable[Manifest], records: Records) -> dict[str, frozenset[str]]:
    """Of every folder that could go with the packages."""
    folders = _folders_above(
        path
        for manifest in manifests
        for path in (*(file.path for file in manifest.files),
                     *(f"{folder.path}/." for folder in manifest.directories))
    )  # fmt: skip
    return {path: owners for path in folders if (owners := frozenset(records.folder_owners(path)))}


def _config(candidate: Candidate, entries: Mapping[str, Entry], root: Root) -> Iterator[ConfigFile]:
    there = {
        path
        for path in candidate.manifest.config
        if path in entries and entries[path].type is EntryType.FILE
    }
    if not there:
        return
    with candidate.open_payload() as payload:
        for entry, reader in payload:
            if entry.path in there and reader is not None:
                yield ConfigFile(entry.path, root.read(entry.path), reader.read())
                there.remove(entry.path)
            if not there:
                return


def _spaces(paths: Iterable[str], parents: Mapping[str, Entry], root: Root) -> dict[str, Space]:
    """Two looks at one file system would not agree while others write to it: one is kept."""
    by_folder: dict[str, Space] = {}
    by_device: dict[int, Space] = {}
    found = {}
    for path in paths:
        folder = folder_of(path)
        if folder not in by_folder:
            there = next(each for each in (folder, *folders_above(folder)) if each in parents)
            if parents[there].type is not EntryType.DIRECTORY:
                continue
            device, status = root.space(there)
            by_folder[folder] = by_device.setdefault(
                device,
                Space(
                    device=device,
                    folder=there,
                    block=status.f_frsize or status.f_bsize,
                    free=status.f_bavail * (status.f_frsize or status.f_bsize),
                    free_inodes=status.f_favail if status.f_files else None,
                    writable=not status.f_flag & os.ST_RDONLY,
                ),
            )
        found[path] = by_folder[folder]
    return found
