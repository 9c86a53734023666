"""`audit`: whatever holds packages, against whatever feed, and never a clean answer without one."""

from __future__ import annotations

import bz2
import json
import lzma
from dataclasses import replace
from pathlib import Path

import pytest

from portfake.audit.subjects import Subject, subjects_of_database
from portfake.audit.vulnerabilities import requiring
from portfake.limits import LimitExceeded, Limits
from portfake.model.manifest import Dependency
from tests.audit.images import Image
from tests.command_line import DATABASE, Answer, call, snapshot, write_small_package
from tests.formats.test_vuxml import SPLIT, document

ENTRY = """<vuln vid="{vid}"><topic>{name} -- bad</topic><affects><package><name>{name}</name>
{ranges}</package></affects><references><cvename>CVE-2023-{vid}</cvename></references>
<dates><discovery>2023-01-01</discovery><entry>2023-02-02</entry></dates></vuln>"""


def entry(name: str, *ranges: str, vid: str = "1") -> str:
    text = "".join(f"<range>{each}</range>" for each in ranges)
    return ENTRY.format(name=name, vid=vid, ranges=text)


BAD_DEP = entry("libdep", "<lt>2.1</lt>")
OLD_BASE = entry("FreeBSD", "<ge>14.0</ge><lt>14.0_3</lt>", vid="2")
OLD_KERNEL = entry("FreeBSD-kernel", "<lt>14.0_6</lt>", vid="3")


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    path = tmp_path / "vuln.xml"
    path.write_bytes(document(BAD_DEP, OLD_BASE, OLD_KERNEL, entry("x", "<gt>1</gt>", vid="4")))
    return path


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")


def found(answer: Answer) -> list[tuple[str, str]]:
    return [
        (line["package"], line["id"])
        for line in answer.documents
        if line["kind"] == "vulnerability"
    ]


def test_an_image(image: Image, feed: Path) -> None:
    before = snapshot(image.root)
    answer = call("audit", "--root", image.root, "--feed", feed, "-r")
    assert answer.status == 1
    assert answer.out == (
        f"{image.root}: 1 problem(s) in 1 package(s) of 2\n"
        f"    feed {feed}: 4 entries, the latest of 2023-02-02\n"
        "libdep-2.0: vulnerable: libdep -- bad\n"
        "    versions: < 2.1\n"
        "    CVE-2023-1\n"
        "    https://vuxml.FreeBSD.org/freebsd/1.html\n"
        "    needed by: demo\n"
    )
    assert snapshot(image.root) == before


def test_base_and_kernel(image: Image, feed: Path) -> None:
    image.put("/bin/freebsd-version", '#!/bin/sh\nUSERLAND_VERSION="14.0-RELEASE-p2"\n')
    image.put("/boot/kernel/kernel", b"x" * 1048570 + b"@(#)FreeBSD 14.0-RELEASE-p6 abc\n\0")
    answer = call("audit", "--root", image.root, "--feed", feed, "--json")
    assert found(answer) == [("libdep-2.0", "1"), ("FreeBSD-14.0_2", "2")]
    image.put("/bin/freebsd-version", 'USERLAND_VERSION="15.0-CURRENT"\n')
    current = call("audit", "--root", image.root, "--feed", feed)
    assert "FreeBSD 15.0-CURRENT is no release" in current.out
    image.path("/bin/freebsd-version").unlink()
    image.put("/usr/include/sys/param.h", "#define __FreeBSD_version 1400097\n")
    headers = call("audit", "--root", image.root, "--feed", feed, "--json")
    assert ("FreeBSD-14.0", "2") in found(headers)
    assert "patch level" in headers.documents[0]["notes"][0]


@pytest.mark.parametrize("pack", [bytes, lzma.compress, bz2.compress])
def test_compressed_feeds(image: Image, feed: Path, pack: object) -> None:
    assert callable(pack)
    feed.write_bytes(pack(feed.read_bytes()))
    assert call("audit", "--root", image.root, "--feed", feed).status == 1


