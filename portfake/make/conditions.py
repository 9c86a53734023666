"""Conditions, from the text behind `.if` to functions.

Grammar (make(1), "DIRECTIVES"): or, and, not, parentheses, functions, comparisons, and bare words
that stand for `defined(word)` or, in `.ifmake`, for `make(word)`. The right side of `&&` and `||`
is always parsed and only evaluated where it matters.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from portfake.make.expressions import parse_condition_argument, parse_expression
from portfake.make.loops import mentions, needs_source
from portfake.make.machine import ErrorText, Machine
from portfake.make.numbers import number
from portfake.make.setting import Part, Read, Setting, Text, constant, merge

__all__ = ["Condition", "Kind", "compile_condition", "condition"]

Condition = Callable[[Machine], bool | None]
"""Gives the answer, None where the condition makes no sense."""
Test = Callable[[Machine], bool]


@dataclass(frozen=True, slots=True)
class Kind:
    """Which directive the condition belongs to."""

    bare: str = "defined"
    """What a bare word is an argument of."""
    negate: bool = False
    """`.ifndef`, `.ifnmake`: bare words count the other way round."""
    plain: bool = True
    """`.if` and `.elif`: an expression that is not empty is true."""
    ternary: bool = False
    """The name before `:?`: there the left side of a comparison may be a bare word."""


class _Malformed(Exception):  # noqa: N818 -- an answer, caught by the condition it is in
    """The condition makes no sense; the text says why, unless nothing more than that is known."""


def condition(text: str, kind: Kind, setting: Setting) -> Condition:
    """The same for a text that may use loop variables."""
    if setting.loop and mentions(text, setting.loop) and needs_source(text, setting.loop):
        source, alone = setting.raw(text), setting.alone()
        return lambda machine: compile_condition(source(machine), kind, alone)(machine)
    return compile_condition(text, kind, setting)


def compile_condition(text: str, kind: Kind, setting: Setting) -> Condition:
    """The function that answers the condition, and complains if it makes no sense."""
    text = text.lstrip(" \t")
    parser = _Parser(text, kind, setting)
    try:
        test = parser.whole()
    except _Malformed as error:
        reason = str(error)

        def malformed(machine: Machine) -> bool:
            for read in parser.reads:  # what make had evaluated before it noticed
                read(machine)
            raise _Malformed(reason)

        test = malformed

    def answer(machine: Machine) -> bool | None:
        try:
            return test(machine)
        except _Malformed as error:
            message = str(error)
            if message or not kind.ternary:
                machine.complain(message or f"Malformed conditional ({text})", fatal=True)
            return None

    return answer


# The functions of conditions.


def _defined(machine: Machine, name: str) -> bool:
    return name in machine.variables or machine.is_defined(name)


def _make(machine: Machine, pattern: str) -> bool:
    fits = machine.compiler.matchers[pattern]
    return any(fits(target) for target in machine.targets.wanted)


def _exists(machine: Machine, path: str) -> bool:
    if machine.outside.exists(machine.absolute(path)):
        return True
    folders = machine.targets.search_path
    return not path.startswith("/") and any(
        machine.outside.exists(machine.absolute(f"{folder}/{path}")) for folder in folders
    )


def _target(machine: Machine, name: str) -> bool:
    return machine.targets.is_target(name)


def _commands(machine: Machine, name: str) -> bool:
    return machine.targets.has_commands(name)


_FUNCTIONS: Mapping[str, Callable[[Machine, str], bool]] = {
    "commands": _commands,
    "defined": _defined,
    "exists": _exists,
    "make": _make,
    "target": _target,
}
_CALL = re.compile(rf"({'|'.join(_FUNCTIONS)})\s*\(")
_EMPTY = re.compile(r"empty\s*\(")

_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
}
_COMPARISON = re.compile("|".join(_COMPARISONS))
_BLANKS = re.compile(r"[ \t]*")
_SEPARATORS = {"", "!", "=", ">", "<", " ", "\t", "\n", ")"}
"""What an expression is followed by where it is a side of a comparison by itself."""


@dataclass(slots=True)
class _Parser:
    text: str
    kind: Kind
    setting: Setting
    at: int = 0
    depth: int = 0
    reads: list[Read] = field(default_factory=list)
    """All expressions met so far."""

    def whole(self) -> Test:
        test = self.either()
        self.skip_blanks()
        if self.at < len(self.text) and self.text[self.at] != "#":
            raise _Malformed
        return test

    def skip_blanks(self) -> None:
        found = _BLANKS.match(self.text, self.at)
        assert found is not None
        self.at = found.end()

    def skip(self, sign: str) -> bool:
        """Step over `|`, `||`, `&` or `&&`."""
        self.skip_blanks()
        if not self.text.startswith(sign, self.at):
            return False
        self.at += 1 + self.text.startswith(sign, self.at + 1)
        return True

    def either(self) -> Test:
        tests = [self.all_of()]
        while self.skip("|"):
            tests.append(self.all_of())
        if len(tests) == 1:
            return tests[0]
        if len(tests) == 2:
            left, right = tests
            return lambda machine: left(machine) or right(machine)
        return lambda machine: any(test(machine) for test in tests)

    def all_of(self) -> Test:
        tests = [self.term()]
        while self.skip("&"):
            tests.append(self.term())
        if len(tests) == 1:
            return tests[0]
        if len(tests) == 2:
            left, right = tests
            return lambda machine: left(machine) and right(machine)
        return lambda machine: all(test(machine) for test in tests)

    def term(self) -> Test:
        self.skip_blanks()
        negations = 0
        while self.text.startswith("!", self.at):
            negations += 1
            self.at += 1
            self.skip_blanks()
        test = self.positive()
        return (lambda machine: not test(machine)) if negations % 2 else test

    def positive(self) -> Test:
        char = self.text[self.at : self.at + 1]
        match char:
            case "(":
                return self.parenthesis()
            case "" | "#" | ")" | "|" | "&":
                raise _Malformed
            case '"' | "$":
                return self.comparison()
            case _:
                return self.call() or self.word_or_comparison()

    def parenthesis(self) -> Test:
        self.depth += 1
        if self.depth > 128:
            raise _Malformed("Conditions nest too deeply")
        self.at += 1
        test = self.either()
        self.skip_blanks()
        if not self.text.startswith(")", self.at):
            raise _Malformed
        self.at += 1
        self.depth -= 1
        return test

    def call(self) -> Test | None:
        found = _EMPTY.match(self.text, self.at)
        if found is not None:
            # An expression but for its dollar: the bracket stands where its own would.
            argument, self.at = parse_condition_argument(self.text, found.end() - 2, self.setting)
            return _empty(argument)
        found = _CALL.match(self.text, self.at)
        if found is None:
            return None
        self.at = found.end()
        name = found.group(1)
        self.skip_blanks()
        argument = self.word()
        if not self.text.startswith(")", self.at):
            raise _Malformed(f"Missing closing parenthesis for {name}()")
        self.at += 1
        return _call(_FUNCTIONS[name], argument)

    def word(self) -> Part:
        """A word with balanced parentheses, and the blanks behind it."""
        pieces: list[Part] = []
        depth = 0
        while self.at < len(self.text):
            char = self.text[self.at]
            if char in " \t" or (char in "&|" and depth == 0):
                break
            if char == "$":
                pieces.append(self.expression())
                continue
            if char == "(":
                depth += 1
            elif char == ")":
                depth -= 1
                if depth < 0:
                    break
            pieces.append(char)
            self.at += 1
        self.skip_blanks()
        return merge(pieces)

    def word_or_comparison(self) -> Test:
        char = self.text[self.at]
        if char in "0123456789+-":
            return self.comparison()
        start = self.at
        word = self.word()
        if self.text[self.at : self.at + 1] in {"=", "!", "<", ">"}:
            self.at = start
            return self.comparison()
        test = _call(_FUNCTIONS[self.kind.bare], word)
        return (lambda machine: not test(machine)) if self.kind.negate else test

    def comparison(self) -> Test:
        left, left_quoted = self.leaf(bare=self.kind.ternary)
        self.skip_blanks()
        found = _COMPARISON.match(self.text, self.at)
        if found is None:
            return _not_empty(left, left_quoted, self.kind)
        self.at = found.end()
        self.skip_blanks()
        if self.at >= len(self.text):
            raise _Malformed(f"Missing right-hand side of operator '{found.group()}'")
        right, right_quoted = self.leaf(bare=True)
        if left_quoted or right_quoted:
            return _compare_texts(left, found.group(), right)
        return _compare(left, found.group(), right)

    def expression(self) -> Part:
        """The expression at the dollar that stands here."""
        piece, self.at = parse_expression(self.text, self.at, self.setting)
        if not isinstance(piece, str):
            self.reads.append(piece)
        return piece

    def leaf(self, *, bare: bool) -> tuple[Part, bool]:
        """One side of a comparison, and whether it was quoted."""
        text = self.text
        start = self.at
        quoted = text.startswith('"', start)
        self.at += quoted
        pieces: list[Part] = []
        while self.at < len(text):
            char = text[self.at]
            if char == "\\":
                pieces.append(text[self.at + 1 : self.at + 2])
                self.at += 2
            elif char == '"':
                self.at += 1
                if quoted:
                    break
                pieces.append(char)
            elif char in ")!=>< \t" and not quoted:
                break
            elif char == "$":
                begin = self.at
                pieces.append(_checked(self.expression(), undefined_is_error=not quoted))
                if begin == start and text[self.at : self.at + 1] in _SEPARATORS:
                    break
            elif not bare and not quoted and text[start] != "$" and not text[start].isdigit():
                raise _Malformed
            else:
                pieces.append(char)
                self.at += 1
        return merge(pieces), quoted


def _checked(part: Part, *, undefined_is_error: bool) -> Part:
    """The same, but an expression without a value makes the condition malformed."""
    if isinstance(part, str):
        return part
    read = part
    if undefined_is_error:

        def strict(machine: Machine) -> str:
            value = read(machine)
            if value is None or type(value) is ErrorText:
                raise _Malformed
            return value

        return strict

    def tolerant(machine: Machine) -> str:
        value = read(machine)
        if type(value) is ErrorText:
            raise _Malformed
        return value or ""

    return tolerant


def _empty(argument: Part) -> Test:
    if isinstance(argument, str):
        answer = not argument.strip(" \t\n\v\f\r")
        return lambda machine: answer
    read: Read = argument

    def empty(machine: Machine) -> bool:
        value = read(machine)
        if not value:
            if type(value) is ErrorText:
                raise _Malformed
            return True
        return value[0] in " \t\n\v\f\r" and not value.strip(" \t\n\v\f\r")

    return empty


def _call(function: Callable[[Machine, str], bool], argument: Part) -> Test:
    if isinstance(argument, str):
        if not argument:
            return lambda machine: False
        if function is _defined:
            return lambda machine: argument in machine.variables or machine.is_defined(argument)
        return lambda machine: function(machine, argument)
    text: Text = constant(argument)
    if function is _defined:

        def defined(machine: Machine) -> bool:
            name = text(machine)
            return name in machine.variables or (name != "" and machine.is_defined(name))

        return defined

    def call(machine: Machine) -> bool:
        value = text(machine)
        return value != "" and function(machine, value)

    return call


def _not_empty(value: Part, quoted: bool, kind: Kind) -> Test:
    text = constant(value)
    if quoted:
        return lambda machine: text(machine) != ""
    bare, negate = _FUNCTIONS[kind.bare], kind.negate

    def not_empty(machine: Machine) -> bool:
        said = text(machine)
        amount = number(said)
        if amount is not None:
            return amount != 0
        if kind.plain:
            return said != ""
        return bare(machine, said) is not negate

    return not_empty


def _compare(left: Part, sign: str, right: Part) -> Test:
    compare = _COMPARISONS[sign]
    left_text, right_text = constant(left), constant(right)
    equality = sign in {"==", "!="}
    same = sign == "=="
    known = number(right) if isinstance(right, str) else None
    if isinstance(right, str) and known is None and equality:
        return lambda machine: (left_text(machine) == right) is same

    def test(machine: Machine) -> bool:
        left_value, right_value = left_text(machine), right_text(machine)
        right_number = number(right_value) if known is None else known
        if right_number is not None:
            left_number = number(left_value)
            if left_number is not None:
                return compare(left_number, right_number)
        if not equality:
            raise _Malformed("String comparison operator must be either == or !=")
        return (left_value == right_value) is same

    return test


def _compare_texts(left: Part, sign: str, right: Part) -> Test:
    left_text, right_text = constant(left), constant(right)
    if sign not in {"==", "!="}:

        def refuse(machine: Machine) -> bool:
            left_text(machine)
            right_text(machine)
            raise _Malformed("String comparison operator must be either == or !=")

        return refuse
    same = sign == "=="
    return lambda machine: (left_text(machine) == right_text(machine)) is same
