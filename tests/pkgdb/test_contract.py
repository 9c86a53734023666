"""What every kind of package database does alike (portfake.pkgdb.interface)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from portfake.errors import Busy, NotFound, PortfakeError, Refused
from portfake.install.recover import fingerprint
from portfake.model.manifest import (
    Dependency,
    InstalledPackage,
    Manifest,
    PackagedDirectory,
    PackagedFile,
    Phase,
)
from portfake.pkgdb.interface import PackageDatabase
from portfake.pkgdb.registry import KINDS, database_of
from portfake.root.confined import Root
from portfake.root.ownership import Ownership
from tests.command_line import snapshot


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Root]:
    with Root(tmp_path, ownership=Ownership.RECORD) as opened:
        yield opened


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, root: Root) -> PackageDatabase:
    return database_of(root, request.param)


def package(name: str, *paths: str, version: str = "1.0", **fields: object) -> InstalledPackage:
    """What every kind can hold."""
    manifest = Manifest(
        name=name,
        version=version,
        origin=f"misc/{name}",
        comment=f"The {name} package",
        desc=f"What it is for\nand more.\n\nWWW: https://example.org/{name}",
        maintainer="unknown",
        www=f"https://example.org/{name}",
        prefix="/usr/local",
        abi="",
        licenselogic=None,
        files=tuple(
            PackagedFile(path=path, sum=f"md5${'0' * 32}", owner=None, group=None) for path in paths
        ),
    )
    return InstalledPackage(manifest=replace(manifest, **fields), time=7)  # type: ignore[arg-type]


def register(database: PackageDatabase, *packages: InstalledPackage) -> None:
    with database.write() as transaction:
        transaction.register(*packages)


def all_of(database: PackageDatabase) -> list[InstalledPackage]:
    with database.read() as records:
        return list(records.packages())


def test_an_absent_database_reads_as_empty(database: PackageDatabase, tmp_path: Path) -> None:
    assert not database.exists()
    with database.read() as records:
        assert (records.names(), list(records.outlines())) == ([], [])
        assert list(records.sums()) == []
        assert records.find("demo") is None
        assert records.which("/x") is None
    assert list(tmp_path.iterdir()) == []


def test_what_is_registered_is_read(database: PackageDatabase) -> None:
    demo = package(
        "demo",
        "/usr/local/bin/demo",
        "/usr/local/share/a b/c",
        "/var/db/demo",
        deps=(Dependency("libdep", "misc/libdep", "2.0"),),
        options={"DOCS": "on", "NLS": "off"},
        directories=(PackagedDirectory(path="/usr/local/share/a b", owner=None, group=None),),
        scripts={Phase.PRE_INSTALL: "echo pre\n", Phase.POST_DEINSTALL: "echo bye\n"},
    )
    both = package("both", "/usr/local/bin/both", scripts={Phase.INSTALL: "echo $2\n"})
    register(database, demo, both)
    assert database.exists()
    assert all_of(database) == [both, demo]
    with database.read() as records:
        assert records.names() == ["both", "demo"]
        assert records.find("demo") == demo
        assert records.find("dem") is None
        assert records.which("/usr/local/share/a b/c") == "demo"
        assert records.which("/usr/local/share") is None
        assert records.owners(["/usr/local/share/a b/c", "/usr/local/share", "/none"]) == {
            "/usr/local/share/a b/c": "demo"
        }
        assert records.folder_owners("/usr/local/share/a b") == ("demo",)
        assert records.folder_owners("/usr/local/share") == ()
        assert {file.path: (file.package, file.sum, file.target) for file in records.sums()} == {
            file.path: (one.manifest.name, file.sum, file.target)
            for one in (both, demo)
            for file in one.manifest.files
        }
        outlines = {one.manifest.name: one.manifest for one in records.outlines()}
    assert outlines["demo"].deps == demo.manifest.deps
    assert (outlines["demo"].files, outlines["demo"].scripts) == ((), {})


def test_reading_changes_nothing(database: PackageDatabase, tmp_path: Path) -> None:
    register(database, package("demo", "/usr/local/bin/demo"))
    before = snapshot(tmp_path)
    all_of(database)
    assert snapshot(tmp_path) == before


def test_replacing_and_removing(database: PackageDatabase) -> None:
    register(database, package("one", "/a", "/b"), package("two", "/c"))
    register(database, package("one", "/a", "/c", version="2.0"), package("two", "/b"))
    with database.write() as transaction:
        assert [transaction.which(path) for path in ("/a", "/b", "/c")] == ["one", "two", "one"]
        transaction.remove("two")
        assert transaction.names() == ["one"]
        with pytest.raises(NotFound):
            transaction.remove("two")
    assert [one.manifest.full_name for one in all_of(database)] == ["one-2.0"]


def test_a_path_belongs_to_one_package(database: PackageDatabase) -> None:
    register(database, package("one", "/a"))
    with pytest.raises(Refused, match="/a belongs to one"):
        register(database, package("two", "/a"))
    assert [one.manifest.name for one in all_of(database)] == ["one"]


def test_an_exception_takes_everything_back(database: PackageDatabase, tmp_path: Path) -> None:
    with suppress(KeyError), database.write() as transaction:
        transaction.register(package("first", "/f"))
        raise KeyError
    assert list(tmp_path.iterdir()) == []
    register(database, package("one", "/a"))
    with suppress(KeyError), database.write() as transaction:
        transaction.register(package("two", "/b"))
        transaction.remove("one")
        raise KeyError
    assert [one.manifest.name for one in all_of(database)] == ["one"]


def test_a_transaction_tells_what_will_be_read(database: PackageDatabase) -> None:
    """By this an interrupted run knows whether its records count."""
    register(database, package("old", "/old"), package("same", "/s"))
    with database.write() as transaction:
        before = fingerprint(transaction, ("old", "new", "same"))
        transaction.register(package("new", "/new"), package("same", "/t", version="2.0"))
        transaction.remove("old")
        after = fingerprint(transaction, ("old", "new", "same"))
    with database.read() as records:
        assert fingerprint(records, ("old", "new", "same")) == after != before


def test_two_writers(database: PackageDatabase, tmp_path: Path) -> None:
    register(database, package("one", "/a"))
    with (
        database.write(),
        Root(tmp_path, ownership=Ownership.RECORD) as other,
        pytest.raises(Busy),
        database_of(other, database.kind).write(),
    ):
        pass


def test_the_files_are_those_that_a_first_transaction_makes(
    database: PackageDatabase, tmp_path: Path
) -> None:
    for path in database.files():
        assert path.startswith("/var/db/pkg/")


def test_marks(database: PackageDatabase) -> None:
    register(database, package("demo", "/a"))
    with database.write() as transaction:
        transaction.mark("demo")
        with pytest.raises(NotFound):
            transaction.mark("other", automatic=True)


def test_what_an_ordinary_package_loses(database: PackageDatabase) -> None:
    assert database.losses(package("demo", "/a").manifest) == ()


def test_rubbish_beside_the_records(database: PackageDatabase, tmp_path: Path) -> None:
    register(database, package("demo", "/a"))
    (tmp_path / "var/db/pkg/rubbish").write_bytes(b"\0")
    (tmp_path / "var/db/pkg/folder-1").mkdir()
    with suppress(PortfakeError):
        assert [one.manifest.name for one in all_of(database)] == ["demo"]
