"""Comparisons in conditions: numbers where both sides are, texts else."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from portfake.make.machine import Machine
from portfake.make.numbers import number
from portfake.make.outcome import ErrorText
from portfake.make.setting import Part, Read, Text, constant

__all__ = ["COMPARISONS", "Malformed", "Side", "Test", "checked", "compare", "not_empty"]

Test = Callable[[Machine], bool]
"""Gives the answer; raises Malformed where the condition makes no sense."""


class Malformed(Exception):
    """The condition makes no sense; the text says why, unless nothing more than that is known."""


COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
}
"""Longer signs first."""
_NOT_COMPARABLE = "String comparison operator must be either == or !="


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a comparison."""

    part: Part
    quoted: bool = False
    lone: bool = False
    """A single expression without quotes, which must have a value; not checked yet."""

    @property
    def text(self) -> Text:
        """The side as text."""
        return constant(checked(self.part, must_exist=True) if self.lone else self.part)


def checked(part: Part, *, must_exist: bool) -> Part:
    """The same, but an expression without a value makes the condition malformed."""
    if isinstance(part, str):
        return part
    read = part

    def strict(machine: Machine) -> str:
        value = read(machine)
        if type(value) is ErrorText or (value is None and must_exist):
            raise Malformed
        return value or ""

    return strict


def not_empty(side: Side, bare: Callable[[Machine, str], bool] | None, *, negate: bool) -> Test:
    """A side without comparison: a number but 0, a text that is not empty.

    In `.ifdef` and the like `bare` is asked about an unquoted text instead.
    """
    text = side.text
    if side.quoted:
        return lambda machine: text(machine) != ""
    if bare is None and side.lone and not isinstance(side.part, str):
        return _has_value(side.part)

    def test(machine: Machine) -> bool:
        said = text(machine)
        amount = number(said)
        if amount is not None:
            return amount != 0
        return said != "" if bare is None else bare(machine, said) is not negate

    return test


def _has_value(read: Read) -> Test:
    def test(machine: Machine) -> bool:
        said = read(machine)
        if said is None or type(said) is ErrorText:
            raise Malformed
        if not said or said[0].isalpha():
            return said != ""
        return number(said) != 0

    return test


def compare(left: Side, sign: str, right: Side) -> Test:
    """The test `left sign right`."""
    equality = sign in {"==", "!="}
    if left.quoted or right.quoted:
        return _compare_texts(left.text, right.text, sign) if equality else _refuse(left, right)
    if isinstance(right.part, str):
        known = number(right.part)
        if known is None and equality:
            return _compare_word(left, right.part, same=sign == "==")
        if known is not None:
            return _compare_number(left.text, sign, known, right.part)
    return _compare_any(left.text, sign, right.text)


def _refuse(left: Side, right: Side) -> Test:
    left_text, right_text = left.text, right.text

    def test(machine: Machine) -> bool:
        left_text(machine)
        right_text(machine)
        raise Malformed(_NOT_COMPARABLE)

    return test


def _compare_texts(left: Text, right: Text, sign: str) -> Test:
    same = sign == "=="
    return lambda machine: (left(machine) == right(machine)) is same


def _compare_word(left: Side, word: str, *, same: bool) -> Test:
    if not left.lone or isinstance(left.part, str):
        text = left.text
        return lambda machine: (text(machine) == word) is same
    read = left.part

    def test(machine: Machine) -> bool:
        said = read(machine)
        if said is None or type(said) is ErrorText:
            raise Malformed
        return (said == word) is same

    return test


def _compare_number(left: Text, sign: str, known: float, word: str) -> Test:
    holds = COMPARISONS[sign]

    def test(machine: Machine) -> bool:
        said = left(machine)
        amount = number(said)
        if amount is not None:
            return holds(amount, known)
        if sign not in {"==", "!="}:
            raise Malformed(_NOT_COMPARABLE)
        return (said == word) is (sign == "==")

    return test


def _compare_any(left: Text, sign: str, right: Text) -> Test:
    holds = COMPARISONS[sign]

    def test(machine: Machine) -> bool:
        left_said, right_said = left(machine), right(machine)
        left_number, right_number = number(left_said), number(right_said)
        if left_number is not None and right_number is not None:
            return holds(left_number, right_number)
        if sign not in {"==", "!="}:
            raise Malformed(_NOT_COMPARABLE)
        return (left_said == right_said) is (sign == "==")

    return test
