"""Package files: of the target, of another one, broken; what compiles comes from them."""

from __future__ import annotations

import gzip
import io
import json
import os
import tarfile
from pathlib import Path

import pytest

from portfake.formats.manifest import to_text
from portfake.model.manifest import Dependency, Phase
from portfake.packages.archive_reader import PackageArchive
from portfake.packages.sums import file_sum
from tests.command_line import Scene, call, rows, snapshot, write_small_package
from tests.sample_ports import ABI


def test_what_compiles_is_refused_by_name(empty: Scene) -> None:
    before = snapshot(empty.root)
    answer = empty.install("sysutils/ec2-demo")
    assert answer.status == 77
    assert "sysutils/disk-id (needed by sysutils/ec2-demo)" in answer.err
    assert "USES=compiler" in answer.err
    assert "--packages DIR" in answer.err
    assert "--no-deps" in answer.err
    assert snapshot(empty.root) == before


@pytest.mark.parametrize("place", ["", "All"])
def test_packages_of_the_target_come_with_it(place: str, empty: Scene, tmp_path: Path) -> None:
    folder = tmp_path / "packages"
    path = write_small_package(folder / place, "disk-id", "0.9", origin="sysutils/disk-id")
    answer = empty.install("--packages", folder, "sysutils/ec2-demo")
    assert answer.status == 0, answer.err
    assert f"disk-id-0.9: taken from {path}, unverified (no signature was checked)" in answer.err
    automatic = dict(rows(empty.root, "SELECT name, automatic FROM packages"))
    assert automatic == {"ec2-demo": 0, "disk-id": 1, "imds-get": 1}
    assert (empty.root / "usr/local/bin/disk-id").read_bytes() == b"#!/bin/sh\n"


def test_what_packages_need_comes_from_the_folder_too(empty: Scene, tmp_path: Path) -> None:
    folder = tmp_path / "packages"
    needs = (Dependency("libdisk", "devel/libdisk", "2.0"),)
    write_small_package(folder, "disk-id", "0.9", origin="sysutils/disk-id", deps=needs)
    missing = empty.install("--packages", folder, "sysutils/ec2-demo")
    assert missing.status == 66
    assert "disk-id-0.9 needs libdisk-2.0" in missing.err
    write_small_package(folder, "libdisk", "2.0", origin="devel/libdisk")
    assert empty.install("--packages", folder, "sysutils/ec2-demo").status == 0
    assert len(rows(empty.root, "SELECT name FROM packages")) == 4


def test_libraries_come_from_whoever_provides_them(empty: Scene, tmp_path: Path) -> None:
    folder = tmp_path / "packages"
    needed = ("libc.so.7", "libdisk.so.2", "libgone.so.1")
    tool = write_small_package(folder, "tool", shlibs_required=needed)
    write_small_package(folder, "disk", shlibs_provided=("libdisk.so.2",))
    write_small_package(folder, "other", shlibs_provided=("libother.so.2",))
    (empty.root / "lib").mkdir()
    (empty.root / "lib/libc.so.7").touch()
    (empty.root / "libexec").mkdir()
    (empty.root / "libexec/ld-elf.so.1").touch()
    answer = empty.install("--packages", folder, tool)
    assert answer.status == 0, answer.err
    assert dict(rows(empty.root, "SELECT name, automatic FROM packages")) == {"tool": 0, "disk": 1}
    assert "needs shared library libgone.so.1, which neither the root" in answer.err
    assert "libc.so.7" not in answer.err
    # What is installed provides as well.
    more = write_small_package(folder, "more", shlibs_required=("libdisk.so.2",))
    assert empty.install("--packages", folder, more).status == 0
    assert len(rows(empty.root, "SELECT name FROM packages")) == 3


