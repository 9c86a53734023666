"""New objects under temporary names beside their targets, to be renamed into place."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from portfake.errors import InputError, Refused
from portfake.model.entry import Entry, EntryType
from portfake.model.payload import Reader
from portfake.root.attributes import CAN_SET_FLAGS, set_flags, set_times
from portfake.root.resolve import Spot, failure, raw
from portfake.root.tree import Tree

__all__ = ["TempFile", "is_temporary", "link", "place", "temporary_name"]

_NAME_MAX: Final = 255
_CHUNK: Final = 1 << 20
_TEMPORARY = re.compile(r"\.portfake\..*\.[0-9a-f]{12}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class TempFile:
    """An object that is complete but for its name; both paths are without symlinks."""

    tree: Tree = field(repr=False, compare=False)
    temporary: str
    path: str
    type: EntryType

    def commit(self) -> None:
        """Rename it to its place, over a file or symlink that is there.

        OSError: EISDIR for a folder in the way of a file, EEXIST for anything in the way of a
        folder, ENOENT if the temporary name or its folder was taken away meanwhile.
        """
        old = self.tree.target(self.temporary)
        new = self.tree.target(self.path)
        replaced = new.look()
        if replaced is not None and self.type is EntryType.DIRECTORY:
            raise failure(errno.EEXIST, self.path)
        os.rename(old.raw, new.raw, src_dir_fd=old.fd, dst_dir_fd=new.fd)
        if replaced is not None:
            self.tree.keeper.gone(replaced)
        if replaced is not None and replaced.st_nlink > 1:
            # rename(2) does nothing where both names are already the same file.
            with suppress(FileNotFoundError):
                os.unlink(old.raw, dir_fd=old.fd)

    def discard(self) -> None:
        """Remove it; nothing happens if it is no longer there."""
        with suppress(FileNotFoundError):
            _remove(self.tree, self.tree.target(self.temporary))


def is_temporary(name: str) -> bool:
    """Whether a file's name is one that `place` gives."""
    return _TEMPORARY.fullmatch(name) is not None


def place(
    tree: Tree,
    entry: Entry,
    reader: Reader | None,
    original: TempFile | None = None,
    temporary: str | None = None,
) -> TempFile:
    """Make the object of `entry`, content and attributes, under a temporary name.

    Times, owner, mode and flags are set in this order, which is pkg's: a change of owner clears
    set-id bits, and some flags forbid every later change. What the entry leaves open stays as
    the system makes it (mode 0644 or 0755, owner root or whoever runs). An `entry` with link_of
    becomes another name of `original`, or else of the file at that path. `temporary` is the name
    to use, where it has to be known beforehand.

    InputError where the content is not of the entry's size or digest; Refused for sockets and
    devices; NotFound for an owner the root does not know; OSError. Nothing is left then.
    """
    spot = tree.target(entry.path)
    if spot.name == ".":
        raise failure(errno.EEXIST, entry.path)
    temp = Spot(spot.folder, temporary or temporary_name(spot.name))
    if entry.link_of is not None:
        _link(tree, temp, original.temporary if original else entry.link_of)
    elif (make := _MAKERS.get(entry.type)) is not None:
        try:
            make(tree, temp, entry, reader)
        except BaseException:
            with suppress(FileNotFoundError):
                _remove(tree, temp)
            raise
    else:
        raise Refused(f"objects of type {entry.type.value} are not installed", where=entry.path)
    return TempFile(tree, temp.path, spot.path, entry.type)


def temporary_name(name: str, token: str | None = None) -> str:
    """Return a name to use beside `name`: hidden, and told apart by twelve hex digits."""
    token = token or os.urandom(6).hex()
    room = _NAME_MAX - len(".portfake..") - len(token)
    if len(name) <= room and name.isascii():
        return f".portfake.{name}.{token}"
    kept = raw(name)[:room].decode("utf-8", "surrogateescape")
    return f".portfake.{kept}.{token}"


