"""An installed package as one to be archived: its record, and its files where they lie."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from portfake.errors import InputError, NotFound, PortfakeError, Problems, Refused
from portfake.model.abi import Abi
from portfake.model.entry import Entry, EntryType
from portfake.model.manifest import Manifest, PackagedDirectory, PackagedFile
from portfake.model.payload import Reader
from portfake.packages.staged import StagedTree, StagePayload
from portfake.packages.sums import Hasher, file_sum, is_sum, link_sum, verify

__all__ = ["InstalledFiles", "manifest_of"]

_FILES = (EntryType.FILE, EntryType.SYMLINK)
_BLANKS = " \t\n\v\f\r"
"""What libucl takes off (UCL_STRING_TRIM)."""
_LINK_MODE = 0o755
"""What FreeBSD gives symlinks, for records that do not say (docs/records.md)."""


def manifest_of(recorded: Manifest, tree: StagedTree, target: Callable[[], Abi]) -> Manifest:
    """Return the manifest that `pkg create` rebuilds of an installed package.

    It is the record, with the size that the files have now; modes and owners that a record does
    not hold are those of the files, sums that it does not hold, or not in a form of pkg's, are
    made anew, and `target` is asked for an ABI that it does not hold. Raises all objects that are
    missing or of another type together (libpkg/pkg_create.c, pkg_create_from_dir()).
    """
    problems: list[PortfakeError] = []
    files = [file for file in recorded.files if _is_there(tree, file.path, _FILES, problems)]
    folders = [
        folder
        for folder in recorded.directories
        if _is_there(tree, folder.path, (EntryType.DIRECTORY,), problems)
    ]
    Problems.check(problems)
    listing = tree.listing
    entries = [listing[file.path] for file in files]
    sizes = {entry.link_of or entry.path: _size(entry) for entry in entries}
    manifest = replace(
        recorded,
        files=tuple(_completed_file(file, tree) for file in files),
        directories=tuple(_completed(folder, listing[folder.path]) for folder in folders),
        flatsize=sum(sizes.values()),
        desc=recorded.desc.strip(_BLANKS),
        scripts={phase: text.strip(_BLANKS) for phase, text in recorded.scripts.items()},
    )
    if manifest.abi:
        return manifest
    abi = target()
    return replace(manifest, abi=str(abi), arch=abi.legacy)


def _is_there(
    tree: StagedTree, path: str, types: tuple[EntryType, ...], problems: list[PortfakeError]
) -> bool:
    entry = tree.listing.get(path)
    if entry is None:
        problems.append(NotFound(f"{path} is missing"))
    elif entry.type not in types:
        problems.append(InputError(f"{path} is recorded as {types[0].value}, and is none"))
    else:
        return True
    return False


def _size(entry: Entry) -> int:
    if entry.type is EntryType.SYMLINK:
        return len((entry.target or "").encode(errors="surrogateescape"))
    return entry.size or 0


_Recorded = TypeVar("_Recorded", PackagedFile, PackagedDirectory)


def _completed(recorded: _Recorded, entry: Entry) -> _Recorded:
    usual = _LINK_MODE if entry.type is EntryType.SYMLINK else entry.mode
    return replace(
        recorded,
        mode=recorded.mode or usual,
        owner=recorded.owner or entry.owner,
        group=recorded.group or entry.group,
    )


def _completed_file(recorded: PackagedFile, tree: StagedTree) -> PackagedFile:
    entry = tree.listing[recorded.path]
    file = _completed(recorded, entry)
    if file.sum is not None and not file.sum.startswith("md5$"):
        return file
    if entry.type is EntryType.SYMLINK:
        target = entry.target or ""
        fits = file.sum is None or verify(file.sum, target)
        made = replace(file, target=target, sum=link_sum(target))
    else:
        with tree.open(file.path) as content:
            fits = file.sum is None or verify(file.sum, content)
        with tree.open(file.path) as content:
            made = replace(file, sum=file_sum(content))
    if not fits:
        raise _changed([file.path])
    return made


def _changed(paths: list[str]) -> Refused:
    first, more = paths[0], len(paths) - 1
    others = f" and {more} more" if more else ""
    return Refused(
        f"{first}{others} changed since the install",
        hint="portfake check names them; configuration files may have changed, others not",
    )


@dataclass(slots=True)
class InstalledFiles:
    """The files of an installed package as a Payload, each held against its recorded sum.

    Raises Refused at its end where files are not what was recorded; configuration files may have
    changed: they go in as they are, under the sum that was recorded, as pkg does.
    """

    manifest: Manifest
    tree: StagedTree
    edited: list[str] = field(default_factory=list)
    """Configuration files that had another sum, known when all was read."""

    def __iter__(self) -> Iterator[tuple[Entry, Reader | None]]:
        """See Payload; times are those of the files, not of the record."""
        recorded = {file.path: file for file in self.manifest.files}
        plain = StagePayload(self.manifest.files, self.manifest.directories, self.tree, {})
        changed: list[str] = []
        for entry, reader in plain:
            now = replace(entry, mtime=self.tree.listing[entry.path].mtime)
            file = recorded.get(entry.path)
            if file is None or file.sum is None or not is_sum(file.sum):
                yield now, reader
                continue
            if reader is None:
                yield now, None
                fits = _fits(file, entry, recorded)
            else:
                summed = _Summed(reader, Hasher(file.sum))
                yield now, summed
                fits = summed.hasher.matches()
            if not fits:
                (self.edited if file.path in self.manifest.config else changed).append(file.path)
        if changed:
            raise _changed(changed)


def _fits(file: PackagedFile, entry: Entry, recorded: Mapping[str, PackagedFile]) -> bool:
    """Whether what has no content of its own, a link of either kind, is what was recorded."""
    if entry.link_of is not None:
        return file.sum == recorded[entry.link_of].sum
    return file.sum is not None and verify(file.sum, entry.target or "")


@dataclass(slots=True)
class _Summed:
    reader: Reader
    hasher: Hasher

    def read(self, size: int = -1, /) -> bytes:
        data = self.reader.read(size)
        self.hasher.update(data)
        return data
