"""Applying a plan: files first, the record last, and everything taken back on an error."""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from portfake.install.apply import apply_plan
from portfake.install.candidate import Candidate
from portfake.install.facts import gather
from portfake.install.plan import Plan, Source
from portfake.install.planner import Policy, make_plan
from portfake.install.removal import plan_removal
from portfake.model.abi import Abi
from portfake.model.entry import Entry, EntryType
from portfake.model.manifest import (
    InstalledPackage,
    Manifest,
    PackagedDirectory,
    PackagedFile,
)
from portfake.model.payload import Payload, Reader
from portfake.packages.sums import file_sum, link_sum
from portfake.pkgdb.interface import PackageDatabase, Records, Transaction
from portfake.pkgdb.registry import database_of
from portfake.root.confined import Root
from portfake.root.ownership import Ownership

ABI = Abi.parse("FreeBSD:14:aarch64")
TIME = 1_700_000_000
CONTENTS = {
    "/usr/local/bin/tool": b"#!/bin/sh\n",
    "/usr/local/etc/tool.conf": b"a = 1\n",
    "/usr/local/share/tool/data": b"\0\1\2",
}
LINK = "/usr/local/bin/alias"
FOLDER = "/var/db/tool"
MANIFEST = Manifest(
    name="tool", version="1.0", origin="sysutils/tool", comment="c", desc="d",
    maintainer="m@example.org", www="UNKNOWN", prefix="/usr/local", abi=str(ABI),
    files=(
        *(PackagedFile(path=path, sum=file_sum(io.BytesIO(text)), mode=0o644, mtime=TIME)
          for path, text in CONTENTS.items()),
        PackagedFile(path=LINK, sum=link_sum("tool"), target="tool", mtime=TIME),
    ),
    directories=(PackagedDirectory(path=FOLDER, mode=0o750),),
    config=("/usr/local/etc/tool.conf",),
)  # fmt: skip


def entries() -> Iterator[tuple[Entry, Reader | None]]:
    for path, text in CONTENTS.items():
        entry = Entry(path=path, type=EntryType.FILE, mode=0o644, owner="root", group="wheel",
                      mtime=TIME, size=len(text))  # fmt: skip
        yield entry, io.BytesIO(text)
    yield Entry(path=LINK, type=EntryType.SYMLINK, target="tool"), None
    yield Entry(path=FOLDER, type=EntryType.DIRECTORY, mode=0o750), None


def candidate(payload: Iterator[tuple[Entry, Reader | None]] | None = None) -> Candidate:
    @contextmanager
    def opened() -> Iterator[Payload]:
        yield list(payload or entries())

    return Candidate(MANIFEST, "2$2$digest", Source("port", "sysutils/tool", verified=True), opened)


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Root]:
    (tmp_path / "root").mkdir()
    # RECORD: these tests need no root user, and what they look at is the same.
    with Root(tmp_path / "root", ownership=Ownership.RECORD) as opened:
        yield opened


def planned(root: Root, package: Candidate, policy: Policy | None = None) -> Plan:
    with database_of(root).read() as records:
        facts = gather([package], root, records, abi=ABI, osversion=1400097)
    facts = replace(facts, users=frozenset({"root"}), groups=frozenset({"wheel"}))
    return make_plan([package], facts, policy or Policy())


def install(root: Root, package: Candidate, policy: Policy | None = None) -> None:
    plan = planned(root, package, policy)
    apply_plan(plan, [package], root, database_of(root), verb="install", time=TIME)


def tree(root: Root) -> dict[str, bytes]:
    base = Path(root.directory)
    return {
        str(path.relative_to(base)): str(path.readlink()).encode() if path.is_symlink()
        else b"" if path.is_dir() else path.read_bytes()
        for path in sorted(base.rglob("*"))
    }  # fmt: skip


def test_files_links_folders_and_the_record(root: Root) -> None:
    install(root, candidate())
    for path, text in CONTENTS.items():
        assert root.read(path) == text
    entry = root.stat(LINK, follow=False)
    assert entry is not None
    assert entry.target == "tool"
    folder = root.stat(FOLDER)
    assert folder is not None
    assert folder.mode == 0o750
    with database_of(root).read() as records:
        package = records.find("tool")
    assert package is not None
    assert package.time == TIME
    assert package.digest == "2$2$digest"
    assert package.config_texts == {"/usr/local/etc/tool.conf": "a = 1\n"}


def test_no_temporary_name_stays(root: Root) -> None:
    install(root, candidate())
    assert not [name for name in tree(root) if ".portfake." in name]


