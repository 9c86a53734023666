"""Fixtures that every test may ask for, and the two Hypothesis profiles."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import hypothesis
import pytest

hypothesis.settings.register_profile(
    "ci", derandomize=True, deadline=None, max_examples=60, database=None, print_blob=True
)
hypothesis.settings.register_profile("judge", deadline=None, max_examples=2_000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

FIXTURES = Path(__file__).parent / "fixtures"


def pytest_sessionstart() -> None:
    """Refuse to test compiled modules in place of newer sources."""
    for source in (Path(__file__).parents[1] / "portfake" / "make").rglob("*.py"):
        for built in source.parent.glob(f"{source.stem}.*.so"):
            if built.stat().st_mtime < source.stat().st_mtime:
                pytest.exit(f"{built.name} is older than its source: make setup, or remove *.so", 2)


@pytest.fixture(scope="session")
def tool() -> Callable[[str], str]:
    """Path of an outside program; absent it skips the test, but fails it where CI=true."""

    def find(name: str) -> str:
        path = shutil.which(name)
        if path is None and os.environ.get("CI") == "true":
            pytest.fail(f"{name} is missing, and .ci/run should have installed it")
        if path is None:
            pytest.skip(f"{name} is not on this machine")
        return path

    return find


@pytest.fixture(scope="session")
def sample_tree() -> Path:
    """The sample ports tree; tests only read it."""
    return FIXTURES / "ports"


@pytest.fixture(scope="session")
def sample_distfiles() -> Path:
    """DISTDIR of the sample tree."""
    return FIXTURES / "distfiles"


@pytest.fixture
def judged() -> Callable[[str], str]:
    """Value of a PORTFAKE_* variable that names real material; without it the test skips."""

    def find(name: str) -> str:
        value = os.environ.get(name)
        if not value:
            pytest.skip(f"{name} names no real material here; see CONTRIBUTING.md, make judge")
        return value

    return find
