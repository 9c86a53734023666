"""Comparisons in conditions: numbers where both sides are, texts else."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping

from portfake.make.machine import Machine
from portfake.make.numbers import number
from portfake.make.outcome import ErrorText
from portfake.make.texts import Part, Text, as_text

__all__ = ["COMPARISONS", "Malformed", "Side", "Test", "checked", "compare", "not_empty"]


class Malformed(Exception):
    """The condition makes no sense; the text says why, unless nothing more than that is known."""


class Test:
    """What a condition, or a part of one, was compiled to."""

    __slots__ = ()

    def holds(self, machine: Machine) -> bool:
        """The answer; raises Malformed where the condition makes no sense."""
        raise NotImplementedError


COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
}
"""Longer signs first."""
_EQUALITY = {"==", "!="}
_NOT_COMPARABLE = "String comparison operator must be either == or !="


class Side:
    """One side of a comparison."""

    __slots__ = ("lone", "part", "quoted")

    def __init__(self, part: Part, *, quoted: bool = False, lone: bool = False) -> None:
        self.part = part
        self.quoted = quoted
        self.lone = lone
        """A single expression without quotes, which must have a value; not checked yet."""

    @property
    def text(self) -> Text:
        """The side as text."""
        return as_text(checked(self.part, must_exist=True) if self.lone else self.part)


def checked(part: Part, *, must_exist: bool) -> Part:
    """The same, but an expression without a value makes the condition malformed."""
    if isinstance(part, str):
        return part
    return _Checked(part, must_exist=must_exist)


class _Checked(Text):
    __slots__ = ("must_exist", "text")

    def __init__(self, text: Text, *, must_exist: bool) -> None:
        self.text = text
        self.must_exist = must_exist

    def expand(self, machine: Machine) -> str:
        value = self.text.read(machine)
        if type(value) is ErrorText or (value is None and self.must_exist):
            raise Malformed
        return value or ""


def not_empty(side: Side, bare: Callable[[Machine, str], bool] | None, *, negate: bool) -> Test:
    """A side without comparison: a number but 0, a text that is not empty.

    In `.ifdef` and the like `bare` is asked about an unquoted text instead.
    """
    if side.quoted:
        return _NotEmpty(side.text)
    if bare is None and side.lone and not isinstance(side.part, str):
        return _HasValue(side.part)
    return _IsTrue(side.text, bare, negate=negate)


class _NotEmpty(Test):
    __slots__ = ("text",)

    def __init__(self, text: Text) -> None:
        self.text = text

    def holds(self, machine: Machine) -> bool:
        return self.text.expand(machine) != ""


class _IsTrue(Test):
    __slots__ = ("bare", "negate", "text")

    def __init__(
        self, text: Text, bare: Callable[[Machine, str], bool] | None, *, negate: bool
    ) -> None:
        self.text = text
        self.bare = bare
        self.negate = negate

    def holds(self, machine: Machine) -> bool:
        said = self.text.expand(machine)
        amount = number(said)
        if amount is not None:
            return amount != 0
        return said != "" if self.bare is None else self.bare(machine, said) is not self.negate


class _HasValue(Test):
    """The same for an expression that must be defined, as in `.if ${NAME}`."""

    __slots__ = ("text",)

    def __init__(self, text: Text) -> None:
        self.text = text

    def holds(self, machine: Machine) -> bool:
        said = self.text.read(machine)
        if said is None or type(said) is ErrorText:
            raise Malformed
        if not said or said[0].isalpha():
            return said != ""
        return number(said) != 0


def compare(left: Side, sign: str, right: Side) -> Test:
    """The test `left sign right`."""
    if left.quoted or right.quoted:
        if sign in _EQUALITY:
            return _SameText(left.text, right.text, same=sign == "==")
        return _NotComparable(left.text, right.text)
    if isinstance(right.part, str):
        known = number(right.part)
        if known is not None:
            return _SameNumber(left.text, sign, known, right.part)
        if sign in _EQUALITY:
            if left.lone and not isinstance(left.part, str):
                return _SameWord(left.part, right.part, same=sign == "==")
            return _SameText(left.text, right.text, same=sign == "==")
    return _Same(left.text, sign, right.text)


class _NotComparable(Test):
    __slots__ = ("left", "right")

    def __init__(self, left: Text, right: Text) -> None:
        self.left = left
        self.right = right

    def holds(self, machine: Machine) -> bool:
        self.left.expand(machine)
        self.right.expand(machine)
        raise Malformed(_NOT_COMPARABLE)


class _SameText(Test):
    """`"${NAME}" == "text"`; numbers are no matter where there are quotes."""

    __slots__ = ("left", "right", "same")

    def __init__(self, left: Text, right: Text, *, same: bool) -> None:
        self.left = left
        self.right = right
        self.same = same

    def holds(self, machine: Machine) -> bool:
        return (self.left.expand(machine) == self.right.expand(machine)) is self.same


class _SameWord(Test):
    """`${NAME} == word`, the word being no number."""

    __slots__ = ("same", "text", "word")

    def __init__(self, text: Text, word: str, *, same: bool) -> None:
        self.text = text
        self.word = word
        self.same = same

    def holds(self, machine: Machine) -> bool:
        said = self.text.read(machine)
        if said is None or type(said) is ErrorText:
            raise Malformed
        return (said == self.word) is self.same


class _SameNumber(Test):
    """`${NAME} >= 14`."""

    __slots__ = ("compared", "known", "left", "sign", "word")

    def __init__(self, left: Text, sign: str, known: float, word: str) -> None:
        self.left = left
        self.sign = sign
        self.compared = COMPARISONS[sign]
        self.known = known
        self.word = word

    def holds(self, machine: Machine) -> bool:
        said = self.left.expand(machine)
        amount = number(said)
        if amount is not None:
            return self.compared(amount, self.known)
        if self.sign not in _EQUALITY:
            raise Malformed(_NOT_COMPARABLE)
        return (said == self.word) is (self.sign == "==")


class _Same(Test):
    """`${NAME} == ${OTHER}`: what it compares is known when both are."""

    __slots__ = ("compared", "left", "right", "sign")

    def __init__(self, left: Text, sign: str, right: Text) -> None:
        self.left = left
        self.sign = sign
        self.compared = COMPARISONS[sign]
        self.right = right

    def holds(self, machine: Machine) -> bool:
        left, right = self.left.expand(machine), self.right.expand(machine)
        left_number, right_number = number(left), number(right)
        if left_number is not None and right_number is not None:
            return self.compared(left_number, right_number)
        if self.sign not in _EQUALITY:
            raise Malformed(_NOT_COMPARABLE)
        return (left == right) is (self.sign == "==")
