"""A staged tree as a package: its manifest and its files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import BinaryIO

from portfake.errors import PortfakeError
from portfake.formats.keyword import Keyword
from portfake.formats.plist import PlistItem
from portfake.model.abi import Abi
from portfake.model.entry import Entry, EntryType
from portfake.model.manifest import Manifest, PackagedDirectory, PackagedFile
from portfake.model.payload import Reader
from portfake.packages.assemble import assemble, display_messages
from portfake.packages.machine_code import (
    HEAD,
    Code,
    looks_compiled,
    shared_libraries,
    survey,
)
from portfake.packages.metadir import Metadata
from portfake.packages.packing import pack
from portfake.packages.sums import file_sum

__all__ = ["StagePayload", "StagedPackage", "StagedTree", "package_of"]

_CHUNK = 1 << 16
"""Bytes that most files have fewer than: they are read at once."""


@dataclass(frozen=True, slots=True)
class StagedTree:
    """Files as they will lie in a root, wherever they lie now."""

    listing: Mapping[str, Entry]
    """Paths as in the root."""
    open: Callable[[str], BinaryIO]
    """Opens a regular file of the listing."""


@dataclass(frozen=True, slots=True)
class StagePayload:
    """The files of a package, read from its stage."""

    files: tuple[PackagedFile, ...]
    directories: tuple[PackagedDirectory, ...]
    stage: StagedTree
    moved: Mapping[str, str]
    """Path in the package -> path in the stage, where they differ."""

    def __iter__(self) -> Iterator[tuple[Entry, Reader | None]]:
        """See Payload: files in the list's order, then its folders."""
        first_names: dict[str, str] = {}
        for file in self.files:
            path = self.moved.get(file.path, file.path)
            there = self.stage.listing[path]
            inode = there.link_of or path
            entry = Entry(
                path=file.path,
                type=there.type,
                mode=file.mode,
                owner=file.owner,
                group=file.group,
                flags=file.flags or None,
                size=there.size,
                mtime=file.mtime,
                target=there.target,
                digest=there.digest,
                link_of=first_names.get(inode),
            )
            first_names.setdefault(inode, file.path)
            if there.type is EntryType.SYMLINK or entry.link_of is not None:
                yield entry, None
            else:
                with self.stage.open(path) as content:
                    yield entry, content
        for folder in self.directories:
            there = self.stage.listing[folder.path]
            entry = Entry(
                path=folder.path,
                type=EntryType.DIRECTORY,
                mode=folder.mode,
                owner=folder.owner,
                group=folder.group,
                flags=folder.flags or None,
                mtime=there.mtime,
            )
            yield entry, None


@dataclass(frozen=True, slots=True)
class StagedPackage:
    """A staged package, ready to be installed or archived."""

    manifest: Manifest
    payload: StagePayload
    code: Code
    notes: tuple[str, ...]


def package_of(
    stage: StagedTree,
    items: Iterable[PlistItem],
    metadata: Metadata,
    target: Abi | None,
    *,
    keywords: Callable[[str], Keyword | None],
    osversion: int = 0,
    problems: Iterable[PortfakeError] = (),
    mtime: Callable[[int], int] = lambda recorded: recorded,
) -> StagedPackage:
    """Return the package; raises everything that is wrong with its list together.

    What the list holds comes on top of what the manifest itself lists; `problems` are those that
    plist.read found in it. Without a target, no shared libraries are recorded: nobody says whose
    they would be. `mtime` gives the time to record for a file from the one in the stage.
    """
    compiled = set()

    def sum_of(entry: Entry) -> str:
        with stage.open(entry.path) as content:
            head = content.read(_CHUNK)
            if looks_compiled(head[:HEAD]):
                compiled.add(entry.path)
            return file_sum(content, head=head)

    packed = pack(
        items,
        stage.listing,
        prefix=metadata.said.prefix,
        keywords=keywords,
        sum_of=sum_of,
        listed=metadata.said,
        problems=problems,
    )
    files = tuple(_at(file, mtime) for file in packed.files)
    payload = StagePayload(files, packed.directories, stage, packed.staged)
    worth_a_look = (file for file in files if packed.staged.get(file.path, file.path) in compiled)
    code = survey(replace(payload, files=tuple(worth_a_look), directories=()))
    paths = [file.path for file in files]
    libraries = None if target is None else shared_libraries(code.machine_code, paths, target)
    display, complaints = display_messages(metadata)
    manifest = assemble(
        metadata,
        replace(packed, files=files),
        target,
        osversion=osversion,
        libraries=libraries,
        display=display,
    )
    return StagedPackage(manifest, payload, code, (*packed.notes, *complaints))


def _at(file: PackagedFile, mtime: Callable[[int], int]) -> PackagedFile:
    time = None if file.mtime is None else mtime(file.mtime)
    return file if time == file.mtime else replace(file, mtime=time)
