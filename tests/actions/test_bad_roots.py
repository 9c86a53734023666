"""Roots and databases that nothing is written into: told, and left as they are."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.actions.test_bad_input import has
from tests.command_line import DATABASE, Scene, call, snapshot
from tests.root.test_target import program, put
from tests.sample_ports import DISTFILES

DATA, MISSING, TEMPORARY, REFUSED = 65, 66, 75, 77


# Roots


def test_a_missing_root(scene: Scene, tmp_path: Path) -> None:
    answer = scene.install("--json", "misc/fieldguide", root=tmp_path / "none")
    assert answer.status == MISSING
    has(answer.errors[0], where=str(tmp_path / "none"), message="no such folder")
    assert not (tmp_path / "none").exists()


def test_a_file_for_a_root(scene: Scene, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    answer = scene.install("--json", "misc/fieldguide", root=tmp_path / "file")
    assert answer.status == DATA
    has(answer.errors[0], where=str(tmp_path / "file"), message="folder")
    assert (tmp_path / "file").read_text() == "x"


@pytest.mark.parametrize("root", ["/", "//", "/usr/..", "/proc/self/root", "link"])
@pytest.mark.parametrize("verb", ["install", "delete"])
def test_the_root_of_the_running_system(verb: str, root: str, scene: Scene, tmp_path: Path) -> None:
    if root == "link":
        (tmp_path / "link").symlink_to("/")
        root = str(tmp_path / "link")
    words = ["misc/fieldguide", *scene.target] if verb == "install" else ["fieldguide"]
    answer = call(verb, "--json", "--root", root, *words)
    assert answer.status == REFUSED
    has(answer.errors[0], message="running system", hint="alternate roots")
    assert not Path("/usr/local/bin/fieldguide").exists()
    assert not Path("/", DATABASE).exists()


@pytest.mark.parametrize("mounted", ["/", "/usr"])
def test_a_bind_mount_of_the_running_system(mounted: str, scene: Scene, tmp_path: Path) -> None:
    """A second name by mount(8), in a namespace that ends with the child."""
    if sys.platform != "linux" or shutil.which("unshare") is None:
        pytest.skip("needs unshare(1) of Linux")
    place = tmp_path / "mounted"
    (place / "usr").mkdir(parents=True)
    point = place if mounted == "/" else place / "usr"
    script = 'mount --bind "$1" "$2" || exit 99; shift 2; exec "$@"'
    words = ["install", "--json", "--root", place, *scene.target, "misc/fieldguide"]
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script, "sh", mounted, point,
         sys.executable, "-m", "portfake", *words],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode in {1, 99} and "portfake" not in done.stderr:
        pytest.skip(f"no mounts here: {done.stderr.strip()}")
    assert done.returncode == REFUSED, done.stderr
    assert "running system" in done.stderr


def test_a_root_of_another_cpu(scene: Scene) -> None:
    """What --abi says is held against the root's own programs."""
    put(scene.root, "bin/sh", program(243, 1400097))
    error = scene.refused("misc/fieldguide", status=REFUSED)
    has(error, where=str(scene.root), message="is FreeBSD:14:riscv64, not FreeBSD:14:amd64")
    assert "--force-abi" in error["hint"]
    assert scene.install("--no-deps", "--force-abi", "misc/fieldguide").status == 0


# Databases


def test_a_database_of_garbage(scene: Scene) -> None:
    (scene.root / DATABASE).write_bytes(b"SQLite format 2\0" + os.urandom(4096))
    has(scene.refused("misc/fieldguide", status=DATA), where=DATABASE)


@pytest.mark.parametrize("size", [10, 600, 5000])
def test_a_database_that_is_cut(size: int, scene: Scene) -> None:
    path = scene.root / DATABASE
    path.write_bytes(path.read_bytes()[:size])
    has(scene.refused("misc/fieldguide", status=DATA), where=DATABASE)


def changed(scene: Scene, *statements: str) -> None:
    with contextlib.closing(sqlite3.connect(scene.root / DATABASE)) as database:
        for statement in statements:
            database.execute(statement)
        database.commit()


def test_a_database_of_another_program(scene: Scene) -> None:
    (scene.root / DATABASE).unlink()
    changed(scene, "CREATE TABLE notes (text)")
    has(scene.refused("misc/fieldguide", status=DATA), where=DATABASE)


def test_a_database_of_a_newer_major_version(scene: Scene) -> None:
    changed(scene, "PRAGMA user_version = 1042")
    error = scene.refused("misc/fieldguide", status=REFUSED)
    has(error, where=DATABASE, message="1042", hint="pkg(8)")


def test_a_locked_database(scene: Scene) -> None:
    changed(
        scene,
        "UPDATE pkg_lock SET exclusive = 1",
        f"INSERT INTO pkg_lock_pid VALUES ({os.getppid()})",
    )
    error = scene.refused("misc/fieldguide", status=TEMPORARY)
    has(error, where=DATABASE, message=f"process {os.getppid()}", hint="wait")


def test_what_holds_a_database_is_told_with_all_the_rest(scene: Scene) -> None:
    changed(
        scene,
        "UPDATE pkg_lock SET read = 1",
        f"INSERT INTO pkg_lock_pid VALUES ({os.getppid()})",
        "ALTER TABLE licenses ADD COLUMN spdx TEXT NOT NULL DEFAULT ''",
        "CREATE TRIGGER t AFTER INSERT ON files BEGIN SELECT 1; END",
    )
    (scene.root / "usr/local/bin/fieldguide").write_text("mine")
    before = snapshot(scene.root)
    for verb in ("plan", "install"):
        answer = call(verb, "--json", "--root", scene.root, *scene.target, "misc/fieldguide")
        told = [error["error"] for error in answer.errors]
        assert [word for word in WORDS if not any(word in each for each in told)] == []
    assert snapshot(scene.root) == before


