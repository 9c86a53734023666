"""The union method on Linux, run by test_union.py where /usr/local is the test's own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.command_line import Answer, Scene, call, files_of, records, rows, snapshot
from tests.sample_ports import CLOCK, NATIVE, TREE, Case

STANDINS = Path(__file__).parents[1] / "standins"
HOST = Path(os.environ["SCENE_HOST"])
"""What the host has in /usr/local."""


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(CLOCK))
    return Scene(tmp_path)


def union(scene: Scene, *words: str | Path, pkg: Path | None = None) -> Answer:
    tools = pkg or STANDINS / "pkg"
    return scene.install(
        *("--no-deps", "--method", "union", "--show", STANDINS, "--show", tools.parent),
        *("--make-args", f"PKG_BIN={tools} UNAME={STANDINS}/uname", "--workdir", scene.folder),
        *words,
    )


def leaks(answer: Answer) -> list[str]:
    assert answer.status == 0, answer.err
    return [line for line in answer.err.splitlines() if "/usr/local" in line or "/etc" in line]


def evil(scene: Scene, deed: str) -> Path:
    """A pkg(8) that does more than it should."""
    folder = scene.folder / "evil"
    folder.mkdir()
    script = folder / "pkg"
    script.write_text(
        f'#!/bin/sh\nset -e\n{STANDINS}/pkg "$@"\n[ "$1" != register ] || {{ {deed}; }}\n'
    )
    script.chmod(0o755)
    return script


SOME = [case for case in NATIVE if str(case) in {"editors/jotter@nox", "textproc/notes-lite"}]


@pytest.mark.parametrize("case", SOME, ids=str)
def test_both_methods_leave_the_same_image(case: Case, scene: Scene) -> None:
    settings = [f"{name}={value}" for name, value in case.settings.items()]
    ordinary = union(scene, case.full_origin, *settings)
    other = scene.folder / "other"
    other.mkdir()
    fake = scene.install("--no-deps", case.full_origin, *settings, root=other)
    assert (ordinary.status, fake.status) == (0, 0), ordinary.err
    assert leaks(ordinary) == leaks(fake)
    assert files_of(scene.root) == files_of(other)
    assert records(scene.root) == records(other)


DEEDS = {
    "echo x > /usr/local/etc/new": (
        "/usr/local/etc/new is written, but the package does not list it"
    ),
    "echo x >> /usr/local/etc/host.conf": (
        "/usr/local/etc/host.conf is the host's and is changed (size, digest)"
    ),
    "chmod 4755 /usr/local/etc/other.conf": (
        "/usr/local/etc/other.conf is the host's and is changed (mode)"
    ),
    "rm /usr/local/etc/third.conf": "/usr/local/etc/third.conf is the host's and is removed",
    "rm -r /usr/local/share/old": "/usr/local/share/old is the host's and is removed",
    "rm -r /usr/local/share/new; mkdir /usr/local/share/new": (
        "/usr/local/share/new/a is the host's and is removed"
    ),
    "chmod 4755 /usr/local/bin/imds-get": (
        "/usr/local/bin/imds-get is not as the package has it (mode)"
    ),
    "echo x >> /etc/passwd": "/etc/passwd is the host's and is changed (size, digest)",
    "rm /etc/group": "/etc/group is the host's and is removed",
}
"""What a bad install does -> what is told of it."""


def test_what_an_install_does_beyond_its_package_is_named_and_stays_behind(scene: Scene) -> None:
    before = snapshot(HOST)
    passwd = Path("/etc/passwd").read_bytes()
    answer = union(scene, "net/imds-get", pkg=evil(scene, "; ".join(DEEDS)))
    assert leaks(answer) == sorted(f"portfake: imds-get-2.1: {told}" for told in DEEDS.values())
    honest = scene.folder / "honest"
    honest.mkdir()
    assert scene.install("--no-deps", "net/imds-get", root=honest).status == 0
    assert files_of(scene.root) == files_of(honest)
    assert rows(scene.root, "SELECT name FROM packages") == [("imds-get",)]
    assert snapshot(HOST) == before
    assert Path("/etc/passwd").read_bytes() == passwd


@pytest.mark.parametrize(
    ("deed", "words"),
    [
        ("echo x > /usr/bin/evil", "Read-only file system"),
        ("mount -o remount,rw /usr/bin 2>&1 | head -1; exit 1", "permission denied"),
        ("mknod /dev/evil b 8 0", "Operation not permitted"),
        (f"ls {HOST}", "No such file or directory"),
    ],
)
def test_an_install_that_cannot_do_what_it_wants_fails(scene: Scene, deed: str, words: str) -> None:
    before = snapshot(scene.root)
    answer = union(scene, "net/imds-get", pkg=evil(scene, deed))
    assert answer.status == 65
    assert words in answer.err
    assert snapshot(scene.root) == before
    assert [path.name for path in scene.folder.glob("portfake.work.*")] == []


def test_a_plan_prints_the_commands_and_runs_none(scene: Scene) -> None:
    before = snapshot(scene.root)
    answer = call(
        *("plan", "--root", scene.root, *scene.target, "--no-deps", "--method", "union"),
        *("--workdir", scene.folder, "net/imds-get"),
    )
    assert answer.status == 0, answer.err
    first, *lines = answer.out.splitlines()
    assert first == "# net/imds-get"
    assert lines[0].startswith("setpriv --pdeathsig KILL unshare ")
    assert "PORTSDIR=/usr/ports" in answer.out
    assert str(TREE) in answer.out
    assert snapshot(scene.root) == before


def test_a_port_that_compiles_is_refused(scene: Scene) -> None:
    error = scene.refused("--method", "union", "sysutils/disk-id", status=77)
    assert "it builds, and this machine is no FreeBSD, not FreeBSD:14:amd64" in error["error"]


def test_options_of_a_union_are_of_a_union(scene: Scene) -> None:
    assert scene.install("--show", "/opt", "net/imds-get").status == 64
