"""Three-way merge: changes of both sides, or None where they collide."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfake.install.merge import merge

BASE = "a\nb\nc\nd\n"


@pytest.mark.parametrize(
    ("mine", "theirs", "merged"),
    [
        (BASE, "a\nX\nc\nd\n", "a\nX\nc\nd\n"),
        ("a\nX\nc\nd\n", BASE, "a\nX\nc\nd\n"),
        ("X\nb\nc\nd\n", "a\nb\nc\nX\n", "X\nb\nc\nX\n"),
        ("a\nb\nc\nd\ne\n", "a\nb\nc\nX\n", "a\nb\nc\nX\ne\n"),  # neighbours
        ("a\nX\nc\nd\n", "a\nb\nX\nd\n", "a\nX\nX\nd\n"),
        ("a\nX\nc\nd\n", "a\nX\nc\nd\n", "a\nX\nc\nd\n"),  # the same twice
        ("a\nX\nc\nd\n", "a\nY\nc\nd\n", None),
        ("a\nX\nb\nc\nd\n", "a\nY\nb\nc\nd\n", None),  # both insert at one place
        ("a\nd\n", "a\nb\nX\nd\n", None),
        ("", BASE, ""),
        ("a\nb\nc\nd", "X\nb\nc\nd\n", "X\nb\nc\nd"),
    ],
)
def test_merges(mine: str, theirs: str, merged: str | None) -> None:
    assert merge(BASE, mine, theirs) == merged


def test_long_files_are_not_merged() -> None:
    assert merge("a\n" * 6000, "b\n", "c\n") is None


TEXT = st.lists(st.sampled_from("abc"), max_size=8).map(
    lambda lines: "".join(f"{x}\n" for x in lines)
)


@given(TEXT, TEXT)
def test_one_side_that_changed_nothing_takes_the_other_whole(base: str, other: str) -> None:
    assert merge(base, base, other) == other
    assert merge(base, other, base) == other
    assert merge(base, other, other) == other
