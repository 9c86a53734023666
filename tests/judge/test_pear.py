"""Real PEAR packages installed here and by PEAR itself: the same tree."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.stage.test_pear import install, installed_by_pear, tree_of

pytestmark = pytest.mark.judge

_CHANNEL = re.compile(rb"<channel>([^<]+)</channel>")


def packages() -> list[Path]:
    """Folders with a package.xml."""
    folder = os.environ.get("PORTFAKE_PEAR")
    return [path.parent for path in sorted(Path(folder).glob("*/package.xml"))] if folder else []


@pytest.mark.parametrize("package", packages(), ids=str)
def test_a_real_package(package: Path, tmp_path: Path, tool: Callable[[str], str]) -> None:
    top = tmp_path / "p"
    shutil.copytree(package, top, ignore=shutil.ignore_patterns(".git"))
    text = (top / "package.xml").read_bytes()
    found = _CHANNEL.search(text)
    channel = found[1].decode() if found else "pear.php.net"
    files = {
        str(path.relative_to(top)): path.read_bytes() for path in top.rglob("*") if path.is_file()
    }
    try:
        theirs = installed_by_pear(tool("pear"), top, "" if channel == "pear.php.net" else channel)
    except subprocess.CalledProcessError as error:
        pytest.skip(error.stdout.decode("utf-8", "replace").strip().splitlines()[-1])
    files.pop("package.xml")
    assert tree_of(install(text, files, str(top))) == theirs
