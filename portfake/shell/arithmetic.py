"""Integer expressions of ``$((...))``: C's operators on signed 64-bit numbers."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NoReturn

from portfake.shell.syntax import ShellSyntaxError

__all__ = ["evaluate"]

_TOKEN = re.compile(
    r"\s*(?:(?P<number>0[xX][0-9a-fA-F]+|[0-9]+)|(?P<name>[A-Za-z_]\w*)"
    r"|(?P<operator><<=|>>=|&&|\|\||[<>=!]=|<<|>>|[-+*/%&^|]=|[-+*/%&^|<>!~?:=()]))"
)
_BINARY = (
    ("||",),
    ("&&",),
    ("|",),
    ("^",),
    ("&",),
    ("==", "!="),
    ("<", ">", "<=", ">="),
    ("<<", ">>"),
    ("+", "-"),
    ("*", "/", "%"),
)
_ASSIGNMENTS = {"=", "+=", "-=", "*=", "/=", "%=", "&=", "^=", "|=", "<<=", ">>="}


def evaluate(text: str, lookup: Callable[[str], str], assign: Callable[[str, str], None]) -> int:
    """Return the value of an expanded expression; an empty one is 0.

    Raises ShellSyntaxError for what is no expression, and for a division by zero.
    """
    tokens: list[tuple[str, str]] = []
    position = 0
    while text[position:].strip():
        match = _TOKEN.match(text, position)
        if match is None or len(tokens) > 10_000:
            raise ShellSyntaxError(f"arithmetic expression: {text.strip()!r}")
        tokens.append((match.lastgroup or "", match[match.lastgroup or 0]))
        position = match.end()
    if not tokens:
        return 0
    reader = _Reader(tokens, text, lookup, assign)
    value = reader.assignment()
    if reader.position < len(tokens):
        reader.fail()
    return value


class _Reader:
    def __init__(
        self,
        tokens: list[tuple[str, str]],
        text: str,
        lookup: Callable[[str], str],
        assign: Callable[[str, str], None],
    ) -> None:
        self._tokens = tokens
        self._text = text
        self._lookup = lookup
        self._assign = assign
        self._live = True
        self.position = 0

    def fail(self) -> NoReturn:
        raise ShellSyntaxError(f"arithmetic expression: {self._text.strip()!r}")

    def _peek(self, ahead: int = 0) -> tuple[str, str]:
        index = self.position + ahead
        return self._tokens[index] if index < len(self._tokens) else ("", "")

    def _accept(self, *operators: str) -> str:
        kind, text = self._peek()
        if kind == "operator" and text in operators:
            self.position += 1
            return text
        return ""

    def assignment(self) -> int:
        kind, name = self._peek()
        operator = self._peek(1)[1]
        if kind != "name" or operator not in _ASSIGNMENTS:
            return self._condition()
        self.position += 2
        value = self.assignment()
        if operator != "=":
            value = self._apply(operator[:-1], self._variable(name), value)
        if self._live:
            self._assign(name, str(value))
        return value

    def _condition(self) -> int:
        chosen = self._binary(0)
        if not self._accept("?"):
            return chosen
        first = self._guarded(bool(chosen), self.assignment)
        if not self._accept(":"):
            self.fail()
        second = self._guarded(not chosen, self._condition)
        return first if chosen else second

    def _guarded(self, live: bool, read: Callable[[], int]) -> int:
        before, self._live = self._live, self._live and live
        try:
            return read()
        finally:
            self._live = before

    def _binary(self, level: int) -> int:
        if level == len(_BINARY):
            return self._unary()
        left = self._binary(level + 1)
        while operator := self._accept(*_BINARY[level]):
            live = {"||": not left, "&&": bool(left)}.get(operator, True)
            right = self._guarded(live, lambda: self._binary(level + 1))
            left = self._apply(operator, left, right)
        return left

    def _unary(self) -> int:
        operator = self._accept("-", "+", "!", "~")
        if operator:
            value = self._unary()
            return _wrap({"-": -value, "+": value, "!": int(not value), "~": ~value}[operator])
        if self._accept("("):
            value = self.assignment()
            if not self._accept(")"):
                self.fail()
            return value
        kind, text = self._peek()
        self.position += 1
        if kind not in {"number", "name"}:
            self.fail()
        return _wrap(_number(text)) if kind == "number" else self._variable(text)

    def _variable(self, name: str) -> int:
        text = self._lookup(name).strip()
        digits = text.removeprefix("-").removeprefix("+")
        if not text:
            return 0
        if not re.fullmatch(r"0[xX][0-9a-fA-F]+|[0-9]+", digits):
            self.fail()
        return _wrap(-_number(digits) if text.startswith("-") else _number(digits))

    def _apply(self, operator: str, left: int, right: int) -> int:
        if operator in {"/", "%"}:
            if right == 0:
                if not self._live:
                    return 0
                raise ShellSyntaxError(f"division by zero: {self._text.strip()!r}")
            quotient = abs(left) // abs(right) * (1 if (left < 0) is (right < 0) else -1)
            return _wrap(quotient if operator == "/" else left - quotient * right)
        return _wrap(_OPERATIONS[operator](left, right))


_OPERATIONS: dict[str, Callable[[int, int], int]] = {
    "||": lambda a, b: int(bool(a) or bool(b)),
    "&&": lambda a, b: int(bool(a) and bool(b)),
    "|": lambda a, b: a | b,
    "^": lambda a, b: a ^ b,
    "&": lambda a, b: a & b,
    "==": lambda a, b: int(a == b),
    "!=": lambda a, b: int(a != b),
    "<": lambda a, b: int(a < b),
    ">": lambda a, b: int(a > b),
    "<=": lambda a, b: int(a <= b),
    ">=": lambda a, b: int(a >= b),
    "<<": lambda a, b: a << (b & 63),
    ">>": lambda a, b: a >> (b & 63),
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
}


def _number(text: str) -> int:
    if text[:2] in {"0x", "0X"}:
        return int(text[2:30], 16)
    if text.startswith("0") and len(text) > 1 and set(text) <= set("01234567"):
        return int(text[:40], 8)
    return int(text[:40])


def _wrap(value: int) -> int:
    value &= (1 << 64) - 1
    return value - (1 << 64) if value >> 63 else value
