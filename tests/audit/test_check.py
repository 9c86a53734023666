"""`check` as it is called: what it prints, its status, and that it leaves no trace."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from portfake.audit.finding import Finding
from portfake.audit.rule import Needs
from portfake.audit.survey import survey
from portfake.audit.workers import shared_out
from portfake.errors import SystemFailure
from portfake.formats.json import schema
from portfake.limits import LimitExceeded, Limits
from portfake.model.manifest import PackagedFile
from portfake.root.confined import Root
from portfake.root.ownership import Ownership
from tests.audit.images import Image
from tests.command_line import DATABASE, call, snapshot

DATA = "/usr/local/share/demo/data.txt"


def test_an_image_in_order(image: Image) -> None:
    answer = call("check", "--root", image.root)
    assert answer.status == 0
    assert answer.out.startswith(f"{image.root}: 0 errors, 0 warnings, 0 notes\n")
    assert "boots to a login: ready" in answer.out
    assert "2 packages in sqlite schema 42" in answer.out


def test_findings_and_the_threshold(image: Image) -> None:
    os.utime(image.path(DATA), (1, 1))
    warned = call("check", image.root)
    assert warned.status == 0
    assert f"warning: file-mtime: {DATA} (demo-1.0): mtime is 1, not 1700000000" in warned.out
    assert call("check", image.root, "--fail-on", "warning").status == 1
    assert call("check", image.root, "--fail-on", "warning", "--no-mtime").status == 0
    image.path(DATA).unlink()
    assert call("check", image.root).status == 1
    assert call("check", image.root, "--fail-on", "never").status == 0
    assert call("check", image.root, "--skip", "file-missing").status == 0
    only = call("check", image.root, "--only", "file-*", "--json")
    assert {line["rule"] for line in only.documents if line["kind"] == "finding"} == {
        "file-missing"
    }


def test_a_rule_that_is_none(image: Image) -> None:
    answer = call("check", image.root, "--only", "no-such-rule")
    assert answer.status == 64
    assert "check --rules" in answer.err


def test_the_rules_are_listed() -> None:
    answer = call("check", "--rules", "--only", "link-*")
    assert answer.status == 0
    assert [line.split()[0] for line in answer.out.splitlines()] == [
        *("link-target", "link-mode", "link-dangling")
    ]


def test_a_line_of_json_for_each_finding(image: Image) -> None:
    image.path(DATA).unlink()
    lines = call("check", image.root, "--json").documents
    assert lines[0]["kind"] == "summary"
    assert lines[0]["counts"] == {"error": 1, "warning": 0, "note": 0}
    finding = lines[1]
    jsonschema.validate(finding, schema(Finding))
    assert finding == {
        "schema_version": 1,
        "kind": "finding",
        "root": str(image.root),
        "rule": "file-missing",
        "severity": "error",
        "message": "is missing",
        "package": "demo-1.0",
        "path": DATA,
        "evidence": {},
        "fix": "install the package again",
    }
    assert [line["rule"] for line in lines[2:]] == ["account-id"]


def test_what_is_known_is_passed_over(image: Image, tmp_path: Path) -> None:
    image.path(DATA).unlink()
    known = tmp_path / "known"
    known.write_text(call("check", image.root, "--json").out)
    assert call("check", image.root, "--baseline", known).status == 0
    image.path("/usr/local/bin/demo.sh").chmod(0o700)
    answer = call("check", image.root, "--baseline", known)
    assert answer.status == 1
    assert "1 errors, 0 warnings, 0 notes, 1 known" in answer.out
    assert "file-mode: /usr/local/bin/demo.sh" in answer.out


def test_a_baseline_that_is_none(image: Image, tmp_path: Path) -> None:
    known = tmp_path / "known"
    known.write_text('{"kind": "finding"}\nno json\n')
    answer = call("check", image.root, "--baseline", known)
    assert answer.status == 65
    assert f"{known}:2" in answer.err


def test_one_bad_image_does_not_stop_the_rest(image: Image, tmp_path: Path) -> None:
    spoilt = Image(tmp_path / "spoilt")
    shutil.copytree(image.root, spoilt.root, symlinks=True)
    spoilt.path(DATA).unlink()
    for jobs in ("1", "2"):
        roots = (tmp_path / "nowhere", spoilt.root, image.root)
        answer = call("check", *roots, "--jobs", jobs)
        assert answer.status == 66
        assert "nowhere: there is no such folder" in answer.err
        heads = [line for line in answer.out.splitlines() if " errors, " in line]
        assert heads == [
            f"{spoilt.root}: 1 errors, 0 warnings, 0 notes",
            f"{image.root}: 0 errors, 0 warnings, 0 notes",
        ]


def test_workers_find_what_one_process_finds(image: Image) -> None:
    for number in range(1200):
        image.put(f"/usr/local/share/many/{number:04}", f"#!/bin/{number % 7}\n", 0o755)
    image.put(DATA, "tada\n", 0o640)
    alone, together = (image.check(jobs=jobs) for jobs in (1, 3))
    assert len(alone.findings) > 2000
    assert alone == together


FAULTS = ("file-missing", "file-type", "file-changed", "config-edited", "cache-rewritten")


def test_sums_alone_find_what_all_rules_find(image: Image) -> None:
    """Sound files are left out then, by a look of its own."""
    only = [word for rule in (*FAULTS, "link-target") for word in ("--only", rule)]

    def found(*words: str) -> list[dict[str, object]]:
        lines = call("check", image.root, "--json", *words).documents
        return [line for line in lines if line.get("rule") in {*FAULTS, "link-target"}]

    assert found(*only) == []
    assert "2 packages in sqlite schema 42; 10 objects" in call("check", image.root, *only).out
    demo = "/usr/local/share/demo"
    image.path(DATA).unlink()
    image.put("/usr/local/etc/demo.conf", "opt = 2\n")
    image.put(f"{demo}/icon-theme.cache", "other")
    image.put("/usr/local/bin/demo.sh", "#! /bin/sh -e\n", 0o755)
    image.link("/usr/local/bin/demo-link", "other")
    image.link("/usr/local/lib/libdep.so.1", "demo")
    assert found(*only) == found()
    assert {line["rule"] for line in found(*only)} == {*FAULTS, "link-target"}
    # Through a link among the folders, and one that leads nowhere.
    image.path(demo).rename(image.path("/usr/local/moved"))
    image.link(demo, "/usr/local/moved")
    assert found(*only) == found()
    image.link(demo, "/nowhere")
    assert found(*only) == found()


@pytest.mark.parametrize("state", ["at rest", "wal", "empty wal", "read-only", "other owner"])
def test_the_evidence_is_untouched(image: Image, state: str) -> None:
    database = image.root / DATABASE
    if state == "wal":
        with closing(sqlite3.connect(database)) as open_one:
            open_one.execute("PRAGMA journal_mode = wal")
            open_one.execute("DELETE FROM files")
            open_one.commit()
            kept = {path: path.read_bytes() for path in database.parent.glob("local.sqlite*")}
        for path, content in kept.items():
            path.write_bytes(content)
    elif state == "empty wal":
        Path(f"{database}-wal").touch()
    elif state == "read-only":
        for path in [*image.root.rglob("*"), image.root]:
            if not path.is_symlink():
                path.chmod(path.stat().st_mode & 0o7555)
    elif state == "other owner":
        os.chown(database, 1000, 1000)
    before = snapshot(image.root)
    answer = call("check", image.root, "--json")
    assert answer.status in {0, 1}
    assert snapshot(image.root) == before
    rules = {line.get("rule") for line in answer.documents if line["kind"] == "finding"}
    assert ("database-pending" in rules) == (state == "wal")
    assert ("file-unowned" in rules) == (state == "wal"), "what is only in -wal counts"
    assert ("database-permissions" in rules) == (state == "other owner")


def test_sarif(image: Image) -> None:
    image.path(DATA).unlink()
    answer = call("check", image.root, "--sarif")
    assert answer.status == 1
    log = json.loads(answer.out)
    (run,) = log["runs"]
    (result,) = run["results"]
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == "file-missing"
    location = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert location == {"uri": DATA[1:], "uriBaseId": "ROOT"}
    assert run["originalUriBaseIds"]["ROOT"]["uri"] == f"file://{image.root}/"


def test_sarif_is_valid(image: Image, judged_schema: dict[str, object]) -> None:
    image.path(DATA).unlink()
    (image.root / "usr/local/share/50% \u00e9 \udcff").write_text("")
    jsonschema.validate(json.loads(call("check", image.root, "--sarif").out), judged_schema)


@pytest.fixture
def judged_schema() -> dict[str, object]:
    """The official schema of SARIF, where one is at hand."""
    folder = os.environ.get("PORTFAKE_SCHEMAS")
    if not folder:
        pytest.skip("PORTFAKE_SCHEMAS names no folder with sarif-2.1.0.json")
    found: dict[str, object] = json.loads((Path(folder) / "sarif-2.1.0.json").read_text())
    return found


def test_links_are_followed_inside_the_image(image: Image) -> None:
    """A prefix behind an absolute link is the image's own, not this machine's."""
    image.path("/usr/local").rename(image.path("/usr/moved"))
    image.link("/usr/local", "/usr/moved")
    assert image.check().findings == ()


def test_odd_objects_are_looked_at_and_not_opened(image: Image) -> None:
    """Fifos would wait for ever, devices do what they like, names are bytes."""
    folder = image.path("/usr/local/share/demo")
    os.mkfifo(folder / "fifo")
    os.mkfifo(folder / "data.txt.new")
    (folder / "data.txt").unlink()
    (folder / "data.txt.new").rename(folder / "data.txt")
    (folder / "line\nfeed \udcff").write_text("#!")
    (folder / "circle").symlink_to("circle")
    answer = call("check", image.root, "--json")
    found = {(line["rule"], line["path"]) for line in answer.documents if line["kind"] == "finding"}
    assert ("file-type", DATA) in found
    assert ("file-unowned", "/usr/local/share/demo/fifo") in found
    assert ("link-dangling", "/usr/local/share/demo/circle") in found
    assert ("file-unowned", "/usr/local/share/demo/line\nfeed \udcff") in found


def test_an_image_without_anything(tmp_path: Path) -> None:
    answer = call("check", tmp_path)
    assert answer.status == 0
    assert "no package database" in answer.out


def test_a_link_out_of_the_image_is_not_followed(image: Image, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "data.txt").write_text("data\n")
    folder = image.path("/usr/local/share/demo")
    shutil.rmtree(folder)
    folder.symlink_to(outside)
    assert DATA in {finding.path for finding in image.findings("file-missing")}


def test_a_worker_that_dies_gives_no_answer(image: Image, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portfake.audit.workers._work", lambda *_: os._exit(1))
    for number in range(1200):
        image.put(f"/usr/local/share/many/{number:04}", "x")
    answer = call("check", image.root, "--jobs", "2")
    assert (answer.status, answer.out) == (74, "")
    assert "a worker process died" in answer.err


def test_workers_end_when_one_of_them_dies() -> None:
    """Each has more to say than a pipe holds, and nobody to say it to."""

    def work(share: int) -> list[str]:
        if share == 1:
            os._exit(1)
        return ["x" * 1_000_000]

    with pytest.raises(SystemFailure, match="a worker process died"):
        list(shared_out(work, range(4)))


@pytest.mark.parametrize("path", ["/usr/local/etc/rc.d/blank", "/etc/rc.conf"])
def test_blank_lines_cost_little(image: Image, path: str) -> None:
    """A quarter of a megabyte of them, each of which could be the start of a setting."""
    image.put(path, "\n" * 200_000)
    if path != "/etc/rc.conf":
        image.record(replace(image.libdep(), name="blank", files=(PackagedFile(path=path),)))
    began = time.process_time()
    image.check()
    assert time.process_time() - began < 5


def test_scripts_of_services_have_a_bound(image: Image) -> None:
    image.put("/usr/local/etc/rc.d/a", "x" * 1000)
    with (
        Root(image.root, ownership=Ownership.APPLY) as root,
        pytest.raises(LimitExceeded, match="scripts of services"),
    ):
        survey(root, Needs.WHOLE, limits=Limits(text=999))
