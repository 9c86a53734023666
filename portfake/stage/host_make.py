"""The make stager: this machine's make runs the port's `stage` target, never as root.

Recipes run here with the rights of whoever asked for it, or nobody's where that is root, and
confined by nothing else. What they leave is collected; metadata are made natively.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from portfake.errors import InputError, Refused
from portfake.host.programs import run
from portfake.limits import DEFAULT, Limits
from portfake.model.entry import Listing
from portfake.model.origin import Origin
from portfake.ports.evaluation import PortsEvaluator
from portfake.ports.outside import share_mk
from portfake.ports.profile import Profile
from portfake.stage.make_line import make_line
from portfake.stage.native import NativeStager
from portfake.stage.output import Lines
from portfake.stage.staged import Staged, collect
from portfake.stage.workspace import Workspace

__all__ = ["HostMakeStager", "without_owners"]

_NOBODY: Final = 65534
_BOTH_OUTPUTS: Final = ("sh", "-c", 'exec "$@" 2>&1', "sh")


@dataclass(frozen=True, slots=True)
class HostMakeStager:
    """See Stager. Its evaluator has tree and workspace where they really lie."""

    evaluator: PortsEvaluator
    workspace: Workspace
    native: NativeStager
    """Of the same evaluator: makes what needs none of the port's recipes."""
    program: Callable[[str], Sequence[str]]
    """This system's make, given a folder with the base system's make files."""
    progress: Callable[[str], None] = field(default=lambda line: None)
    limits: Limits = DEFAULT

    @property
    def profile(self) -> Profile:
        """See Stager."""
        return self.evaluator.profile

    def stage(self, origin: Origin) -> Staged:
        """See Stager; InputError with make's last words where it fails."""
        evaluated = self.evaluator.evaluated(origin)
        if evaluated.port.ignore:
            raise Refused(f"{evaluated.port.full_name} {evaluated.port.ignore}", where=str(origin))
        user = _NOBODY if os.geteuid() == 0 else None
        home = self.workspace.root.directory
        command = make_line(
            evaluated,
            self.evaluator,
            tuple(self.program(self._make_files())),
            more={"UID": str(user or os.geteuid()), "HOME": home},
        )
        if user is not None:
            self.workspace.give_to(user)
        heard = Lines(self.progress)
        ended = run(
            (*_BOTH_OUTPUTS, *command, "stage"), user=user, sink=heard.hear, limits=self.limits
        )
        heard.end()
        self.workspace.root.forget()
        if ended.status != 0:
            raise InputError(
                f"make ended with status {ended.status}",
                where=f"{evaluated.folder}/Makefile",
                hint=heard.last or None,
            )
        self.native.make(evaluated, ("create-manifest",))
        staged = collect(evaluated, self.evaluator, self.workspace)
        return replace(staged, listing=without_owners(staged.listing))

    def _make_files(self) -> str:
        folder = Path(self.workspace.root.directory, "mk")
        folder.mkdir(exist_ok=True)
        for name, text in share_mk().items():
            (folder / name).write_text(text)
        return str(folder)


def without_owners(listing: Listing) -> Listing:
    """Whoever ran make owns what it staged, which says nothing of the package."""
    return Listing(replace(entry, owner=None, group=None) for entry in listing.values())
