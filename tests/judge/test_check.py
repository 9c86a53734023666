"""`check` against the real pkg(8): roots it made, untouched and spoilt in 200 ways."""

from __future__ import annotations

import json
import os
import random
import re
import sqlite3
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from portfake.actions.check import CheckRequest, check
from portfake.audit.finding import Finding
from tests.command_line import DATABASE, snapshot

pytestmark = pytest.mark.judge

ABI = "FreeBSD:14:aarch64"
CLOCK = 1_700_000_000
PACKAGES, FILES = 8, 40
LINE = re.compile(
    r"\S+: (?:(?P<sum>checksum mismatch for|missing file|missing directory) (?P<first>/.*)"
    r"|(?P<path>/.*) \[(?P<tag>\w+)\].*)"
)
TAGS = {
    "perm": {"file-mode", "directory-mode", "link-mode"},
    "uname": {"file-owner", "directory-owner"},
    "gname": {"file-group", "directory-group"},
    "mtime": {"file-mtime", "config-mtime"},
    "symlink": {"link-target"},
    "type": {"file-type", "directory-type"},
    "fflags": {"file-flags"},
    "checksum mismatch for": {"file-changed", "link-target", "database-bad-sum"},
    "missing file": {"file-missing"},
    "missing directory": {"directory-missing"},
}
"""What pkg says -> the rules that say it here."""
TYPES = {"file-type", "directory-type"}
"""What is of another type is that, whatever else of it pkg compares."""


@dataclass
class World:
    """A root that the real pkg filled, and the calls of it."""

    pkg: str
    folder: Path
    root: Path = field(init=False)
    crashed: bool = field(default=False, init=False)
    """Whether the last `pkg check` ended by a signal."""

    def __post_init__(self) -> None:
        self.root = self.folder / "root"
        self.root.mkdir()

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        options = ("-o", f"ABI={ABI}", "-o", "OSVERSION=1400097", "-C", "/dev/null", "-R", "/no")
        return subprocess.run(
            [self.pkg, *options, *words], capture_output=True, text=True, check=False
        )

    def package(self, name: str, deps: dict[str, dict[str, str]]) -> None:
        """Stage, create and add one package."""
        stage = self.folder / f"stage-{name}"
        lines = []
        for number in range(FILES):
            path = f"/usr/local/share/{name}/d{number % 4}/f{number:02}"
            place = stage / path[1:]
            place.parent.mkdir(parents=True, exist_ok=True)
            if number % 10 == 9:
                place.symlink_to(f"f{number - 4:02}")
            else:
                place.write_bytes(f"{name} {number}\n".encode() * (number + 1))
            lines.append(f"@config {path}" if number % 10 == 4 else path)
        folder = f"/var/db/{name}"
        (stage / folder[1:]).mkdir(parents=True)
        lines.append(f"@dir(root,wheel,0750) {folder}")
        manifest = {
            "name": name,
            "version": "1.0",
            "origin": f"misc/{name}",
            "comment": "c",
            "desc": "d",
            "maintainer": "a@b.c",
            "www": "https://example.org/",
            "prefix": "/usr/local",
            "abi": ABI,
            "categories": ["misc"],
            "deps": deps,
        }
        (self.folder / "manifest").write_text(json.dumps(manifest))
        (self.folder / "plist").write_text("\n".join(lines) + "\n")
        made = self.run(
            *("create", "-t", str(CLOCK), "-M", str(self.folder / "manifest")),
            *("-p", str(self.folder / "plist"), "-r", str(stage), "-o", str(self.folder)),
        )
        assert made.returncode == 0, made.stderr
        added = self.run("-r", str(self.root), "add", str(self.folder / f"{name}-1.0.pkg"))
        assert added.returncode == 0, added.stderr

    def pkg_check(self) -> list[tuple[str, str]]:
        """(path, tag) of every line of `pkg check -sm`."""
        answer = self.run("-r", str(self.root), "check", "-sm")
        self.crashed = answer.returncode < 0
        found = []
        for line in answer.stderr.splitlines():
            if line.startswith("pkg: "):  # a failed read, without the path
                continue
            match = LINE.fullmatch(line)
            assert match, line
            found.append((match["first"] or match["path"], match["sum"] or match["tag"]))
        return found

    def findings(self) -> tuple[Finding, ...]:
        return check(str(self.root), CheckRequest(), jobs=2).findings

    def at(self, path: str) -> Path:
        return self.root / path[1:]

    def sql(self, statement: str, *values: object) -> None:
        with closing(sqlite3.connect(self.root / DATABASE)) as database, database:
            database.execute(statement, values)


