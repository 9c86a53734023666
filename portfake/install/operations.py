"""Reversible changes of a root: each is a line of the journal before it is done.

`do` does one; `undo` takes it back, whether it was done, half done, not done or taken back
before; `finish` does what has to wait until nothing is taken back any more, and may be repeated
as well. Undone in reverse order, a list of operations leaves the tree as it was.

Another kind of change is another class here with these three and a row in KINDS.
"""

from __future__ import annotations

import errno
import posixpath
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import ClassVar, Protocol

from portfake.errors import Refused
from portfake.host.mounters import this_mounter
from portfake.host.mounting import Mounting, Shows
from portfake.root.confined import Root
from portfake.root.ownership import Ownership
from portfake.root.placing import is_temporary
from portfake.stage.scratch import in_scratch_folder

__all__ = [
    "KINDS",
    "Attributes",
    "MakeFile",
    "MakeFolder",
    "Mount",
    "MoveAside",
    "Operation",
    "Put",
    "RemoveFolder",
    "ReplaceMetalog",
    "Temporaries",
]


class Operation(Protocol):
    """What the journal asks of its lines; the fields are text, numbers, booleans or None."""

    kind: ClassVar[str]

    def do(self, root: Root) -> None:
        """Do it; OSError."""

    def undo(self, root: Root) -> None:
        """Take it back, however far it got; OSError where the root does not let us."""

    def finish(self, root: Root) -> None:
        """Clean up after it; OSError."""


class _Plain:
    """An operation that leaves nothing to be cleaned up."""

    __slots__ = ()

    def do(self, root: Root) -> None:
        """Nothing: it is somebody else who does it."""

    def undo(self, root: Root) -> None:
        """Nothing to take back."""

    def finish(self, root: Root) -> None:
        """Nothing to clean up."""


@dataclass(frozen=True, slots=True)
class MakeFolder(_Plain):
    """A folder that is not there yet; attributes that are None are as of mkdir(2), 0755."""

    kind: ClassVar[str] = "make folder"
    path: str
    mode: int | None = None
    owner: str | None = None
    group: str | None = None

    def do(self, root: Root) -> None:
        """As mkdir(2), whatever the umask."""
        root.mkdir(self.path)
        if self.owner is not None or self.group is not None:
            root.chown(self.path, self.owner, self.group)
        if self.mode is not None:
            root.chmod(self.path, self.mode)

    def undo(self, root: Root) -> None:
        """Somebody may have put something into it meanwhile, which then keeps it."""
        _remove_empty(root, self.path)


@dataclass(frozen=True, slots=True)
class MakeFile(_Plain):
    """A file that others make and that is not there yet: a database, its side files."""

    kind: ClassVar[str] = "make file"
    path: str

    def undo(self, root: Root) -> None:
        """Unless it was never made."""
        with suppress(FileNotFoundError, NotADirectoryError):
            root.unlink(self.path)


@dataclass(frozen=True, slots=True)
class Temporaries(_Plain):
    """Objects under temporary names in a folder: made after this line, gone at either end."""

    kind: ClassVar[str] = "temporaries"
    folder: str
    token: str

    def undo(self, root: Root) -> None:
        """What is still there under such a name was never put."""
        root.sweep(self.folder, self.token)

    def finish(self, root: Root) -> None:
        """What is still there under such a name is old."""
        root.sweep(self.folder, self.token)


@dataclass(frozen=True, slots=True)
class Put(_Plain):
    """A finished object gets its name; what had the name is kept under `aside`, if anything."""

    kind: ClassVar[str] = "put"
    path: str
    temporary: str
    aside: str | None = None

    def do(self, root: Root) -> None:
        """See replacing.put."""
        root.put(self.path, self.temporary, self.aside)

    def undo(self, root: Root) -> None:
        """See replacing.take_back."""
        root.take_back(self.path, self.temporary, self.aside)


@dataclass(frozen=True, slots=True)
class MoveAside(_Plain):
    """What has a name loses it, and is kept under `aside`."""

    kind: ClassVar[str] = "move aside"
    path: str
    aside: str

    def do(self, root: Root) -> None:
        """See replacing.move_aside."""
        root.move_aside(self.path, self.aside)

    def undo(self, root: Root) -> None:
        """See replacing.take_back."""
        root.take_back(self.path, None, self.aside)


