"""`--in-place`: the image's folders over those of a live host, which is the test's own."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.command_line import Answer, Scene, call, files_of, rows
from tests.union.freebsd_scenes import STANDINS, Host, host

__all__ = ["host"]

ELF = Path("/bin/true").resolve()


def in_place(scene: Scene, *words: str | Path, pkg: Path = STANDINS / "pkg-in-place") -> Answer:
    make = f"bmake -m {STANDINS.parents[1]}/portfake/ports/share/mk PYTHON={sys.executable}"
    return call(
        *("install", "--root", scene.root, *scene.target, "--no-deps"),
        *("--method", "union", "--in-place", "--workdir", scene.folder),
        *(
            "--installer",
            make,
            "--make-args",
            f"PKG_BIN={pkg} SETENV='env PYTHON={sys.executable}'",
        ),
        *(words or ("net/imds-get",)),
    )


def test_files_and_record_land_in_the_image(host: Host) -> None:
    answer = in_place(host.scene)
    assert answer.status == 0, answer.err
    assert "nothing is promised in place" in answer.err
    assert files_of(host.scene.root)[0].startswith("/usr/local/")
    assert rows(host.scene.root, "SELECT name FROM packages") == [("imds-get",)]
    assert [words[0] for words in host.called] == ["mount_unionfs"] * 2 + ["umount"] * 2
    assert host.is_clean()
    assert not (host.scene.root / "var/db/portfake").exists()
    assert not Path("/usr/local/bin/imds-get").exists()


def test_on_linux_too(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    answer = in_place(scene)
    assert answer.status == 0, answer.err
    assert rows(scene.root, "SELECT name FROM packages") == [("imds-get",)]
    assert not (scene.root / "var/db/portfake").exists()
    assert not Path("/usr/local/bin/imds-get").exists()


def test_every_other_change_of_the_image_is_named(host: Host, tmp_path: Path) -> None:
    evil = tmp_path / "pkg"
    evil.write_text(
        f'#!/bin/sh\nset -e\n{STANDINS}/pkg-in-place "$@"\n[ "$1" = register ] || exit 0\n'
        "cd /usr/local; echo x > etc/new; echo x >> etc/host.conf; rm -r share/old\n"
    )
    evil.chmod(0o755)
    answer = in_place(host.scene, pkg=evil)
    assert answer.status == 1, answer.err
    told = [line.split()[1:] for line in answer.err.splitlines() if "/usr/local" in line]
    assert [(path, *words[:6]) for path, *words in told] == [
        ("/usr/local/etc/host.conf", "of", "the", "host", "was", "changed,", "and"),
        ("/usr/local/etc/new", "is", "in", "the", "image,", "and", "of"),
        ("/usr/local/share/old", "of", "the", "host", "was", "removed;", "what"),
    ]


def test_programs_of_the_image_must_not_shadow_the_host_s(host: Host) -> None:
    program = host.scene.root / "usr/local/bin/true"
    program.parent.mkdir(parents=True)
    program.write_bytes(ELF.read_bytes())
    program.chmod(0o755)
    answer = in_place(host.scene)
    assert answer.status == 77
    assert "/usr/local/bin/true is for" in answer.err
    assert host.called == []


def test_ports_that_act_on_etc_want_the_user_s_word(host: Host) -> None:
    answer = in_place(host.scene, "mail/postbox")
    assert answer.status == 77
    assert "it makes accounts (postbox)" in answer.err
    assert host.called == []


def test_what_the_image_lacks_is_named_before_and_after(host: Host) -> None:
    for words in (["--dry-run"], []):
        answer = in_place(host.scene, "sysutils/ec2-demo", *words)
        assert answer.status == 0, answer.err
        assert "the root lacks disk-id-" in answer.err


@pytest.mark.parametrize("step", [1, 2])
def test_a_mount_that_fails_is_taken_back(host: Host, step: int) -> None:
    host.fail.write_text(str(step))
    answer = in_place(host.scene)
    assert answer.status == 74
    assert host.is_clean()
    assert files_of(host.scene.root) == []
