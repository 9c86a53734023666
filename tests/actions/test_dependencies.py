"""What a port needs, and what becomes of it."""

from __future__ import annotations

import shutil
from pathlib import Path

from portfake.model.manifest import Dependency
from tests.command_line import Scene, rows, write_small_package
from tests.sample_ports import TREE


def dependent(scene: Scene, name: str, *needed: str) -> str:
    """A port that installs a file and runs with others."""
    words = " ".join(f"/nonexistent/{origin}:{origin}" for origin in needed)
    return scene.port(
        f"${{ECHO_CMD}} x > ${{STAGEDIR}}${{PREFIX}}/bin/{name}",
        lines=f"DISTFILES=\nPLIST_FILES=\tbin/{name}\nRUN_DEPENDS=\t{words}",
        origin=f"misc/{name}",
    )


def merge(scene: Scene) -> None:
    """Put the ports of one's own into a tree: recipes of the sample framework know no overlays."""
    tree = scene.folder / "tree"
    shutil.copytree(TREE, tree)
    shutil.copytree(scene.overlay, tree, dirs_exist_ok=True)
    scene.tree = tree


def test_ports_that_need_each_other(empty: Scene) -> None:
    dependent(empty, "one", "misc/two")
    dependent(empty, "two", "misc/three")
    dependent(empty, "three", "misc/one")
    merge(empty)
    answer = empty.install("--json", "misc/one")
    assert answer.status == 0, answer.err
    automatic = dict(rows(empty.root, "SELECT name, automatic FROM packages"))
    assert automatic == {"one": 0, "two": 1, "three": 1}


def test_a_dependency_with_a_reason_of_its_own(empty: Scene) -> None:
    dependent(empty, "one", "net/gopherhole", "emulators/vaxbox")
    answer = empty.install("--json", "misc/one")
    assert answer.status == 77
    assert [error["where"] for error in answer.errors] == [
        "net/gopherhole (needed by misc/one)",
        "emulators/vaxbox (needed by misc/one)",
    ]
    assert "listens on a port that is taken" in answer.errors[0]["error"]


def test_a_dependency_that_is_no_port(empty: Scene) -> None:
    dependent(empty, "one", "misc/fieldguid")
    answer = empty.install("--json", "misc/one")
    assert answer.status == 66
    (error,) = answer.errors
    wanted = "misc/one needs /nonexistent/misc/fieldguid, but no port misc/fieldguid in this tree"
    assert error["error"] == wanted
    assert error["hint"] == "did you mean misc/fieldguide?"


def test_what_is_installed_already_is_not_installed_again(empty: Scene) -> None:
    assert empty.install("-M", "textproc/notes").status == 0
    dependent(empty, "one", "textproc/notes")
    answer = empty.install("--json", "misc/one")
    assert answer.status == 0, answer.err
    names = [package["manifest"]["name"] for package in answer.documents[0]["plan"]["packages"]]
    assert names == ["one"]
    assert dict(rows(empty.root, "SELECT name, automatic FROM packages"))["notes"] == 0


def test_what_is_asked_for_and_needed_is_not_automatic(empty: Scene) -> None:
    dependent(empty, "one", "misc/two")
    dependent(empty, "two")
    merge(empty)
    assert empty.install("misc/one", "misc/two").status == 0
    assert dict(rows(empty.root, "SELECT name, automatic FROM packages")) == {"one": 0, "two": 0}


def test_a_file_that_is_asked_for_and_needed_is_not_automatic(empty: Scene, tmp_path: Path) -> None:
    base = write_small_package(tmp_path, "base")
    top = write_small_package(tmp_path, "top", deps=(Dependency("base", "misc/base", "1.0"),))
    assert empty.install("--packages", tmp_path, top, base).status == 0
    assert dict(rows(empty.root, "SELECT name, automatic FROM packages")) == {"top": 0, "base": 0}


def test_what_the_base_system_has_is_noted(empty: Scene) -> None:
    origin = empty.port(lines="DISTFILES=\nPLIST_FILES=\tbin/demo\nRUN_DEPENDS=\tnc:textproc/notes")
    answer = empty.install(origin)
    assert answer.status == 0
    assert "the base system has nc, so textproc/notes is not recorded" in answer.err
    assert rows(empty.root, "SELECT name FROM deps") == []


def test_a_patch_that_does_not_apply_ends_the_staging(empty: Scene) -> None:
    origin = empty.port(
        lines="DISTFILES=\nWRKSRC=\t${WRKDIR}\nPLIST_FILES=\tbin/demo",
        files={"files/patch-demo": "--- a\n+++ a\n@@ -1 +1 @@\n-x\n+y\n"},
    )
    error = empty.refused(origin, status=65)
    assert error["error"] == "the recipe ended with status 1"
    assert "no file to patch" in error["hint"]
