"""bmake's own unit tests: all pass, but for those the version table names with a reason."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.judge.unit_tests import differences, names, run_bmake, run_here

pytestmark = pytest.mark.judge

DOCUMENT = Path(__file__).parents[2] / "docs" / "late-expansion.md"
ROW = re.compile(r"^\| ((?:`[\w-]+`(?:, )?)+) \|", re.MULTILINE)


def named() -> set[str]:
    """The tests in the table of those that differ."""
    section = DOCUMENT.read_text("utf-8").partition("### bmake's unit tests")[2]
    return {name for row in ROW.findall(section) for name in re.findall(r"[\w-]+", row)}


@pytest.mark.parametrize("name", names())
def test_unit_test(judged: Callable[[str], str], name: str) -> None:
    bmake, folder = judged("PORTFAKE_BMAKE"), Path(judged("PORTFAKE_BMAKE_TESTS"))
    told = differences(run_bmake(bmake, folder, name), run_here(bmake, folder, name))
    if name in named():
        assert told, "the table says that it differs"
    else:
        assert not told, "\n".join(told)
