"""Databases of every schema, and the flat one: checked and audited like today's."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from portfake.packages.sums import verify
from tests.audit.images import Image
from tests.audit.test_audit import entry
from tests.command_line import DATABASE, call, snapshot
from tests.formats.test_vuxml import document
from tests.pkgdb import schemas


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    path = tmp_path / "vuln.xml"
    path.write_bytes(document(entry("bash", "<lt>5.0_2</lt>")))
    return path


@pytest.mark.parametrize("version", schemas.VERSIONS)
def test_every_schema(version: int, tmp_path: Path, feed: Path) -> None:
    root = tmp_path / "root"
    (root / "var/db/pkg").mkdir(parents=True)
    schemas.make(root / DATABASE, version)
    before = snapshot(root)
    for words in (("--root", root), ("--database", root / DATABASE)):
        answer = call("audit", *words, "--feed", feed, "--json")
        assert answer.status == 1, answer.err
        assert [line["package"] for line in answer.documents[1:]] == ["bash-5.0_1"]
    lines = call("check", root, "--json").documents
    assert lines[0]["schema"] == version
    rules = {line["rule"] for line in lines if line["kind"] == "finding"}
    assert {"file-missing", "dependency-missing"} <= rules
    assert ("database-schema-old" in rules) == (version < 41)
    assert not rules & {"database-unreadable", "database-bad-record", "database-dangling-row"}
    assert call("sbom", root).status == 0
    assert snapshot(root) == before


@pytest.fixture
def flat(tmp_path: Path) -> Image:
    """A root of FreeBSD 9: a file, a link, and their MD5 sums."""
    image = Image(tmp_path / "flat")
    image.put("/usr/local/bin/bash", b"text\n", 0o755)
    image.link("/usr/local/bin/rbash", "/usr/local/bin/bash")
    sums = {
        "bin/bash": hashlib.md5(b"text\n").hexdigest(),
        "bin/rbash": hashlib.md5(b"/usr/local/bin/bash").hexdigest(),
    }
    lines = "".join(f"{path}\n@comment MD5:{sum_}\n" for path, sum_ in sums.items())
    image.put(
        "/var/db/pkg/bash-5.0_1/+CONTENTS",
        "@comment PKG_FORMAT_REVISION:1.1\n@name bash-5.0_1\n@comment ORIGIN:shells/bash\n"
        f"@cwd /usr/local\n{lines}",
    )
    image.put("/var/db/pkg/bash-5.0_1/+COMMENT", "A shell\n")
    image.put("/var/db/pkg/bash-5.0_1/+DESC", "A shell\n")
    return image


def test_the_flat_database(flat: Image, feed: Path) -> None:
    assert flat.check().findings == ()
    answer = call("audit", "--root", flat.root, "--feed", feed, "--json")
    assert [line["package"] for line in answer.documents[1:]] == ["bash-5.0_1"]
    assert call("sbom", flat.root).status == 0
    flat.put("/usr/local/bin/bash", b"else\n", 0o755)
    flat.link("/usr/local/bin/rbash", "/bin/sh")
    found = {(each.rule, each.path) for each in flat.check().findings}
    assert ("file-changed", "/usr/local/bin/bash") in found
    assert ("file-type", "/usr/local/bin/rbash") in found


def test_md5_of_a_link_is_of_its_very_text() -> None:
    text = "/usr/local/bin/bash"
    assert verify(f"md5${hashlib.md5(text.encode()).hexdigest()}", text)
