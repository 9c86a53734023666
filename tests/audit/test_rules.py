"""Every rule: an image that trips it, and one in order that does not."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace

import pytest

from portfake.actions.check import read_registered_ids
from portfake.audit.finding import Severity
from portfake.audit.registry import RULES
from portfake.model.manifest import Dependency
from tests.audit.images import X86_64, Image, elf

Spoil = Callable[[Image], object]
DEMO = "/usr/local/bin/demo"
DATA = "/usr/local/share/demo/data.txt"
DATABASE = "/var/db/pkg/local.sqlite"
MASTER = "/etc/master.passwd"
LINK = "/usr/local/bin/demo-link"
DIRECTORY = "/var/db/demo"


def rewrite(path: str, content: bytes | str) -> Spoil:
    """Another content, same mode and time."""

    def spoil(image: Image) -> None:
        image.put(path, content, image.path(path).stat().st_mode & 0o7777)

    return spoil


def put(path: str, content: bytes | str = b"", mode: int = 0o644) -> Spoil:
    return lambda image: image.put(path, content, mode)


def edit(path: str, old: str, new: str) -> Spoil:
    """Replace a part of a text file."""

    def spoil(image: Image) -> None:
        text = image.path(path).read_text()
        assert old in text
        rewrite(path, text.replace(old, new))(image)

    return spoil


def remove(path: str) -> Spoil:
    return lambda image: image.path(path).unlink()


def chmod(path: str, mode: int) -> Spoil:
    return lambda image: image.path(path).chmod(mode)


def chown(path: str, uid: int, gid: int) -> Spoil:
    return lambda image: os.chown(image.path(path), uid, gid)


def sql(*statements: str) -> Spoil:
    return lambda image: image.sql(*statements)


def relink(target: str) -> Spoil:
    return lambda image: image.link(LINK, target)


def file_for_folder(image: Image) -> None:
    image.path(DIRECTORY).rmdir()
    image.put(DIRECTORY)


def link_for_file(image: Image) -> None:
    image.path(DATA).unlink()
    image.link(DATA, "/etc/rc")


def pending(image: Image) -> None:
    image.path(f"{DATABASE}-wal").write_bytes(b"transactions")


def garbage(image: Image) -> None:
    image.path(DATABASE).write_bytes(b"no database at all" * 100)


def torn(image: Image) -> None:
    """An index without one of its entries."""
    image.sql(
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_master SET sql = replace(sql, 'NOT NULL', '') WHERE name = 'packages'",
        "UPDATE sqlite_master SET sql = sql || ' WHERE id > 1' WHERE name = 'packages_origin'",
    )


def two_owners(image: Image) -> None:
    """libdep claims as a folder what demo records as a file."""
    image.sql(
        f"INSERT INTO directories (id, path) VALUES (99, '{DATA}')",
        "INSERT INTO pkg_directories SELECT id, 99, 1 FROM packages WHERE name = 'libdep'",
    )


def record_sum(value: str) -> Spoil:
    return sql(f"UPDATE files SET sha256 = {value} WHERE path = '{DATA}'")


def empty_package(image: Image) -> None:
    image.record(replace(image.libdep(), name="meta", origin="misc/meta", files=(), provides=()))


def older(image: Image) -> None:
    image.record(replace(image.demo(), deps=(Dependency("libdep", "misc/libdep", "3.0"),)))


def conflict(image: Image) -> None:
    image.record(replace(image.demo(), conflicts=("libdep",)))


def abi(image: Image) -> None:
    image.record(replace(image.demo(), abi="FreeBSD:13:aarch64"))


def user(line: str) -> Spoil:
    """One more line of master.passwd, and the databases made of it."""

    def spoil(image: Image) -> None:
        text = image.path(MASTER).read_text() + line + "\n"
        rewrite(MASTER, text)(image)
        image.accounts(text)
        image.path("/etc/spwd.db").chmod(0o600)

    return spoil


def temporary(image: Image) -> None:
    image.put("/usr/local/bin/.pkgtemp.demo.abcdefghijkl")


# Rule -> what spoils an image, and what the finding is about: its path, or a part of its words.
SPOILT: dict[str, tuple[Spoil, str]] = {
    "database-unreadable": (garbage, DATABASE),
    "database-damaged": (torn, DATABASE),
    "database-dangling-row": (sql("DELETE FROM packages WHERE name = 'libdep'"), "files: 1 row(s)"),
    "database-bad-record": (sql("UPDATE packages SET flatsize = 'x'"), "demo:"),
    "database-pending": (pending, f"{DATABASE}-wal"),
    "database-locked": (sql("UPDATE pkg_lock SET exclusive = 1"), "exclusive lock held"),
    "database-permissions": (chmod(DATABASE, 0o666), DATABASE),
    "database-schema-old": (sql("PRAGMA user_version = 36"), "schema 36"),
    "database-schema-new": (sql("PRAGMA user_version = 43"), "schema 43"),
    "database-duplicate-path": (two_owners, DATA),
    "database-empty-package": (empty_package, "records no file"),
    "database-no-sum": (record_sum("NULL"), DATA),
    "database-bad-sum": (record_sum("'-'"), DATA),
    "file-missing": (remove(DATA), DATA),
    "file-type": (link_for_file, DATA),
    "file-changed": (rewrite(DATA, "tada\n"), DATA),
    "config-edited": (rewrite("/usr/local/etc/demo.conf", "x"), "/usr/local/etc/demo.conf"),
    "cache-rewritten": (
        rewrite("/usr/local/share/demo/icon-theme.cache", "x"),
        "/usr/local/share/demo/icon-theme.cache",
    ),
    "link-target": (relink("demo.sh"), LINK),
    "link-mode": (sql(f"UPDATE files SET perm = 493 WHERE path = '{LINK}'"), LINK),
    "file-mtime": (lambda image: os.utime(image.path(DATA), (1, 1)), DATA),
    "config-mtime": (
        lambda image: os.utime(image.path("/usr/local/etc/demo.conf"), (1, 1)),
        "/usr/local/etc/demo.conf",
    ),
    "directory-missing": (lambda image: image.path(DIRECTORY).rmdir(), DIRECTORY),
    "directory-type": (file_for_folder, DIRECTORY),
    "file-mode": (chmod(DATA, 0o666), DATA),
    "file-owner": (chown(DATA, 80, 0), DATA),
    "file-group": (chown(DATA, 0, 80), DATA),
    "directory-mode": (chmod(DIRECTORY, 0o755), DIRECTORY),
    "directory-owner": (chown(DIRECTORY, 80, 0), DIRECTORY),
    "directory-group": (chown(DIRECTORY, 0, 80), DIRECTORY),
    "file-unowned": (put("/usr/local/share/stray"), "/usr/local/share/stray"),
    "file-derived": (put("/usr/local/etc/demo.ini"), "/usr/local/etc/demo.ini"),
    "file-temporary": (temporary, ".pkgtemp."),
    "set-id-unrecorded": (chmod(DEMO, 0o4755), DEMO),
    "set-id": (chmod("/usr/bin/login", 0o4555), "/usr/bin/login"),
    "world-writable": (chmod("/var/db/demo", 0o777), "/var/db/demo"),
    "link-dangling": (remove(DEMO), LINK),
    "elf-foreign": (rewrite(DEMO, elf(machine=X86_64)), DEMO),
    "elf-newer": (rewrite(DEMO, elf(osversion=1500000)), DEMO),
    "elf-damaged": (rewrite(DEMO, b"\x7fELF\x07"), DEMO),
    "elf-interpreter": (rewrite(DEMO, elf(interpreter="/libexec/gone")), DEMO),
    "elf-library": (remove("/usr/local/lib/demo/libdemo.so.1"), "libdemo.so.1"),
    "script-interpreter": (put("/usr/local/bin/x", "#!/usr/local/bin/perl -w\n", 0o755), "perl"),
    "elf-unrecorded": (put("/usr/local/bin/x", elf(), 0o755), "/usr/local/bin/x"),
    "user-missing": (edit(MASTER, "www:*:80", "web:*:80"), "user www"),
    "group-missing": (edit("/etc/group", "www:*:80", "web:*:80"), "group www"),
    "account-file-bad": (edit(MASTER, "www:*:80", "www:*:eighty"), "line 4"),
    "account-duplicate": (user("www:*:81:81::0:0:x:/nonexistent:/usr/sbin/nologin"), "www"),
    "account-database-missing": (remove("/etc/spwd.db"), "/etc/spwd.db"),
    "account-database-stale": (edit(MASTER, "Web Owner", "Web"), "www differs"),
    "account-file-mode": (chmod("/etc/spwd.db", 0o644), "/etc/spwd.db"),
    "shell-unlisted": (edit("/etc/shells", "/bin/sh\n", ""), "/bin/sh"),
    "shell-missing": (user("x:*:9:9::0:0:x:/:/usr/local/bin/bash"), "bash"),
    "owner-unknown": (chown("/etc/ttys", 4711, 0), "/etc/ttys"),
    "dependency-missing": (
        sql("PRAGMA foreign_keys = ON", "DELETE FROM packages WHERE name = 'libdep'"),
        "libdep",
    ),
    "dependency-older": (older, "libdep-3.0"),
    "library-unprovided": (remove("/lib/libc.so.7"), "libc.so.7"),
    "requirement-missing": (sql("DELETE FROM pkg_provides"), "vi-editor"),
    "package-conflict": (conflict, "conflicts with libdep"),
    "package-abi": (abi, "FreeBSD:13:aarch64"),
    "login-file-missing": (remove("/etc/ttys"), "/etc/ttys"),
    "kernel-missing": (remove("/boot/kernel/kernel"), "/boot/kernel/kernel"),
    "root-login": (edit(MASTER, "root:$6$x:0:", "root:$6$x:7:"), "id 0"),
    "service-script-missing": (edit("/etc/rc.conf", "demo_enable", "ghost_enable"), "ghost"),
    "service-program-missing": (remove(DEMO), DEMO),
    "service-user-missing": (edit(MASTER, "www:*:80", "web:*:80"), "runs as www"),
    "work-interrupted": (put("/var/db/portfake/journal", "{}\n"), "/var/db/portfake/journal"),
    "work-deferred": (put("/usr/local/etc/rc.d/portfake_firstboot"), "portfake_firstboot"),
    "trigger-deferred": (put("/var/db/pkg/triggers/abcdefghij"), "/var/db/pkg/triggers/abcdefghij"),
}
# What cannot be made here: file flags (Linux has none), files that root cannot read; and what
# needs a ports tree, below.
ELSEWHERE = {"file-flags", "file-unreadable", "account-id"}


def test_every_rule_is_tripped_by_some_image() -> None:
    assert {rule.id for rule in RULES} == SPOILT.keys() | ELSEWHERE


def test_an_image_in_order(image: Image) -> None:
    report = image.check()
    assert [(found.rule, found.path) for found in report.findings] == []
    assert {unchecked.rule for unchecked in report.unchecked} == {"account-id"}
    assert report.summary.login == "ready"
    assert report.summary.abi == "FreeBSD:14:aarch64"
    assert not report.fails(Severity.NOTE)


@pytest.mark.parametrize("rule", SPOILT)
def test_a_spoilt_image(rule: str, image: Image) -> None:
    spoil, about = SPOILT[rule]
    spoil(image)
    found = image.findings(rule)
    assert found
    assert any(about in f"{each.path} {each.message}" for each in found), found
    severity = next(each.severity for each in RULES if each.id == rule)
    assert {each.severity for each in found} == {severity}


def test_ids_of_a_ports_tree(image: Image) -> None:
    tree = image.root.parent / "tree"
    tree.mkdir()
    (tree / "UIDs").write_text("# ids\nwww:*:80:80::0:0:x:/:/\n")
    (tree / "GIDs").write_text("www:*:81:\n")
    ids = read_registered_ids(str(tree))
    found = image.check(registered_ids=ids).findings
    assert [each.message for each in found] == ["group www has id 80, not 81"]
