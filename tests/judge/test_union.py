"""Ports of the real tree by the union method, the real pkg(8) in the view, against the fake one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.command_line import files_of, records
from tests.sample_ports import CLOCK

pytestmark = pytest.mark.judge

# What Debian has under another name, or not at all.
DEBIAN = "SH=/bin/bash NO_CHECKSUM=yes CHOWN=/bin/true CHGRP=/bin/true MTREE_CMD=/usr/bin/mtree"


@pytest.mark.parametrize("origin", ["sysutils/ec2-scripts"])
def test_both_methods_leave_the_same_image(
    origin: str, tmp_path: Path, judged: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(CLOCK))
    pkg = Path(judged("PORTFAKE_PKG")).resolve().parent.parent / "libexec/pkg"
    target = ("--abi", "FreeBSD:14:aarch64", "--ports", judged("PORTFAKE_TREE"))
    union = ("--method", "union", "--show", pkg.parent, "--make-args", f"PKG_BIN={pkg} {DEBIAN}")
    roots: list[Path] = []
    for method in ((), union):
        root = tmp_path / f"root{len(roots)}"
        root.mkdir()
        roots.append(root)
        done = subprocess.run(
            [
                *(sys.executable, "-m", "portfake", "install", "--root", root, *target),
                *("--distdir", judged("PORTFAKE_DISTDIR"), "--no-deps", *method, origin),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert [line for line in done.stderr.splitlines() if "/usr/local" in line] == []
    fake, ordinary = roots
    assert files_of(fake) == files_of(ordinary)
    assert records(fake) == records(ordinary)