@pytest.fixture
def world(judged: Callable[[str], str], tmp_path: Path) -> World:
    made = World(judged("PORTFAKE_PKG"), tmp_path)
    made.package("p0", {})
    for number in range(1, PACKAGES):
        deps = {"p0": {"origin": "misc/p0", "version": "1.0"}}
        made.package(f"p{number}", deps)
    return made


def test_a_root_of_the_real_pkg(world: World) -> None:
    assert world.pkg_check() == []
    for path in (world.root / "var/db/pkg").glob("local.sqlite-*"):
        path.unlink()
    before = snapshot(world.root)
    assert world.findings() == ()
    assert snapshot(world.root) == before


def rewrite(world: World, path: str) -> Iterator[tuple[str, str]]:
    place = world.at(path)
    status = place.stat()
    content = bytearray(place.read_bytes())
    content[len(content) // 2] ^= 1
    place.write_bytes(content)
    os.utime(place, ns=(status.st_atime_ns, status.st_mtime_ns))
    yield ("config-edited" if path.endswith("4") else "file-changed"), path


def chmod(world: World, path: str) -> Iterator[tuple[str, str]]:
    world.at(path).chmod(0o600)
    yield "file-mode", path


def set_id(world: World, path: str) -> Iterator[tuple[str, str]]:
    world.at(path).chmod(0o4755)
    yield "file-mode", path
    yield "set-id", path
    yield "set-id-unrecorded", path


def chown(world: World, path: str) -> Iterator[tuple[str, str]]:
    os.chown(world.at(path), 80, 0)
    yield "file-owner", path


def chgrp(world: World, path: str) -> Iterator[tuple[str, str]]:
    os.chown(world.at(path), 0, 80)
    yield "file-group", path


def touch(world: World, path: str) -> Iterator[tuple[str, str]]:
    os.utime(world.at(path), (1, 1))
    yield ("config-mtime" if path.endswith("4") else "file-mtime"), path


def remove(world: World, path: str) -> Iterator[tuple[str, str]]:
    world.at(path).unlink()
    yield "file-missing", path


def replace_by_link(world: World, path: str) -> Iterator[tuple[str, str]]:
    world.at(path).unlink()
    world.at(path).symlink_to(".")
    yield "file-type", path


def replace_by_folder(world: World, path: str) -> Iterator[tuple[str, str]]:
    world.at(path).unlink()
    world.at(path).mkdir()
    yield "file-type", path


def add(world: World, path: str) -> Iterator[tuple[str, str]]:
    world.at(path + ".new").write_text("x")
    yield "file-unowned", path + ".new"


def forget(world: World, path: str) -> Iterator[tuple[str, str]]:
    world.sql("DELETE FROM files WHERE path = ?", path)
    world.sql("DELETE FROM config_files WHERE path = ?", path)
    yield "file-unowned", path


def record_mode(world: World, path: str) -> Iterator[tuple[str, str]]:
    world.sql("UPDATE files SET perm = 292 WHERE path = ?", path)
    yield "file-mode", path


def record_sum(world: World, path: str) -> Iterator[tuple[str, str]]:
    world.sql("UPDATE files SET sha256 = '1$' || hex(zeroblob(32)) WHERE path = ?", path)
    yield ("config-edited" if path.endswith("4") else "file-changed"), path


def bad_sum(world: World, path: str) -> Iterator[tuple[str, str]]:
    world.sql("UPDATE files SET sha256 = '-' WHERE path = ?", path)
    yield "database-bad-sum", path


def phantom(world: World, path: str) -> Iterator[tuple[str, str]]:
    other = path + ".phantom"
    world.sql(
        "INSERT INTO files (path, sha256, uname, gname, perm, mtime, package_id)"
        " SELECT ?, sha256, uname, gname, perm, mtime, package_id FROM files WHERE path = ?",
        *(other, path),
    )
    yield "file-missing", other


def relink(world: World, path: str) -> Iterator[tuple[str, str]]:
    status = world.at(path).lstat()
    world.at(path).unlink()
    world.at(path).symlink_to(".")
    times = (status.st_atime_ns, status.st_mtime_ns)
    os.utime(world.at(path), ns=times, follow_symlinks=False)
    yield "link-target", path


def file_for_link(world: World, path: str) -> Iterator[tuple[str, str]]:
    world.at(path).unlink()
    world.at(path).write_text("x")
    yield "file-type", path


def folder_mode(world: World, path: str) -> Iterator[tuple[str, str]]:
    world.at(path).chmod(0o700)
    yield "directory-mode", path


def folder_owner(world: World, path: str) -> Iterator[tuple[str, str]]:
    os.chown(world.at(path), 80, 80)
    yield "directory-owner", path
    yield "directory-group", path


def no_folder(world: World, path: str) -> Iterator[tuple[str, str]]:
    world.at(path).rmdir()
    yield "directory-missing", path


ON_FILES = (
    *(rewrite, chmod, set_id, chown, chgrp, touch, remove, replace_by_link, replace_by_folder),
    *(add, forget, record_mode, record_sum, bad_sum, phantom),
)
ON_LINKS = (relink, file_for_link, remove)
OTHER_TYPE = {replace_by_link, replace_by_folder, file_for_link}
ON_FOLDERS = (folder_mode, folder_owner, no_folder)


@pytest.mark.parametrize(("seed", "types"), [(1, False), (2, False), (3, True)])
def test_200_mutations(world: World, seed: int, types: bool) -> None:
    """pkg 2.8.99 crashes (SIGSEGV) on objects of another type; what it said until then counts."""
    chance = random.Random(seed)
    numbers = range(FILES)
    shares = [f"/usr/local/share/p{p}/d{n % 4}/f{n:02}" for p in range(PACKAGES) for n in numbers]
    links = [path for path in shares if path.endswith("9")]
    # What links lead to stays there: links that dangle are another finding.
    files = [path for path in shares if path not in links and not path.endswith("5")]
    folders = [f"/var/db/p{number}" for number in range(PACKAGES)]
    chosen = [
        *((ON_FILES, path) for path in chance.sample(files, 172)),
        *((ON_LINKS, path) for path in chance.sample(links, 22)),
        *((ON_FOLDERS, path) for path in chance.sample(folders, 6)),
    ]
    assert len(chosen) == 200
    expected: Counter[tuple[str, str]] = Counter()
    for possible, path in chosen:
        kinds = [kind for kind in possible if types or kind not in OTHER_TYPE]
        expected.update(chance.choice(kinds)(world, path))
    told = world.pkg_check()
    found = world.findings()
    ours = Counter((each.rule, each.path or "") for each in found)
    assert ours - expected == Counter()
    assert expected - ours == Counter()
    by_path: dict[str, set[str]] = {}
    for rule, path in ours:
        by_path.setdefault(path, set()).add(rule)
    unsaid = [
        (path, tag) for path, tag in told if not by_path.get(path, set()) & (TAGS[tag] | TYPES)
    ]
    print(f"seed {seed}: {len(told)} lines of pkg check -sm, {sum(ours.values())} findings")
    assert unsaid == []
    assert types or not world.crashed
