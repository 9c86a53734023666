"""The real sysutils/ec2-scripts in an alternate root, and the real pkg(8) judges it."""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from portfake.packages.archive_writer import write_package

pytestmark = pytest.mark.judge

Judged = Callable[[str], str]
TARGET = ("--abi", "FreeBSD:14:aarch64", "--osversion", "1400097")
MISSING = {"aws-ec2-imdsv2-get", "ebsnvme-id"}


@pytest.fixture
def options(judged: Judged) -> list[str]:
    return ["--ports", judged("PORTFAKE_TREE"), "--distdir", judged("PORTFAKE_DISTDIR"), *TARGET]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "root").mkdir()
    return tmp_path / "root"


def portfake(*arguments: str | Path, status: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "portfake", *map(str, arguments)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == status, done.stdout + done.stderr
    return done


@pytest.fixture
def pkg(judged: Judged, root: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    program = judged("PORTFAKE_PKG")

    def run(*arguments: str | Path, where: Path = root) -> subprocess.CompletedProcess[str]:
        environment = {k: v for k, v in os.environ.items() if k not in {"ABI", "OSVERSION"}}
        return subprocess.run(
            [program, "-o", "ABI=FreeBSD:14:aarch64", "-o", "OSVERSION=1400097", "-C", "/dev/null",
             "-R", "/nonexistent", "-r", where, *arguments],
            capture_output=True, text=True, check=False, env=environment,
        )  # fmt: skip

    return run


def listing(folder: Path) -> dict[str, tuple[int, int, int, bytes]]:
    """Everything below a folder: mode, owner, group and content; folders' times do not count."""
    found = {}
    for path in sorted(folder.rglob("*")):
        state = path.lstat()
        content = path.read_bytes() if path.is_file() else b""
        found[str(path.relative_to(folder))] = (state.st_mode, state.st_uid, state.st_gid, content)
    return found


def no_database(found: dict[str, Any]) -> dict[str, Any]:
    return {path: value for path, value in found.items() if "local.sqlite" not in path}


def oracle(judged: Judged, origin: str) -> dict[str, Any]:
    path = Path(judged("PORTFAKE_ORACLES")) / "packages.jsonl.gz"
    with gzip.open(path, "rt") as lines:
        for line in lines:
            case: dict[str, Any] = json.loads(line)
            if case["origin"] == origin:
                return case
    raise AssertionError(origin)


def test_the_manifest_is_the_framework_s(judged: Judged, options: list[str]) -> None:
    document = json.loads(portfake("files", "--json", *options, "sysutils/ec2-scripts").stdout)
    wanted = oracle(judged, "sysutils/ec2-scripts")["manifest"]
    for field in ("name", "version", "origin", "comment", "desc", "maintainer", "www", "prefix",
                  "flatsize", "licenselogic", "licenses", "categories"):  # fmt: skip
        assert document[field] == wanted[field], field
    deps = {dep["name"]: {"origin": dep["origin"], "version": dep["version"]}
            for dep in document["deps"]}  # fmt: skip
    assert deps == wanted["deps"]
    files = {
        file["path"]: (file["sum"], file["owner"], file["group"], f"{file['mode']:04o}")
        for file in document["files"]
    }
    assert files == {
        path: (file["sum"], file["uname"], file["gname"], file["perm"])
        for path, file in wanted["files"].items()
    }
    assert document["abi"] == "FreeBSD:14:aarch64"
    assert document["annotations"] == {"FreeBSD_version": "1400097"}


def test_the_real_pkg_accepts_it(
    options: list[str], root: Path, pkg: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    portfake("install", "--root", root, "--no-deps", *options, "sysutils/ec2-scripts")
    database = root / "var/db/pkg/local.sqlite"
    digest = "SELECT manifestdigest FROM packages"
    before = subprocess.check_output(["sqlite3", f"file:{database}?immutable=1", digest])
    assert before.startswith(b"2$2$")
    assert "ec2-scripts-1.12" in pkg("info").stdout
    checked = pkg("check", "-sm")
    assert (checked.returncode, checked.stderr) == (0, "")
    which = pkg("which", "/usr/local/sbin/configinit")
    assert which.stdout.strip().endswith("was installed by package ec2-scripts-1.12")
    query = pkg("query", "%n %v %o %q %sb %Fp %Fs").stdout.splitlines()
    assert len(query) == 10
    assert all(
        line.startswith("ec2-scripts 1.12 sysutils/ec2-scripts FreeBSD:14:aarch64 14898 /")
        for line in query
    )
    missing = pkg("check", "-dn")
    text = missing.stdout + missing.stderr
    assert set(re.findall(r"missing dependency:? ?(\S+)", text)) == MISSING
    assert subprocess.check_output(["sqlite3", f"file:{database}?mode=ro", digest]) == before


def test_what_remains_after_pkg_delete_is_as_after_pkg_add(
    options: list[str],
    root: Path,
    tmp_path: Path,
    pkg: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    portfake("install", "--root", root, "--no-deps", *options, "sysutils/ec2-scripts")
    archive = archive_of(root, tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    assert pkg("add", "-M", archive, where=other).returncode == 0
    assert no_database(listing(other)) == no_database(listing(root))
    for folder in (root, other):
        gone = pkg("delete", "-y", "ec2-scripts", where=folder)
        assert gone.returncode == 0, gone.stderr
        assert "digest" not in (gone.stdout + gone.stderr if folder is root else "")
    assert no_database(listing(root)) == no_database(listing(other))


def archive_of(root: Path, folder: Path) -> Path:
    """A .pkg of the one package that the root records, made from the root."""
    from portfake.actions.roots import open_for_reading
    from portfake.model.entry import EntryType
    from portfake.pkgdb.registry import database_of

    with open_for_reading(str(root)) as opened, database_of(opened).read() as records:
        (package,) = records.packages()

        def payload() -> Iterator[Any]:
            for file in package.manifest.files:
                entry = opened.stat(file.path, follow=False)
                assert entry is not None
                assert entry.type is EntryType.FILE
                with opened.open(file.path) as content:
                    yield entry, content

        path = folder / f"{package.manifest.full_name}.pkg"
        with path.open("wb") as stream:
            write_package(package.manifest, payload(), stream)
    return path


def test_a_second_install_does_nothing(options: list[str], root: Path) -> None:
    portfake("install", "--root", root, "--no-deps", *options, "sysutils/ec2-scripts")
    before = listing(root)
    again = portfake("install", "--root", root, "--no-deps", *options, "sysutils/ec2-scripts")
    assert "is installed already" in again.stdout
    assert listing(root) == before


def test_what_compiles_is_named_before_any_write(options: list[str], root: Path) -> None:
    refused = portfake("install", "--root", root, *options, "sysutils/ec2-scripts", status=77)
    for origin in ("sysutils/ebsnvme-id", "net/aws-ec2-imdsv2-get"):
        assert f"{origin} (needed by sysutils/ec2-scripts)" in refused.stderr
    assert "USES=cargo" in refused.stderr
    assert "--packages DIR" in refused.stderr
    assert "--no-deps" in refused.stderr
    assert list(root.iterdir()) == []


def test_packages_of_the_target_come_with_it(
    judged: Judged, options: list[str], root: Path,
    pkg: Callable[..., subprocess.CompletedProcess[str]],
) -> None:  # fmt: skip
    done = portfake(
        "install", "--root", root, "--packages", judged("PORTFAKE_PACKAGES"), *options,
        "sysutils/ec2-scripts",
    )  # fmt: skip
    assert done.stderr.count("no signature was checked") == 2
    automatic = dict(line.split() for line in pkg("query", "%n %a").stdout.splitlines())
    assert automatic == {"ec2-scripts": "0", **dict.fromkeys(MISSING, "1")}
    assert pkg("check", "-sm").returncode == 0
    assert "missing" not in pkg("check", "-dn").stdout


def test_packages_of_another_cpu_are_refused(
    judged: Judged, options: list[str], root: Path
) -> None:
    packages = judged("PORTFAKE_FOREIGN_PACKAGES")
    refused = portfake(
        "install", "--root", root, "--packages", packages, *options, "sysutils/ec2-scripts",
        status=77,
    )  # fmt: skip
    assert "is a package for FreeBSD:14:amd64, wanted is FreeBSD:14:aarch64" in refused.stderr
    assert "ebsnvme-id-1.0.2.pkg" in refused.stderr
    assert list(root.iterdir()) == []


def test_no_process_is_started(options: list[str], root: Path, tmp_path: Path) -> None:
    if shutil.which("strace") is None:
        pytest.skip("strace is not on this machine")
    log = tmp_path / "strace"
    subprocess.run(
        ["strace", "-f", "-o", log, "-e", "trace=execve,fork,vfork,clone,clone3",
         sys.executable, "-m", "portfake", "install", "--root", root, "--no-deps", *options,
         "sysutils/ec2-scripts"],
        check=True, capture_output=True,
    )  # fmt: skip
    calls = [line for line in log.read_text().splitlines() if " = -1 ENOENT" not in line]
    assert sum("execve(" in call for call in calls) == 1
    assert not [call for call in calls if re.search(r"^\d+ +(clone3?|v?fork)\(", call)]
