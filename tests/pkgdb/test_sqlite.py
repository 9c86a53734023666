"""local.sqlite: what is written, what is refused, and what reading leaves alone."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portfake.errors import (
    Busy,
    InputError,
    NotFound,
    PortfakeError,
    Problems,
    Refused,
    UsageError,
)
from portfake.limits import Limits
from portfake.model.manifest import (
    Dependency,
    InstalledPackage,
    Manifest,
    PackagedDirectory,
    PackagedFile,
    Phase,
)
from portfake.pkgdb.registry import database_of
from portfake.pkgdb.sqlite import schema
from portfake.pkgdb.sqlite.database import SqliteDatabase
from portfake.pkgdb.sqlite.opening import FolderFile
from portfake.root.confined import Root
from portfake.root.ownership import Ownership
from tests.packages import samples
from tests.pkgdb import dump

CONFIG = {"/usr/local/etc/demo.conf": "opt = 1\n"}


def installed(manifest: Manifest | None = None, **marks: bool) -> InstalledPackage:
    made = manifest or samples.manifest()
    return InstalledPackage(
        manifest=made, time=7, digest="2$2$abc", config_texts=CONFIG if made.config else {}, **marks
    )  # fmt: skip


def small(name: str, *paths: str, **fields: object) -> Manifest:
    empty = replace(
        samples.manifest(),
        name=name,
        files=tuple(PackagedFile(path=path, sum="2$x", mode=0o644) for path in paths),
        directories=(),
        config=(),
        conflicts=(),
    )
    return replace(empty, **fields)  # type: ignore[arg-type] # fields of Manifest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "var/db/pkg"


@pytest.fixture
def database(folder: Path) -> SqliteDatabase:
    return SqliteDatabase(FolderFile(folder))


def register(database: SqliteDatabase, *packages: InstalledPackage) -> None:
    with database.write() as transaction:
        for package in packages:
            transaction.register(package)


def change(folder: Path, *statements: str) -> None:
    with closing(sqlite3.connect(folder / "local.sqlite")) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def evidence(folder: Path) -> dict[str, tuple[str, int]]:
    return {
        path.name: (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns)
        for path in folder.iterdir()
    }


# What is written is read


def test_a_package_survives(database: SqliteDatabase) -> None:
    package = installed(automatic=True, locked=True)
    register(database, package)
    with database.read() as records:
        found = records.find("demo")
        assert records.names() == ["demo"]
        assert records.which(samples.LINK) == "demo"
        assert records.which("/usr/local") is None
        assert records.find("other") is None
        assert list(records.packages()) == [found]
        assert records.notes == ()
    assert found is not None
    links_unchecked = tuple(
        replace(file, mode=None) if file.target else file for file in package.manifest.files
    )
    # A conflict is recorded only with what is installed.
    expected = replace(package.manifest, files=links_unchecked, conflicts=())
    assert found == replace(package, manifest=expected)


def test_conflicts_need_an_installed_package(database: SqliteDatabase) -> None:
    register(database, installed(small("demo-old")), installed())
    with database.read() as records:
        found = records.find("demo")
    assert found is not None
    assert found.manifest.conflicts == ("demo-old",)


def test_names_that_are_no_utf8_survive(database: SqliteDatabase) -> None:
    register(database, installed(small("demo", "/odd\udcff", comment="c\udcfe")))
    with database.read() as records:
        assert records.which("/odd\udcff") == "demo"
        found = records.find("demo")
    assert found is not None
    assert found.manifest.comment == "c\udcfe"


def test_an_absent_database_reads_as_empty(database: SqliteDatabase, folder: Path) -> None:
    with database.read() as records:
        assert records.names() == []
        assert list(records.packages()) == []
        assert records.find("x") is None
        assert records.which("/x") is None
    assert not folder.exists()


# Tables and file


def test_schema_is_that_of_pkg(database: SqliteDatabase, folder: Path) -> None:
    register(database)
    with closing(sqlite3.connect(folder / "local.sqlite")) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (schema.NEWEST,)
        objects = dict(
            connection.execute("SELECT type, count(*) FROM sqlite_master GROUP BY type").fetchall()
        )
        columns = {
            table: [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            for table in ("packages", "files", "deps", "pkg_directories")
        }
    # Counted in a database that pkg 2.8 made; indexes with the automatic ones.
    assert objects == {"table": 34, "index": 49, "view": 1}
    assert columns["files"] == [
        *("path", "sha256", "uname", "gname", "perm", "fflags", "mtime", "symlink_target"),
        "package_id",
    ]
    assert columns["packages"][-3:] == ["pkg_format_version", "dep_formula", "vital"]


def test_a_fresh_file_is_in_rollback_mode_with_the_modes_that_pkg_demands(
    database: SqliteDatabase, folder: Path
) -> None:
    before = os.umask(0o002)
    try:
        register(database, installed())
    finally:
        os.umask(before)
    file = folder / "local.sqlite"
    assert file.read_bytes()[18:20] == b"\1\1"
    assert file.stat().st_mode & 0o7777 == 0o644
    assert [path.name for path in folder.iterdir()] == ["local.sqlite"]


def test_an_existing_file_keeps_its_mode_and_gets_no_side_file(
    database: SqliteDatabase, folder: Path
) -> None:
    register(database)
    change(folder, "PRAGMA journal_mode = WAL")
    register(database, installed())
    assert (folder / "local.sqlite").read_bytes()[18:20] == b"\2\2"
    assert [path.name for path in folder.iterdir()] == ["local.sqlite"]


def test_every_difference_is_one_of_the_state(database: SqliteDatabase) -> None:
    """Interrupted runs know by it whether their records count."""
    first = installed()
    made = first.manifest
    file, folder = made.files[0], made.directories[0]
    others = [
        replace(first, time=5),
        replace(first, automatic=True),
        *(
            replace(first, manifest=replace(made, files=(replace(file, **change), *made.files[1:])))
            for change in ({"sum": "1$x"}, {"mode": 0o4755}, {"owner": "www"}, {"mtime": 1})
        ),
        replace(first, manifest=replace(made, directories=(replace(folder, mode=0o700),))),
        replace(first, manifest=replace(made, scripts={Phase.POST_INSTALL: "true"})),
        replace(first, manifest=replace(made, lua_scripts={Phase.POST_INSTALL: ("x = 1",)})),
        replace(first, manifest=replace(made, annotations={"flavor": "other"})),
        replace(first, config_texts=dict.fromkeys(first.config_texts, "another")),
    ]
    states = [state_of(database)]
    for package in (first, *others):
        register(database, package)
        states.append(state_of(database))
    assert len(set(states)) == 2 + len(others)
    register(database, first)
    assert state_of(database) == states[1]


def state_of(database: SqliteDatabase) -> str:
    with database.read() as records:
        return records.state("demo")


# Replacing and removing


def test_a_package_of_the_same_name_is_replaced(database: SqliteDatabase) -> None:
    register(database, installed(), installed(small("other", "/x")))
    register(database, installed(small("demo", "/new", version="2.0")))
    with database.read() as records:
        assert records.names() == ["demo", "other"]
        assert records.which("/new") == "demo"
        assert records.which(samples.LINK) is None


def test_a_path_moves_between_packages_replaced_together(database: SqliteDatabase) -> None:
    register(database, installed(small("one", "/a", "/b")), installed(small("two", "/c")))
    moved = installed(small("one", "/a", "/c")), installed(small("two", "/b"))
    for package in moved:
        with pytest.raises(Refused, match="belongs to"):
            register(database, package)
    with database.write() as transaction:
        transaction.register(*moved)
        assert [transaction.which(path) for path in ("/a", "/b", "/c")] == ["one", "two", "one"]


def test_packages_registered_together_share_no_path(database: SqliteDatabase) -> None:
    with pytest.raises(Refused, match="/a belongs to one"), database.write() as transaction:
        transaction.register(installed(small("one", "/a")), installed(small("two", "/a")))


def test_conflicts_follow_a_replaced_package_and_end_with_a_removed_one(
    database: SqliteDatabase,
) -> None:
    register(database, installed(), installed(small("other", conflicts=("demo",))))

    def conflicts() -> tuple[str, ...]:
        with database.read() as records:
            found = records.find("other")
        assert found is not None
        return found.manifest.conflicts

    register(database, installed(small("demo", version="2.0")))
    assert conflicts() == ("demo",)
    with database.write() as transaction:
        transaction.remove("demo")
    register(database, installed(small("another")))
    assert conflicts() == ()


def test_folders_of_a_replaced_package_get_their_new_attributes(database: SqliteDatabase) -> None:
    for mode in (0o755, 0o700):
        folders = (PackagedDirectory(path="/var/db/demo", mode=mode),)
        register(database, installed(small("demo", directories=folders)))
        with database.read() as records:
            found = records.find("demo")
        assert found is not None
        assert found.manifest.directories == folders


def test_removal_leaves_what_pkg_leaves(database: SqliteDatabase, folder: Path) -> None:
    register(database, installed(), installed(small("other", licenses=("MIT",))))
    with database.write() as transaction:
        transaction.remove("demo")
    left = dump.tables(folder / "local.sqlite")
    assert [row["name"] for row in left["licenses"]] == ["MIT"]
    for table in ("files", "config_files", "directories", "pkg_directories"):
        assert left[table] == []
    # pkg never collects these.
    assert {row["option"] for row in left["option"]} == {"DOCS", "NLS"}
    assert [row["provide"] for row in left["provides"]] == ["vi-editor"]
    assert left["pkg_lock"] == [{"exclusive": 0, "advisory": 0, "read": 0}]
    assert left["pkg_lock_pid"] == []


def test_marks(database: SqliteDatabase) -> None:
    register(database, installed())
    with database.write() as transaction:
        transaction.mark("demo", automatic=True, locked=True, vital=True)
        transaction.mark("demo", locked=False)
        found = transaction.find("demo")
    assert found is not None
    assert (found.automatic, found.locked, found.manifest.vital) == (True, False, True)


def test_unknown_names(database: SqliteDatabase) -> None:
    register(database)
    with database.write() as transaction:
        with pytest.raises(NotFound):
            transaction.remove("x")
        with pytest.raises(NotFound):
            transaction.mark("x", locked=True)


# What cannot be recorded


def test_a_path_belongs_to_one_package(database: SqliteDatabase, folder: Path) -> None:
    register(database, installed())
    before = dump.tables(folder / "local.sqlite")
    with pytest.raises(Refused, match="/usr/local/bin/demo belongs to demo"):
        register(database, installed(small("other", "/x", "/usr/local/bin/demo")))
    assert dump.tables(folder / "local.sqlite") == before


def test_a_row_without_a_package_is_taken_over(database: SqliteDatabase, folder: Path) -> None:
    register(database)
    change(folder, "INSERT INTO files (path, package_id) VALUES ('/x', NULL)")
    register(database, installed(small("demo", "/x")))
    with database.read() as records:
        assert records.which("/x") == "demo"


def test_one_lua_text_in_two_phases(database: SqliteDatabase) -> None:
    both = {Phase.POST_INSTALL: ("x",), Phase.PRE_DEINSTALL: ("x",)}
    with pytest.raises(Refused, match="Lua"):
        register(database, installed(small("demo", lua_scripts=both)))
    register(database, installed(small("demo", lua_scripts={Phase.POST_INSTALL: ("x", "x")})))


def test_an_exception_takes_everything_back(database: SqliteDatabase, folder: Path) -> None:
    with suppress(KeyError), database.write() as transaction:
        transaction.register(installed())
        raise KeyError
    assert not (folder / "local.sqlite").exists()
    register(database, installed())
    before = dump.tables(folder / "local.sqlite")
    with suppress(KeyError), database.write() as transaction:
        transaction.remove("demo")
        raise KeyError
    assert dump.tables(folder / "local.sqlite") == before


# Locks


def test_a_lock_of_a_living_process_is_respected(database: SqliteDatabase, folder: Path) -> None:
    register(database, installed())
    change(
        folder,
        "UPDATE pkg_lock SET exclusive = 1",
        f"INSERT INTO pkg_lock_pid VALUES ({os.getppid()})",
    )
    before = evidence(folder)
    with pytest.raises(Busy, match=str(os.getppid())):
        register(database, installed(small("other")))
    assert evidence(folder) == before


@pytest.mark.parametrize("pid", [2**22 + 5, 0, -1])
def test_a_stale_lock_is_cleared(database: SqliteDatabase, folder: Path, pid: int) -> None:
    register(database, installed())
    change(folder, "UPDATE pkg_lock SET advisory = 1", f"INSERT INTO pkg_lock_pid VALUES ({pid})")
    register(database, installed(small("other")))
    left = dump.tables(folder / "local.sqlite")
    assert left["pkg_lock"] == [{"exclusive": 0, "advisory": 0, "read": 0}]
    assert left["pkg_lock_pid"] == []


def test_a_writer_of_sqlite_is_respected(
    database: SqliteDatabase, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(database, installed())
    monkeypatch.setattr("portfake.pkgdb.sqlite.opening.BUSY_TIMEOUT", 10)
    with closing(sqlite3.connect(folder / "local.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Busy, match="another process"):
            register(database, installed(small("other")))


# Databases that are refused


@contextmanager
def unchanged(folder: Path) -> Iterator[None]:
    before = evidence(folder)
    yield
    assert evidence(folder) == before


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("PRAGMA user_version = 1042", "another generation"),
        ("PRAGMA user_version = 35", "too old to be written"),
        ("CREATE TRIGGER t AFTER INSERT ON files BEGIN SELECT 1; END", "triggers"),
        ("ALTER TABLE files ADD COLUMN new TEXT NOT NULL DEFAULT 'x'", None),
        ("DROP TABLE pkg_lock", "no table pkg_lock"),
        ("DROP TABLE packages", "no table of packages"),
    ],
)
def test_databases_that_are_not_written(
    database: SqliteDatabase, folder: Path, statement: str, message: str | None
) -> None:
    register(database, installed())
    change(folder, statement)
    if message is None:
        register(database, installed(small("other", "/x")))
        return
    with unchanged(folder), pytest.raises((InputError, Refused), match=message):
        register(database, installed(small("other")))
    with unchanged(folder), pytest.raises((InputError, Refused), match=message):
        Problems.check(database.obstacles())


def test_an_older_schema_is_no_obstacle_where_it_is_upgraded(
    database: SqliteDatabase, folder: Path
) -> None:
    register(database, installed())
    change(folder, "PRAGMA user_version = 35", "DROP TABLE pkg_lock_pid")
    assert [each.message for each in database.obstacles()] == ["schema 35 is too old to be written"]
    upgraded = SqliteDatabase(FolderFile(folder), upgrade=True)
    assert list(upgraded.obstacles()) == []


def test_a_column_that_must_be_filled_and_is_not_known(
    database: SqliteDatabase, folder: Path
) -> None:
    register(database)
    change(folder, "PRAGMA user_version = 50", "DROP TABLE licenses")
    change(folder, "CREATE TABLE licenses (id INTEGER PRIMARY KEY, name TEXT, spdx TEXT NOT NULL)")
    with unchanged(folder), pytest.raises(Refused, match=r"licenses\.spdx"):
        register(database, installed())
    with database.read() as records:
        assert "newer" in records.notes[0]


@pytest.mark.parametrize("content", [b"not a database at all" * 100, b"SQLite format 3\0", b"x"])
def test_what_is_no_database(database: SqliteDatabase, folder: Path, content: bytes) -> None:
    folder.mkdir(parents=True)
    (folder / "local.sqlite").write_bytes(content)
    with unchanged(folder):
        with pytest.raises(InputError), database.read() as records:
            records.names()
        with pytest.raises(InputError):
            register(database, installed())


def test_what_sqlite_says_of_it_may_be_no_text(database: SqliteDatabase, folder: Path) -> None:
    """It quotes names of the file, and sqlite3 raises UnicodeDecodeError in place of its own."""
    folder.mkdir(parents=True)
    with closing(sqlite3.connect(folder / "local.sqlite")) as connection:
        connection.execute("CREATE TABLE packages(id)")
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_master SET name = CAST(x'ed78' AS TEXT), sql = 'CREATE'")
        connection.commit()
    with pytest.raises(InputError, match="malformed database schema"), database.read() as records:
        list(records.packages())


def test_an_empty_file_becomes_a_database(database: SqliteDatabase, folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "local.sqlite").touch()
    with database.read() as records:
        assert records.names() == []
    register(database, installed())
    with database.read() as records:
        assert records.names() == ["demo"]


# Reading leaves no trace (spec/peers.md 4, the SQLite trap)


def test_reading_a_wal_database_makes_no_side_file(database: SqliteDatabase, folder: Path) -> None:
    register(database, installed())
    change(folder, "PRAGMA journal_mode = WAL")
    with unchanged(folder), database.read() as records:
        assert records.names() == ["demo"]


def test_pending_transactions_are_seen_and_told(database: SqliteDatabase, folder: Path) -> None:
    register(database, installed())
    with closing(sqlite3.connect(folder / "local.sqlite", isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("PRAGMA wal_autocheckpoint = 0")
        writer.execute("UPDATE packages SET name = 'renamed'")
        with unchanged(folder), database.read() as records:
            assert records.names() == ["renamed"]
            assert "not in the database" in records.notes[0]


def test_a_hot_journal_is_rolled_back_in_the_copy(
    database: SqliteDatabase, folder: Path, tmp_path: Path
) -> None:
    register(database, installed())
    crashed = tmp_path / "crashed"
    crashed.mkdir()
    with closing(sqlite3.connect(folder / "local.sqlite", isolation_level=None)) as writer:
        writer.execute("PRAGMA cache_size = 1")
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE packages SET name = 'half'")
        writer.execute("CREATE TABLE filler AS SELECT hex(randomblob(100000)) AS x")
        for path in folder.iterdir():
            (crashed / path.name).write_bytes(path.read_bytes())
        writer.execute("ROLLBACK")
    assert (crashed / "local.sqlite-journal").stat().st_size
    with unchanged(crashed), SqliteDatabase(FolderFile(crashed)).read() as records:
        assert records.names() == ["demo"]


def test_a_read_only_folder(database: SqliteDatabase, folder: Path) -> None:
    register(database, installed())
    folder.chmod(0o555)
    (folder / "local.sqlite").chmod(0o444)
    with unchanged(folder), database.read() as records:
        assert records.names() == ["demo"]


# Older schemas


def test_the_oldest_schema_is_read(database: SqliteDatabase, folder: Path) -> None:
    """Tables as pkg 1.0 (schema 12) had them, cut down to what is read."""
    folder.mkdir(parents=True)
    change(
        folder,
        "CREATE TABLE packages (id INTEGER PRIMARY KEY, origin TEXT, name TEXT, version TEXT,"
        " comment TEXT, desc TEXT, mtree_id INTEGER, message TEXT, arch TEXT, maintainer TEXT,"
        " www TEXT, prefix TEXT, flatsize INTEGER, automatic INTEGER, licenselogic INTEGER,"
        " infos TEXT, time INTEGER, pkg_format_version INTEGER)",
        "INSERT INTO packages VALUES (3, 'shells/bash', 'bash', '4.2', 'c', 'd', NULL, 'hi',"
        " 'freebsd:9:x86:64', 'm', NULL, '/usr/local', 5, 1, 1, NULL, 9, NULL)",
        "CREATE TABLE files (path TEXT, sha256 TEXT, package_id INTEGER)",
        f"INSERT INTO files VALUES ('/bin/bash', '{'0' * 64}', 3)",
        "CREATE TABLE directories (id INTEGER PRIMARY KEY, path TEXT)",
        "CREATE TABLE pkg_directories (package_id INTEGER, directory_id INTEGER, try INTEGER)",
        "INSERT INTO directories VALUES (1, '/usr/local/etc/')",
        "INSERT INTO pkg_directories VALUES (3, 1, 1)",
        "CREATE TABLE scripts (package_id INTEGER, script TEXT, type INTEGER)",
        "INSERT INTO scripts VALUES (3, 'echo', 1)",
        "CREATE TABLE options (package_id INTEGER, option TEXT, value TEXT)",
        "INSERT INTO options VALUES (3, 'DOCS', 'on')",
        "CREATE TABLE deps (origin TEXT, name TEXT, version TEXT, package_id INTEGER)",
        "INSERT INTO deps VALUES ('devel/x', 'x', '1', 3)",
        "CREATE TABLE shlibs (id INTEGER PRIMARY KEY, name TEXT)",
        "CREATE TABLE pkg_shlibs (package_id INTEGER, shlib_id INTEGER)",
        "INSERT INTO shlibs VALUES (1, 'libz.so.6')",
        "INSERT INTO pkg_shlibs VALUES (3, 1)",
        "PRAGMA user_version = 12",
    )
    with unchanged(folder), database.read() as records:
        found = records.find("bash")
        assert records.which("/bin/bash") == "bash"
        assert "pkg 1.x" in records.notes[0]
    assert found is not None
    made = found.manifest
    assert (made.abi, made.www, found.automatic) == ("freebsd:9:x86:64", "UNKNOWN", True)
    assert (made.files[0].sum, made.files[0].owner) == ("0" * 64, None)
    assert made.directories[0].path == "/usr/local/etc"
    assert made.scripts == {Phase.POST_INSTALL: "echo"}
    assert made.options == {"DOCS": "on"}
    assert made.deps == (Dependency("x", "devel/x", "1"),)
    assert made.shlibs_required == ("libz.so.6",)
    assert [message.text for message in made.messages] == ["hi"]


def test_schema_36_is_written_as_it_is_found(database: SqliteDatabase, folder: Path) -> None:
    register(database)
    change(
        folder,
        *(
            f"ALTER TABLE files DROP COLUMN {column}"
            for column in ("uname", "gname", "perm", "fflags", "mtime", "symlink_target")
        ),
        *(f"DROP TABLE pkg_shlibs_{kind}_ignore" for kind in ("required", "provided")),
        "PRAGMA user_version = 36",
    )
    register(database, installed())
    with database.write() as transaction:
        transaction.remove("demo")
        transaction.register(installed())
    with database.read() as records:
        found = records.find("demo")
    assert found is not None
    assert found.manifest.files[0].sum == samples.manifest().files[0].sum
    assert found.manifest.files[0].mode is None


# Hostile databases


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE packages SET flatsize = 'much'",
        "UPDATE packages SET name = x'ff00'",
        "UPDATE packages SET arch = NULL",
        "UPDATE packages SET message = '[{}]'",
        "UPDATE packages SET message = '[[[[['",
        "UPDATE files SET perm = 1.5",
        "UPDATE pkg_licenses SET license_id = license_id + 99",
        "UPDATE pkg_script SET script_id = 99",
    ],
)
def test_rows_that_make_no_sense(database: SqliteDatabase, folder: Path, statement: str) -> None:
    register(database, installed())
    with closing(sqlite3.connect(folder / "local.sqlite")) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(
            "UPDATE sqlite_master SET sql = replace(sql, 'arch TEXT NOT NULL', 'arch TEXT')"
        )
        connection.commit()
    change(folder, statement)
    with pytest.raises(InputError), database.read() as records:
        list(records.packages())


def test_time_and_rows_are_bounded(folder: Path) -> None:
    register(SqliteDatabase(FolderFile(folder)), installed())
    with (
        pytest.raises(InputError, match="more than 2 rows"),
        SqliteDatabase(FolderFile(folder), Limits(entries=2)).read() as records,
    ):
        list(records.packages())


def test_text_of_all_rows_is_bounded_by_the_file(folder: Path) -> None:
    """As where the pages of one long text are those of many."""
    shared = {Phase.POST_INSTALL: "x" * 50_000}
    packages = [installed(small(f"demo{n}", f"/f{n}", scripts=shared)) for n in range(40)]
    register(SqliteDatabase(FolderFile(folder)), *packages)
    assert sum(path.stat().st_size for path in folder.iterdir()) < 500_000
    small_limits = Limits(text=100_000)
    with SqliteDatabase(FolderFile(folder), small_limits).read() as records:
        assert records.find("demo0") is not None
        records.size //= 100
        with pytest.raises(InputError, match="more text than the file has"):
            list(records.packages())


def test_pending_transactions_of_a_huge_database_are_not_copied(
    database: SqliteDatabase, folder: Path
) -> None:
    register(database, installed())
    with (folder / "local.sqlite").open("r+b") as file:
        file.truncate(1 << 40)
    (folder / "local.sqlite-wal").write_bytes(b"x")
    with pytest.raises(InputError, match="too large to be copied"), database.read():
        pass


@pytest.mark.parametrize("suffix", ["-wal", "-journal"])
@given(content=st.binary(min_size=1, max_size=200), head=st.booleans())
@settings(max_examples=15)
def test_side_files_of_anything(
    suffix: str, content: bytes, head: bool, good: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("side")
    (folder / "local.sqlite").write_bytes(good)
    magic = bytes.fromhex("377f0682002de218" if suffix == "-wal" else "d9d505f920a163d7")
    (folder / f"local.sqlite{suffix}").write_bytes((magic if head else b"") + content)
    before = evidence(folder)
    with suppress(PortfakeError), SqliteDatabase(FolderFile(folder)).read() as records:
        list(records.packages())
    assert evidence(folder) == before


def test_views_in_place_of_tables_are_not_read(database: SqliteDatabase, folder: Path) -> None:
    register(database, installed())
    change(folder, "DROP TABLE deps", "CREATE VIEW deps AS SELECT 1 AS name")
    with database.read() as records:
        found = records.find("demo")
    assert found is not None
    assert found.manifest.deps == ()


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("good")
    register(SqliteDatabase(FolderFile(folder)), installed())
    return (folder / "local.sqlite").read_bytes()


@settings(max_examples=60)
@given(data=st.data())
def test_a_damaged_database_is_read_or_refused(
    data: st.DataObject, good: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    content = bytearray(good)
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    folder = tmp_path_factory.mktemp("damaged")
    (folder / "local.sqlite").write_bytes(content[: data.draw(st.integers(1, len(content)))])
    with suppress(PortfakeError), SqliteDatabase(FolderFile(folder)).read() as records:
        list(records.packages())
    with suppress(PortfakeError):
        register(SqliteDatabase(FolderFile(folder)), installed(small("other", "/x")))


# In a root


def rooted(directory: Path) -> Root:
    return Root(directory, ownership=Ownership.RECORD)


def test_a_root_gets_its_folder_and_database(tmp_path: Path) -> None:
    with rooted(tmp_path) as root:
        with database_of(root).write() as transaction:
            transaction.register(installed())
        assert database_of(root).kind == "sqlite"
        with database_of(root, "sqlite").read() as records:
            assert records.names() == ["demo"]
    assert (tmp_path / "var/db/pkg").stat().st_mode & 0o7777 == 0o755


def test_a_failed_first_transaction_leaves_no_folder(tmp_path: Path) -> None:
    with rooted(tmp_path) as root, suppress(KeyError), database_of(root).write():
        raise KeyError
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", ["", "-wal", "-shm", "-journal"])
def test_symlinks_at_a_database_are_refused(tmp_path: Path, suffix: str) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(b"")
    folder = tmp_path / "root/var/db/pkg"
    folder.mkdir(parents=True)
    if suffix:
        register(SqliteDatabase(FolderFile(folder)))
    (folder / f"local.sqlite{suffix}").symlink_to(outside)
    with rooted(tmp_path / "root") as root:
        with pytest.raises(Refused, match="link"), database_of(root).read():
            pass
        with pytest.raises(Refused, match="link"), database_of(root).write():
            pass
    assert outside.read_bytes() == b""


def test_a_database_of_several_names_is_read_and_not_written(tmp_path: Path) -> None:
    """Copies of images are made of hard links, and one of them is not to change the other."""
    folder = tmp_path / "root/var/db/pkg"
    register(SqliteDatabase(FolderFile(folder)), installed())
    (tmp_path / "copy").hardlink_to(folder / "local.sqlite")
    with rooted(tmp_path / "root") as root:
        with unchanged(folder), database_of(root).read() as records:
            assert records.names() == ["demo"]
        with unchanged(folder), pytest.raises(Refused, match="2 names"), database_of(root).write():
            pass


def test_a_database_of_somebody_else_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "var/db/pkg"
    register(SqliteDatabase(FolderFile(folder)), installed())
    for path in (folder, folder / "local.sqlite"):
        path.chmod(0o777)
        if os.geteuid() == 0:
            os.chown(path, 1234, 1234)
    with rooted(tmp_path) as root, unchanged(folder), database_of(root).read() as records:
        assert records.names() == ["demo"]


def test_a_link_to_a_folder_stays_inside(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "root/var").mkdir(parents=True)
    (tmp_path / "root/outside").mkdir()
    (tmp_path / "root/var/db").symlink_to("/outside")
    with rooted(tmp_path / "root") as root, database_of(root).write() as transaction:
        transaction.register(installed())
    assert (tmp_path / "root/outside/pkg/local.sqlite").exists()
    assert list((tmp_path / "outside").iterdir()) == []


def test_unknown_kinds(tmp_path: Path) -> None:
    with rooted(tmp_path) as root, pytest.raises(UsageError, match="oracle"):
        database_of(root, "oracle")
