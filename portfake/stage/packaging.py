"""A staged port as a package: its manifest and its files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from portfake.formats import keyword, plist
from portfake.formats.keyword import Keyword
from portfake.model.entry import Entry, EntryType
from portfake.model.manifest import Dependency, Manifest, PackagedDirectory, PackagedFile
from portfake.model.payload import Reader
from portfake.packages.assemble import assemble
from portfake.packages.machine_code import MachineCode, shared_libraries, survey
from portfake.packages.packing import PackedList, pack
from portfake.packages.sums import file_sum
from portfake.ports.profile import Profile
from portfake.stage.metadir import read_metadir
from portfake.stage.native import Staged

__all__ = ["StagePayload", "StagedPackage", "package"]


@dataclass(frozen=True, slots=True)
class StagePayload:
    """The files of a package, read from its stage."""

    files: tuple[PackagedFile, ...]
    directories: tuple[PackagedDirectory, ...]
    staged: Staged
    moved: Mapping[str, str]
    """Path in the package -> path in the stage, where they differ."""

    def __iter__(self) -> Iterator[tuple[Entry, Reader | None]]:
        """See Payload: files in the list's order, then its folders."""
        first_names: dict[str, str] = {}
        for file in self.files:
            path = self.moved.get(file.path, file.path)
            there = self.staged.listing[path]
            inode = there.link_of or path
            entry = replace(
                there,
                path=file.path,
                mode=file.mode,
                owner=file.owner,
                group=file.group,
                mtime=file.mtime,
                link_of=first_names.get(inode),
            )
            first_names.setdefault(inode, file.path)
            if there.type is EntryType.SYMLINK or entry.link_of is not None:
                yield entry, None
            else:
                with self.staged.view.open(f"{self.staged.stagedir}{path}") as content:
                    yield entry, content
        for folder in self.directories:
            entry = Entry(
                path=folder.path,
                type=EntryType.DIRECTORY,
                mode=folder.mode,
                owner=folder.owner,
                group=folder.group,
            )
            yield entry, None


@dataclass(frozen=True, slots=True)
class StagedPackage:
    """A staged port, ready to be installed or archived."""

    manifest: Manifest
    payload: StagePayload
    machine_code: tuple[MachineCode, ...]
    notes: tuple[str, ...]


def package(
    staged: Staged, deps: Iterable[Dependency], profile: Profile, *, latest: int
) -> StagedPackage:
    """Return the package; raises everything that is wrong with its list together.

    No file is recorded as newer than `latest` (SOURCE_DATE_EPOCH's rule).
    """
    packed = _pack(staged)
    files = tuple(
        replace(file, mtime=min(file.mtime, latest)) if file.mtime is not None else file
        for file in packed.files
    )
    payload = StagePayload(files, packed.directories, staged, packed.staged)
    found = tuple(survey(payload))
    libraries = shared_libraries(found, [file.path for file in files], profile.abi)
    metadata = read_metadir(staged, tuple(deps), profile)
    manifest = assemble(metadata, replace(packed, files=files), libraries)
    return StagedPackage(manifest, payload, found, (*staged.notes, *packed.notes))


def _pack(staged: Staged) -> PackedList:
    def sum_of(entry: Entry) -> str:
        with staged.view.open(f"{staged.stagedir}{entry.path}") as content:
            return file_sum(content)

    known: dict[str, Keyword | None] = {}

    def find_keyword(name: str) -> Keyword | None:
        if name not in known:
            path = f"{staged.keywords}/{name}.ucl"
            text = _text(staged, path)
            known[name] = None if text is None else keyword.parse(text, name, path)
        return known[name]

    items = plist.parse(staged.plist, f"{staged.port.origin} packing list")
    return pack(
        items,
        staged.listing,
        prefix=staged.port.prefix,
        keywords=find_keyword,
        sum_of=sum_of,
    )


def _text(staged: Staged, path: str) -> str | None:
    if staged.view.stat(path) is None:
        return None
    return staged.view.read(path).decode("utf-8", "surrogateescape")
