"""Roots to install into."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.command_line import Scene

VARIABLES = (
    *("DISABLE_LICENSES", "LICENSES_ACCEPTED", "LICENSES_ACCEPTED_GROUPS", "NO_IGNORE"),
    *("TRYBROKEN", "PORTSDIR", "DISTDIR", "SOURCE_DATE_EPOCH"),
)


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of whoever runs the tests."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def populated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root with a package and a record, to be copied."""
    if os.geteuid() != 0:
        pytest.skip("writing into a root needs the root user")
    scene = Scene(tmp_path_factory.mktemp("populated"))
    answer = scene.install("--no-deps", "sysutils/logsieve")
    assert answer.status == 0, answer.err
    return scene.root


@pytest.fixture
def scene(tmp_path: Path, populated: Path) -> Scene:
    """A root in which a package is installed."""
    shutil.copytree(populated, tmp_path / "root", symlinks=True)
    return Scene(tmp_path)


@pytest.fixture
def empty(tmp_path: Path) -> Scene:
    """An empty root."""
    if os.geteuid() != 0:
        pytest.skip("writing into a root needs the root user")
    return Scene(tmp_path)
