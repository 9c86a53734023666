"""A ports tree on disk, with overlays: what is where, and no way out of it."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from portfake.errors import NotFound
from portfake.model.origin import Origin
from portfake.root.confined import Root
from portfake.root.mounts import Mount
from portfake.root.ownership import Ownership

__all__ = ["PortsTree"]

_MARK = "Mk/bsd.port.mk"


class PortsTree:
    """The folders that hold ports, each read through a Root so that no link leads out.

    `seen_as` is the name evaluation knows the tree by (PORTSDIR); its own path by default.
    """

    def __init__(
        self, directory: str, *, overlays: Sequence[str] = (), seen_as: str | None = None
    ) -> None:
        """Raise NotFound unless `directory` is a ports tree and every overlay a folder."""
        self.directory = os.path.realpath(directory)
        self.seen_as = seen_as or self.directory
        self.overlays = tuple(os.path.realpath(overlay) for overlay in overlays)
        with ExitStack() as stack:
            self._root = stack.enter_context(_open(directory))
            self._overlays = [stack.enter_context(_open(overlay)) for overlay in overlays]
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
        """The tree and its overlays as evaluation and recipes see them, read-only."""
        own = zip(self.overlays, self._overlays, strict=True)
        return [Mount(self.seen_as, self._root), *(Mount(path, root) for path, root in own)]

    def folder(self, origin: Origin) -> str | None:
        """Where evaluation finds the port, overlays first; None if no folder has a Makefile."""
        own = zip(self.overlays, self._overlays, strict=True)
        for path, root in [*own, (self.seen_as, self._root)]:
            if root.stat(f"/{origin.path}/Makefile") is not None:
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
            near = self._near(origin)
            raise NotFound(
                f"no port {origin.path} in this tree",
                where=self.directory,
                hint=f"did you mean {' or '.join(near)}?" if near else None,
            )
        return origin

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

    def _near(self, origin: Origin) -> list[str]:
        names: dict[str, list[str]] = {}
        for category in self.categories():
            for name in self._root.listdir(f"/{category}"):
                names.setdefault(name, []).append(f"{category}/{name}")
        exact = names.get(origin.name, [])
        close = difflib.get_close_matches(origin.name, names, n=3, cutoff=0.8)
        return exact[:3] or [path for name in close for path in names[name]][:3]


def _open(directory: str) -> Root:
    try:
        return Root(directory, ownership=Ownership.RECORD, read_only=True)
    except NotFound as error:
        raise NotFound(
            "there is no such ports tree", where=directory, hint="name one with --ports DIR"
        ) from error
