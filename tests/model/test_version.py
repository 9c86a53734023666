"""PortVersion orders as pkg(8)'s `pkg version -t A B` answers."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfake.model.version import PortVersion

# Every row was run on pkg 2.8.4 (spec/pkg.md 5.1).
ANSWERS = """
1.0 = 1.0.0      | 1 = 1.0          | 01.02 = 1.2       | 1..2 = 1.2
1.9 < 1.10       | 1.0_1 > 1.0      | 1.0_10 > 1.0_9    | 1.0_ = 1.0
1.0_0 = 1.0      | 1.0_1_2 > 1.0_1  | 1.0,1 > 9.9       | 1.0_9 < 1.0,1
1.0_1,1 < 1.1,1  | 1.0,0 = 1.0      | 1,2,3 > 1,2       | 1.0a > 1.0
1.0a > 1.0.1     | 1.0.a < 1.0      | 1.0a < 1.0b       | 1.A = 1.a
1.0alpha1 < 1.0  | 1.0alpha < 1.0beta | 1.0beta2 < 1.0rc1 | 1.0pre1 < 1.0rc1
1.0rc < 1.0rc1   | 1.0rc1 < 1.0     | 1.0snap1 > 1.0rc1 | 1.0snap1 < 1.0
1.0pl1 < 1.0     | 1.0pl1 < 1.0.1   | 1.0p1 > 1.0       | 1.0b2 > 1.0beta2
1.0.b2 = 1.0beta2 | 1.0.r4 = 1.0rc4 | 1.0.d2 = 1.0.dev2 | 10a1b2 = 10a1.b2
2.* < 2.0        | 2.* < 3          | 1.0+git1 < 1.0    | 1.0+a < 1.0+b
1.0+1 < 1.0.1    | 1.0:2003 = 1.0.2003 | 20200101 > 2020.01.01 | g20200101 < 1.0
0.0.20200101 > 0.0.g20200101 | 1.0-1 < 1.0_1 | foo-1.0 = bar-1.0 | foo-1.0 < bar-2.0
a < b            | Z = z            | 1.2.3rc < 1.2.3rc0
99999999999999999999 = 99999999999999999998
"""
CASES = [tuple(cell.split()) for line in ANSWERS.splitlines() for cell in line.split("|") if cell]
PIECES = [
    *("0", "1", "2", "10", ".", "..", "_", "_1", ",1", ",", "+", "*", "a", "rc", "pl", "beta"),
    *("pre", "alpha", "snap", "dev", "B", "-", ":", "1.0", "9" * 20, "9" * 30),
]
VERSIONS = st.lists(st.sampled_from(PIECES), min_size=1, max_size=7).map("".join)


def answer(left: str, right: str) -> str:
    a, b = PortVersion(left), PortVersion(right)
    assert (a < b) + (a == b) + (a > b) == 1
    return "=" if a == b else "<" if a < b else ">"


@pytest.mark.parametrize(("left", "sign", "right"), CASES)
def test_answers_of_pkg(left: str, sign: str, right: str) -> None:
    assert answer(left, right) == sign
    assert answer(right, left) == {"<": ">", ">": "<", "=": "="}[sign]


@given(VERSIONS, VERSIONS)
def test_equal_versions_hash_alike(left: str, right: str) -> None:
    if PortVersion(left) == PortVersion(right):
        assert hash(PortVersion(left)) == hash(PortVersion(right))


@given(st.tuples(VERSIONS, VERSIONS, VERSIONS))
def test_order_is_transitive(texts: tuple[str, str, str]) -> None:
    low, middle, high = sorted(map(PortVersion, texts))
    assert low <= middle <= high
    assert low <= high


@given(st.text(max_size=20))
def test_any_text_is_a_version(text: str) -> None:
    assert PortVersion(text) == PortVersion(text)
    assert str(PortVersion(text)) == text


def test_enormous_numbers_cost_nothing() -> None:
    assert PortVersion("9" * 100_000) == PortVersion("9" * 99_999)


@pytest.mark.judge
def test_random_versions_against_pkg(judged: Callable[[str], str]) -> None:
    pkg = judged("PORTFAKE_PKG")
    chance = random.Random(42)
    for _ in range(300):
        left, right = ("".join(chance.choices(PIECES, k=chance.randint(1, 6))) for _ in range(2))
        if not (left + right).startswith("-") and not right.startswith("-"):
            said = subprocess.check_output([pkg, "version", "-t", left, right], text=True)
            assert answer(left, right) == said.strip(), (left, right)
