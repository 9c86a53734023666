"""A root that an interrupted run left: who changes it stops, who reads it is told."""

from __future__ import annotations

import fcntl
import json
from pathlib import Path

import pytest

from tests.command_line import Scene, call, snapshot

JOURNAL = "var/db/portfake/journal"


@pytest.fixture
def interrupted(scene: Scene) -> Scene:
    """A root in which a run died before it did anything."""
    path = scene.root / JOURNAL
    path.parent.mkdir(exist_ok=True)
    header = {"journal": 1, "verb": "install", "pid": 4711, "token": "abcdef", "made": []}
    path.write_text(json.dumps(header) + "\n")
    return scene


def test_a_verb_that_would_change_it_stops(interrupted: Scene) -> None:
    error = interrupted.refused("misc/fieldguide", status=77)
    assert error["error"] == "install was interrupted and is neither done nor undone"
    assert "portfake recover --root" in error["hint"]
    assert call("delete", "--root", interrupted.root, "logsieve").status == 77


def test_a_verb_that_reads_it_says_so_and_goes_on(interrupted: Scene) -> None:
    answer = call("info", "--root", interrupted.root)
    assert answer.status == 0
    assert "logsieve" in answer.out
    assert "portfake install (process 4711) is at work here, or was interrupted" in answer.err


def test_a_run_that_goes_on_is_named(interrupted: Scene) -> None:
    with (interrupted.root / JOURNAL).open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        error = interrupted.refused("misc/fieldguide", status=75)
        assert error["error"] == "process 4711 is changing the root (portfake install)"
        assert call("recover", "--root", interrupted.root).status == 75


def test_recover(interrupted: Scene) -> None:
    answer = call("recover", "--root", interrupted.root)
    assert answer.status == 0
    assert "the interrupted install is undone" in answer.out
    assert not (interrupted.root / JOURNAL).exists()
    assert "nothing was interrupted" in call("recover", "--root", interrupted.root).out
    assert interrupted.install("--no-deps", "misc/fieldguide").status == 0


@pytest.mark.parametrize(
    "line",
    ["{", "[]", '{"do": "burn", "path": "/"}', '{"do": "put", "path": ["/"]}', '{"do": "record"}'],
)
def test_a_journal_that_nobody_wrote(line: str, interrupted: Scene) -> None:
    with (interrupted.root / JOURNAL).open("a") as journal:
        journal.write(f"{line}\n")
    before = snapshot(interrupted.root)
    answer = call("recover", "--json", "--root", interrupted.root)
    assert answer.status == 65
    assert answer.errors[0]["where"].endswith(JOURNAL)
    assert snapshot(interrupted.root) == before


def test_forget_drops_it(interrupted: Scene) -> None:
    assert call("recover", "--forget", "--root", interrupted.root).status == 0
    assert not (interrupted.root / JOURNAL).exists()


def test_a_journal_leads_nowhere_outside(interrupted: Scene, tmp_path: Path) -> None:
    """An image's own journal may say anything: it reaches what lies in the image."""
    outside = tmp_path / "outside"
    outside.write_text("x")
    lines = [
        {"do": "make file", "path": f"/../../../..{outside}"},
        {"do": "move aside", "path": f"/../..{outside}", "aside": "../../outside"},
    ]
    with (interrupted.root / JOURNAL).open("a") as journal:
        journal.writelines(json.dumps(line) + "\n" for line in lines)
    call("recover", "--root", interrupted.root)
    assert outside.read_text() == "x"


@pytest.mark.parametrize("kind", ["move aside", "put"])
@pytest.mark.parametrize("name", ["../outside", "{outside}", "..", ".portfake.x.abcdef000001/.."])
def test_a_name_beside_is_a_name_beside(
    kind: str, name: str, interrupted: Scene, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.write_text("x")
    line = {"do": kind, "path": "/x", "aside": name.format(outside=outside)}
    temporary = {"temporary": ".portfake.x.abcdef000002"} if kind == "put" else {}
    with (interrupted.root / JOURNAL).open("a") as journal:
        journal.write(json.dumps(line | temporary) + "\n")
    answer = call("recover", "--json", "--root", interrupted.root)
    assert answer.status == 65
    assert "is no temporary name" in answer.errors[0]["error"]
    assert outside.read_text() == "x"
