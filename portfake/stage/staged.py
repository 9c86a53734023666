"""A staged port, and the interface of those who stage."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Protocol

from portfake.errors import InputError, Place
from portfake.make import Evaluation
from portfake.model.entry import Listing
from portfake.model.origin import Origin
from portfake.model.port import Port
from portfake.ports.evaluation import EvaluatedPort, PortsEvaluator
from portfake.ports.profile import Profile
from portfake.root.mounts import MountTable
from portfake.stage.leaks import Installed
from portfake.stage.workspace import Workspace

__all__ = ["Staged", "Stager", "collect"]


@dataclass(frozen=True, slots=True)
class Staged:
    """A staged port: what the framework left in its work folder."""

    port: Port
    view: MountTable
    """What recipes saw."""
    stagedir: str
    """The staged tree's folder, in the view."""
    listing: Listing
    """The staged tree, paths as they will be in the root."""
    plist: str
    """Text of the final packing list."""
    metadir: str
    """The folder with the files for pkg-create(8), in the view."""
    keywords: str
    """The folder of keyword files, in the view."""
    notes: tuple[str, ...]
    """What recipes asked for that was recorded, but not done."""
    installed: Installed | None = None
    """What an ordinary install wrote, where one ran."""
    subpackages: tuple[Staged, ...] = ()
    """The same stage for each of the port's other packages: list and METADIR are their own."""


class Stager(Protocol):
    """Who stages the ports of one evaluator."""

    @property
    def profile(self) -> Profile:
        """The target."""

    def stage(self, origin: Origin) -> Staged:
        """Stage a port; raises Refused or InputError for one that it cannot."""


def collect(
    evaluated: EvaluatedPort,
    evaluator: PortsEvaluator,
    workspace: Workspace,
    *,
    notes: tuple[str, ...] = (),
) -> Staged:
    """Return what the framework's stage and create-manifest targets left in the work folder."""
    evaluation, folder = evaluated.evaluation, evaluated.folder
    stagedir = _needed(evaluation, "STAGEDIR", folder)
    plist = _needed(evaluation, "TMPPLIST", folder)
    port = evaluated.port
    metadir = _needed(evaluation, "METADIR", folder)
    lists = _lists(evaluator.view.read(plist).decode("utf-8", "surrogateescape"))
    # Trees that know subpackages have a METADIR for each package, the main one's too.
    own = f"{metadir}.{port.name}" if evaluation.value("_PKGS") else metadir
    staged = Staged(
        port=port,
        view=evaluator.view,
        stagedir=stagedir,
        listing=workspace.listing(stagedir),
        plist=lists.get("", ""),
        metadir=own,
        keywords=f"{evaluator.tree.seen_as}/Keywords",
        notes=notes,
    )
    subpackages = (
        replace(
            staged,
            port=port.as_subpackage(part),
            plist=lists.get(part.word, ""),
            metadir=f"{metadir}.{part.name}",
            notes=(),
        )
        for part in port.subpackages
    )
    return replace(staged, subpackages=tuple(subpackages))


def _lists(text: str) -> dict[str, str]:
    """Subpackage -> its lines of the packing list, which are marked ``@@docs@@``; "" the rest."""
    lists: dict[str, list[str]] = {}
    for line in text.splitlines(keepends=True):
        mark = _MARK.match(line)
        word = mark[1] if mark else ""
        lists.setdefault(word, []).append(line[mark.end() :] if mark else line)
    return {word: "".join(lines) for word, lines in lists.items()}


_MARK = re.compile(r"@@([^@\s]+)@@")


def _needed(evaluation: Evaluation, name: str, folder: str) -> str:
    value = evaluation.value(name)
    if not value:
        raise InputError(f"the framework leaves {name} empty", where=Place(f"{folder}/Makefile"))
    return value
