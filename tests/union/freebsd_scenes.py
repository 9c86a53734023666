"""The union method as it runs on FreeBSD: its own commands, each a stand-in that does the same.

Run by test_union.py in a mount namespace of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from portfake.actions import in_place as in_place_action
from portfake.actions import recover as recover_action
from portfake.actions import staging
from portfake.host.freebsd_mounts import FreeBsdMounter
from portfake.host.programs import ENVIRONMENT
from portfake.install import operations
from tests.command_line import Answer, Scene, call, files_of, records
from tests.sample_ports import CLOCK

STANDINS = Path(__file__).parents[1] / "standins"
ROOT_FILE_SYSTEM = "/dev/ada0p2\t\t/\tufs\trw 1 1\n"


@dataclass(frozen=True)
class Host:
    """A FreeBSD host: its mount table, what was called, what is to fail, and a scene on it."""

    scene: Scene
    table: Path
    calls: Path
    fail: Path

    @property
    def called(self) -> list[list[str]]:
        return [line.split() for line in self.calls.read_text().splitlines()]

    def install(self, *words: str) -> Answer:
        self.calls.write_text("")
        tools = ("--show", str(STANDINS), "--installer", str(STANDINS / "freebsd/make"))
        settings = f"PKG_BIN={STANDINS}/pkg UNAME={STANDINS}/uname"
        return self.scene.install(
            *("--no-deps", "--method", "union", *tools, "--make-args", settings),
            *("--workdir", str(self.scene.folder), "net/imds-get", *words),
        )

    def recover(self) -> Answer:
        return call("recover", "--root", self.scene.root, "--workdir", self.scene.folder)

    def is_clean(self) -> bool:
        left = list(self.scene.folder.glob("portfake.work.*"))
        return self.table.read_text() == ROOT_FILE_SYSTEM and not left


def standing_in(folder: Path) -> FreeBsdMounter:
    """FreeBSD's commands by stand-ins, which keep their mount table in the folder."""
    return FreeBsdMounter(
        environment={
            **ENVIRONMENT,
            "PATH": f"{STANDINS}/freebsd:{ENVIRONMENT['PATH']}",
            **{name: str(folder / name) for name in ("MOUNTS", "CALLS", "FAIL")},
        }
    )


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    files = {name: tmp_path / name for name in ("MOUNTS", "CALLS", "FAIL")}
    for path in files.values():
        path.write_text("")
    files["MOUNTS"].write_text(ROOT_FILE_SYSTEM)
    mounter = standing_in(tmp_path)
    for module in (staging, recover_action, in_place_action, operations):
        monkeypatch.setattr(module, "this_mounter", lambda **_: mounter)
    monkeypatch.setattr("portfake.host.freebsd_mounts._PAUSE", 0.0)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(CLOCK))
    return Host(Scene(tmp_path), files["MOUNTS"], files["CALLS"], files["FAIL"])


def test_it_leaves_what_the_fake_install_leaves_and_no_mount(host: Host) -> None:
    answer = host.install()
    assert answer.status == 0, answer.err
    other = host.scene.folder / "other"
    other.mkdir()
    assert host.scene.install("--no-deps", "net/imds-get", root=other).status == 0
    assert files_of(host.scene.root) == files_of(other)
    assert records(host.scene.root) == records(other)
    assert host.is_clean()
    points = [words[-1] for words in host.called if words[0] != "umount"]
    gone = [words[-1] for words in host.called if words[0] == "umount"]
    assert gone == points[::-1]
    assert len(points) == len(set(points)) + 1  # the union lies over the host's own /usr/local


def fails_at(host: Host, step: int) -> bool:
    """Let the n-th mount fail, if there are so many; everything has to be taken back."""
    host.fail.write_text(str(step))
    answer = host.install()
    if answer.status == 0:
        return False
    mounts = [words for words in host.called if words[0] != "umount"]
    assert len(mounts) == step
    assert answer.status == 74
    assert "Operation not permitted" in answer.err
    assert host.is_clean()
    assert files_of(host.scene.root) == []
    return True


def test_a_mount_that_fails_takes_back_the_others(host: Host) -> None:
    assert fails_at(host, 1)
    assert fails_at(host, 7)
    host.fail.write_text("")
    assert host.install().status == 0


@pytest.mark.judge
def test_whichever_mount_fails_takes_back_the_others(host: Host) -> None:
    step = 1
    while fails_at(host, step):
        step += 1
    assert step > 10


def test_what_cannot_be_unmounted_is_left_to_recover(host: Host) -> None:
    host.fail.write_text("6")
    Path(f"{host.fail}.umount").touch()
    answer = host.install()
    assert answer.status == 74, answer.err
    assert "portfake recover" in answer.err
    assert not host.is_clean()
    refused = host.scene.install("--no-deps", "net/imds-get")
    assert refused.status == 77
    assert "portfake recover" in refused.err
    host.fail.write_text("")
    recovered = host.recover()
    assert recovered.status == 0, recovered.err
    assert host.is_clean()
    assert files_of(host.scene.root) == []
    assert host.install().status == 0


def test_recover_touches_no_mount_that_is_not_ours(host: Host) -> None:
    host.fail.write_text("6")
    Path(f"{host.fail}.umount").touch()
    assert host.install().status == 74
    host.fail.write_text("")
    *ours, last = host.table.read_text().splitlines()
    other = "\t\t".join(["/somebody/else", *last.split("\t\t")[1:]])
    host.table.write_text("\n".join([*ours, last, other, ""]))
    assert host.recover().status == 74
    assert other in host.table.read_text()
    host.table.write_text("\n".join([*ours, last, ""]))
    assert host.recover().status == 0
    assert host.is_clean()


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("zroot/tmp\t\t/\tzfs\trw 0 0", "lies on zfs, which cannot be the upper layer"),
        ("<above>:/x\t\t{folder}\tunionfs\trw 0 0", ""),
    ],
)
def test_a_file_system_without_whiteouts_is_refused(host: Host, row: str, words: str) -> None:
    host.table.write_text(f"{row.format(folder=host.scene.folder)}\n")
    answer = host.install()
    assert answer.status == 69
    assert words in answer.err
    assert host.called == []


def test_a_plan_names_freebsd_s_commands(host: Host) -> None:
    lines = host.install("--dry-run").out.splitlines()
    assert host.called == []
    verbs = [line.split()[0] for line in lines if line.startswith(("mount", "chroot", "umount"))]
    mounts = [verb for verb in verbs if verb.startswith("mount")]
    assert verbs == [*mounts, "chroot", *["umount"] * len(mounts)]
    assert "mount_unionfs" in verbs
