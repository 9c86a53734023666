"""A staged port as a package, as the framework's package target would make it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace

from portfake.errors import InputError
from portfake.formats import keyword, plist
from portfake.formats.keyword import Keyword
from portfake.model.entry import Entry
from portfake.model.manifest import Dependency
from portfake.model.payload import Reader
from portfake.packages.metadir import Metadata, parse_metadir
from portfake.packages.staged import StagedPackage, StagedTree, package_of
from portfake.ports.profile import Profile
from portfake.stage.leaks import find_leaks
from portfake.stage.staged import Staged

__all__ = ["package"]

_CHUNK = 1 << 20


def package(
    staged: Staged, deps: Iterable[Dependency], profile: Profile, *, latest: int
) -> StagedPackage:
    """Return the package; raises everything that is wrong with its list together.

    `deps` stand for the framework's own look-up among installed packages. No file is recorded
    as newer than `latest` (SOURCE_DATE_EPOCH's rule).
    """
    stage = StagedTree(staged.listing, lambda path: staged.view.open(f"{staged.stagedir}{path}"))
    metadata = _metadata(staged)
    items, problems = plist.read(staged.plist, f"{staged.port.origin} packing list")
    made = package_of(
        stage,
        items,
        replace(metadata, said=replace(metadata.said, deps=tuple(deps))),
        profile.abi,
        keywords=_Keywords(staged).find,
        osversion=profile.osversion,
        problems=problems,
        mtime=lambda recorded: min(recorded, latest),
    )
    leaks = find_leaks(_entries(made), staged.installed) if staged.installed else ()
    return replace(made, notes=(*staged.notes, *made.notes, *map(str, leaks)))


def _entries(made: StagedPackage) -> dict[str, Entry]:
    """What the package brings, with digests."""
    return {
        entry.path: replace(entry, digest=_digest(reader)) if reader is not None else entry
        for entry, reader in made.payload
    }


def _digest(reader: Reader) -> str:
    state = hashlib.sha256()
    while chunk := reader.read(_CHUNK):
        state.update(chunk)
    return state.hexdigest()


def _metadata(staged: Staged) -> Metadata:
    """METADIR, which the framework's create-manifest target filled."""
    names = staged.view.listdir(staged.metadir)
    files = {name: _text(staged, f"{staged.metadir}/{name}") for name in names}
    if "+MANIFEST" not in files or "+DESC" not in files:
        raise InputError("the framework wrote no manifest", where=staged.metadir)
    return parse_metadir(files, str(staged.port.origin))


class _Keywords:
    """The tree's keyword files, each read once."""

    def __init__(self, staged: Staged) -> None:
        self._staged = staged
        self._known: dict[str, Keyword | None] = {}

    def find(self, name: str) -> Keyword | None:
        if name not in self._known:
            path = f"{self._staged.keywords}/{name}.ucl"
            there = self._staged.view.stat(path) is not None
            text = _text(self._staged, path) if there else None
            self._known[name] = None if text is None else keyword.parse(text, name, path)
        return self._known[name]


def _text(staged: Staged, path: str) -> str:
    return staged.view.read(path).decode("utf-8", "surrogateescape")
