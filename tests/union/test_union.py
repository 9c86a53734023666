"""The union method with real mounts, each scene in a mount namespace of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PROGRAMS = ("setpriv", "unshare", "mount", "umount", "pivot_root", "bmake")


@pytest.fixture
def play(tmp_path: Path, tool: Callable[[str], str]) -> Callable[..., None]:
    """Run pytest on scenes where mounts are their own, and /usr/local has a host's files."""
    for program in PROGRAMS:
        tool(program)
    host = tmp_path / "host"
    (host / "etc").mkdir(parents=True)
    for name in ("host.conf", "other.conf", "third.conf"):
        (host / "etc" / name).write_text("the host's\n")
    for name in ("old", "new"):
        (host / "share" / name).mkdir(parents=True)
        (host / "share" / name / "a").write_text("a\n")
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    (tmp_path / "var").mkdir()
    (tmp_path / "work").mkdir()
    layers = f"lowerdir=/var,upperdir={tmp_path}/var,workdir={tmp_path}/work"
    shown = (
        f"mount -t overlay -o lowerdir={host}:/usr/local overlay /usr/local; "
        f"mount -t overlay -o {layers} overlay /var; mkdir -p /var/db/pkg"
    )

    def run(scenes: str, *words: str) -> None:
        ended = subprocess.run(
            [
                *("unshare", *user, "--mount", "--propagation", "private"),
                *("sh", "-euc", f'{shown}; exec "$@"', "sh"),
                *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-x"),
                *("--basetemp", str(tmp_path / "scenes"), str(HERE / scenes), *words),
            ],
            cwd=HERE.parents[1],
            env={**os.environ, "SCENE_HOST": str(host)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, ended.stdout[-8000:] + ended.stderr[-2000:]

    return run


def test_linux(play: Callable[..., None]) -> None:
    play("linux_scenes.py")


def test_freebsd(play: Callable[..., None]) -> None:
    play("freebsd_scenes.py")


@pytest.mark.judge
def test_every_failure_on_freebsd(play: Callable[..., None]) -> None:
    play("freebsd_scenes.py", "-m", "judge")


def test_in_place(play: Callable[..., None]) -> None:
    play("in_place_scenes.py")


def test_killed(play: Callable[..., None]) -> None:
    play("killed_scenes.py")


@pytest.mark.judge
def test_killed_at_fifty_moments(play: Callable[..., None]) -> None:
    play("killed_scenes.py", "-m", "judge")
