"""Values of awk: numbers, strings, strings of input that look like numbers, arrays."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator

__all__ = ["Array", "Input", "Spend", "Value", "compared", "formatted", "number", "text", "truth"]


class Input(str):
    """A string that came as input: it compares as a number where it looks like one."""

    __slots__ = ()


Value = float | str | None
"""None is the value of what was never set: "" and 0."""

_NUMBER = re.compile(r"\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?", re.ASCII)


def number(value: Value) -> float:
    """The value as a number: as much of a string's beginning as is one."""
    if value is None:
        return 0.0
    if isinstance(value, str):
        match = _NUMBER.match(value)
        return float(match[0]) if match else 0.0
    return value


def text(value: Value, form: str = "%.6g") -> str:
    """The value as a string; whole numbers as such, others by `form` (CONVFMT, OFMT)."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if not math.isfinite(value):
        return "+nan" if math.isnan(value) else f"{value:+}"
    if value == int(value):
        return str(int(value))
    return formatted(form, [value])


def truth(value: Value) -> bool:
    """Whether a condition of this value holds."""
    if isinstance(value, Input) and _is_number(value):
        return float(value) != 0
    return bool(value)


def _is_number(value: Value) -> bool:
    if isinstance(value, Input):
        match = _NUMBER.match(value)
        return match is not None and not value[match.end() :].strip(" \t\n\r\f\v")
    return not isinstance(value, str)


def compared(left: Value, right: Value, form: str) -> int:
    """-1, 0 or 1; as numbers if both are, else as strings."""
    if _is_number(left) and _is_number(right):
        one, other = number(left), number(right)
        return (one > other) - (one < other)
    first, second = (text(side, form).encode("utf-8", "surrogateescape") for side in (left, right))
    return (first > second) - (first < second)


_FORMAT = re.compile(
    r"%(?P<flags>[-+ #0]*)(?P<width>\*|\d*)(?:\.(?P<precision>\*|\d*))?"
    r"[hlqLjzt]*(?P<kind>.)",
    re.DOTALL,
)
_WIDEST = 100_000
Spend = Callable[[int], None]


def _nothing(size: int) -> None:
    """Where what is made is small."""


def formatted(form: str, values: list[Value], spend: Spend = _nothing) -> str:
    """What printf makes of a format; values that lack count as never set.

    `spend` is told how long the text has become.
    """
    left = iter(values)
    made = len(form)

    def one(match: re.Match[str]) -> str:
        nonlocal made
        shown = shown_as(match)
        made += len(shown)
        spend(made)
        return shown

    def shown_as(match: re.Match[str]) -> str:
        kind = match["kind"]
        if kind == "%":
            return "%"
        width, precision = match["width"], match["precision"]
        if width == "*":
            width = str(int(number(next(left, None))))
        if precision == "*":
            precision = str(int(number(next(left, None))))
        if max(int(width or 0), int(precision or 0)) > _WIDEST:
            raise OverflowError("a width of more than 100,000 characters")
        spec = f"%{match['flags']}{width}" + (f".{precision or 0}" if precision is not None else "")
        value = next(left, None)
        if kind == "c":
            single = isinstance(value, float)
            shown = chr(int(number(value)) & 0x10FFFF) if single else text(value)[:1]
            return f"%{match['flags'].replace('0', '')}{width}s" % shown
        if kind == "s":
            return (spec + "s") % text(value)
        if kind in "dioxXu":
            amount = number(value)
            whole = int(amount) if math.isfinite(amount) else 0
            if kind in "oxXu" and whole < 0:
                whole &= (1 << 64) - 1
            return (spec + ("d" if kind in "iu" else kind)).replace("#o", "o") % whole
        if kind in "eEfFgGaA":
            return (spec + (kind if kind in "eEfFgG" else "g")) % number(value)
        return match[0]

    return _FORMAT.sub(one, form)


_ELEMENT = 512
"""An element costs the memory of a text of so many characters."""
_SIZE, _FULL, _GROWTH = 50, 2, 4
"""tran.c: NHASH, FULLTAB and GROWTAB."""


class Array:
    """An array whose keys come in the order that one-true-awk's hash table gives them.

    tran.c, setsymtab() and rehash(): a new key goes to the front of its chain, and a table that
    holds twice its size grows fourfold.
    """

    __slots__ = ("_chains", "_spend", "values")

    def __init__(self, spend: Spend = _nothing) -> None:
        self._spend = spend
        self.values: dict[str, Value] = {}
        self._chains: list[list[str]] = [[] for _ in range(_SIZE)]

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def get(self, key: str) -> Value:
        """The value; a key that is not there comes to be."""
        if key not in self.values:
            self.set(key, None)
        return self.values[key]

    def set(self, key: str, value: Value) -> None:
        """Give a key its value."""
        if key not in self.values:
            self._spend(_ELEMENT)
            if len(self.values) + 1 > _FULL * len(self._chains):
                self._grow()
            self._chains[_hash(key, len(self._chains))].insert(0, key)
        self.values[key] = value

    def remove(self, key: str) -> None:
        """Take a key out, if it is there."""
        if key in self.values:
            del self.values[key]
            self._chains[_hash(key, len(self._chains))].remove(key)

    def clear(self) -> None:
        """Take all keys out."""
        self.values = {}
        self._chains = [[] for _ in range(_SIZE)]

    def keys(self) -> Iterator[str]:
        """The keys in the table's order, as they are now."""
        return iter([key for chain in self._chains for key in chain])

    def _grow(self) -> None:
        chains: list[list[str]] = [[] for _ in range(_GROWTH * len(self._chains))]
        for key in self.keys():
            chains[_hash(key, len(chains))].insert(0, key)
        self._chains = chains


def _hash(key: str, size: int) -> int:
    total = 0
    for byte in key.encode("utf-8", "surrogateescape"):
        signed = byte - 256 if byte > 127 else byte
        total = (signed + 31 * total) & 0xFFFFFFFF
    return total % size