def test_a_repository_is_held_against_its_catalogue(empty: Scene, tmp_path: Path) -> None:
    path = write_small_package(tmp_path / "packages/All", "disk-id", origin="sysutils/disk-id")
    content = path.read_bytes()
    with path.open("rb") as stream:
        text = to_text(PackageArchive(stream, str(path)).summary(), compact=True)
    listed = {"path": "All/disk-id-1.0.pkg", "pkgsize": len(content)}
    listed |= {"sum": file_sum(io.BytesIO(content))}
    line = json.dumps(json.loads(text) | listed).encode() + b"\n"
    with tarfile.open(tmp_path / "packages/packagesite.txz", "w:xz") as archive:
        info = tarfile.TarInfo("packagesite.yaml")
        info.size = len(line)
        archive.addfile(info, io.BytesIO(line))
    path.write_bytes(content + b"\0")
    words = ("--packages", tmp_path / "packages", "sysutils/disk-id")
    error = empty.refused(*words, status=65)
    assert error["where"] == str(path)
    assert error["error"] == f"it has {len(content) + 1} bytes, the catalogue says {len(content)}"
    path.write_bytes(content)
    answer = empty.install(*words)
    assert answer.status == 0, answer.err
    assert "no signature was checked" in answer.err


def test_packages_of_another_cpu_are_refused(empty: Scene, tmp_path: Path) -> None:
    folder = tmp_path / "packages"
    path = write_small_package(
        folder, "disk-id", "0.9", origin="sysutils/disk-id", abi="FreeBSD:14:aarch64"
    )
    error = empty.refused("--packages", folder, "sysutils/disk-id", status=77)
    wanted = f"{path} is a package for FreeBSD:14:aarch64, wanted is {ABI}"
    assert error["error"] == wanted
    answer = empty.install("--packages", folder, "sysutils/ec2-demo")
    assert answer.status == 77
    assert wanted in answer.err


def test_a_package_file_by_its_path(empty: Scene, tmp_path: Path) -> None:
    path = write_small_package(tmp_path, "tool", scripts={Phase.POST_INSTALL: "echo hello"})
    answer = empty.install("--json", path)
    assert answer.status == 0, answer.err
    assert rows(empty.root, "SELECT name, automatic FROM packages") == [("tool", 0)]
    (entry,) = answer.documents[0]["plan"]["ledger"]
    assert (entry["phase"], entry["state"], entry["text"]) == (
        *("post-install", "not needed"),
        "echo hello",
    )


@pytest.mark.parametrize("abi", ["FreeBSD:15:amd64", "FreeBSD:14:riscv64"])
def test_a_package_file_of_another_system(abi: str, empty: Scene, tmp_path: Path) -> None:
    path = write_small_package(tmp_path, "tool", abi=abi)
    error = empty.refused(path, status=77)
    assert str(path) in f"{error['where']} {error['error']}"
    assert abi in error["error"]
    assert ABI in error["error"]


@pytest.mark.parametrize("abi", ["FreeBSD:14:*", ABI])
def test_a_package_for_every_cpu(abi: str, empty: Scene, tmp_path: Path) -> None:
    assert empty.install(write_small_package(tmp_path, "tool", abi=abi)).status == 0


@pytest.mark.parametrize("content", [b"", b"no package", b"\x1f\x8b\x08\0"])
def test_a_broken_package_file(content: bytes, empty: Scene, tmp_path: Path) -> None:
    path = tmp_path / "tool-1.0.pkg"
    path.write_bytes(content)
    error = empty.refused(path, status=65)
    assert error["where"] == str(path)


def test_a_package_file_that_is_cut(empty: Scene, tmp_path: Path) -> None:
    path = write_small_package(tmp_path, "tool", files={"/usr/local/bin/tool": os.urandom(50_000)})
    path.write_bytes(path.read_bytes()[:-4000])
    assert str(path) in empty.refused(path, status=65)["where"]


def test_a_package_whose_file_is_not_what_it_says(empty: Scene, tmp_path: Path) -> None:
    path = write_small_package(tmp_path, "tool")
    spoiled = gzip.decompress(path.read_bytes()).replace(b"#!/bin/sh\n", b"#!/bin/xx\n")
    path.write_bytes(gzip.compress(spoiled))
    error = empty.refused(path, status=65)
    assert "/usr/local/bin/tool" in error["error"]


