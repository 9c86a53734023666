"""Configuration files: the table of spec/pkg.md 3.4."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest

from portfake.install.config_files import ConfigFile, Outcome, decide
from portfake.model.manifest import InstalledPackage, PackagedFile
from portfake.packages.sums import file_sum
from tests.install.test_planner import manifest

PATH = "/usr/local/etc/a.conf"
OLD, NEW = b"a = 1\nb = 2\n", b"a = 1\nb = 3\n"
INSTALLED = InstalledPackage(
    manifest=manifest("a", files=(PackagedFile(path=PATH, sum=file_sum(io.BytesIO(OLD))),)),
    config_texts={PATH: OLD.decode()},
)


@pytest.mark.parametrize(
    ("live", "installed", "outcome", "merged"),
    [
        (b"mine\n", None, Outcome.SAVE, None),
        (NEW, None, Outcome.REPLACE, None),
        (OLD, INSTALLED, Outcome.REPLACE, None),
        (b"a = 9\nb = 2\n", INSTALLED, Outcome.MERGE, b"a = 9\nb = 3\n"),
        (b"a = 1\nb = 9\n", INSTALLED, Outcome.BESIDE, None),
        (b"\0", INSTALLED, Outcome.BESIDE, None),
        (b"mine\n", replace(INSTALLED, config_texts={}), Outcome.BESIDE, None),
        (b"mine\n", replace(INSTALLED, config_texts={PATH: None}), Outcome.REPLACE, None),
    ],
)
def test_outcomes(
    live: bytes, installed: InstalledPackage | None, outcome: Outcome, merged: bytes | None
) -> None:
    assert decide(ConfigFile(PATH, live, NEW), installed) == (outcome, merged)