def failing(after: int) -> Iterator[tuple[Entry, Reader | None]]:
    for number, pair in enumerate(entries()):
        if number == after:
            raise OSError(28, "No space left on device")
        yield pair


@pytest.mark.parametrize("after", range(5))
def test_an_error_while_placing_leaves_the_root_as_it_was(root: Root, after: int) -> None:
    class Failing:
        def __iter__(self) -> Iterator[tuple[Entry, Reader | None]]:
            return failing(after)

    @contextmanager
    def opened() -> Iterator[Payload]:
        yield Failing()

    broken = replace(candidate(), open_payload=opened)
    before = tree(root)
    with pytest.raises(OSError, match="No space"):
        install(root, broken)
    assert tree(root) == before


class FullTransaction:
    """Only what apply_plan asks of a transaction."""

    def state(self, name: str) -> str:
        return ""

    def register(self, *packages: InstalledPackage) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


class FullDatabase:
    """A database that a package does not go into any more, or whose commit fails."""

    def __init__(self, root: Root, *, commit: bool) -> None:
        self.real = database_of(root)
        self.commit = commit

    def exists(self) -> bool:
        return self.real.exists()

    def files(self) -> tuple[str, ...]:
        return self.real.files()

    def read(self) -> AbstractContextManager[Records]:
        return self.real.read()

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        if not self.commit:
            yield cast("Transaction", FullTransaction())
            return
        with self.real.write() as transaction:
            yield transaction
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def install_into_full(root: Root, *, commit: bool) -> None:
    plan = planned(root, candidate())
    full = cast("PackageDatabase", FullDatabase(root, commit=commit))
    with pytest.raises(OSError, match="No space"):
        apply_plan(plan, [candidate()], root, full, verb="install", time=TIME)


@pytest.mark.parametrize("commit", [False, True])
def test_an_error_of_the_database_takes_the_files_back(root: Root, *, commit: bool) -> None:
    root.makedirs("/usr/local/bin")
    before = tree(root)
    install_into_full(root, commit=commit)
    assert tree(root) == before


@pytest.mark.parametrize("commit", [False, True])
def test_what_was_there_with_the_same_content_outlives_an_error(
    root: Root, *, commit: bool
) -> None:
    root.makedirs("/usr/local/etc")
    root.write("/usr/local/etc/tool.conf", [b"a = 1\n"])
    root.makedirs("/usr/local/bin")
    root.symlink("tool", LINK)
    before = tree(root)
    install_into_full(root, commit=commit)
    assert tree(root) == before


def test_force_keeps_a_file_that_a_linked_folder_leads_to(root: Root) -> None:
    root.makedirs("/usr/local")
    root.makedirs("/elsewhere")
    root.symlink("/elsewhere", "/usr/local/etc")
    root.write("/elsewhere/tool.conf", [b"mine\n"])
    install(root, candidate(), Policy(force=True))
    assert root.read("/elsewhere/tool.conf") == b"a = 1\n"
    assert root.read("/elsewhere/tool.conf.pkgsave") == b"mine\n"


def test_a_file_in_the_way_is_kept_beside_by_force(root: Root) -> None:
    root.makedirs("/usr/local/etc")
    root.write("/usr/local/etc/tool.conf", [b"mine\n"])
    install(root, candidate(), Policy(force=True))
    assert root.read("/usr/local/etc/tool.conf") == b"a = 1\n"
    assert root.read("/usr/local/etc/tool.conf.pkgsave") == b"mine\n"


def removed(root: Root) -> None:
    database = database_of(root)
    with database.read() as records:
        plan = plan_removal(["tool"], records, "/", recursive=False, force=False)
    apply_plan(plan, (), root, database, verb="delete", time=0)


def test_removal_takes_files_own_folders_and_empty_parents_up_to_the_prefix(root: Root) -> None:
    root.makedirs("/usr/local/share")
    install(root, candidate())
    removed(root)
    left = {name for name in tree(root) if not name.startswith("var/db/pkg")}
    assert left == {"usr", "usr/local", "var", "var/db"}


def test_removal_leaves_what_somebody_else_put_there(root: Root) -> None:
    install(root, candidate())
    root.write(f"{FOLDER}/state", [b"x"])
    root.write("/usr/local/share/tool/mine", [b"x"])
    removed(root)
    assert root.read(f"{FOLDER}/state") == b"x"
    assert root.read("/usr/local/share/tool/mine") == b"x"
