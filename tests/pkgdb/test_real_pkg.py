"""The real pkg(8) on records that portfake wrote."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from io import BytesIO
from pathlib import Path

import pytest

from portfake.model.manifest import (
    Dependency,
    InstalledPackage,
    LicenseLogic,
    Manifest,
    Message,
    MessageType,
    PackagedDirectory,
    PackagedFile,
    Phase,
)
from portfake.packages.digest import manifest_digest
from portfake.packages.sums import file_sum, link_sum
from portfake.pkgdb.interface import Transaction
from portfake.pkgdb.registry import database_of
from portfake.root.confined import Root
from portfake.root.ownership import Ownership
from tests.pkgdb import dump

pytestmark = pytest.mark.judge
Pkg = Callable[..., str]
CONTENT = {
    "/usr/local/bin/demo": b"#!/bin/sh\n",
    "/usr/local/etc/demo.conf": b"opt = 1\n",
    "/usr/local/share/demo/data.txt": b"data\n",
}


@contextmanager
def writing(image: Path) -> Iterator[Transaction]:
    with (
        Root(image, ownership=Ownership.APPLY) as root,
        database_of(root).write() as transaction,
    ):
        yield transaction


@pytest.fixture
def image(tmp_path: Path) -> Path:
    for path, content in CONTENT.items():
        file = tmp_path / path[1:]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        file.chmod(0o644)
        os.utime(file, (1_577_934_245, 1_577_934_245))
    link = tmp_path / "usr/local/bin/demo-link"
    link.symlink_to("demo")
    os.utime(link, (1_577_934_245, 1_577_934_245), follow_symlinks=False)
    (tmp_path / "var/db/demo").mkdir(parents=True)
    (tmp_path / "var/db/demo").chmod(0o750)
    with writing(tmp_path) as transaction:
        for package in (dependency(), demo()):
            transaction.register(package)
    return tmp_path


@pytest.fixture
def pkg(judged: Callable[[str], str], image: Path) -> Pkg:
    program = judged("PORTFAKE_PKG")

    def run(*arguments: str, status: int = 0) -> str:
        settings = ["-o", "ABI=FreeBSD:14:amd64", "-o", "OSVERSION=1400097"]
        command = [program, *settings, "-C", "/dev/null", "-R", "/nonexistent", "-r", str(image)]
        done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (status, ""), done
        return done.stdout

    return run


def dependency() -> InstalledPackage:
    manifest = Manifest(
        name="libdep",
        version="2.0",
        origin="devel/libdep",
        comment="a dep",
        desc="dep",
        maintainer="me@example.org",
        www="UNKNOWN",
        prefix="/usr/local",
        abi="FreeBSD:14:*",
        arch="freebsd:14:*",
        provides=("vi-editor",),
    )
    return InstalledPackage(
        manifest=manifest, automatic=True, time=1, digest=manifest_digest(manifest)
    )


def demo() -> InstalledPackage:
    files = [
        PackagedFile(path=path, sum=file_sum(BytesIO(content)), mode=0o644, mtime=1_577_934_245)
        for path, content in CONTENT.items()
    ]
    link = PackagedFile(
        path="/usr/local/bin/demo-link",
        sum=link_sum("demo"),
        mode=0o755,
        mtime=1_577_934_245,
        target="demo",
    )
    manifest = Manifest(
        name="demo",
        version="1.2_3,1",
        origin="devel/demo",
        comment="a 50% demo",
        desc="Text of 50%\nand more",
        maintainer="me@example.org",
        www="https://example.org/",
        prefix="/usr/local",
        abi="FreeBSD:14:amd64",
        arch="freebsd:14:x86:64",
        flatsize=27,
        licenses=("BSD2CLAUSE", "MIT"),
        licenselogic=LicenseLogic.OR,
        categories=("devel", "net"),
        users=("root",),
        groups=("wheel",),
        options={"DOCS": "on", "NLS": "off"},
        annotations={"cpe": "cpe:2.3:a:x", "flavor": "py311"},
        deps=(Dependency("libdep", "devel/libdep", "2.0"),),
        requires=("vi-editor",),
        conflicts=("libdep-old",),
        files=tuple(sorted([*files, link], key=lambda file: file.path)),
        directories=(PackagedDirectory(path="/var/db/demo", mode=0o750),),
        config=("/usr/local/etc/demo.conf",),
        scripts={Phase.POST_INSTALL: "echo installed"},
        lua_scripts={Phase.POST_INSTALL: ("-- args: a\nprint(1)", "print(2)")},
        messages=(
            Message("hello", MessageType.INSTALL),
            Message("up", MessageType.UPGRADE, maximum_version="1.0"),
        ),
    )
    return InstalledPackage(
        manifest=manifest,
        time=1_795_401_363,
        digest=manifest_digest(manifest),
        config_texts={"/usr/local/etc/demo.conf": "opt = 1\n"},
    )


def test_reading_commands(pkg: Pkg, image: Path) -> None:
    before = dump.tables(image / "var/db/pkg/local.sqlite")
    assert pkg("info", "-q").splitlines() == ["demo-1.2_3,1", "libdep-2.0"]
    assert pkg("query", "%n %v %o %q %sb %a", "demo") == (
        "demo 1.2_3,1 devel/demo FreeBSD:14:amd64 27 0\n"
    )
    assert pkg("query", "%Fp %Fs", "demo").split() == [
        part for file in demo().manifest.files for part in (file.path, str(file.sum))
    ]
    assert pkg("query", "%Ok=%Ov", "demo") == "DOCS=on\nNLS=off\n"
    assert pkg("query", "%At=%Av", "demo") == "cpe=cpe:2.3:a:x\nflavor=py311\n"
    assert pkg("query", "%dn %do %dv", "demo") == "libdep devel/libdep 2.0\n"
    assert pkg("which", "/usr/local/bin/demo-link").endswith("by package demo-1.2_3,1\n")
    assert pkg("check", "-sm", "-q") == ""
    assert pkg("check", "-dn", "-q") == ""
    assert "hello" in pkg("info", "-D", "demo")
    assert dump.tables(image / "var/db/pkg/local.sqlite") == before


def test_raw_manifest_is_what_was_registered(pkg: Pkg) -> None:
    text = pkg("info", "-R", "--raw-format=ucl", "demo")
    for part in ("echo installed", "print(2)", 'licenselogic = "or"', "maximum_version"):
        assert part in text


def test_solver_finds_nothing_to_rewrite(pkg: Pkg, image: Path) -> None:
    before = dump.tables(image / "var/db/pkg/local.sqlite")
    assert "digest" not in pkg("delete", "-n", "-q", "demo")
    assert dump.tables(image / "var/db/pkg/local.sqlite")["packages"] == before["packages"]


def test_later_edits(pkg: Pkg, image: Path) -> None:
    pkg("annotate", "-q", "-y", "-A", "demo", "note", "text")
    pkg("lock", "-q", "-y", "demo")
    pkg("set", "-y", "-A", "1", "demo")
    with Root(image, ownership=Ownership.APPLY) as root, database_of(root).read() as records:
        package = records.find("demo")
    assert package is not None
    assert package.locked
    assert package.automatic
    assert package.manifest.annotations["note"] == "text"


def test_portfake_goes_on_where_pkg_was(pkg: Pkg, image: Path) -> None:
    """An existing database keeps its mode and is left without side files."""
    pkg("set", "-y", "-A", "1", "demo")
    database = image / "var/db/pkg/local.sqlite"
    with writing(image) as transaction:
        transaction.remove("libdep")
    assert sorted(path.name for path in database.parent.iterdir()) == ["local.sqlite"]
    assert database.read_bytes()[18:20] == b"\2\2"
    assert pkg("info", "-q") == "demo-1.2_3,1\n"
    assert "libdep" in pkg("check", "-dn", "-q")


def test_delete(pkg: Pkg, image: Path) -> None:
    pkg("delete", "-y", "-q", "demo")
    assert not (image / "usr/local/bin/demo").exists()
    assert not (image / "var/db/demo").exists()
    left = dump.tables(image / "var/db/pkg/local.sqlite")
    assert [row["name"] for row in left["packages"]] == ["libdep"]
    for table in ("files", "config_files", "directories", "script", "lua_script", "licenses"):
        assert left[table] == []


def test_delete_by_portfake_leaves_the_rows_that_pkg_leaves(pkg: Pkg, image: Path) -> None:
    database = image / "var/db/pkg/local.sqlite"
    with closing(sqlite3.connect(database)) as there, closing(sqlite3.connect(":memory:")) as copy:
        there.backup(copy)
        pkg("delete", "-y", "-q", "demo")
        theirs = dump.tables(database)
        database.unlink()
        with closing(sqlite3.connect(database)) as back:
            copy.backup(back)
    with writing(image) as transaction:
        transaction.remove("demo")
    assert dump.tables(database) == theirs