def test_a_missing_package_file(empty: Scene, tmp_path: Path) -> None:
    error = empty.refused(tmp_path / "none-1.pkg", status=66)
    assert error["where"] == str(tmp_path / "none-1.pkg")


def test_a_missing_folder_of_packages(empty: Scene, tmp_path: Path) -> None:
    error = empty.refused("--packages", tmp_path / "none", "misc/fieldguide", status=66)
    assert error["where"] == str(tmp_path / "none")


def test_disk_id_by_its_package_alone(empty: Scene, tmp_path: Path) -> None:
    write_small_package(tmp_path / "p", "disk-id", "0.9", origin="sysutils/disk-id")
    answer = empty.install("--packages", tmp_path / "p", "sysutils/disk-id")
    assert answer.status == 0, answer.err
    assert rows(empty.root, "SELECT name, automatic FROM packages") == [("disk-id", 0)]


# what is left to the running system


def packaged_ldconfig(folder: Path, name: str = "tool") -> Path:
    text = "service ldconfig restart >/dev/null"
    return write_small_package(folder, name, scripts={Phase.POST_INSTALL: text})


def test_the_ledger_and_the_first_boot(empty: Scene, tmp_path: Path) -> None:
    assert empty.install(packaged_ldconfig(tmp_path)).status == 0
    (piece,) = (empty.root / "var/db/portfake/deferred").iterdir()
    assert piece.read_text() == "service ldconfig restart\n"
    answer = call("info", "--root", empty.root, "--ledger", "--json", "tool")
    (entry,) = answer.documents
    assert (entry["state"], entry["left"]) == ("deferred", "service ldconfig restart\n")
    assert call("info", "--root", empty.root, "--ledger", "none").status == 1
    path = packaged_ldconfig(tmp_path, "other")
    answer = empty.install("--firstboot", "--strict", path)
    assert answer.status == 1
    assert "other-1.0: post-install script left to the running system" in answer.err
    assert not piece.exists()
    script = empty.root / "usr/local/etc/rc.d/portfake_firstboot"
    assert script.stat().st_mode & 0o777 == 0o555
    assert "tool-1.0 post-install, other-1.0 post-install" in script.read_text()
    assert (empty.root / "firstboot").exists()
    lines = call("info", "--root", empty.root, "--ledger").out.splitlines()
    assert lines[0] == "tool-1.0: post-install shell: deferred"


def test_the_ledger_outside_the_root(empty: Scene, tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    answer = empty.install("--state-dir", state, packaged_ldconfig(tmp_path))
    assert answer.status == 0
    assert not (empty.root / "var/db/portfake").exists()
    assert len(list((state / "deferred").iterdir())) == 1
    words = ("info", "--root", empty.root, "--ledger", "--state-dir", state)
    assert call(*words).out.startswith("tool-1.0: post-install shell: deferred\n")
    answer = call("delete", "--root", empty.root, "--state-dir", state, "tool")
    assert answer.status == 0
    assert list((state / "deferred").iterdir()) == []


@pytest.mark.parametrize(("choice", "status"), [("refuse", 77), ("defer", 0), ("ignore", 0)])
def test_scripts_of_no_known_kind(choice: str, status: int, empty: Scene, tmp_path: Path) -> None:
    scripts = {Phase.POST_INSTALL: "rm -rf /etc; /usr/local/bin/tool --setup\n"}
    path = write_small_package(tmp_path, "tool", scripts=scripts)
    (empty.root / "etc").mkdir()
    answer = empty.install("--scripts", choice, path)
    assert answer.status == status
    assert (empty.root / "etc").is_dir()
    left = list(empty.root.glob("var/db/portfake/deferred/*"))
    assert len(left) == (choice == "defer")
