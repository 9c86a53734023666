"""--metalog: a file of this machine that changes with the root, or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from portfake.install.operations import ReplaceMetalog
from portfake.root.confined import Root
from tests.command_line import Scene, call, snapshot, write_small_package
from tests.install.test_interruption import in_child

OLD = "#mtree 2.0\n./etc type=dir uname=root gname=wheel mode=0755\n"
DIED = 9


@pytest.fixture
def metalog(tmp_path: Path) -> Path:
    folder = tmp_path / "beside"
    folder.mkdir()
    path = folder / "METALOG"
    path.write_text(OLD)
    return path


@pytest.fixture
def killed(scene: Scene, metalog: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """An install was killed when the METALOG was the new one and the records were the old."""
    package = write_small_package(metalog.parent.parent, "demo")
    words = ("--root", scene.root, "--abi", scene.abi, "--metalog", metalog, package)

    def do(self: ReplaceMetalog, root: Root) -> None:
        real(self, root)
        os._exit(DIED)

    real = ReplaceMetalog.do
    with monkeypatch.context() as patched:
        patched.setattr(ReplaceMetalog, "do", do)
        assert in_child(lambda: call("install", *words).status) == DIED
    assert "demo" in metalog.read_text()
    return scene


def test_recover_is_told_where_it_lies(killed: Scene, metalog: Path) -> None:
    before = snapshot(killed.root)
    answer = call("recover", "--json", "--as-user", "--root", killed.root)
    assert answer.status == 64
    assert answer.errors[0]["error"].endswith(f"kept a METALOG, which it called {metalog}")
    assert snapshot(killed.root) == before
    words = ("recover", "--as-user", "--root", killed.root, "--metalog", metalog)
    assert "is undone" in call(*words).out
    assert metalog.read_text() == OLD
    assert list(metalog.parent.iterdir()) == [metalog]
    assert not (killed.root / "usr/local/bin/demo").exists()


def test_it_may_lie_elsewhere_by_then(killed: Scene, metalog: Path) -> None:
    moved = metalog.parent.rename(metalog.parent.with_name("moved"))
    words = ("recover", "--as-user", "--root", killed.root, "--metalog", moved / "METALOG")
    assert call(*words).status == 0
    assert (moved / "METALOG").read_text() == OLD


@pytest.mark.parametrize("aside", [None, ".portfake.victim.abcdef000001", "../victim", "victim"])
def test_a_root_names_no_file_of_this_machine(
    aside: str | None, scene: Scene, metalog: Path
) -> None:
    victim = metalog.with_name("victim")
    victim.write_text("x")
    header = {"journal": 1, "verb": "install", "pid": 4711, "token": "abcdef", "made": []}
    line = {"do": "replace metalog", "path": str(victim), "aside": aside}
    journal = scene.root / "var/db/portfake/journal"
    journal.parent.mkdir(exist_ok=True)
    text = [header, line | {"temporary": ".portfake.METALOG.abcdef000002"}]
    journal.write_text("".join(f"{json.dumps(each)}\n" for each in text))
    assert call("recover", "--root", scene.root).status == 64
    call("recover", "--root", scene.root, "--metalog", metalog)
    assert victim.read_text() == "x"


def _link(path: Path) -> None:
    path.rename(path.with_name("real"))
    path.symlink_to("real")


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _nowhere(path: Path) -> None:
    path.unlink()
    path.parent.rmdir()


@pytest.mark.parametrize(("change", "status"), [(_link, 65), (_folder, 65), (_nowhere, 66)])
def test_what_is_none_is_refused_before_the_first_write(
    change: Callable[[Path], None], status: int, scene: Scene, metalog: Path
) -> None:
    change(metalog)
    package = write_small_package(scene.folder, "demo")
    scene.refused("--metalog", metalog, package, status=status)
    before = snapshot(scene.root)
    words = ("delete", "--root", scene.root, "--metalog", metalog, "logsieve")
    assert call(*words).status == status
    assert snapshot(scene.root) == before
