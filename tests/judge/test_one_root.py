"""The oracle's packages in one root, and what the real pkg makes of it."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.command_line import call, rows
from tests.judge.test_staging import KNOWN, cases

pytestmark = pytest.mark.judge

ABI, OSVERSION = "FreeBSD:14:amd64", "1400097"


def pkg(program: str, root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [program, "-o", f"ABI={ABI}", "-o", f"OSVERSION={OSVERSION}", "-C", "/dev/null",
         "-R", "/nonexistent", "-r", str(root), *words],
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.skipif(os.geteuid() != 0, reason="an image belongs to root")
def test_the_oracle_s_packages_in_one_root(judged: Callable[[str], str], tmp_path: Path) -> None:
    real, oracle = judged("PORTFAKE_PKG"), Path(judged("PORTFAKE_ORACLES"), "packages.jsonl.gz")
    root = tmp_path / "root"
    (root / "etc").mkdir(parents=True)
    base = Path(judged("PORTFAKE_TREE"))
    refused: dict[str, str] = {}
    for case in cases(oracle):
        if case["origin"] in KNOWN:
            continue
        answer = call(
            *("install", "--quiet", "--no-deps", "--scripts", "defer", "--root", root),
            *("--ports", base, "--distdir", judged("PORTFAKE_DISTDIR"), "--abi", ABI),
            *("--osversion", OSVERSION, case["origin"]),
        )
        if answer.status:
            refused[case["origin"]] = answer.err.splitlines()[0]
    installed = {name for (name,) in rows(root, "SELECT name FROM packages")}
    print(f"{len(installed)} packages in one root, {len(refused)} refused")
    for origin, reason in refused.items():
        print(f"  {origin}: {reason}")
    assert len(installed) >= 80

    checked = pkg(real, root, "check", "-qsm", "-a")
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")
    needed = {name for (name,) in rows(root, "SELECT DISTINCT name FROM deps")}
    said = pkg(real, root, "check", "-dn", "-a")
    missing = set(re.findall(r"has a missing dependency: (\S+)", said.stdout + said.stderr))
    assert {name.rpartition("/")[2] for name in missing} == needed - installed, said.stdout

    deleted = pkg(real, root, "delete", "-qyfa")
    assert deleted.returncode == 0, deleted.stderr
    assert rows(root, "SELECT name FROM packages") == []
    left = [path for path in (root / "usr").rglob("*") if not path.is_dir()]
    assert left == []
