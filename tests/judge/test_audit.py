"""`audit` against the real pkg(8): every bound of the tree's VuXML, at, below and above it."""

from __future__ import annotations

import io
import json
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from portfake.audit.subjects import Subject
from portfake.audit.vulnerabilities import Certainty, judge
from portfake.formats.vuxml import parse_vuxml
from portfake.formats.vuxml_question import Question
from portfake.model.advisory import Feed
from portfake.model.version import PortVersion

pytestmark = pytest.mark.judge

FORM = re.compile(r"(?P<main>[^_,]*)(?:_(?P<revision>\d+))?(?P<epoch>,\d+)?")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that pkg can read as the user nobody."""
    made = tmp_path_factory.mktemp("vuxml")
    for place in (made, *list(made.parents)[:2]):
        place.chmod(0o755)
    return made


def flattened(tree: Path) -> bytes:
    """What the vuxml port's `make flat` gives: the year files in place."""
    text = (tree / "vuln.xml").read_text()
    files = dict(re.findall(r'<!ENTITY (\S+) SYSTEM "([^"]+)">', text))
    body = re.sub(
        r"&([\w-]+);",
        lambda match: (tree / files[match[1]]).read_text() if match[1] in files else match[0],
        text[text.index("]>") + 2 :],
    )
    return f'<?xml version="1.0" encoding="utf-8"?>\n{body}'.encode()


def neighbours(bound: str) -> Iterator[str]:
    """The bound, something below it and something above.

    Before a dash stands a name, to pkg and in `PortVersion`; no package has one in its version.
    """
    bound = bound.rpartition("-")[2]
    yield bound
    match = FORM.match(bound)
    assert match, bound
    main, revision, epoch = match["main"], int(match["revision"] or 0), match["epoch"] or ""
    yield f"{main}_{revision + 1}{epoch}"
    yield f"{main}_{revision - 1}{epoch}" if revision else f"{main}.a{epoch}"
    yield f"{main}.0.1{epoch}"
    yield f"0{epoch}"


def test_every_bound(judged: Callable[[str], str], folder: Path) -> None:
    pkg = judged("PORTFAKE_PKG")
    data = flattened(Path(judged("PORTFAKE_TREE")) / "security/vuxml")
    path = folder / "vuln.xml"
    path.write_bytes(data)
    versions = surroundings(parse_vuxml(io.BytesIO(data), "vuln.xml"))
    left = {name: sorted(found) for name, found in versions.items()}
    asked = calls = affected_count = 0
    while left:
        batch = {name: found.pop() for name, found in left.items()}
        left = {name: found for name, found in left.items() if found}
        calls += 1
        asked += len(batch)
        theirs = answers_of_pkg(pkg, path, batch)
        ours = answers_here(data, batch)
        affected_count += len(ours)
        assert ours == theirs, sorted(ours ^ theirs)[:10]
    print(f"{asked} packages in {calls} calls, {affected_count} advisories, all equal")


def surroundings(feed: Feed) -> dict[str, set[str]]:
    """Name -> versions around every bound of it."""
    versions: dict[str, set[str]] = {}
    for advisory in feed.advisories:
        for affected in advisory.affected:
            bounds = {bound.version for bounds in affected.ranges for bound in bounds}
            for name in affected.names:
                versions.setdefault(name, set()).update(
                    version for bound in bounds for version in neighbours(bound)
                )
    return versions


def answers_here(data: bytes, batch: dict[str, str]) -> set[tuple[str, str]]:
    """As `audit` asks: of a feed that was read for these packages alone."""
    packages = {name: [version] for name, version in batch.items()}
    feed = parse_vuxml(io.BytesIO(data), "vuln.xml", packages=packages)
    subjects = [Subject(name=name, version=version) for name, version in batch.items()]
    return {
        (found.name, found.url)
        for found in judge(subjects, [feed])
        if found.certainty is Certainty.AFFECTED and found.differs_from_pkg is None
    }


@pytest.mark.parametrize("variable", ["PORTFAKE_TREE", "PORTFAKE_OTHER_TREE"])
def test_what_is_passed_over(judged: Callable[[str], str], variable: str) -> None:
    """Each entry for each version around its bounds: passed over only where none is affected."""
    data = flattened(Path(judged(variable)) / "security/vuxml")
    asked = passed = plain = 0
    for text in re.findall(rb"<vuln .*?</vuln>", data, re.DOTALL):
        feed = parse_vuxml(io.BytesIO(b"<vuxml>%b</vuxml>" % text), "vuln.xml")
        before = passed
        for name, versions in surroundings(feed).items():
            for version in versions:
                question = Question({name: [version]})
                told = dict(question.candidates([text]))
                skipped = question.passes_over(text, told[0])
                hit = any(judge([Subject(name=name, version=version)], [feed]))
                assert not (skipped and hit), (text, version)
                passed += skipped
                asked += 1
        plain += passed > before
    print(f"{passed} of {asked} passed over, in {plain} entries")
    assert passed > asked // 4


def answers_of_pkg(pkg: str, feed: Path, batch: dict[str, str]) -> set[tuple[str, str]]:
    done = subprocess.run(
        [
            *(pkg, "-o", "ABI=FreeBSD:14:amd64", "-o", "OSVERSION=1400097", "-C", "/dev/null"),
            *("audit", "-Rjson-compact", "-f", str(feed)),
            *(f"{name}-{version}" for name, version in batch.items()),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in {0, 1}, done.stderr
    packages = json.loads(done.stdout)["packages"] or {}
    return {
        (name, issue["url"]) for name, package in packages.items() for issue in package["issues"]
    }


def test_neighbours_surround_a_bound() -> None:
    for bound in ("1.0", "1.2_3,1", "2.*", "20200101", "1.0.r1"):
        below = [PortVersion(text) < PortVersion(bound) for text in neighbours(bound)]
        above = [PortVersion(text) > PortVersion(bound) for text in neighbours(bound)]
        assert any(below), bound
        assert any(above), bound
