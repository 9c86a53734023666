"""Conditions, from the text behind `.if` to functions.

Grammar (make(1), "DIRECTIVES"): or, and, not, parentheses, functions, comparisons, and bare words
that stand for `defined(word)` or, in `.ifmake`, for `make(word)`. The right side of `&&` and `||`
is always parsed and only evaluated where it matters.
"""

from __future__ import annotations

import re

from portfake.make.comparisons import (
    COMPARISONS,
    Malformed,
    Side,
    Test,
    checked,
    compare,
    not_empty,
)
from portfake.make.condition_functions import FUNCTIONS, call, empty
from portfake.make.expressions import parse_condition_argument, parse_expression
from portfake.make.loops import mentions, needs_source
from portfake.make.machine import Machine
from portfake.make.setting import Setting
from portfake.make.texts import Part, Text, merge

__all__ = ["Kind", "compile_condition", "condition"]

_CALL = re.compile(rf"({'|'.join(FUNCTIONS)})\s*\(")
_EMPTY = re.compile(r"empty\s*\(")


class Kind:
    """Which directive the condition belongs to."""

    __slots__ = ("bare", "negate", "plain", "ternary")

    def __init__(
        self,
        *,
        bare: str = "defined",
        negate: bool = False,
        plain: bool = True,
        ternary: bool = False,
    ) -> None:
        self.bare = bare
        """What a bare word is an argument of."""
        self.negate = negate
        """`.ifndef`, `.ifnmake`: bare words count the other way round."""
        self.plain = plain
        """`.if` and `.elif`: an expression that is not empty is true."""
        self.ternary = ternary
        """The name before `:?`: there the left side of a comparison may be a bare word."""


def condition(text: str, kind: Kind, setting: Setting) -> Test:
    """The test that a condition is, in a text that may use loop variables."""
    if setting.loop and mentions(text, setting.loop) and needs_source(text, setting.loop):
        return _FromSource(setting.raw(text), kind, setting.alone())
    return compile_condition(text, kind, setting)


def compile_condition(text: str, kind: Kind, setting: Setting) -> Test:
    """The same for a text without loop variables, or whose are in slots."""
    parser = _Parser(text.lstrip(" \t"), kind, setting)
    try:
        return parser.whole()
    except Malformed as error:
        return _Senseless(parser.reads, str(error))


class _FromSource(Test):
    """A condition that is compiled when its loop's variables have been written into it."""

    __slots__ = ("kind", "setting", "source")

    def __init__(self, source: Text, kind: Kind, setting: Setting) -> None:
        self.source = source
        self.kind = kind
        self.setting = setting

    def holds(self, machine: Machine) -> bool:
        source = self.source.expand(machine)
        return compile_condition(source, self.kind, self.setting).holds(machine)


class _Senseless(Test):
    """A condition that makes no sense; what make had evaluated before it noticed is read."""

    __slots__ = ("reads", "reason")

    def __init__(self, reads: list[Text], reason: str) -> None:
        self.reads = reads
        self.reason = reason

    def holds(self, machine: Machine) -> bool:
        for text in self.reads:
            text.read(machine)
        raise Malformed(self.reason)


class _After(Test):
    """Expand a word, then test: make looks at it before it knows that a comparison follows."""

    __slots__ = ("test", "word")

    def __init__(self, word: Text, test: Test) -> None:
        self.word = word
        self.test = test

    def holds(self, machine: Machine) -> bool:
        self.word.read(machine)
        return self.test.holds(machine)


class _Refusing(Test):
    """A condition with a single `&` or `|`, which `-dL` does not let pass."""

    __slots__ = ("sign", "test")

    def __init__(self, test: Test, sign: str) -> None:
        self.test = test
        self.sign = sign

    def holds(self, machine: Machine) -> bool:
        if machine.strict:
            raise Malformed(f"Unknown operator '{self.sign}'")
        return self.test.holds(machine)


class _Not(Test):
    __slots__ = ("test",)

    def __init__(self, test: Test) -> None:
        self.test = test

    def holds(self, machine: Machine) -> bool:
        return not self.test.holds(machine)


class _Series(Test):
    """Tests up to the first whose answer decides: a true one among `||`, a false one among `&&`."""

    __slots__ = ("decisive", "tests")

    def __init__(self, tests: list[Test], *, decisive: bool) -> None:
        self.tests = tests
        self.decisive = decisive

    def holds(self, machine: Machine) -> bool:
        for test in self.tests:
            if test.holds(machine) is self.decisive:
                return self.decisive
        return not self.decisive


_COMPARISON = re.compile("|".join(COMPARISONS))
_BLANKS = re.compile(r"[ \t]*")
_PLAIN = re.compile(r"[^ \t&|$()]+")
_SEPARATORS = {"", "!", "=", ">", "<", " ", "\t", "\n", ")"}
"""What an expression is followed by where it is a side of a comparison by itself."""


