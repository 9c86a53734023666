"""Ports staged natively, against what the real framework and pkg made of them."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from portfake.actions.request import TargetRequest
from portfake.errors import PortfakeError
from portfake.formats import manifest as manifest_format
from portfake.model.entry import EntryType
from portfake.ports.dependencies import run_dependencies
from portfake.stage.native import STAGE_ENVIRONMENT, NativeStager
from portfake.stage.packaging import package
from portfake.stage.staged import Staged
from portfake.stage.workspace import PORTS, open_workspace

pytestmark = pytest.mark.judge

CLOCK = 1795401865
NEEDS_A_LANGUAGE = "runs an interpreter"
LIBRARY = "the oracle had no library to find, so it dropped a LIB_DEPENDS"
OTHER_OWNER = "another stub package owned the file that the port asks for"
NO_STUB = "the oracle had no stub package of it"
KNOWN = {
    "devel/py-qt5": NEEDS_A_LANGUAGE,
    "devel/py-qt6": NEEDS_A_LANGUAGE,
    "security/ossec-hids-agent-config": "runs a program of another port",
    "www/caddy-custom": "builds",
    "devel/avro": LIBRARY,
    "japanese/namazu2": OTHER_OWNER,
    "multimedia/gstreamer1-plugins-all": LIBRARY,
    "print/papersize-default-a4": LIBRARY,
    "x11/plasma5-plasma": LIBRARY,
    "lang/php83-extensions": OTHER_OWNER,
    "lang/slib-guile1": OTHER_OWNER,
    "lang/slib-guile2": OTHER_OWNER,
    "devel/llvm": "the oracle's links of man pages lead to .gz alone",
    "net-mgmt/ssgless": "the oracle's base had no less(1) for whereis to find",
    "misc/copytree": "find's order",
    "misc/docs-examples": "find's order",
    "misc/info-pages": NO_STUB,
    "misc/python-pure": NO_STUB,
}


def cases(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt") as lines:
        yield from map(json.loads, lines)


@pytest.mark.parametrize("own", [False, True], ids=["packages", "own-ports"])
def test_stage_list_and_manifest(judged: Callable[[str], str], *, own: bool) -> None:
    oracles = Path(judged("PORTFAKE_ORACLES"))
    request = TargetRequest(
        ports=judged("PORTFAKE_TREE"),
        abi="FreeBSD:14:amd64",
        osversion=1400097,
        distdir=str(oracles / "own-ports/distfiles") if own else judged("PORTFAKE_DISTDIR"),
        overlays=[str(oracles / "own-ports")] if own else [],
    )
    name = "own-ports/results.jsonl.gz" if own else "packages.jsonl.gz"
    equal, differing = 0, {}
    for case in cases(oracles / name):
        if case.get("status"):
            continue  # what the framework refuses is another test's
        difference = compare(request, case)
        if difference is None:
            equal += 1
        elif case["origin"] not in KNOWN:
            differing[case["origin"]] = difference
    print(f"\n{equal} ports equal in stage, list and manifest; {len(differing)} differ unexplained")
    for origin, difference in differing.items():
        print(f"  {origin}: {difference:.300}")
    assert not differing


def test_what_the_framework_refuses(judged: Callable[[str], str]) -> None:
    """For the same reason: IGNORE's text, a file of the list that is not there, a failed recipe."""
    oracles = Path(judged("PORTFAKE_ORACLES"))
    request = TargetRequest(
        ports=judged("PORTFAKE_TREE"),
        abi="FreeBSD:14:amd64",
        osversion=1400097,
        distdir=str(oracles / "own-ports/distfiles"),
        overlays=[str(oracles / "own-ports")],
    )
    refused = [case for case in cases(oracles / "own-ports/results.jsonl.gz") if case["status"]]
    assert len(refused) == 4
    for case in refused:
        said = compare(request, {**case, "plist": None, "stage": []})
        assert said is not None
        assert said.startswith("refused: ")
        assert case["ignore"] in said
        assert ("absent" in said) is ("plist" in case["origin"])