def test_the_trees_own_feed(image: Image, tmp_path: Path) -> None:
    folder = tmp_path / "tree/security/vuxml"
    (folder / "vuln").mkdir(parents=True)
    (folder / "vuln.xml").write_bytes(document("&vuln-1;&vuln-2;", head=SPLIT))
    (folder / "vuln/1.xml").write_text(BAD_DEP)
    (folder / "vuln/2.xml").write_text(OLD_BASE)
    assert call("audit", "--root", image.root, "--feed", folder / "vuln.xml").status == 1
    outside = SPLIT.replace(b"vuln/1.xml", b"../../../secret")
    (tmp_path / "secret").write_text(BAD_DEP)
    (folder / "vuln.xml").write_bytes(document("&vuln-1;&vuln-2;", head=outside))
    assert call("audit", "--root", image.root, "--feed", folder / "vuln.xml").status == 77


def test_a_year_of_the_feed_that_is_a_circle_of_links(image: Image, tmp_path: Path) -> None:
    (tmp_path / "vuln").mkdir()
    (tmp_path / "vuln/1.xml").symlink_to("1.xml")
    (tmp_path / "vuln.xml").write_bytes(document("&vuln-1;", head=SPLIT))
    assert call("audit", "--root", image.root, "--feed", tmp_path / "vuln.xml").status == 66


def test_osv(image: Image, tmp_path: Path) -> None:
    folder = tmp_path / "osv"
    folder.mkdir()
    events = [{"introduced": "0"}, {"fixed": "2.0_1"}]
    package = {"ecosystem": "FreeBSD:ports", "name": "libdep"}
    affected = [{"package": package, "ranges": [{"type": "ECOSYSTEM", "events": events}]}]
    record = {"id": "FREEBSD-7", "modified": "2025-01-02T00:00:00Z", "affected": affected}
    (folder / "a.json").write_text(json.dumps(record))
    for path in (folder, folder / "a.json"):
        answer = call("audit", "--root", image.root, "--feed", path, "--json")
        assert found(answer) == [("libdep-2.0", "FREEBSD-7")]
        assert answer.documents[0]["feeds"][0]["date"] == "2025-01-02"