class _Parser:
    __slots__ = ("at", "depth", "kind", "reads", "setting", "single", "text")

    def __init__(self, text: str, kind: Kind, setting: Setting) -> None:
        self.text = text
        self.kind = kind
        self.setting = setting
        self.at = 0
        self.depth = 0
        self.reads: list[Text] = []
        """All expressions met so far."""
        self.single = ""
        """The first `&` or `|` that stands alone, as very old makefiles have it."""

    def whole(self) -> Test:
        test = self.either()
        self.skip_blanks()
        if self.at < len(self.text) and self.text[self.at] != "#":
            raise Malformed
        return _Refusing(test, self.single) if self.single else test

    def skip_blanks(self) -> None:
        found = _BLANKS.match(self.text, self.at)
        assert found is not None
        self.at = found.end()

    def skip(self, sign: str) -> bool:
        """Step over `|`, `||`, `&` or `&&`."""
        self.skip_blanks()
        if not self.text.startswith(sign, self.at):
            return False
        is_single = not self.text.startswith(sign, self.at + 1)
        self.single = self.single or (sign if is_single else "")
        self.at += 2 - is_single
        return True

    def either(self) -> Test:
        tests = [self.all_of()]
        while self.skip("|"):
            tests.append(self.all_of())
        return tests[0] if len(tests) == 1 else _Series(tests, decisive=True)

    def all_of(self) -> Test:
        tests = [self.term()]
        while self.skip("&"):
            tests.append(self.term())
        return tests[0] if len(tests) == 1 else _Series(tests, decisive=False)

    def term(self) -> Test:
        self.skip_blanks()
        negations = 0
        while self.text.startswith("!", self.at):
            negations += 1
            self.at += 1
            self.skip_blanks()
        test = self.positive()
        return _Not(test) if negations % 2 else test

    def positive(self) -> Test:
        char = self.text[self.at : self.at + 1]
        match char:
            case "(":
                return self.parenthesis()
            case "" | "#" | ")" | "|" | "&":
                raise Malformed
            case '"' | "$":
                return self.comparison()
            case _:
                return self.call() or self.word_or_comparison()

    def parenthesis(self) -> Test:
        self.depth += 1
        if self.depth > 128:
            raise Malformed("Conditions nest too deeply")
        self.at += 1
        test = self.either()
        self.skip_blanks()
        if not self.text.startswith(")", self.at):
            raise Malformed
        self.at += 1
        self.depth -= 1
        return test

    def call(self) -> Test | None:
        found = _EMPTY.match(self.text, self.at)
        if found is not None:
            # An expression but for its dollar: the bracket stands where its own would.
            argument, self.at = parse_condition_argument(self.text, found.end() - 2, self.setting)
            return empty(argument)
        found = _CALL.match(self.text, self.at)
        if found is None:
            return None
        self.at = found.end()
        name = found.group(1)
        self.skip_blanks()
        argument = self.word()
        if not self.text.startswith(")", self.at):
            raise Malformed(f"Missing closing parenthesis for {name}()")
        self.at += 1
        return call(FUNCTIONS[name], argument)

    def word(self) -> Part:
        """A word with balanced parentheses, and the blanks behind it."""
        pieces: list[Part] = []
        depth = 0
        while self.at < len(self.text):
            plain = _PLAIN.match(self.text, self.at)
            if plain is not None:
                pieces.append(plain.group())
                self.at = plain.end()
                continue
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
            test = self.comparison()
            return test if isinstance(word, str) else _After(word, test)
        test = call(FUNCTIONS[self.kind.bare], word)
        return _Not(test) if self.kind.negate else test

    def comparison(self) -> Test:
        left = self.side(bare=self.kind.ternary)
        self.skip_blanks()
        found = _COMPARISON.match(self.text, self.at)
        if found is None:
            bare = None if self.kind.plain else FUNCTIONS[self.kind.bare]
            return not_empty(left, bare, negate=self.kind.negate)
        self.at = found.end()
        self.skip_blanks()
        if self.at >= len(self.text):
            raise Malformed(f"Missing right-hand side of operator '{found.group()}'")
        return compare(left, found.group(), self.side(bare=True))

    def expression(self) -> Part:
        """The expression at the dollar that stands here."""
        piece, self.at = parse_expression(self.text, self.at, self.setting)
        if not isinstance(piece, str):
            self.reads.append(piece)
        return piece

    def side(self, *, bare: bool) -> Side:
        """One side of a comparison; with `bare` it may be a word without quotes."""
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
                part = self.expression()
                if begin == start and text[self.at : self.at + 1] in _SEPARATORS:
                    return Side(part, lone=True)
                pieces.append(checked(part, must_exist=not quoted))
            elif not bare and not quoted and text[start] != "$" and not text[start].isdigit():
                raise Malformed
            else:
                pieces.append(char)
                self.at += 1
        return Side(merge(pieces), quoted=quoted)
