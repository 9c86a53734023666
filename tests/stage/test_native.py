"""Real bmake and dash judge the native stager: the same stage, packing list and metadata."""

from __future__ import annotations

import gzip
import json
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from portfake.errors import Refused
from portfake.formats import manifest as manifest_format
from portfake.formats.json import plain
from portfake.model.entry import EntryType
from portfake.model.manifest import Manifest
from portfake.stage.staged import Staged
from tests.bmake_judge import evaluate_with_bmake, run_bmake, stage_with_bmake
from tests.sample_ports import ABI, COMPILED, NATIVE, TREE, Case, request, staged

File = tuple[str, int, bytes]
"""Type, mode, and content or link target."""

METADATA = (
    *("name", "version", "origin", "comment", "desc", "maintainer", "prefix", "categories"),
    *("licenses", "users", "groups", "options", "annotations"),
)


@dataclass(frozen=True)
class Judged:
    """One port, staged by bmake and by portfake."""

    stage: Path
    plist: list[str]
    metadir: Path
    staged: Staged
    manifest: Manifest


@pytest.fixture(scope="module")
def case(request: pytest.FixtureRequest) -> Case:
    asked: Case = request.param
    return asked


@pytest.fixture(scope="module")
def judged(
    case: Case, tmp_path_factory: pytest.TempPathFactory, tool: Callable[[str], str]
) -> Iterator[Judged]:
    tool("bmake")
    tool("dash")
    folder = tmp_path_factory.mktemp("bmake")
    pkg = folder / "pkg"
    pkg.write_text(f"#!/bin/sh\necho {ABI}\n")
    pkg.chmod(0o755)
    stage, plist = stage_with_bmake(case.origin, folder, flavor=case.flavor, settings=case.settings)
    settings = {**case.settings, "PKG_BIN": str(pkg)}
    made = run_bmake(
        case.origin, folder, ["create-manifest"], flavor=case.flavor, settings=settings
    )
    assert made.returncode == 0, made.stderr
    metadir = evaluate_with_bmake(case.origin, folder, ["METADIR"], flavor=case.flavor)["METADIR"]
    with staged(case.full_origin, request(variables=case.settings)) as (result, packaged):
        yield Judged(stage, plist, Path(metadir), result, packaged.manifest)


every_case = pytest.mark.parametrize("case", NATIVE, ids=str, indirect=True)


def unpacked(name: str, content: bytes) -> bytes:
    """Compressors differ in their output, never in what comes out of it again."""
    return gzip.decompress(content) if name.endswith(".gz") else content


def files_of_bmake(stage: Path) -> Iterator[tuple[str, File]]:
    for path in stage.rglob("*"):
        name = f"/{path.relative_to(stage)}"
        if path.is_symlink():
            yield name, ("link", 0, str(path.readlink()).encode())
        elif not path.is_dir():
            mode = stat.S_IMODE(path.lstat().st_mode)
            yield name, ("file", mode, unpacked(name, path.read_bytes()))


def files_of_portfake(result: Staged) -> Iterator[tuple[str, File]]:
    for path, entry in result.listing.items():
        if entry.type is EntryType.SYMLINK:
            yield path, ("link", 0, (entry.target or "").encode())
        elif entry.type is not EntryType.DIRECTORY:
            content = result.view.read(f"{result.stagedir}{path}")
            yield path, (entry.type.value, entry.mode or 0, unpacked(path, content))


@every_case
def test_files_of_the_stage_are_bmake_s(judged: Judged) -> None:
    assert dict(files_of_portfake(judged.staged)) == dict(files_of_bmake(judged.stage))


@every_case
def test_folders_of_the_stage_are_bmake_s(judged: Judged) -> None:
    folders = {
        path: entry.mode
        for path, entry in judged.staged.listing.items()
        if entry.type is EntryType.DIRECTORY and path != "/"
    }
    assert folders == {
        f"/{path.relative_to(judged.stage)}": stat.S_IMODE(path.stat().st_mode)
        for path in judged.stage.rglob("*")
        if path.is_dir() and not path.is_symlink()
    }


@every_case
def test_the_packing_list_is_bmake_s(judged: Judged) -> None:
    assert judged.staged.plist.splitlines() == judged.plist


@every_case
def test_metadir_is_bmake_s(judged: Judged) -> None:
    view, metadir = judged.staged.view, judged.staged.metadir
    assert {name: view.read(f"{metadir}/{name}") for name in view.listdir(metadir)} == {
        path.name: path.read_bytes() for path in judged.metadir.iterdir()
    }


@every_case
def test_the_manifest_says_what_metadir_says(judged: Judged) -> None:
    files = {path.name: path.read_text() for path in judged.metadir.iterdir()}
    said = manifest_format.parse(
        files["+MANIFEST"], "+MANIFEST of bmake", given={"desc": files["+DESC"].rstrip(), "www": ""}
    )
    for field in METADATA:
        wanted, found = getattr(said, field), getattr(judged.manifest, field)
        if field == "annotations":
            found = {name: text for name, text in found.items() if name != "FreeBSD_version"}
        assert found == wanted, field
    assert judged.manifest.abi == (said.abi or ABI)


@every_case
def test_the_manifest_lists_what_the_stage_holds(judged: Judged) -> None:
    files = dict(files_of_bmake(judged.stage))
    assert {file.path for file in judged.manifest.files} == files.keys()
    assert {file.path for file in judged.manifest.files if file.target is not None} == {
        path for path, (kind, _, _) in files.items() if kind == "link"
    }


@pytest.mark.parametrize("case", COMPILED, ids=str)
def test_a_port_that_compiles_is_refused_at_the_recipe(case: Case) -> None:
    with pytest.raises(Refused) as refused, staged(case.full_origin):
        pass
    assert refused.value.where is not None
    assert "Makefile:6: cc: this command is not known" in str(refused.value)


def test_staging_changes_nothing_in_the_tree() -> None:
    before = {path: path.lstat() for path in TREE.rglob("*")}
    with staged("textproc/notes"):
        pass
    assert {path: path.lstat() for path in TREE.rglob("*")} == before


def test_two_stagings_give_the_same_manifest() -> None:
    """Nothing of the host or the hour goes in."""
    manifests = []
    for _ in range(2):
        with staged("misc/fieldguide") as (_, packaged):
            manifests.append(json.dumps(plain(packaged.manifest)))
    assert manifests[0] == manifests[1]
