"""A ports tree on disk, with overlays: what is where, and no way out of it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from types import TracebackType
from typing import Self

from portfake.errors import NotFound
from portfake.model.origin import Origin
from portfake.root.confined import Root
from portfake.root.mounts import Mount
from portfake.root.ownership import Ownership

__all__ = ["PORT_DBDIR", "PortsTree"]

_MARK = "Mk/bsd.port.mk"
PORT_DBDIR = "/var/db/ports"
"""Where the framework looks for options that `make config` saved."""


class PortsTree:
    """The folders that hold ports, each read through a Root so that no link leads out.

    `options` is a folder of saved options (PORT_DBDIR). `seen_as` is the name evaluation knows
    the tree by (PORTSDIR); its own path by default.
    """

    def __init__(
        self,
        directory: str,
        *,
        overlays: Sequence[str] = (),
        options: str | None = None,
        seen_as: str | None = None,
    ) -> None:
        """Raise NotFound unless `directory` is a ports tree and every overlay a folder."""
        self.directory = os.path.realpath(directory)
        self.seen_as = seen_as or self.directory
        self.overlays = tuple(os.path.realpath(overlay) for overlay in overlays)
        with ExitStack() as stack:
            self._root = stack.enter_context(_open(directory))
            self._overlays = [stack.enter_context(_open(overlay)) for overlay in overlays]
            self._options = stack.enter_context(_open(options)) if options else None
            if self._root.stat(f"/{_MARK}") is None:
                raise NotFound(
                    f"this is no ports tree: it has no {_MARK}",
                    where=self.directory,
                    hint="name the tree with --ports DIR or PORTSDIR",
                )
            self._stack = stack.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    @property
    def mounts(self) -> list[Mount]:
        """The tree, its overlays and saved options as evaluation sees them, read-only."""
        own = zip(self.overlays, self._overlays, strict=True)
        saved = [Mount(PORT_DBDIR, self._options)] if self._options else []
        overlays = [Mount(path, root) for path, root in own]
        return [Mount(self.seen_as, self._root), *overlays, *saved]

    def folder(self, origin: Origin) -> str | None:
        """Where evaluation finds the port, overlays first; None if no folder has a Makefile."""
        own = zip(self.overlays, self._overlays, strict=True)
        for path, root in [*own, (self.seen_as, self._root)]:
            if root.exists(f"/{origin.path}/Makefile"):
                return f"{path}/{origin.path}"
        return None

    def find(self, text: str) -> Origin:
        """Return the origin that `text` names; a path below the tree will do as well.

        Raises NotFound with near matches for a port that is not there.
        """
        below = os.path.realpath(text)
        if below.startswith(self.directory + "/") and "/" in below[len(self.directory) + 1 :]:
            text = below[len(self.directory) + 1 :]
        origin = Origin.parse(text)
        if self.folder(origin) is None:
            raise self.missing(origin)
        return origin

    def missing(self, origin: Origin) -> NotFound:
        """Return the error for a port that is not there: what became of it, or near matches."""
        return NotFound(
            f"no port {origin.path} in this tree",
            where=self.directory,
            hint=self._became(origin) or self._near(origin),
        )

    def categories(self) -> list[str]:
        """The tree's category folders in byte order."""
        return [
            name
            for name in self._root.listdir("/")
            if name.islower() and self._root.stat(f"/{name}/Makefile") is not None
        ]

    def origins(self) -> Iterator[Origin]:
        """Every folder of the tree that has a Makefile two levels down."""
        for category in self.categories():
            for name in self._root.listdir(f"/{category}"):
                if self._root.stat(f"/{category}/{name}/Makefile") is not None:
                    yield Origin(category, name)

    def commit(self) -> str | None:
        """Return the commit that the tree's .git names as checked out; None without one."""
        head = self._git("HEAD")
        if head is None or not head.startswith("ref: "):
            return head
        name = head.removeprefix("ref: ")
        packed = (line.partition(" ") for line in (self._git("packed-refs") or "").splitlines())
        return self._git(name) or next((commit for commit, _, ref in packed if ref == name), None)

    def _git(self, name: str) -> str | None:
        try:
            return self._root.read(f"/.git/{name}").decode("utf-8", "replace").strip()
        except OSError:
            return None

    def digest(self, origin: Origin) -> str:
        """Return a SHA-256 over the port's own folder: its files' names and contents."""
        import hashlib  # noqa: PLC0415  # start-up time

        from portfake.formats.mtree import format_entry  # noqa: PLC0415  # as above

        folder = self.folder(origin)
        if folder is None:
            raise self.missing(origin)
        mount = next(each for each in self.mounts if each.covers(folder))
        listing = mount.root.walk(mount.inner(folder), digest=True)
        plain = (
            replace(entry, mode=None, owner=None, group=None, mtime=None)
            for entry in listing.values()
        )
        return hashlib.sha256("".join(map(format_entry, plain)).encode()).hexdigest()

    def _became(self, origin: Origin) -> str | None:
        """Return what MOVED says of a port that is not there; its newest line counts."""
        from portfake.formats.moved import parse_moved  # noqa: PLC0415  # start-up time

        if self._root.stat("/MOVED") is None:
            return None
        text = self._root.read("/MOVED").decode("utf-8", "surrogateescape")
        lines = [line for line in parse_moved(text) if line.old in {origin.path, str(origin)}]
        if not lines:
            return None
        became = f"moved to {lines[-1].new}" if lines[-1].new else "removed"
        return f"it was {became} on {lines[-1].date}: {lines[-1].reason}"

    def _near(self, origin: Origin) -> str | None:
        """Return the question whether one of the names like it was meant."""
        import difflib  # noqa: PLC0415  # start-up time

        names: dict[str, list[str]] = {}
        for category in self.categories():
            for name in self._root.listdir(f"/{category}"):
                names.setdefault(name, []).append(f"{category}/{name}")
        close = difflib.get_close_matches(origin.name, names, n=3, cutoff=0.8)
        near = names.get(origin.name) or [path for name in close for path in names[name]]
        return f"did you mean {' or '.join(near[:3])}?" if near else None


def _open(directory: str) -> Root:
    try:
        return Root(directory, ownership=Ownership.RECORD, read_only=True)
    except NotFound as error:
        raise NotFound(
            "there is no such ports tree", where=directory, hint="name one with --ports DIR"
        ) from error
