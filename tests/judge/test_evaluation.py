"""Evaluation of real ports against what real make says: 129 variables, text for text.

The same as a command: `python -m tests.judge.agreement`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.judge.agreement import (
    Agreement,
    agreement,
    from_file,
    known_differences,
    some_origins,
)

pytestmark = pytest.mark.judge


def assert_agreement(outcome: Agreement) -> None:
    outcome.show(sys.stdout)
    assert outcome.equal
    assert not outcome.new


def test_values_are_those_that_make_gave_once(judged: Callable[[str], str]) -> None:
    oracle = Path(judged("PORTFAKE_ORACLES")) / "evaluation.jsonl.gz"
    outcome = agreement(judged("PORTFAKE_TREE"), from_file(str(oracle)))
    assert_agreement(outcome)
    assert {each.origin for each in outcome.known} == set(known_differences())


def test_ports_that_differ_from_it_are_equal_in_a_cell(judged: Callable[[str], str]) -> None:
    """There make finds what FreeBSD has, and what the machine of the oracle lacked."""
    tree, bmake = judged("PORTFAKE_TREE"), judged("PORTFAKE_BMAKE")
    outcome = agreement(tree, known_differences(), bmake=bmake)
    assert_agreement(outcome)
    assert not outcome.known


def test_another_tree_with_make_beside(judged: Callable[[str], str]) -> None:
    tree, bmake = judged("PORTFAKE_OTHER_TREE"), judged("PORTFAKE_BMAKE")
    assert_agreement(agreement(tree, some_origins(tree, 500, seed=2021), bmake=bmake))
