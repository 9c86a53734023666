"""A transaction of the flat database that counts but is not yet carried out in full.

New folders are made complete under names of their own. One small file that tells what is to take
whose place, put there by a rename, is the moment from which they count; after it everything can
be done again from the start. A reader that finds the file sees the new state at once.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from portfake.errors import InputError
from portfake.model.entry import EntryType
from portfake.root.confined import Root
from portfake.root.database import FOLDER

__all__ = ["PENDING", "TEMPORARY", "Pending", "finish", "read_pending", "sweep"]

TEMPORARY = ".portfake."
"""What names of folders and files begin with that are no packages yet."""
PENDING = f"{FOLDER}/{TEMPORARY}pending"


@dataclass(frozen=True, slots=True)
class Pending:
    """What is to be done; names are those in the database's folder."""

    put: Mapping[str, str] = field(default_factory=dict)
    """Name -> the temporary folder or file that is to bear it."""
    dropped: tuple[str, ...] = ()
    """Folders to go."""
    waiting: frozenset[str] = frozenset()
    """Temporary names that are still there."""

    def applied_to(self, folders: Iterable[str]) -> list[str]:
        """Return the names of folders as they will be."""
        kept = {name for name in folders if name not in self.dropped}
        new = {name for name, temporary in self.put.items() if temporary in self.waiting}
        return sorted(kept | {name for name in new if "/" not in name})

    def place_of(self, folder: str) -> str:
        """Return where a package lies now."""
        temporary = self.put.get(folder, "")
        return temporary if temporary in self.waiting else folder

    def to_text(self) -> str:
        """Return the file's text."""
        lines = [f"drop\t{name}\n" for name in self.dropped]
        lines += [f"put\t{temporary}\t{name}\n" for name, temporary in self.put.items()]
        return "".join(lines)


def read_pending(root: Root) -> Pending:
    """Return what is pending in a root, mostly nothing; InputError for a file of another's."""
    if not root.exists(PENDING):
        return Pending()
    put, dropped = {}, []
    for line in root.read(PENDING).decode(errors="surrogateescape").splitlines():
        match line.split("\t"):
            case ["drop", name] if _is_plain(name):
                dropped.append(name)
            case ["put", temporary, name] if temporary.startswith(TEMPORARY) and _is_plain(
                name, temporary
            ):
                put[name] = temporary
            case _:
                raise InputError(f"{line[:60]!r} makes no sense", where=PENDING)
    waiting = frozenset(
        temporary for temporary in put.values() if root.exists(f"{FOLDER}/{temporary}")
    )
    return Pending(put, tuple(dropped), waiting)


def _is_plain(*names: str) -> bool:
    """Names in the folder, or of files in packages' folders."""
    return all(
        name and posixpath.normpath(name) == name and name[0] != "/" and name.count("/") <= 1
        for name in (name.removeprefix(TEMPORARY) for name in names)
    ) and not any(name.startswith("..") for name in names)


def finish(root: Root, pending: Pending) -> None:
    """Carry out what is pending; may be interrupted and called again."""
    for name in pending.dropped:
        _remove(root, f"{FOLDER}/{name}")
    for name, temporary in pending.put.items():
        path, source = f"{FOLDER}/{name}", f"{FOLDER}/{temporary}"
        if not root.exists(source):
            continue
        if "/" not in name:
            _remove(root, path)
        root.rename(source, path)
    root.sync([FOLDER])
    root.unlink(PENDING)


def sweep(root: Root, *kept: str) -> None:
    """Remove what a transaction left that never counted."""
    for name in root.listdir(FOLDER):
        if name.startswith(TEMPORARY) and name not in kept:
            _remove(root, f"{FOLDER}/{name}")


def _remove(root: Root, path: str) -> None:
    """A folder of plain files, or a file."""
    entry = root.stat(path, follow=False)
    if entry is None:
        return
    if entry.type is not EntryType.DIRECTORY:
        root.unlink(path)
        return
    for name in root.listdir(path):
        _remove(root, f"{path}/{name}")
    root.rmdir(path)
