"""A change that strace kills or fails at each of its system calls, and what the real pkg says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from portfake.actions.recover import recover
from tests.install.test_interruption import differences
from tests.install.twelve import CHANGES, METALOG, PAUSE, Scene, state

pytestmark = pytest.mark.judge

MUTATING = (
    *("openat", "write", "pwrite64", "ftruncate", "fallocate", "rename", "renameat", "renameat2"),
    *("link", "linkat", "unlink", "unlinkat", "mkdir", "mkdirat", "rmdir", "symlinkat", "fchmod"),
    *("fchmodat", "fchown", "fchownat", "utimensat", "fsync", "fdatasync", "syncfs"),
    "flock",
)
ERRORS = ("ENOSPC", "EIO", "EACCES", "EROFS")
FAILING = ("openat", "write", "pwrite64", "rename", "renameat", "fsync", "fdatasync", "syncfs",
           "linkat", "mkdirat", "symlinkat")  # fmt: skip
READING = re.compile(r"O_RDONLY(?!\|O_CREAT)")
Call = tuple[str, int]


@pytest.fixture
def place(tool: Callable[[str], str]) -> Iterator[Path]:
    """A folder in memory."""
    tool("strace")
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)


def command(root: Path, change: str) -> list[str]:
    return [sys.executable, "-m", "tests.install.twelve", str(root), change]


def traced(root: Path, change: str, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["strace", "-f", "-qq", *options, *command(root, change)],
        capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0"},
    )  # fmt: skip


def calls(scene: Scene, change: str) -> list[Call]:
    """The calls that change something below the root: name, and which one of its name."""
    root, log = scene.root(), scene.folder / "log"
    done = traced(root, change, "-y", "-o", str(log), "-e", f"trace={','.join(MUTATING)}")
    assert done.returncode == 0, done.stderr
    counts: Counter[str] = Counter()
    found = []
    for line in log.read_text(errors="replace").splitlines():
        match = re.match(r"\d+ +(\w+)\(", line)
        if match is None:
            continue
        name = match.group(1)
        counts[name] += 1
        if str(root) in line and not (name == "openat" and READING.search(line)):
            found.append((name, counts[name]))
    return found


@pytest.mark.parametrize("change", CHANGES)
def test_killed_at_every_system_call(
    change: str, place: Path, judged: Callable[[str], str]
) -> None:
    scene = Scene(place, change)
    found = calls(scene, change)
    pkg = judged("PORTFAKE_PKG")
    said = [content(pkg, scene.root())]
    said.append(content(pkg, scene.after()))
    outcomes = Counter[str]()
    for name, number in found:
        root = scene.root()
        done = traced(root, change, "-o", "/dev/null", "-e", f"trace={name}",
                      "-e", f"inject={name}:signal=KILL:when={number}")  # fmt: skip
        assert done.returncode != 0, (name, number)
        recover(str(root), as_user=os.geteuid() != 0, metalog=f"{root}/{METALOG}")
        now = state(root)
        assert now in (scene.old, scene.new), (
            name, number, differences(now, scene.old), differences(now, scene.new)
        )  # fmt: skip
        outcomes["new" if now == scene.new else "old"] += 1
        checked = content(pkg, root)
        # A configuration file that was edited has another time than recorded.
        assert checked == said[now == scene.new], (name, number, checked)
    assert not said[1] or change == "replace"
    print(f"{change}: {len(found)} calls, {dict(outcomes)}")
    assert len(found) > 50


def content(pkg: str, root: Path) -> str:
    """What the real pkg finds wrong with the root."""
    if not (root / "var/db/pkg/local.sqlite").exists():
        return ""
    done = subprocess.run(
        [pkg, "-o", "ABI=FreeBSD:14:aarch64", "-o", "OSVERSION=1400097", "-C", "/dev/null",
         "-R", "/nonexistent", "-r", str(root), "check", "-qsm", "-a"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.stdout + done.stderr if done.returncode else ""


@pytest.mark.parametrize("change", CHANGES)
def test_every_system_call_fails(change: str, place: Path) -> None:
    """Each with one of the errors, in turn; the forked children of CI take all of them."""
    scene = Scene(place, change)
    found = [call for call in calls(scene, change) if call[0] in FAILING]
    outcomes = Counter[str]()
    for turn, (name, number) in enumerate(found):
        root = scene.root()
        error = ERRORS[turn % len(ERRORS)]
        done = traced(root, change, "-o", "/dev/null", "-e", f"trace={name}",
                      "-e", f"inject={name}:error={error}:when={number}")  # fmt: skip
        now = state(root)
        wanted = scene.new if done.returncode == 0 else scene.old
        assert now == wanted, (name, number, error, done.stderr, differences(now, wanted))
        if done.returncode:
            assert done.returncode == 74, (name, number, error, done.stderr)
            assert len(done.stderr.splitlines()) == 1, done.stderr
        outcomes["new" if done.returncode == 0 else "old"] += 1
    print(f"{change}: {len(found)} calls, {dict(outcomes)}")


@pytest.mark.parametrize("change", ["install", "install into nothing"])
def test_two_at_once(change: str, place: Path, judged: Callable[[str], str]) -> None:
    """The second installer, and the real pkg, are told the pid of the first; nothing is lost."""
    scene = Scene(place, change)
    root = scene.root()
    go = place / "go"
    first = subprocess.Popen(command(root, change), env={**os.environ, PAUSE: str(go)})
    while not Path(f"{go}.waiting").exists():
        assert first.poll() is None
        time.sleep(0.02)
    second = subprocess.run(command(root, change), capture_output=True, text=True, check=False)
    assert second.returncode == 75
    assert f"process {first.pid} " in second.stderr
    if change != "install into nothing":
        packages = Path(judged("PORTFAKE_PACKAGES"), "All")
        added = subprocess.run(
            [judged("PORTFAKE_PKG"), "-o", "ABI=FreeBSD:14:aarch64", "-o", "OSVERSION=1400097",
             "-C", "/dev/null", "-R", "/nonexistent", "-r", str(root), "add", "-M",
             str(next(packages.glob("ebsnvme-id-*.pkg")))],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert added.returncode != 0
        assert f"{first.pid}" in added.stderr or "locked" in added.stderr, added.stderr
    go.touch()
    assert first.wait() == 0
    assert state(root) == scene.new