WORDS = (
    f"process {os.getppid()} holds",
    "has triggers",
    "fieldguide is in the root, of no package",
)


def test_a_lock_of_a_process_that_is_gone_is_no_lock(scene: Scene) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    changed(
        scene,
        "UPDATE pkg_lock SET exclusive = 1",
        f"INSERT INTO pkg_lock_pid VALUES ({gone.pid})",
    )
    assert scene.install("--no-deps", "misc/fieldguide").status == 0


def test_a_symlink_in_place_of_the_database(scene: Scene, tmp_path: Path) -> None:
    path = scene.root / DATABASE
    outside = tmp_path / "outside.sqlite"
    path.rename(outside)
    path.symlink_to(outside)
    before = outside.read_bytes(), outside.stat().st_mtime_ns
    has(scene.refused("misc/fieldguide", status=REFUSED), where=DATABASE, message="not a file")
    assert (outside.read_bytes(), outside.stat().st_mtime_ns) == before


@pytest.mark.parametrize("path", ["var/db/pkg", DATABASE])
@pytest.mark.parametrize("mode", [0o775, 0o757])
def test_a_database_that_others_may_write(path: str, mode: int, scene: Scene) -> None:
    (scene.root / path).chmod(mode)
    error = scene.refused("misc/fieldguide", status=REFUSED)
    has(error, where="local.sqlite", message="too lax")


def test_a_link_that_leads_out_of_the_root(scene: Scene, tmp_path: Path) -> None:
    """It leads nowhere but to the same name inside."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (scene.root / "usr/local/share").rename(scene.root / "share")
    (scene.root / "usr/local/share").symlink_to(outside)
    answer = scene.install("--no-deps", "misc/fieldguide")
    assert list(outside.iterdir()) == []
    assert answer.status != 0


def test_a_file_in_the_way(scene: Scene) -> None:
    path = scene.root / "usr/local/bin/fieldguide"
    path.write_text("mine")
    error = scene.refused("misc/fieldguide", status=REFUSED)
    has(error, message="/usr/local/bin/fieldguide is in the root, of no package", hint="--force")


def test_a_file_of_another_package_in_the_way(scene: Scene) -> None:
    origin = scene.port(
        "${ECHO_CMD} x > ${STAGEDIR}${PREFIX}/bin/logsieve",
        lines="DISTFILES=\nPLIST_FILES=\tbin/logsieve",
    )
    error = scene.refused(origin, status=REFUSED)
    has(error, message="/usr/local/bin/logsieve belongs to the installed package logsieve")


def test_a_user_that_the_root_does_not_know(scene: Scene) -> None:
    error = scene.refused("mail/postbox", status=DATA)
    has(error, message="postbox, whom the root does not know", hint="/etc")


def test_distfiles_of_the_sample_tree_stay_as_they_are(scene: Scene) -> None:
    before = snapshot(DISTFILES)
    scene.install("--no-deps", "misc/fieldguide")
    assert snapshot(DISTFILES) == before


# Reading verbs


def spoil(path: Path, how: str) -> None:
    content = path.read_bytes()
    path.unlink()
    match how:
        case "garbage":
            path.write_bytes(b"x" * 4096)
        case "cut":
            path.write_bytes(content[:2000])
        case "folder":
            path.mkdir()
        case "link":
            path.symlink_to("/etc/passwd")
        case _:
            os.mkfifo(path)


@pytest.mark.parametrize(
    ("how", "status"),
    [("garbage", DATA), ("cut", DATA), ("folder", REFUSED), ("link", REFUSED), ("fifo", REFUSED)],
)
@pytest.mark.parametrize("words", [["info"], ["which", "/bin/sh"], ["delete", "logsieve"]])
def test_a_spoiled_database_is_read_by_no_verb(
    words: list[str], how: str, status: int, scene: Scene
) -> None:
    spoil(scene.root / DATABASE, how)
    before = listing(scene.root)
    answer = call(words[0], "--json", "--root", scene.root, *words[1:])
    assert answer.status == status, answer.err
    has(answer.errors[0], where=DATABASE)
    assert listing(scene.root) == before


def listing(root: Path) -> dict[str, int]:
    return {str(path): path.lstat().st_mtime_ns for path in [root, *root.rglob("*")]}


@pytest.mark.parametrize("words", [["info"], ["which", "/bin/sh"], ["delete", "x"]])
def test_a_missing_root_is_read_by_no_verb(words: list[str], tmp_path: Path) -> None:
    answer = call(words[0], "--json", "--root", tmp_path / "none", *words[1:])
    assert answer.status == MISSING
    has(answer.errors[0], where=str(tmp_path / "none"))


def test_a_broken_package_is_named_where_a_package_is_missed(scene: Scene, tmp_path: Path) -> None:
    folder = tmp_path / "packages"
    folder.mkdir()
    (folder / "disk-id-0.9.pkg").write_bytes(b"\x28\xb5\x2f\xfdbroken")
    answer = scene.install("--packages", folder, "sysutils/ec2-demo")
    assert answer.status == REFUSED
    assert f"{folder}/disk-id-0.9.pkg: " in answer.err
