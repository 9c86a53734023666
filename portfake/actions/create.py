"""`create`: ports, or a staged tree with a packing list or a manifest, as .pkg files."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial

from portfake.actions.archives import Archives, Created
from portfake.actions.request import TargetRequest, profile_of
from portfake.actions.staging import open_staging
from portfake.actions.staging_request import StagingRequest
from portfake.errors import InputError, NotFound, PortfakeError, UsageError
from portfake.formats import keyword, plist
from portfake.formats.keyword import Keyword
from portfake.formats.plist import PlistItem
from portfake.host.mounting import Unlogged
from portfake.limits import DEFAULT
from portfake.model.abi import Abi
from portfake.packages.metadir import METADIR, Metadata, parse_manifest, parse_metadir
from portfake.packages.staged import StagedPackage, StagedTree, package_of
from portfake.ports.dependencies import run_dependencies
from portfake.root.confined import Root
from portfake.root.on_demand import ListingOnDemand
from portfake.root.ownership import Ownership
from portfake.stage.packaging import package

__all__ = ["StagedRequest", "create_from_ports", "create_from_stage"]


def create_from_ports(
    target: TargetRequest,
    origins: Sequence[str],
    archives: Archives,
    *,
    staging: StagingRequest,
    latest: int | None = None,
    progress: Callable[[str], None] = lambda line: None,
) -> Iterator[Created]:
    """Stage each port as `install` does and yield what its archive came to.

    No file is recorded as newer than `latest` (SOURCE_DATE_EPOCH; now, if None).
    """
    clock = int(time.time()) if latest is None else latest
    profile = profile_of(target)
    with open_staging(
        staging, target, profile, clock=clock, progress=progress, log=Unlogged()
    ) as opened:
        evaluator = opened.evaluator
        for text in origins:
            main = opened.stager.stage(evaluator.tree.find(text))
            for staged in (main, *main.subpackages):
                needed = run_dependencies(staged.port, profile, evaluator.port)
                made = package(staged, needed.records, profile, latest=clock)
                in_base = (
                    f"the base system has {item.pattern}, so {item.origin} is not recorded"
                    for item in needed.in_base
                )
                yield archives.write(made.manifest, made.payload, (*made.notes, *in_base))


@dataclass(frozen=True, slots=True, kw_only=True)
class StagedRequest:
    """A tree that somebody staged, and what says which package it is."""

    stage: str = "/"
    """The folder that stands for the root."""
    manifest: str | None = None
    """A file with everything in it (-M) ..."""
    metadir: str | None = None
    """... or a folder with +MANIFEST and files beside it (-m)."""
    plist: str | None = None
    keywords: str = ""
    """The folder of keyword files."""
    target: TargetRequest
    latest: int | None = None
    """No file is recorded as newer."""
    mtime: int | None = None
    """The time to record for every file, instead of its own."""


def create_from_stage(request: StagedRequest, archives: Archives) -> Created:
    """Write the archive of a staged tree, as `pkg create -M` or `-m` with `-r` would.

    Raises all that is wrong with the packing list together, UsageError where neither the
    manifest nor the caller says which target the package is for.
    """
    metadata = _metadata(request)
    target, osversion = _target(request, metadata)
    with ExitStack() as stack:
        made = _package(request, metadata, target, osversion, stack)
        return archives.write(made.manifest, made.payload, made.notes)


def _package(
    request: StagedRequest,
    metadata: Metadata,
    target: Abi | None,
    osversion: int,
    stack: ExitStack,
) -> StagedPackage:
    root = stack.enter_context(Root(request.stage, ownership=Ownership.APPLY, read_only=True))
    keywords = _Keywords(request.keywords)

    def mtime(recorded: int) -> int:
        if request.mtime is not None:
            return request.mtime
        return recorded if request.latest is None else min(recorded, request.latest)

    items, problems = _items(request, stack)
    return package_of(
        StagedTree(ListingOnDemand(root), partial(root.open, buffered=False)),
        items,
        metadata,
        target,
        keywords=keywords.find,
        osversion=osversion,
        problems=problems,
        mtime=mtime,
    )


def _metadata(request: StagedRequest) -> Metadata:
    if request.manifest is not None:
        return parse_manifest(_text(request.manifest), request.manifest)
    folder = request.metadir or ""
    if not os.path.isdir(folder):  # noqa: PTH112  # the name goes on as text
        raise NotFound("there is no such folder", where=folder)
    files = {
        name: _text(f"{folder}/{name}")
        for name in METADIR
        if os.path.isfile(f"{folder}/{name}")  # noqa: PTH113  # as above
    }
    return parse_metadir(files, folder)


def _target(request: StagedRequest, metadata: Metadata) -> tuple[Abi | None, int]:
    """The target as asked for, else the one that the manifest names."""
    asked = request.target
    if asked.abi is None and asked.root is None:
        if not metadata.said.abi:
            raise UsageError(
                "the manifest names no ABI", hint="say it with --abi, such as FreeBSD:14:aarch64"
            )
        return Abi.named_by(metadata.said.abi), 0
    profile = profile_of(asked)
    return profile.abi, profile.osversion


def _items(
    request: StagedRequest, stack: ExitStack
) -> tuple[tuple[PlistItem, ...], tuple[PortfakeError, ...]]:
    if request.plist is None:
        return (), ()
    folder = os.path.dirname(os.path.abspath(request.plist))  # noqa: PTH100, PTH120  # as above
    beside = stack.enter_context(Root(folder, ownership=Ownership.APPLY, read_only=True))

    def include(path: str) -> str:
        try:
            return beside.read(f"/{path}").decode("utf-8", "surrogateescape")
        except OSError as error:
            raise InputError(f"cannot include {path}: {error.strerror}") from error

    return plist.read(_text(request.plist), request.plist, include=include)


class _Keywords:
    """Keyword files of one folder, each read once."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._known: dict[str, Keyword | None] = {}

    def find(self, name: str) -> Keyword | None:
        if name not in self._known:
            path = f"{self._folder}/{name}.ucl"
            there = os.path.isfile(path)  # noqa: PTH113  # the name goes on as text
            self._known[name] = keyword.parse(_text(path), name, path) if there else None
        return self._known[name]


def _text(path: str) -> str:
    """A file that the caller names, within Limits."""
    try:
        with open(path, "rb") as stream:  # noqa: PTH123  # names are text here
            content = stream.read(DEFAULT.text + 1)
    except OSError as error:
        raise NotFound(f"cannot read it: {error.strerror}", where=path) from error
    if len(content) > DEFAULT.text:
        raise InputError(f"more than {DEFAULT.text} bytes", where=path)
    return content.decode("utf-8", "surrogateescape")
