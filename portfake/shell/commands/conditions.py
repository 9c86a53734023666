"""test(1), its other name [, expr(1), true and false."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

from portfake.model.entry import EntryType
from portfake.patterns import bre
from portfake.shell.clocale import to_c
from portfake.shell.command import Command, CommandFailure, Invocation
from portfake.shell.view import View, text_of

__all__ = ["COMMANDS"]


def _is(kind: EntryType, *, follow: bool = True) -> Callable[[View, str], bool]:
    def test(view: View, name: str) -> bool:
        entry = view.stat(name, follow=follow)
        return entry is not None and entry.type is kind

    return test


def _has_bits(bits: int) -> Callable[[View, str], bool]:
    def test(view: View, name: str) -> bool:
        entry = view.stat(name)
        return entry is not None and bool((entry.mode or 0) & bits)

    return test


def _exists(view: View, name: str) -> bool:
    return view.stat(name) is not None


def _has_size(view: View, name: str) -> bool:
    entry = view.stat(name)
    return entry is not None and bool(entry.size)


def _executable(view: View, name: str) -> bool:
    entry = view.stat(name)
    return entry is not None and (
        entry.type is EntryType.DIRECTORY or bool((entry.mode or 0) & 0o111)
    )


_UNARY: dict[str, Callable[[View, str], bool]] = {
    "-b": _is(EntryType.BLOCK_DEVICE),
    "-c": _is(EntryType.CHARACTER_DEVICE),
    "-d": _is(EntryType.DIRECTORY),
    "-e": _exists,
    "-f": _is(EntryType.FILE),
    "-g": _has_bits(0o2000),
    "-h": _is(EntryType.SYMLINK, follow=False),
    "-k": _has_bits(0o1000),
    "-L": _is(EntryType.SYMLINK, follow=False),
    "-n": lambda view, text: text != "",
    "-O": _exists,
    "-G": _exists,
    "-p": _is(EntryType.FIFO),
    "-r": _exists,
    "-S": _is(EntryType.SOCKET),
    "-s": _has_size,
    "-t": lambda view, text: False,
    "-u": _has_bits(0o4000),
    "-w": _exists,
    "-x": _executable,
    "-z": lambda view, text: text == "",
}


def _mtime(view: View, name: str) -> int | None:
    entry = view.stat(name)
    return None if entry is None else entry.mtime or 0


def _newer(view: View, first: str, second: str) -> bool:
    one, other = _mtime(view, first), _mtime(view, second)
    return one is not None and (other is None or one > other)


def _same(view: View, first: str, second: str) -> bool:
    return _exists(view, first) and _exists(view, second) and view.same(first, second)


def _integer(text: str) -> int:
    digits = text.strip().removeprefix("-").removeprefix("+")
    if not digits.isdigit() or not digits.isascii() or len(digits) > 30:
        raise CommandFailure(f"{text}: bad number", 2)
    return int(text.strip())


def _numeric(compare: Callable[[int, int], bool]) -> Callable[[View, str, str], bool]:
    return lambda view, first, second: compare(_integer(first), _integer(second))


_BINARY: dict[str, Callable[[View, str, str], bool]] = {
    "=": lambda view, first, second: first == second,
    "==": lambda view, first, second: first == second,
    "!=": lambda view, first, second: first != second,
    "<": lambda view, first, second: first < second,
    ">": lambda view, first, second: first > second,
    "-eq": _numeric(lambda first, second: first == second),
    "-ne": _numeric(lambda first, second: first != second),
    "-gt": _numeric(lambda first, second: first > second),
    "-ge": _numeric(lambda first, second: first >= second),
    "-lt": _numeric(lambda first, second: first < second),
    "-le": _numeric(lambda first, second: first <= second),
    "-nt": _newer,
    "-ot": lambda view, first, second: _newer(view, second, first),
    "-ef": _same,
}


class _Test:
    """Reads an expression by the number of words left, as POSIX wants it (XCU, test)."""

    def __init__(self, view: View, words: list[str]) -> None:
        self._view = view
        self._words = words
        self._nesting = 0

    def fail(self, message: str) -> NoReturn:
        raise CommandFailure(message, 2)

    def whole(self) -> bool:
        words = self._words
        if not words:
            return False
        if len(words) == 1:
            return words[0] != ""
        if len(words) == 2 and words[0] != "!" and words[0] not in _UNARY:
            self.fail(f"{words[0]}: unexpected operator")
        if len(words) == 3 and words[1] in _BINARY:
            return _BINARY[words[1]](self._view, words[0], words[2])
        if len(words) == 3 and words[0] == "(" and words[2] == ")":
            return words[1] != ""
        if words[0] == "!" and len(words) in {2, 3, 4}:
            self._words = words[1:]
            return not self.whole()
        value = self._either()
        if self._words:
            self.fail(f"{self._words[0]}: unexpected operator")
        return value

    def _either(self) -> bool:
        value = self._both()
        while self._words[:1] == ["-o"]:
            self._words.pop(0)
            other = self._both()
            value = value or other
        return value

    def _both(self) -> bool:
        value = self._not()
        while self._words[:1] == ["-a"]:
            self._words.pop(0)
            other = self._not()
            value = value and other
        return value

    def _not(self) -> bool:
        negated = False
        while self._words[:1] == ["!"] and len(self._words) > 1:
            if len(self._words) > 2 and self._words[1] in _BINARY:
                break
            self._words.pop(0)
            negated = not negated
        return self._primary() is not negated

    def _primary(self) -> bool:
        if not self._words:
            self.fail("argument expected")
        word = self._words.pop(0)
        if len(self._words) > 1 and self._words[0] in _BINARY:
            operator, other = self._words.pop(0), self._words.pop(0)
            return _BINARY[operator](self._view, word, other)
        if word == "(":
            self._nesting += 1
            if self._nesting > 100:
                self.fail("nested too deep")
            value = self._either()
            if self._words[:1] != [")"]:
                self.fail("closing paren expected")
            self._words.pop(0)
            return value
        if word in _UNARY and self._words:
            return _UNARY[word](self._view, self._words.pop(0))
        return word != ""


def _test(run: Invocation) -> int:
    words = list(run.arguments)
    if run.command == "[" and (not words or words.pop() != "]"):
        raise CommandFailure("missing ]", 2)
    return int(not _Test(run.view, words).whole())


# expr -----------------------------------------------------------------------------------------

_COMPARISONS: dict[str, Callable[[object, object], bool]] = {
    "=": lambda a, b: a == b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,  # type: ignore[operator] # both are of one type
    "<=": lambda a, b: a <= b,  # type: ignore[operator]
    ">": lambda a, b: a > b,  # type: ignore[operator]
    ">=": lambda a, b: a >= b,  # type: ignore[operator]
}


class _Expr:
    """expr(1): strings and integers, | & comparisons + - * / % : and parentheses."""

    def __init__(self, words: list[str]) -> None:
        self._words = words
        self._nesting = 0

    def whole(self) -> str:
        value = self._or()
        if self._words:
            raise CommandFailure("syntax error", 2)
        return value

    def _accept(self, *operators: str) -> str:
        if self._words and self._words[0] in operators:
            return self._words.pop(0)
        return ""

    def _or(self) -> str:
        value = self._and()
        while self._accept("|"):
            other = self._and()
            value = other if _is_null(value) else value
        return value

    def _and(self) -> str:
        value = self._compared()
        while self._accept("&"):
            other = self._compared()
            value = "0" if _is_null(value) or _is_null(other) else value
        return value

    def _compared(self) -> str:
        value = self._sum()
        while operator := self._accept(*_COMPARISONS):
            other = self._sum()
            one, two = _number(value), _number(other)
            pair: tuple[object, object] = (value, other)
            if one is not None and two is not None:
                pair = (one, two)
            value = str(int(_COMPARISONS[operator](*pair)))
        return value

    def _sum(self) -> str:
        value = self._product()
        while operator := self._accept("+", "-"):
            one, two = _needed(value), _needed(self._product())
            value = str(one + two if operator == "+" else one - two)
        return value

    def _product(self) -> str:
        value = self._matched()
        while operator := self._accept("*", "/", "%"):
            one, two = _needed(value), _needed(self._matched())
            if operator == "*":
                value = str(one * two)
                continue
            if two == 0:
                raise CommandFailure("division by zero", 2)
            quotient = abs(one) // abs(two) * (1 if (one < 0) is (two < 0) else -1)
            value = str(quotient if operator == "/" else one - quotient * two)
        return value

    def _matched(self) -> str:
        value = self._atom()
        while self._accept(":"):
            pattern = bre(to_c(self._atom()))
            match = pattern.match(to_c(value))
            if pattern.groups:
                value = (match.group(1) or "") if match else ""
                value = text_of(value.encode("latin-1"))
            else:
                value = str(match.end() if match else 0)
        return value

    def _atom(self) -> str:
        if not self._words:
            raise CommandFailure("syntax error", 2)
        word = self._words.pop(0)
        if word != "(":
            return word
        self._nesting += 1
        if self._nesting > 100:
            raise CommandFailure("nested too deep", 2)
        value = self._or()
        if not self._accept(")"):
            raise CommandFailure("syntax error", 2)
        return value


def _is_null(text: str) -> bool:
    return text == "" or _number(text) == 0


def _number(text: str) -> int | None:
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdigit() and len(digits) < 30 else None


def _needed(text: str) -> int:
    number = _number(text)
    if number is None:
        raise CommandFailure(f"not a decimal number: '{text}'", 2)
    return number


def _expr(run: Invocation) -> int:
    words = list(run.arguments)
    if words[:1] == ["--"]:
        words.pop(0)
    value = _Expr(words).whole()
    run.print(value)
    return int(_is_null(value))


COMMANDS = (
    Command("test", _test, None),
    Command("[", _test, None),
    Command("expr", _expr, None),
    Command("true", lambda run: 0, None),
    Command("false", lambda run: 1, None),
)
