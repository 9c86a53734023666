"""PortVersion orders as pkg(8)'s `pkg version -t A B` answers."""

import subprocess

import pytest
from hypothesis import given, settings
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
VERSIONS = st.lists(
    st.sampled_from(
        ["0", "1", "2", "10", ".", "..", "_", "_1", ",1", ",", "+", "*", "a", "rc", "pl", "beta"]
        + ["pre", "alpha", "snap", "dev", "B", "-", ":", "1.0", "9" * 20, "9" * 30]
    ),
    min_size=1,
    max_size=7,
).map("".join)


def answer(left, right):
    a, b = PortVersion(left), PortVersion(right)
    assert (a < b) + (a == b) + (a > b) == 1
    return "=" if a == b else "<" if a < b else ">"


@pytest.mark.parametrize(("left", "sign", "right"), CASES)
def test_answers_of_pkg(left, sign, right):
    assert answer(left, right) == sign
    assert answer(right, left) == {"<": ">", ">": "<", "=": "="}[sign]


@given(VERSIONS, VERSIONS)
def test_equal_versions_hash_alike(left, right):
    if PortVersion(left) == PortVersion(right):
        assert hash(PortVersion(left)) == hash(PortVersion(right))


@given(VERSIONS, VERSIONS, VERSIONS)
def test_order_is_transitive(*texts):
    low, middle, high = sorted(map(PortVersion, texts))
    assert low <= middle <= high
    assert low <= high


@given(st.text(max_size=20))
def test_any_text_is_a_version(text):
    assert PortVersion(text) == PortVersion(text)
    assert str(PortVersion(text)) == text


def test_enormous_numbers_cost_nothing():
    assert PortVersion("9" * 100_000) == PortVersion("9" * 99_999)


@pytest.mark.judge
@settings(max_examples=150, deadline=None)
@given(left=VERSIONS, right=VERSIONS)
def test_random_versions_against_pkg(tool, left, right):
    said = subprocess.run(
        [tool("pkg"), "version", "-t", left, right], capture_output=True, text=True, check=False
    )
    if said.returncode == 0 and not left.startswith("-") and not right.startswith("-"):
        assert answer(left, right) == said.stdout.strip()
