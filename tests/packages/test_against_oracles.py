"""Packing lists and stages of real ports give the manifests that the real pkg(8) made of them."""

from __future__ import annotations

import functools
import io
import json
import stat
import tarfile
from collections.abc import Callable
from dataclasses import replace
from typing import BinaryIO

import pytest

from portfake.formats import manifest as manifest_format
from portfake.model.abi import Abi
from portfake.model.entry import Entry, Listing
from portfake.model.manifest import Manifest
from portfake.packages.archive_writer import package_tar
from portfake.packages.assemble import assemble, display_messages
from portfake.packages.metadir import Metadata
from portfake.packages.packing import PackedList, pack
from portfake.packages.shlibs import SharedLibraries
from portfake.packages.staged import StagedTree, StagePayload
from tests.packages import oracle

pytestmark = pytest.mark.judge
Judged = Callable[[str], str]


def test_manifests(judged: Judged) -> None:
    keywords = oracle.keywords(judged("PORTFAKE_TREE"))
    differing = {}
    cases = oracle.cases(judged("PORTFAKE_ORACLES"))
    for case in cases:
        wanted = oracle.manifest_of(case)
        sums = {file.path: file.sum for file in wanted.files}
        packed = pack(
            oracle.items(case),
            oracle.stage(case),
            prefix=wanted.prefix,
            keywords=keywords.get,
            sum_of=functools.partial(_recorded, sums),
        )
        metadata = _metadata(wanted, packed)
        made = assemble(
            metadata,
            packed,
            Abi.parse("FreeBSD:14:amd64"),
            osversion=1400097,
            libraries=_libraries(wanted),
            display=display_messages(metadata)[0],
        )
        files = tuple(replace(file, mtime=None) for file in wanted.files)
        if made != replace(wanted, files=files):
            differing[case["origin"]] = made
    assert not differing
    print(f"\n{len(cases)} manifests equal")  # noqa: T201 - make judge prints its figures


def _recorded(sums: dict[str, str | None], entry: Entry) -> str:
    return sums[entry.path] or ""


def _metadata(wanted: Manifest, packed: PackedList) -> Metadata:
    """What the evaluated port told, as the manifest shows it: the list's own part taken off."""
    said = replace(
        wanted,
        abi=wanted.abi if wanted.abi.endswith("*") else "",
        arch="",
        flatsize=0,
        www="" if wanted.www == "UNKNOWN" else wanted.www,
        annotations={k: v for k, v in wanted.annotations.items() if k != "FreeBSD_version"},
        shlibs_required=(),
        shlibs_provided=(),
        files=(),
        directories=(),
        config=(),
        scripts={},
        lua_scripts={},
        messages=(),
    )
    return Metadata(
        said=said,
        scripts={
            phase: text.removesuffix(packed.scripts.get(phase, "").strip())
            for phase, text in wanted.scripts.items()
        },
        lua_scripts={
            phase: texts[0]
            for phase, texts in wanted.lua_scripts.items()
            if len(texts) > len(packed.lua_scripts.get(phase, ()))
        },
        display=json.dumps(json.loads(manifest_format.to_text(wanted)).get("messages", [])),
    )


def _libraries(wanted: Manifest) -> SharedLibraries:
    return SharedLibraries(wanted.shlibs_required, wanted.shlibs_provided)


def test_text_has_the_length_pkg_wrote(judged: Judged) -> None:
    for case in oracle.cases(judged("PORTFAKE_ORACLES")):
        manifest = oracle.manifest_of(case)
        assert manifest_format.parse(manifest_format.to_text(manifest)) == manifest
        for line in case.get("archive", [])[:2]:
            *_, size, name = line.split()
            text = manifest_format.to_text(manifest, compact="COMPACT" in name)
            assert len(text.encode()) == int(size), case["origin"]


def test_archives_have_pkg_s_members(judged: Judged) -> None:
    """Order, type, mode, size and link of every member; symlinks' modes are the host's for pkg."""
    count = 0
    for case in oracle.cases(judged("PORTFAKE_ORACLES")):
        if "archive" not in case:
            continue
        manifest = oracle.manifest_of(case)
        stage = oracle.stage(case)
        tree = StagedTree(stage, functools.partial(_zeros, stage))
        payload = StagePayload(manifest.files, manifest.directories, tree, {})
        output = io.BytesIO(b"".join(package_tar(manifest, payload)))
        with tarfile.open(fileobj=output) as archive:
            members = [_line(member) for member in archive]
        assert members == [_without_ids(line) for line in case["archive"]], case["origin"]
        count += 1
    print(f"\n{count} archives have the same members")  # noqa: T201 - make judge prints its figures


def _zeros(stage: Listing, path: str) -> BinaryIO:
    return io.BytesIO(bytes(stage[path].size or 0))


def _line(member: tarfile.TarInfo) -> tuple[str, str, str]:
    """As bsdtar(1) lists it."""
    mode = stat.filemode(member.mode)[1:]
    if member.issym():
        return "l", "0", f"{member.name} -> {member.linkname}"
    if member.islnk():
        return f"h{mode}", "0", f"{member.name} link to {member.linkname}"
    if member.isdir():
        return f"d{mode}", "0", f"{member.name}/"
    return f"-{mode}", str(member.size), member.name


def _without_ids(line: str) -> tuple[str, str, str]:
    mode, _, _, _, size, name = line.split(maxsplit=5)
    return ("l" if mode.startswith("l") else mode), size, name
