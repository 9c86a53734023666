"""Root.database: SQLite opens by name, and still nothing outside the root is reached."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from portfake.errors import Refused
from portfake.root.confined import Root
from portfake.root.database import SIDE_FILES, objections_of_pkg
from portfake.root.ownership import Ownership

FOLDER = "var/db/pkg"


def connect(root: Root, **query: str | int) -> sqlite3.Connection:
    database = root.database()
    connection = sqlite3.connect(database.uri(**query), uri=True)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("SELECT * FROM sqlite_schema").fetchall()
    database.check()
    return connection


@pytest.fixture
def folder(base: Path, root: Root) -> Path:
    assert root.make_database_folder() == ["/var", "/var/db", "/var/db/pkg"]
    assert root.make_database_folder() == []
    root.write("/var/db/pkg/local.sqlite", [])
    return base / FOLDER


def test_sqlite_works_through_the_folder(root: Root, folder: Path) -> None:
    with closing(connect(root, mode="rw")) as connection:
        connection.execute("CREATE TABLE t (x)")
        connection.commit()
        assert (folder / "local.sqlite-wal").exists()
    with closing(connect(root, mode="ro")) as connection:
        assert connection.execute("SELECT count(*) FROM t").fetchone() == (0,)


def test_the_folder_may_be_reached_by_links_inside(root: Root, base: Path, folder: Path) -> None:
    (base / "var").rename(base / "elsewhere")
    (base / "var").symlink_to("/elsewhere")
    root.forget()
    connect(root, mode="rw").close()
    assert root.database().place == f"{base}/elsewhere/db/pkg/local.sqlite"


def test_any_name_of_a_root(tmp_path: Path) -> None:
    base = tmp_path / "a root?with=odd%41#é\udcff"
    base.mkdir()
    with Root(base, ownership=Ownership.RECORD) as root:
        root.make_database_folder()
        root.write("/var/db/pkg/local.sqlite", [])
        connect(root, mode="rw").close()


@pytest.mark.parametrize("suffix", ["", *SIDE_FILES])
@pytest.mark.parametrize("kind", ["symlink", "dangling", "folder", "fifo", "hard link"])
def test_only_regular_files_of_one_name(
    root: Root, folder: Path, outside: Path, suffix: str, kind: str
) -> None:
    path = folder / f"local.sqlite{suffix}"
    path.unlink(missing_ok=True)
    match kind:
        case "symlink":
            path.symlink_to(outside / "f")
        case "dangling":
            path.symlink_to(outside / "new")
        case "folder":
            path.mkdir()
        case "fifo":
            os.mkfifo(path)
        case _:
            (folder / "other").touch()
            os.link(folder / "other", path)
    with pytest.raises(Refused):
        root.database()
    if kind == "hard link":
        root.database(writing=False)
        return
    with pytest.raises(Refused):
        root.database(writing=False)


def test_a_folder_that_leads_out_is_not_found(root: Root, base: Path, outside: Path) -> None:
    (base / "var").symlink_to(outside)
    with pytest.raises(FileNotFoundError):
        root.database()


def test_another_database_swapped_in_before_the_opening(
    root: Root, folder: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.sqlite"
    other.touch()
    database = root.database()
    (folder / "local.sqlite").unlink()
    (folder / "local.sqlite").symlink_to(other)
    with closing(sqlite3.connect(database.uri(mode="ro"), uri=True)) as connection:
        connection.execute("SELECT * FROM sqlite_schema").fetchall()
        with pytest.raises(Refused):
            database.check()
        # .. and put back before the check
        (folder / "local.sqlite").unlink()
        (folder / "local.sqlite").touch()
        with pytest.raises(Refused, match="not what the root holds"):
            database.check()
    assert other.read_bytes() == b""


def test_nothing_opened_is_no_success(root: Root, folder: Path) -> None:
    database = root.database()
    with pytest.raises(Refused, match="not what the root holds"):
        database.check()


@pytest.mark.skipif(os.geteuid() != 0, reason="the files have to be root's")
class TestWhatPkgDemands:
    """spec/pkg.md 1.1."""

    @pytest.mark.parametrize("mode", [0o644, 0o600, 0o755])
    def test_no_objection(self, applied: Root, base: Path, mode: int) -> None:
        assert self.objections(applied, base, mode, 0o755) == []

    @pytest.mark.parametrize("mode", [0o664, 0o646, 0o666])
    def test_too_lax(self, applied: Root, base: Path, mode: int) -> None:
        assert self.objections(applied, base, mode, 0o775) == [
            "/var/db/pkg: permissions (0o775) too lax",
            f"/var/db/pkg/local.sqlite: permissions ({mode:#o}) too lax",
        ]

    def test_another_owner(self, applied: Root, base: Path) -> None:
        assert self.objections(applied, base, 0o644, 0o755, owner=1000) == [
            "/var/db/pkg/local.sqlite: owned by 1000:0, not by root"
        ]

    @staticmethod
    def objections(
        root: Root, base: Path, mode: int, folder_mode: int, *, owner: int = -1
    ) -> list[str]:
        root.make_database_folder()
        file = base / FOLDER / "local.sqlite"
        file.touch()
        file.chmod(mode)
        os.chown(file, owner, -1)
        file.parent.chmod(folder_mode)
        folder = root.folder("/var/db/pkg")
        return objections_of_pkg(folder, "local.sqlite", Ownership.APPLY)