TRACED = [
    *("java/javavmwrapper", "lang/python3", "ports-mgmt/portlint", "security/u2f-devd"),
    *("sysutils/firstboot-pkgs", "net/remarkable-devd", "japanese/alias-fonts"),
    "devel/pear-channel-theseer",
]


@pytest.mark.parametrize("origin", TRACED)
def test_staging_starts_no_process(
    origin: str, judged: Callable[[str], str], tool: Callable[[str], str], tmp_path: Path
) -> None:
    log = tmp_path / "strace"
    subprocess.run(
        [
            *(tool("strace"), "-f", "-o", log, "-e", "trace=execve,fork,vfork,clone,clone3"),
            *(sys.executable, "-m", "portfake", "files", "--abi", "FreeBSD:14:amd64"),
            *("--ports", judged("PORTFAKE_TREE"), origin),
        ],
        check=True,
        capture_output=True,
    )
    calls = [line for line in log.read_text().splitlines() if " = -1 ENOENT" not in line]
    assert sum("execve(" in call for call in calls) == 1
    assert not [call for call in calls if re.search(r"^\d+ +(clone3?|v?fork)\(", call)]


def compare(request: TargetRequest, case: dict[str, Any]) -> str | None:
    origin = case["origin"] + (f"@{case['flavor']}" if case.get("flavor") else "")
    profile = request.profile()
    try:
        with (
            request.open_tree(seen_as=PORTS) as tree,
            open_workspace(request.distdir or "") as workspace,
        ):
            evaluator = request.evaluator(
                tree, profile, mounts=workspace.mounts, environment=STAGE_ENVIRONMENT
            )
            staged = NativeStager(evaluator, workspace, clock=CLOCK).stage(tree.find(origin))
            if case["plist"] is None:
                package(staged, (), profile, latest=CLOCK)
                return None
            if staged.plist.splitlines() != case["plist"]:
                return f"list {staged.plist.splitlines()} | {case['plist']}"
            ours, theirs = files(staged), oracle_files(case["stage"])
            if ours != theirs:
                return f"stage {sorted(ours.items() ^ theirs.items())}"
            if case.get("manifest") is None:
                return None
            needed = run_dependencies(staged.port, profile, evaluator.port)
            made = package(staged, needed.records, profile, latest=CLOCK).manifest
            text = manifest_format.to_text(made)
            return differing_key(json.loads(text), case["manifest"])
    except PortfakeError as error:
        return f"refused: {error}"


def files(staged: Staged) -> dict[str, tuple[Any, ...]]:
    found: dict[str, tuple[Any, ...]] = {}
    for path, entry in staged.listing.items():
        if entry.type is EntryType.FILE:
            content = staged.view.read(f"{staged.stagedir}{path}")
            found[path] = (f"{entry.mode:04o}", hashlib.sha256(content).hexdigest())
        elif entry.type is EntryType.SYMLINK:
            found[path] = (entry.target,)
    return found


def oracle_files(stage: list[dict[str, Any]]) -> dict[str, tuple[Any, ...]]:
    """The oracle names some stages' paths with /stage in front, and hard links as such."""
    sums = {item["path"]: (item["mode"], item["sha256"]) for item in stage if item.get("sha256")}
    found: dict[str, tuple[Any, ...]] = {}
    for item in stage:
        path = item["path"].removeprefix("/stage")
        if item["type"] == "hardlink":
            found[path] = sums[item["target"]]
        elif item["type"] in {"symlink", "link"}:
            found[path] = (item["target"],)
        elif item.get("sha256"):
            found[path] = sums[item["path"]]
    return found


def differing_key(ours: dict[str, Any], theirs: dict[str, Any]) -> str | None:
    """The first manifest key that differs; times and modes of symlinks do not count."""
    for manifest in (ours, theirs):
        for record in manifest.get("files", {}).values():
            record.pop("mtime", None)
            if record.get("symlink_target"):
                record.pop("perm", None)
    for key in sorted(ours.keys() | theirs.keys()):
        if ours.get(key) != theirs.get(key):
            return f"{key}: {ours.get(key)} | {theirs.get(key)}"
    return None