def _link(tree: Tree, temp: Spot, source: str) -> None:
    link(tree, tree.resolver.locate(source, follow=False), temp)


def link(tree: Tree, source: Spot, spot: Spot) -> None:
    """Give a file a second name, and remember if all its names are the tree's."""
    status = source.look()
    os.link(source.raw, spot.raw, src_dir_fd=source.fd, dst_dir_fd=spot.fd, follow_symlinks=False)
    if status is not None and status.st_nlink == 1:
        tree.linked.add((status.st_dev, status.st_ino))


def _file(tree: Tree, temp: Spot, entry: Entry, reader: Reader | None) -> None:
    mode = 0o644 if entry.mode is None else entry.mode
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    fd = os.open(temp.raw, flags, 0o600, dir_fd=temp.fd)
    try:
        if reader is not None:
            _copy(reader, fd, entry)
        _finish(tree, fd, entry, mode)
    finally:
        os.close(fd)


def _directory(tree: Tree, temp: Spot, entry: Entry, reader: Reader | None) -> None:
    os.mkdir(temp.raw, 0o700, dir_fd=temp.fd)
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    fd = os.open(temp.raw, flags, dir_fd=temp.fd)
    try:
        _finish(tree, fd, entry, 0o755 if entry.mode is None else entry.mode)
    finally:
        os.close(fd)


def _symlink(tree: Tree, temp: Spot, entry: Entry, reader: Reader | None) -> None:
    if not entry.target:
        raise InputError("a symlink without a target", where=entry.path)
    os.symlink(raw(entry.target), temp.raw, dir_fd=temp.fd)
    _finish(tree, temp, entry, 0o755 if entry.mode is None else entry.mode)


def _fifo(tree: Tree, temp: Spot, entry: Entry, reader: Reader | None) -> None:
    os.mkfifo(temp.raw, 0o600, dir_fd=temp.fd)
    _finish(tree, temp, entry, 0o644 if entry.mode is None else entry.mode)


_MAKERS: Final[Mapping[EntryType, Callable[[Tree, Spot, Entry, Reader | None], None]]] = {
    EntryType.FILE: _file,
    EntryType.DIRECTORY: _directory,
    EntryType.SYMLINK: _symlink,
    EntryType.FIFO: _fifo,
}


def _finish(tree: Tree, what: int | Spot, entry: Entry, mode: int) -> None:
    tree.keeper.created(what)
    if entry.mtime is not None:
        set_times(what, entry.mtime)
    if entry.owner is not None or entry.group is not None:
        tree.keeper.set_owner(what, entry.owner, entry.group)
    tree.keeper.set_mode(what, mode)
    if entry.flags and CAN_SET_FLAGS:
        set_flags(what, entry.flags)


def _copy(reader: Reader, fd: int, entry: Entry) -> None:
    """Write the content, and hold it to what the entry says of it."""
    size = 0
    digest = None
    if entry.digest is not None:
        import hashlib  # noqa: PLC0415  # start-up time

        digest = hashlib.sha256()
    while chunk := reader.read(_CHUNK):
        size += len(chunk)
        if entry.size is not None and size > entry.size:
            break
        if digest is not None:
            digest.update(chunk)
        _write(fd, chunk)
    if entry.size is not None and size != entry.size:
        more = "more" if size > entry.size else f"{size}"
        raise InputError(f"{more} bytes of content instead of {entry.size}", where=entry.path)
    if digest is not None and digest.hexdigest() != entry.digest:
        raise InputError(
            f"the content's SHA256 is {digest.hexdigest()} instead of {entry.digest}",
            where=entry.path,
        )


def _write(fd: int, data: bytes) -> None:
    written = os.write(fd, data)
    while written < len(data):
        written += os.write(fd, memoryview(data)[written:])


def _remove(tree: Tree, spot: Spot) -> None:
    status = spot.look()
    if status is None:
        return
    remove = os.rmdir if stat.S_ISDIR(status.st_mode) else os.unlink
    remove(spot.raw, dir_fd=spot.fd)
    tree.keeper.gone(status)
