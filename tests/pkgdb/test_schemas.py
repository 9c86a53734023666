"""Every schema from 12 to 42 is read; 36 to 41 are written as found; all can be brought to 42."""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from portfake.errors import InputError, Refused
from portfake.model.manifest import Dependency, InstalledPackage, Phase
from portfake.pkgdb.registry import database_of
from portfake.pkgdb.sqlite.database import SqliteDatabase
from portfake.pkgdb.sqlite.opening import FolderFile
from portfake.root.confined import Root
from portfake.root.ownership import Ownership
from tests.packages import samples
from tests.pkgdb import dump, schemas

CONFIG = {"/usr/local/etc/demo.conf": "opt = 1\n"}


def made(folder: Path, version: int, *more: str) -> Path:
    path = folder / "var/db/pkg/local.sqlite"
    schemas.make(path, version, *more)
    return path


def read(path: Path) -> tuple[InstalledPackage, ...]:
    with SqliteDatabase(FolderFile(path.parent)).read() as records:
        return tuple(records.packages())


@pytest.mark.parametrize("version", schemas.VERSIONS)
def test_every_schema_is_read_without_a_trace(version: int, tmp_path: Path) -> None:
    path = made(tmp_path, version)
    before = path.read_bytes()
    (package,) = read(path)
    manifest = package.manifest
    assert (manifest.full_name, manifest.origin, manifest.www) == (
        *("bash-5.0_1", "shells/bash", "UNKNOWN"),
    )
    assert (package.automatic, package.locked, package.time) == (True, False, 7)
    assert manifest.files[0].sum == "0" * 64
    assert manifest.directories[0].path == "/usr/local/etc"
    assert manifest.scripts == {Phase.POST_INSTALL: "echo"}
    assert manifest.options == {"DOCS": "on"}
    assert manifest.annotations == ({"tag": "text"} if version >= 15 else {})
    assert manifest.deps == (Dependency("x", "devel/x", "1"),)
    assert manifest.shlibs_required == ("libz.so.6",)
    assert manifest.licenses == ("MIT",)
    assert (manifest.categories, manifest.users, manifest.groups) == (
        *(("category",), ("user",), ("group",)),
    )
    assert [message.text for message in manifest.messages] == ["hi"]
    assert path.read_bytes() == before
    assert [each.name for each in path.parent.iterdir()] == ["local.sqlite"]


@pytest.mark.parametrize("version", range(12, 36))
def test_old_schemas_are_not_written(version: int, tmp_path: Path) -> None:
    path = made(tmp_path, version)
    before = path.read_bytes()
    with (
        pytest.raises(Refused, match="too old") as caught,
        SqliteDatabase(FolderFile(path.parent)).write(),
    ):
        pass
    assert "--upgrade-db" in (caught.value.hint or "")
    assert path.read_bytes() == before


@pytest.mark.parametrize("version", range(36, 43))
def test_newer_schemas_are_written_as_they_are_found(version: int, tmp_path: Path) -> None:
    path = made(tmp_path, version)
    objects = layout(path)
    package = InstalledPackage(manifest=samples.manifest(), time=7, config_texts=CONFIG)
    with SqliteDatabase(FolderFile(path.parent)).write() as transaction:
        transaction.register(package)
        transaction.remove("bash")
    (found,) = read(path)
    assert found.manifest.full_name == package.manifest.full_name
    assert found.manifest.scripts == package.manifest.scripts
    assert found.manifest.files[0].mode == (
        samples.manifest().files[0].mode if version > 36 else None
    )
    assert layout(path) == objects


def layout(path: Path) -> set[tuple[str, str]]:
    with closing(sqlite3.connect(path)) as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        rows = connection.execute(
            "SELECT type, name FROM sqlite_master WHERE name NOT LIKE 'sqlite%'"
        )
        return {*rows.fetchall(), ("version", str(version))}


@pytest.mark.parametrize("version", schemas.VERSIONS)
def test_every_schema_can_be_upgraded(version: int, tmp_path: Path) -> None:
    path = made(tmp_path, version)
    before = read(path)
    with SqliteDatabase(FolderFile(path.parent), upgrade=True).write() as transaction:
        assert transaction.names() == ["bash"]
    assert read(path) == before
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (42,)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    fresh = tmp_path / "fresh/local.sqlite"
    with SqliteDatabase(FolderFile(fresh.parent)).write():
        pass
    # Of indexes that pkg itself dropped on the way some are not made again, as by pkg.
    lacking = {
        *("pkg_lua_script_package_id", "pkg_requires_package_id"),
        *("deps_package_id", "deporigini", "pkg_conflicts_cid"),
    }
    assert layout(fresh) - layout(path) <= {("index", name) for name in lacking}


def test_a_failed_upgrade_changes_nothing(tmp_path: Path) -> None:
    rows = "INSERT INTO files (path, package_id) VALUES ('/usr/local/bin/other', 1)"
    path = made(tmp_path, 30, rows, "UPDATE packages SET flatsize = 'much'")
    before = dump.tables(path)
    with (
        pytest.raises(InputError, match="where a number should be"),
        SqliteDatabase(FolderFile(path.parent), upgrade=True).write(),
    ):
        pass
    assert dump.tables(path) == before


@pytest.mark.judge
@pytest.mark.parametrize("version", range(36, 42))
def test_the_upgrade_is_pkg_s_own(
    version: int, tmp_path: Path, judged: Callable[[str], str]
) -> None:
    ours, theirs = made(tmp_path / "ours", version), made(tmp_path / "theirs", version)
    with (
        Root(tmp_path / "ours", ownership=Ownership.APPLY) as root,
        database_of(root, upgrade=True).write(),
    ):
        pass
    settings = ["-o", "ABI=FreeBSD:14:amd64", "-o", "OSVERSION=1400097"]
    command = [judged("PORTFAKE_PKG"), *settings, "-C", "/dev/null", "-R", "/nonexistent", "-r"]
    subprocess.run(
        [*command, str(tmp_path / "theirs"), "set", "-y", "-A", "1", "bash"],
        check=True,
        capture_output=True,
    )
    assert layout(ours) == layout(theirs)
    assert dump.tables(ours) == dump.tables(theirs)
