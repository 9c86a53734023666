"""Deleting: the root is as it was before the install."""

from __future__ import annotations

from pathlib import Path

import pytest

from portfake.model.manifest import Dependency, Phase
from tests.command_line import Answer, Scene, call, snapshot, write_small_package
from tests.sample_ports import NATIVE, Case

DATABASE = "var/db/pkg/local.sqlite"
LASTING = ("var", "var/db", "var/db/pkg", DATABASE)
"""What an install leaves for good."""


def delete(scene: Scene, *words: str | Path) -> Answer:
    return call("delete", "--root", scene.root, *words)


def content(root: Path) -> dict[str, tuple[object, ...]]:
    """Types, modes, owners and content; folders change their times when something is in them."""
    return {
        path: (mode, uid, gid, digest)
        for path, (mode, _, _, uid, gid, _, digest) in snapshot(root).items()
        if path not in LASTING
    }


DELETED = [
    case
    for case in NATIVE
    if case.settings
    or case.origin in {"editors/jotter", "misc/demo-desk", "misc/fieldguide", "sysutils/ec2-demo"}
]


@pytest.mark.parametrize("case", DELETED, ids=str)
def test_the_root_is_as_before(case: Case, empty: Scene) -> None:
    before = content(empty.root)
    words = [case.full_origin, *(f"{name}={value}" for name, value in case.settings.items())]
    done = empty.install("--json", "--no-deps", *words)
    assert done.status == 0, done.err
    assert case.origin == "misc/demo-desk" or content(empty.root) != before
    name = done.documents[0]["plan"]["packages"][0]["manifest"]["name"]
    gone = delete(empty, name)
    assert gone.status == 0, gone.err
    assert f"removed {name}-" in gone.out
    # pkg leaves the prefix itself, and so does portfake.
    left = {path for path in content(empty.root) if path not in before}
    assert left <= {"usr", "usr/local"}
    assert call("info", "--root", empty.root).out == ""


def test_another_prefix_stays_as_well(scene: Scene) -> None:
    """Also where the packing list names it (bsd.port.mk, add-plist-post)."""
    origin = scene.port(
        "@${MKDIR} ${STAGEDIR}${PREFIX}/bin\n@${TOUCH} ${STAGEDIR}${PREFIX}/bin/demo",
        lines="DISTFILES=\nPREFIX=\t/opt/own\nPLIST_FILES=\tbin/demo\nPLIST_DIRS=\t${PREFIX}",
    )
    done = scene.install("--no-deps", origin)
    assert done.status == 0, done.err
    assert delete(scene, "demo").status == 0
    assert list((scene.root / "opt").rglob("*")) == [scene.root / "opt/own"]


def test_what_was_there_stays(scene: Scene) -> None:
    own = scene.root / "usr/local/share/doc/fieldguide/mine"
    own.parent.mkdir(parents=True)
    own.write_text("mine")
    before = content(scene.root)
    assert scene.install("--no-deps", "misc/fieldguide").status == 0
    assert delete(scene, "fieldguide").status == 0
    assert content(scene.root) == before
    assert own.read_text() == "mine"


def test_a_folder_of_another_package_stays(empty: Scene) -> None:
    lines = "DISTFILES="
    for name in ("one", "two"):
        empty.port(
            "${MKDIR} ${STAGEDIR}${PREFIX}/share/both\n"
            f"${{ECHO_CMD}} x > ${{STAGEDIR}}${{PREFIX}}/share/both/{name}",
            lines=lines,
            origin=f"misc/{name}",
            files={"pkg-plist": f"share/both/{name}\n@dir share/both\n"},
        )
    assert empty.install("misc/one", "misc/two").status == 0
    assert delete(empty, "one").status == 0
    assert [path.name for path in (empty.root / "usr/local/share/both").iterdir()] == ["two"]
    assert delete(empty, "two").status == 0
    assert not (empty.root / "usr/local/share").exists()


def test_dry_run_removes_nothing(scene: Scene) -> None:
    before = snapshot(scene.root)
    answer = delete(scene, "--dry-run", "logsieve")
    assert (answer.status, snapshot(scene.root)) == (0, before)
    assert "would remove logsieve-2.0.r1,1" in answer.out


@pytest.fixture
def needing(empty: Scene, tmp_path: Path) -> Scene:
    """A root with base <- middle <- top."""
    base, middle = (Dependency(name, f"misc/{name}", "1.0") for name in ("base", "middle"))
    words = [
        write_small_package(
            tmp_path, "base", scripts={Phase.PRE_DEINSTALL: "service ldconfig restart"}
        ),
        write_small_package(tmp_path, "middle", deps=(base,)),
        write_small_package(tmp_path, "top", deps=(middle,)),
    ]
    answer = empty.install(*words)
    assert answer.status == 0, answer.err
    return empty


def names(scene: Scene) -> list[str]:
    documents = call("info", "--json", "--root", scene.root).documents
    return sorted(document["manifest"]["name"] for document in documents)


def test_what_others_need_is_refused(needing: Scene) -> None:
    before = snapshot(needing.root)
    answer = delete(needing, "--json", "base")
    assert answer.status == 77
    assert [error["error"] for error in answer.errors] == [
        "middle-1.0 needs base",
        "top-1.0 needs base",
    ]
    assert "--recursive" in answer.errors[0]["hint"]
    assert snapshot(needing.root) == before


def test_recursive_takes_what_needs_it(needing: Scene) -> None:
    answer = delete(needing, "--json", "-R", "base")
    assert answer.status == 0
    order = [package["manifest"]["name"] for package in answer.documents[0]["packages"]]
    assert order == ["top", "middle", "base"]
    assert names(needing) == []


def test_force_leaves_it_without(needing: Scene) -> None:
    assert delete(needing, "-f", "base").status == 0
    assert names(needing) == ["middle", "top"]


def test_what_scripts_left_is_told(needing: Scene) -> None:
    answer = delete(needing, "-R", "-y", "--strict", "base")
    assert answer.status == 1
    assert "base-1.0: pre-deinstall script left to the running system: makes anew" in answer.err


def test_a_package_that_is_not_there(scene: Scene) -> None:
    before = snapshot(scene.root)
    answer = delete(scene, "--json", "none", "logsieve", "logsieve-2.0")
    assert answer.status == 66
    assert [error["error"] for error in answer.errors] == [
        "no package none is installed",
        "no package logsieve-2.0 is installed",
    ]
    assert snapshot(scene.root) == before


def test_a_package_by_its_full_name(scene: Scene) -> None:
    answer = delete(scene, "logsieve-2.0.r1,1")
    assert answer.status == 0, answer.err
    assert names(scene) == []


def test_a_root_without_records(empty: Scene) -> None:
    before = snapshot(empty.root)
    assert delete(empty, "logsieve").status == 66
    assert snapshot(empty.root) == before


def test_files_that_are_gone_already(scene: Scene) -> None:
    (scene.root / "usr/local/bin/logsieve").unlink()
    assert delete(scene, "logsieve").status == 0
    assert names(scene) == []


def test_a_folder_in_place_of_a_file_stays(scene: Scene) -> None:
    path = scene.root / "usr/local/bin/logsieve"
    path.unlink()
    path.mkdir()
    assert delete(scene, "logsieve").status == 0
    assert path.is_dir()


def test_a_link_out_of_the_root_leads_nowhere(scene: Scene, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    (scene.root / "usr/local/bin").rename(outside)
    (scene.root / "usr/local/bin").symlink_to(outside)
    before = snapshot(outside)
    assert delete(scene, "logsieve").status == 0
    assert snapshot(outside) == before