@pytest.mark.parametrize("content", [None, b"", b"<vuxml></vuxml>", b"[]", b"<vuxml>", b"\xfd7zXZ"])
def test_no_readable_feed_is_no_answer(image: Image, tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "feed"
    if content is not None:
        path.write_bytes(content)
    answer = call("audit", "--root", image.root, "--feed", path)
    assert answer.status in {65, 66}
    assert answer.out == ""


def test_whatever_holds_packages(image: Image, feed: Path, tmp_path: Path) -> None:
    folder = tmp_path / "packages"
    write_small_package(folder / "All", "libdep", "2.0", deps=(Dependency("x", "a/x", "1"),))
    write_small_package(folder, "x", "1")
    for option, place in (("--database", image.root / DATABASE), ("--packages", folder)):
        answer = call("audit", option, place, "--feed", feed, "--json")
        assert found(answer) == [("libdep-2.0", "1")]
    named = call("audit", "--feed", feed, "--json", "libdep-2.0", "libdep-3.0", "x", "x-1")
    assert found(named) == [("libdep-2.0", "1"), ("x", "4")]


def test_who_needs_a_package() -> None:
    """Directly or through others, also in a circle."""
    needs = {"a": ("b",), "b": ("c",), "c": ("b",), "d": ("c", "gone")}
    required_by = requiring(Subject(name=name, version="1", deps=needs[name]) for name in needs)
    assert [required_by(name) for name in ("a", "b", "c", "gone")] == [
        (),
        ("a", "c", "d"),
        ("a", "b", "d"),
        ("d",),
    ]


@pytest.mark.parametrize("seconds", ["", "soon", "-1", "9" * 12])
def test_a_time_that_is_none(
    image: Image, feed: Path, seconds: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", seconds)
    assert call("audit", "--root", image.root, "--feed", feed).status == 64


def test_more_rows_than_are_read(image: Image) -> None:
    with pytest.raises(LimitExceeded, match="more than 1 rows"):
        subjects_of_database(image.root / DATABASE, Limits(entries=1))


def test_what_cannot_be_read_does_not_stop_the_rest(
    image: Image, feed: Path, tmp_path: Path
) -> None:
    (tmp_path / "bad.pkg").write_bytes(b"no package")
    roots = ("--root", tmp_path / "none", "--root", image.root, "--packages", tmp_path)
    answer = call("audit", *roots, "--feed", feed, "--json")
    assert found(answer) == [("libdep-2.0", "1")]
    assert answer.status == 65
    assert len(answer.errors) == 2


def test_ignored(image: Image, feed: Path, tmp_path: Path) -> None:
    table = '[[ignore]]\nid = "CVE-2023-1"\npackage = "lib*"\nreason = "not used"\nexpires = {}\n'
    ignore = tmp_path / "ignore.toml"
    ignore.write_text(table.format("2023-11-14"))
    answer = call("audit", "--root", image.root, "--feed", feed, "--ignore", ignore)
    assert answer.status == 0
    assert "libdep-2.0: ignored: libdep -- bad\n    ignored: not used" in answer.out
    ignore.write_text(table.format("2023-11-13"))
    late = call("audit", "--root", image.root, "--feed", feed, "--ignore", ignore)
    assert late.status == 1
    assert "the ignore of CVE-2023-1 ended on 2023-11-13" in late.out


@pytest.mark.parametrize(
    "text",
    ["[", "ignored = 1", '[[ignore]]\nid = "x"\nexpires = 2026-01-01', '[[ignore]]\nid="x"\n'
     'reason="y"', '[[ignore]]\nid="x"\nreason="y"\nexpires="soon"', "[[ignore]]\nname=1"],
)  # fmt: skip
def test_an_ignore_file_that_says_too_little(feed: Path, tmp_path: Path, text: str) -> None:
    path = tmp_path / "ignore.toml"
    path.write_text(text)
    answer = call("audit", "--feed", feed, "--ignore", path, "libdep-2.0")
    assert answer.status == 65


def test_what_pkg_drops_is_told(tmp_path: Path) -> None:
    """A package without a range matches nothing in pkg, and the third bound of one is lost."""
    feed = tmp_path / "feed"
    three = "<ge>1</ge><lt>3</lt><lt>2</lt>"
    feed.write_bytes(document(entry("none"), entry("three", three, vid="2")))
    answer = call("audit", "--feed", feed, "--json", "none-1", "three-1.5", "three-2.5")
    lines = answer.documents[1:]
    assert [(line["package"], line["certainty"]) for line in lines] == [
        *(("none-1", "unknown range"), ("three-1.5", "affected")),
    ]
    assert [line["differs_from_pkg"] for line in lines] == [
        *("pkg passes over entries without a range", "pkg keeps two bounds of a range"),
    ]
    assert answer.documents[0]["problems"] == 1


def test_lifecycle(image: Image, feed: Path, sample_tree: Path) -> None:
    image.record(
        replace(
            image.libdep(),
            name="logsieve",
            origin="sysutils/logsieve",
            version="0.1",
            files=(),
            provides=(),
        ),
        replace(image.libdep(), name="gone", origin="misc/gone", files=(), provides=()),
    )
    words = ("--root", image.root, "--feed", feed, "--ports", sample_tree)
    answer = call("audit", *words, "--json")
    states = {
        (line["package"], line["state"]) for line in answer.documents if line["kind"] == "lifecycle"
    }
    assert ("logsieve-0.1", "newer") in states
    assert ("gone-2.0", "unknown") in states
