"""CONFLICTS and CONFLICTS_INSTALL, in the meaning of `pkg query -g`."""

from __future__ import annotations

from dataclasses import replace

import pytest

from portfake.install.conflicts import conflict_problems, may_match
from tests.install.test_planner import candidate, manifest


@pytest.mark.parametrize(
    ("pattern", "other", "conflicts"),
    [
        ("b", "b-1.0", True),
        ("b-[0-9]*", "b-1.0", True),
        ("b-[0-9]*", "b-utils-1.0", False),
        ("b-1.*", "b-2.0", False),
        ("b*", "b-utils-1.0", True),
        ("?-1.0", "b-1.0", True),
        ("B", "b-1.0", False),
        ("a*", "a-0.9", False),
        ("*", "a-0.9", False),
        ("*", "b-1.0", True),
    ],
)
def test_patterns(pattern: str, other: str, *, conflicts: bool) -> None:
    package = replace(candidate(manifest("a")), conflicts=(pattern,))
    found = list(conflict_problems([package], [other]))
    assert bool(found) is conflicts
    if conflicts:
        assert may_match(pattern, other.rpartition("-")[0])
        assert found[0].message == f"a-1.0 conflicts with {other}"


def test_two_of_one_set() -> None:
    one = replace(candidate(manifest("a")), conflicts=("b",))
    found = list(conflict_problems([one, candidate(manifest("b"))], []))
    assert [problem.message for problem in found] == ["a-1.0 conflicts with b-1.0"]


@pytest.mark.parametrize(
    ("pattern", "name", "may"),
    [("b-[0-9]*", "c", False), ("b-[0-9]*", "b", True), ("bb*", "b", False), ("b-c*", "b", True)],
)
def test_most_names_are_passed_over(pattern: str, name: str, *, may: bool) -> None:
    assert may_match(pattern, name) is may
