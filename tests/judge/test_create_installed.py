"""`create` of installed packages beside `pkg create -a` of the same root: equal archives."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.command_line import call
from tests.judge import many_packages
from tests.judge.test_create import _members
from tests.judge.test_databases import Pkg, image
from tests.pkgdb import schemas

pytestmark = pytest.mark.judge
Members = dict[str, tuple[Any, ...]]


@pytest.fixture
def pkg(tmp_path: Path, judged: Callable[[str], str]) -> Pkg:
    """The real pkg on a root with the made-up packages."""
    pkg = Pkg(judged("PORTFAKE_PKG"), image(tmp_path / "root"))
    for path in many_packages.write(tmp_path / "packages", many_packages.packages()):
        pkg("add", "-I", "-M", path)
    return pkg


def test_the_same_archives(pkg: Pkg, tmp_path: Path) -> None:
    (pkg.root / "usr/local/etc/c.conf").write_text("one = 11\n")
    pkg("create", "-a", "-f", "tar", "-o", tmp_path / "theirs")
    answer = call("create", "--root", pkg.root, "-a", "-f", "tar", "-o", tmp_path / "ours")
    assert answer.status == 0, answer.err
    names = sorted(path.name for path in (tmp_path / "theirs").iterdir())
    assert names == sorted(path.name for path in (tmp_path / "ours").iterdir())
    for name in names:
        ours, theirs = (_read(tmp_path / side / name) for side in ("ours", "theirs"))
        assert list(ours) == list(theirs)
        assert ours == theirs
    print(f"\n{len(names)} packages")
    assert len(names) >= 50


@pytest.mark.parametrize("words", [["-g", "lic-*"], ["-x", "^link"], ["plain"], ["misc/deps"]])
def test_the_same_packages(words: list[str], pkg: Pkg, tmp_path: Path) -> None:
    pkg("create", "-f", "tar", "-o", tmp_path / "theirs", *words)
    # An origin alone would be a port's.
    words = ["-g", *words] if "/" in words[-1] else words
    call("create", "--root", pkg.root, "-f", "tar", "-o", tmp_path / "ours", *words)
    theirs, ours = (
        sorted(path.name for path in (tmp_path / side).iterdir()) for side in ("theirs", "ours")
    )
    assert ours == theirs


@pytest.mark.parametrize("version", [28, *range(33, 43)])
def test_old_schemas(version: int, judged: Callable[[str], str], tmp_path: Path) -> None:
    """Read as they are; pkg has to bring them to its own first, which it cannot do before 28."""
    pkg = Pkg(judged("PORTFAKE_PKG"), image(tmp_path / "root"))
    shell = pkg.root / "usr/local/bin/bash"
    for folder in (shell.parent, pkg.root / "usr/local/etc"):
        folder.mkdir(parents=True)
    shell.write_text("#!\n")
    schemas.make(
        pkg.root / "var/db/pkg/local.sqlite",
        version,
        f"UPDATE files SET sha256 = '{hashlib.sha256(shell.read_bytes()).hexdigest()}'",
        "UPDATE packages SET www = 'https://example.org/'",
        # Of one that is not there pkg tells no version.
        "DELETE FROM deps",
    )
    answer = call("create", "--root", pkg.root, "-a", "-f", "tar", "-o", tmp_path / "ours")
    assert answer.status == 0, answer.err
    pkg("set", "-yA", "1", "bash")
    pkg("create", "-f", "tar", "-o", tmp_path / "theirs", "-a")
    ours, theirs = (_read(tmp_path / side / "bash-5.0_1.pkg") for side in ("ours", "theirs"))
    assert ours == theirs


def _read(path: Path) -> Members:
    """The members, without what pkg loses of its own records (docs/records.md)."""
    members: Members = dict(_members(path))
    for name in ("+COMPACT_MANIFEST", "+MANIFEST"):
        *head, text = members[name]
        manifest = json.loads(text)
        for lost in ("dep_formula", "shlibs_required_ignore", "shlibs_provided_ignore"):
            manifest.pop(lost, None)
        licenses = [one for each in manifest.pop("licenses", ()) for one in each.split(", ") if one]
        members[name] = (*head, sorted(licenses), list(manifest), manifest)
    return members
