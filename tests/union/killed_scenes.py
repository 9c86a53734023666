"""A killed union leaves no mount and no scratch behind `recover`, and an image old or new."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.command_line import DATABASE, Scene, files_of, rows
from tests.sample_ports import CLOCK
from tests.union.freebsd_scenes import ROOT_FILE_SYSTEM, STANDINS

SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
LINUX = ("-m", "portfake")
FREEBSD = ("-m", "tests.union.freebsd_host")


@dataclass(frozen=True)
class Machine:
    """Where portfake is run as a process of its own."""

    scene: Scene
    program: tuple[str, ...]

    def call(self, *words: str | Path) -> subprocess.Popen[str]:
        folder = [str(self.scene.folder)] if self.program is FREEBSD else []
        return subprocess.Popen(
            [sys.executable, *self.program, *folder, *map(str, words)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "SOURCE_DATE_EPOCH": str(CLOCK)},
        )

    def install(self) -> subprocess.Popen[str]:
        scene = self.scene
        return self.call(
            *("install", "--root", scene.root, *scene.target, "--no-deps", "--method", "union"),
            *("--show", STANDINS, "--workdir", scene.folder),
            *(("--installer", STANDINS / "freebsd/make") if self.program is FREEBSD else ()),
            *("--make-args", f"PKG_BIN={STANDINS}/pkg UNAME={STANDINS}/uname", "net/imds-get"),
        )

    def check_settled(self) -> bool:
        """Recover; whether the package is there then."""
        recover = self.call("recover", "--root", self.scene.root, "--workdir", self.scene.folder)
        _, err = recover.communicate()
        assert recover.returncode == 0, err
        assert list(self.scene.folder.glob("portfake.work.*")) == []
        if self.program is FREEBSD:
            assert (self.scene.folder / "MOUNTS").read_text() == ROOT_FILE_SYSTEM
        assert str(self.scene.folder) not in Path("/proc/self/mountinfo").read_text()
        database = self.scene.root / DATABASE
        recorded = rows(self.scene.root, "SELECT path FROM files") if database.exists() else []
        assert sorted(path for (path,) in recorded) == files_of(self.scene.root)
        return bool(recorded)


@pytest.fixture(params=[LINUX, FREEBSD], ids=["Linux", "FreeBSD"])
def machine(request: pytest.FixtureRequest, tmp_path: Path) -> Machine:
    for name in ("MOUNTS", "CALLS", "FAIL"):
        (tmp_path / name).write_text("")
    (tmp_path / "MOUNTS").write_text(ROOT_FILE_SYSTEM)
    return Machine(Scene(tmp_path), request.param)


def kill(machine: Machine, number: signal.Signals, moment: float) -> None:
    running = machine.install()
    time.sleep(moment)
    running.send_signal(number)
    out, err = running.communicate()
    if running.returncode == 0:
        return
    assert running.returncode in (-number, 128 + number), out + err


def kill_often(machine: Machine, times: int) -> None:
    begun = time.monotonic()
    honest = machine.install()
    _, err = honest.communicate()
    assert honest.returncode == 0, err
    whole = time.monotonic() - begun
    there = machine.check_settled()
    assert there
    clock = random.Random(times)
    for turn in range(times):
        if there:
            machine.call("delete", "--root", machine.scene.root, "-y", "imds-get").communicate()
        kill(machine, SIGNALS[turn % len(SIGNALS)], clock.random() * whole)
        there = machine.check_settled()


def test_killed_now_and_then(machine: Machine) -> None:
    kill_often(machine, 2)


@pytest.mark.judge
def test_killed_at_fifty_moments(machine: Machine) -> None:
    kill_often(machine, 50)