@dataclass(frozen=True, slots=True)
class Attributes(_Plain):
    """Mode and owners of a folder that was there before, and what they were."""

    kind: ClassVar[str] = "attributes"
    path: str
    mode: int | None
    owner: str | None
    group: str | None
    old_mode: int | None
    old_owner: str | None
    old_group: str | None

    def do(self, root: Root) -> None:
        """The owner first: a change of it clears set-id bits."""
        self._set(root, self.mode, self.owner, self.group)

    def undo(self, root: Root) -> None:
        """As they were, in the same order."""
        with suppress(FileNotFoundError):
            self._set(root, self.old_mode, self.old_owner, self.old_group)

    def _set(self, root: Root, mode: int | None, owner: str | None, group: str | None) -> None:
        if owner is not None or group is not None:
            root.chown(self.path, owner, group)
        if mode is not None:
            root.chmod(self.path, mode)


@dataclass(frozen=True, slots=True)
class RemoveFolder(_Plain):
    """A folder goes at the end if nothing is left in it."""

    kind: ClassVar[str] = "remove folder"
    path: str

    def finish(self, root: Root) -> None:
        """Unless something is left in it."""
        _remove_empty(root, self.path)


@dataclass(frozen=True, slots=True)
class Mount(_Plain):
    """A mount of this machine, made by the union method; the fields are Mounting's."""

    kind: ClassVar[str] = "mount"
    shows: str
    source: str
    point: str
    lower: str
    work: str

    @classmethod
    def of(cls, what: Mounting) -> Mount:
        """Return the line for a mount that is about to be made."""
        return cls(what.shows.value, what.source, what.point, what.lower, what.work)

    def undo(self, root: Root) -> None:
        """Unless it is gone, or something else is mounted there; OSError if it cannot be.

        Refused for one that portfake would not have made: the journal lies in the root, and may
        name anything.
        """
        parts = self.source.split("/")
        shows_root = self.source.startswith(f"{root.directory}/") and ".." not in parts
        if not shows_root and not in_scratch_folder(self.point):
            raise Refused(
                f"the journal names a mount that is not portfake's, of {self.source}",
                where=self.point,
                hint="name the root as the killed run did; recover --forget drops the journal",
            )
        what = Mounting(Shows(self.shows), self.source, self.point, self.lower, self.work)
        for problem in this_mounter().unmount([what]):
            raise OSError(errno.EBUSY, problem, self.point)


@dataclass(frozen=True, slots=True)
class ReplaceMetalog(_Plain):
    """A finished METALOG gets its name on this machine; the old one is kept under `aside`.

    The journal lies in the root, and may name anything: whoever takes it back has to say which
    file it is about (Journal.metalog_is).
    """

    kind: ClassVar[str] = "replace metalog"
    path: str
    temporary: str
    aside: str | None = None

    @property
    def name(self) -> str:
        """Its path in its folder."""
        return f"/{posixpath.basename(self.path)}"

    def folder(self) -> Root:
        """Open the folder it lies in; NotFound."""
        return Root(posixpath.dirname(self.path), ownership=Ownership.RECORD)

    def do(self, root: Root) -> None:
        """As Put, in a folder of this machine; durable before the records count."""
        with self.folder() as folder:
            folder.put(self.name, self.temporary, self.aside)
            folder.sync([self.name])

    def undo(self, root: Root) -> None:
        """As Put; what is left under the temporary names goes."""
        with self.folder() as folder:
            folder.take_back(self.name, self.temporary, self.aside)
            self._sweep(folder)

    def finish(self, root: Root) -> None:
        """The old one goes."""
        with self.folder() as folder:
            self._sweep(folder)

    def _sweep(self, folder: Root) -> None:
        for name in (self.temporary, self.aside):
            if name is not None and is_temporary(name):
                with suppress(FileNotFoundError):
                    folder.unlink(f"/{name}")


def _remove_empty(root: Root, folder: str) -> None:
    try:
        root.rmdir(folder)
    except OSError as error:
        if error.errno not in _NOT_EMPTY_OR_GONE:
            raise


_NOT_EMPTY_OR_GONE = {
    errno.ENOTEMPTY,
    errno.EEXIST,
    errno.ENOENT,
    errno.ENOTDIR,
    errno.EBUSY,
}

KINDS: Mapping[str, type[Operation]] = {
    kind.kind: kind
    for kind in (
        MakeFolder,
        MakeFile,
        Temporaries,
        Put,
        MoveAside,
        Attributes,
        RemoveFolder,
        Mount,
        ReplaceMetalog,
    )
}
"""Word in the journal -> class."""
