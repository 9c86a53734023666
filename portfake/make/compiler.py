"""The caches of compiled text, which outlive evaluations; they belong to one evaluator."""

from __future__ import annotations

from portfake.limits import Limits
from portfake.make.actions import Action
from portfake.make.assignments import assign_argument
from portfake.make.caches import Cache
from portfake.make.comparisons import Test
from portfake.make.conditions import Kind, compile_condition
from portfake.make.dependency_lines import Dependency, read_dependency
from portfake.make.expressions import parse_expression, parse_plain_chain
from portfake.make.lines import logical_lines
from portfake.make.machine import Machine
from portfake.make.matching import Matcher, matcher
from portfake.make.modifiers.chain import Chain, parse_chain
from portfake.make.modifiers.model import Cursor
from portfake.make.program import Program
from portfake.make.setting import Setting
from portfake.make.statements import compile_line
from portfake.make.templates import compile_text
from portfake.make.texts import Text
from portfake.patterns import Pattern, ere

__all__ = ["Compiler"]

_DEEPEST = 24
"""Expressions in the expressions of one text; real makefiles have six."""
_TERNARY = Kind(ternary=True)


class Compiler:
    """Turns text into objects once; every cache is bounded."""

    def __init__(self, limits: Limits) -> None:
        self.nesting = 0
        """How many expressions are open in what is being compiled."""
        self.plain = Setting(self)
        self.keeping = self.plain.keeping()
        self.texts: Cache[str, Text] = Cache(lambda text: compile_text(text, self.plain), 12_000)
        self.late_texts: Cache[str, Text] = Cache(
            lambda text: compile_text(text, self.keeping), 4_000
        )
        self.conditions: Cache[str, Test] = Cache(
            lambda text: compile_condition(text, _TERNARY, self.plain), 10_000
        )
        self.chains: Cache[str, Chain] = Cache(self._chain, 2_000)
        self.plain_chains: Cache[tuple[str, str], Chain | None] = Cache(
            lambda key: parse_plain_chain(*key, self.plain), 5_000
        )
        self.programs: Cache[str, Program] = Cache(self._program, 300)
        self.matchers: Cache[str, Matcher] = Cache(matcher, 10_000)
        self.dependencies: Cache[str, Dependency] = Cache(
            lambda text: read_dependency(text, self._skip_expression), 4_000
        )
        self.expressions: Cache[str, Pattern] = Cache(
            lambda text: ere(text, seconds=limits.regex_seconds), 5_000
        )

    def deepen(self) -> None:
        """One more expression inside the others; RecursionError if they are too many."""
        if self.nesting >= _DEEPEST:
            raise RecursionError
        self.nesting += 1

    def compile(self, text: str, setting: Setting) -> Text:
        """Compile a text in its setting, without looking into a cache."""
        return compile_text(text, setting)

    def compile_line(self, program: Program, index: int) -> Action:
        """Compile one line of a program."""
        return compile_line(program, index)

    def assign_argument(self, machine: Machine, text: str) -> str | None:
        """Carry out `NAME=value` of a command line; gives the name."""
        return assign_argument(machine, text, self.plain)

    def _skip_expression(self, text: str, at: int) -> int:
        return parse_expression(text, at, self.plain)[1]

    def _chain(self, text: str) -> Chain:
        return parse_chain(Cursor(text, 0, "", self.plain, parse_expression))

    def _program(self, source: str) -> Program:
        program = Program(source, logical_lines(source), self.plain, source.count("\n") + 1)
        program.has_zero = "\0" in source
        return program
