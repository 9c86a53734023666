"""`diff`: roots, packages and databases, and what of them differs."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.audit.images import Image
from tests.command_line import DATABASE, call, snapshot, write_small_package

DATA = "/usr/local/share/demo/data.txt"


@pytest.fixture
def other(image: Image, tmp_path: Path) -> Image:
    """A second image, the same as the first."""
    shutil.copytree(image.root, tmp_path / "other", symlinks=True)
    return Image(tmp_path / "other")


def test_the_same(image: Image, other: Image) -> None:
    before = snapshot(image.root)
    answer = call("diff", image.root, other.root)
    assert (answer.status, answer.out) == (0, "")
    assert snapshot(image.root) == before


def test_files(image: Image, other: Image) -> None:
    other.path(DATA).chmod(0o600)
    os.chown(other.path("/etc/ttys"), 80, 0)
    other.path("/etc/rc.conf").unlink()
    other.link("/etc/link", "ttys")
    answer = call("diff", image.root, other.root, "--json", "--no-mtime")
    assert answer.status == 1
    assert [(line["how"], line["path"], line["fields"]) for line in answer.documents] == [
        (
            "added",
            "/etc/link",
            {
                "type": [None, "link"],
                "mode": [None, "0777"],
                "owner": [None, "root"],
                "group": [None, "wheel"],
                "mtime": [None, "1700000000"],
                "target": [None, "ttys"],
            },
        ),
        ("removed", "/etc/rc.conf", answer.documents[1]["fields"]),
        ("changed", "/etc/ttys", {"owner": ["root", "www"]}),
        ("changed", DATA, {"mode": ["0640", "0600"]}),
    ]
    text = call("diff", image.root, other.root, "--no-mtime").out
    assert f"file changed: {DATA} mode 0640->0600\n" in text


def test_content_and_time(image: Image, other: Image) -> None:
    other.put(DATA, "tada\n", 0o640)
    os.utime(other.path(DATA), (1, 1))
    (line,) = call("diff", image.root, other.root, "--json").documents
    assert line["fields"].keys() == {"mtime", "digest"}


def test_packages(image: Image, other: Image) -> None:
    changed = replace(other.demo(), version="1.1", licenses=("MIT",))
    other.record(changed, replace(other.libdep(), name="more", files=()))
    answer = call("diff", image.root / DATABASE, other.root / DATABASE, "--json")
    assert answer.status == 1
    first, second = answer.documents
    assert (first["how"], first["name"], first["before"], first["after"]) == (
        *("changed", "demo"),
        *("1.0", "1.1"),
    )
    assert first["fields"] == {
        "version": ["1.0", "1.1"],
        "licenses": [["BSD2CLAUSE"], ["MIT"]],
    }
    assert (second["how"], second["name"], second["before"]) == ("added", "more", None)
    alone = call("diff", image.root, other.root, "--no-files").out.splitlines()
    assert alone[0] == "package changed: demo 1.0 -> 1.1"
    assert '    licenses: ["BSD2CLAUSE"] -> ["MIT"]' in alone


def test_two_package_files(tmp_path: Path) -> None:
    old = write_small_package(tmp_path, "x", files={"/usr/local/a": b"1", "/usr/local/b": b"2"})
    new = write_small_package(tmp_path, "x", "2", files={"/usr/local/a": b"3"})
    answer = call("diff", old, new, "--json")
    assert answer.status == 1
    assert [(line["kind"], line["how"]) for line in answer.documents] == [
        *(("package", "changed"), ("file", "changed"), ("file", "removed")),
    ]


def test_a_root_against_its_database(image: Image) -> None:
    """Of a root and a database, what both record is compared."""
    assert call("diff", image.root, image.root / DATABASE).status == 0


def test_what_is_not_there(image: Image, tmp_path: Path) -> None:
    assert call("diff", image.root, tmp_path / "none").status == 66
