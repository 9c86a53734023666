"""A port that somebody else staged: its work folder as `make stage` left it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final

from portfake.errors import NotFound
from portfake.model.origin import Origin
from portfake.ports.profile import Profile
from portfake.root.confined import Root
from portfake.root.mounts import Mount
from portfake.root.ownership import Ownership
from portfake.stage.host_make import without_owners
from portfake.stage.native import NativeStager
from portfake.stage.staged import Staged, Stager, collect
from portfake.stage.workspace import WORK, Workspace

__all__ = ["WORK_FOLDER", "FinishedStager", "open_work_folder"]

WORK_FOLDER: Final = {"WRKDIR": "/staged", "METADIR": f"{WORK}/.metadir"}
"""Variables of the port that is there: its work folder, and where its metadata are made."""


@contextmanager
def open_work_folder(folder: str) -> Iterator[Workspace]:
    """Open somebody's WRKDIR; NotFound unless it is one that was staged in."""
    seen_as = WORK_FOLDER["WRKDIR"]
    with Root(folder, ownership=Ownership.RECORD, read_only=True) as root:
        for name in ("/stage", "/.PLIST.mktmp"):
            if root.stat(name) is None:
                raise NotFound(
                    f"this is no work folder after make stage: it has no {name[1:]}",
                    where=folder,
                    hint="make -V WRKDIR names it",
                )
        yield Workspace(root, "", (Mount(seen_as, root),), seen_as)


@dataclass(frozen=True, slots=True)
class FinishedStager:
    """See Stager: one port is there already, another stager has the rest."""

    origin: Origin
    finished: Workspace
    native: NativeStager
    """Sees the work folder; makes the package's metadata."""
    rest: Stager

    @property
    def profile(self) -> Profile:
        """See Stager."""
        return self.native.profile

    def stage(self, origin: Origin) -> Staged:
        """See Stager. Who owns what in the folder does not count, the list's owners do."""
        if origin != self.origin:
            return self.rest.stage(origin)
        evaluated = self.native.evaluator.evaluated(origin)
        notes = self.native.make(evaluated, ("create-manifest",))
        staged = collect(evaluated, self.native.evaluator, self.finished, notes=notes)
        return replace(staged, listing=without_owners(staged.listing))
