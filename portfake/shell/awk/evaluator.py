"""What expressions of awk come to."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from portfake.shell.awk import syntax
from portfake.shell.awk.expressions import compiled
from portfake.shell.awk.functions import BUILT_IN, arrays_of
from portfake.shell.awk.record import Reader, Record
from portfake.shell.awk.syntax import AwkFailure, Expression, Program, Statement
from portfake.shell.awk.values import Array, Input, Value, compared, formatted, number, text, truth

__all__ = ["Evaluator", "Jumped", "World", "array_of"]

_DEEPEST = 60
_FIRST: Mapping[str, Value] = {
    "FS": " ",
    "OFS": " ",
    "ORS": "\n",
    "RS": "\n",
    "SUBSEP": "\x1c",
    "CONVFMT": "%.6g",
    "OFMT": "%.6g",
    "NR": 0.0,
    "FNR": 0.0,
    "RSTART": 0.0,
    "RLENGTH": -1.0,
    "FILENAME": "",
}


class World(Protocol):
    """What a program can do outside itself."""

    def print(self, text: str) -> None:
        """Write to the standard output."""

    def write(self, name: str, text: str, *, fresh: bool) -> None:
        """Add to a file, which begins anew if `fresh`."""

    def read(self, name: str) -> str | None:
        """The content of a file, None where it cannot be read."""

    def spend(self, size: int = 0) -> None:
        """Count a step, which makes a text of so many characters; LimitExceeded if too much."""


class Jumped(Exception):
    """break, next, exit and the like on their way to whom they concern."""

    def __init__(self, kind: str, value: Value = None) -> None:
        self.kind = kind
        self.value = value


class Evaluator(ABC):
    """Names, the record and expressions."""

    def __init__(
        self, program: Program, world: World, variables: Mapping[str, Value | Array]
    ) -> None:
        self.program = program
        self.world = world
        self.globals: dict[str, Value | Array] = {**_FIRST, **variables}
        self.record = Record(self._separators, world.spend)
        self._locals: list[dict[str, Value | Array]] = []
        self._written: set[str] = set()
        self._opened: dict[str, Reader] = {}
        self._arrays = {name: arrays_of(each) for name, each in program.functions.items()}

    @abstractmethod
    def do(self, statement: Statement | Expression) -> None:
        """Do what a statement says."""

    @abstractmethod
    def next_record(self) -> str | None:
        """The next record of the main input."""

    def _separators(self) -> tuple[str, str, bool]:
        return (
            text(self.scalar("FS")),
            text(self.scalar("OFS")),
            not text(self.scalar("RS")),
        )

    def scalar(self, name: str) -> Value:
        """A variable that is no array."""
        if name == "NF":
            return float(self.record.count)
        scope = self._scope(name)
        value = scope.get(name)
        if isinstance(value, Array):
            raise AwkFailure(f"can't use array {name} as a value")
        return value

    def _scope(self, name: str) -> dict[str, Value | Array]:
        return self._locals[-1] if self._locals and name in self._locals[-1] else self.globals

    def held(self, name: str) -> Value | Array:
        """What a name stands for, an array included."""
        return None if name == "NF" else self._scope(name).get(name)

    def array(self, name: str) -> Array:
        """The array of that name, made if there is none."""
        scope = self._scope(name)
        found = scope.get(name)
        if found is None:
            found = scope[name] = Array(self.world.spend)
        if not isinstance(found, Array):
            raise AwkFailure(f"can't use {name} as an array")
        return found

    def set_name(self, name: str, value: Value) -> None:
        """Assign to a variable."""
        if name == "NF":
            self.record.resize(_field_number(value))
            return
        scope = self._scope(name)
        if isinstance(scope.get(name), Array):
            raise AwkFailure(f"can't assign to {name}; it's an array name.")
        scope[name] = value

    def key(self, keys: tuple[Expression, ...]) -> str:
        """The key of an array that some expressions make."""
        return self.joined(text(self.scalar("SUBSEP")), [self.string(each) for each in keys])

    def assign(self, place: syntax.Place, value: Value) -> None:
        """Give a place its value."""
        match place:
            case syntax.Name(name):
                self.set_name(name, value)
            case syntax.Index(name, keys):
                self.array(name).set(self.key(keys), value)
            case syntax.Field(expression):
                at = self.field_number(expression)
                self.record.set(at, Input(self.text(value)))

    def field_number(self, expression: Expression) -> int:
        """The number of a field; AwkFailure for one that no record has."""
        return _field_number(self.value(expression))

    def string(self, expression: Expression) -> str:
        """The value as a string."""
        return self.text(self.value(expression))

    def text(self, value: Value) -> str:
        """A value as a string."""
        return value if isinstance(value, str) else text(value, text(self.scalar("CONVFMT")))

    def joined(self, separator: str, words: Sequence[str]) -> str:
        """Join texts, when it is known that the outcome is not too long."""
        self.world.spend(sum(map(len, words)) + len(separator) * len(words))
        return separator.join(words)

    def regex(self, expression: Expression) -> str:
        """The text of a regular expression: a literal one, or any value."""
        return expression.text if isinstance(expression, syntax.Regex) else self.string(expression)

    def value(self, expression: Expression) -> Value:
        """Evaluate."""
        return _VALUES[type(expression)](self, expression)

    def matches(self, pattern: Expression, subject: str) -> bool:
        """Whether a text has what a pattern means."""
        return compiled(self.regex(pattern)).search(subject) is not None

    def signed(self, operator: str, value: Value) -> Value:
        """``!``, ``-`` and ``+``."""
        if operator == "!":
            return float(not truth(value))
        return -number(value) if operator == "-" else number(value)

    def assigned(self, it: syntax.Assign) -> Value:
        """Assign, and return what was assigned."""
        value = self.value(it.value)
        if it.operator:
            value = self.binary(it.operator, self.value(it.place), value)
        self.assign(it.place, value)
        return value

    def stepped(self, it: syntax.Step) -> Value:
        """Step, and return the number before or behind it."""
        old = number(self.value(it.place))
        self.assign(it.place, old + it.by)
        return old + it.by if it.before else old

    def binary(self, operator: str, left: Value, right: Value) -> Value:
        """Compare or compute."""
        if operator in _COMPARISONS:
            found = compared(left, right, text(self.scalar("CONVFMT")))
            return float(_COMPARISONS[operator](found))
        one, other = number(left), number(right)
        if operator in "/%" and other == 0:
            raise AwkFailure("division by zero" + (" in %" if operator == "%" else ""))
        try:
            return _ARITHMETIC[operator](one, other)
        except OverflowError:
            return math.inf

    def called(self, name: str, arguments: tuple[Expression, ...]) -> Value:
        """Call a function."""
        self.world.spend()
        built_in = BUILT_IN.get(name)
        if built_in is not None:
            return built_in(self, arguments)
        function = self.program.functions[name]
        if len(arguments) > len(function.parameters):
            raise AwkFailure(f"function {name} called with {len(arguments)} args")
        if len(self._locals) >= _DEEPEST:
            raise AwkFailure(f"function {name} calls itself too often")
        frame: dict[str, Value | Array] = dict.fromkeys(function.parameters)
        for parameter, argument in zip(function.parameters, arguments, strict=False):
            frame[parameter] = self._passed(argument, as_array=parameter in self._arrays[name])
        self._locals.append(frame)
        try:
            self.do(function.body)
        except Jumped as jump:
            if jump.kind != "return":
                raise
            return jump.value
        finally:
            self._locals.pop()
        return None

    def _passed(self, argument: Expression, *, as_array: bool) -> Value | Array:
        if isinstance(argument, syntax.Name):
            held = self._scope(argument.name).get(argument.name)
            if isinstance(held, Array) or (held is None and as_array):
                return self.array(argument.name)
        return self.value(argument)

    def line_read(self, place: syntax.Place | None, file: Expression | None) -> Value:
        """Read a line: 1, or 0 at the end, or -1 where there is no file."""
        if file is None:
            found = self.next_record()
        else:
            name = self.string(file)
            if name not in self._opened:
                content = self.world.read(name)
                if content is None:
                    return -1.0
                self._opened[name] = Reader(content)
            found = self._opened[name].next(text(self.scalar("RS")))
        if found is None:
            return 0.0
        self.world.spend(len(found))
        if place is None:
            self.record.whole(found)
        else:
            self.assign(place, Input(found))
        return 1.0

    def close(self, name: str) -> float:
        """Forget that a file was read or written."""
        known = name in self._opened or name in self._written
        self._opened.pop(name, None)
        self._written.discard(name)
        return 0.0 if known else -1.0

    def formatted(self, form: str, values: list[Value]) -> str:
        """What printf makes of a format."""
        try:
            return formatted(form, values, self.world.spend)
        except OverflowError as error:
            raise AwkFailure(str(error)) from None


def _field_number(value: Value) -> int:
    at = int(number(value))
    if not 0 <= at <= 1_000_000:
        raise AwkFailure(f"trying to access out of range field {at}")
    return at


def array_of(pairs: Iterable[tuple[object, str]]) -> Array:
    """An array of what came as input."""
    made = Array()
    for key, value in pairs:
        made.set(str(key), Input(value))
    return made


_VALUES: Mapping[type[Expression], Callable[[Any, Any], Value]] = {
    syntax.Literal: lambda run, it: it.value,
    syntax.Name: lambda run, it: run.scalar(it.name),
    syntax.Field: lambda run, it: run.record.get(run.field_number(it.number)),
    syntax.Index: lambda run, it: run.array(it.name).get(run.key(it.keys)),
    syntax.Regex: lambda run, it: float(run.matches(it, text(run.record.get(0)))),
    syntax.Matches: lambda run, it: float(
        run.matches(it.pattern, run.string(it.text)) is not it.negated
    ),
    syntax.Concatenation: lambda run, it: run.joined(
        "", [run.string(it.left), run.string(it.right)]
    ),
    syntax.Binary: lambda run, it: run.binary(it.operator, run.value(it.left), run.value(it.right)),
    syntax.And: lambda run, it: float(truth(run.value(it.left)) and truth(run.value(it.right))),
    syntax.Or: lambda run, it: float(truth(run.value(it.left)) or truth(run.value(it.right))),
    syntax.Conditional: lambda run, it: run.value(
        it.yes if truth(run.value(it.condition)) else it.no
    ),
    syntax.Unary: lambda run, it: run.signed(it.operator, run.value(it.operand)),
    syntax.In: lambda run, it: float(run.key(it.keys) in run.array(it.name)),
    syntax.Assign: lambda run, it: run.assigned(it),
    syntax.Step: lambda run, it: run.stepped(it),
    syntax.Call: lambda run, it: run.called(it.name, it.arguments),
    syntax.Getline: lambda run, it: run.line_read(it.place, it.file),
}
_COMPARISONS: Mapping[str, Callable[[int], bool]] = {
    "<": lambda found: found < 0,
    "<=": lambda found: found <= 0,
    "==": lambda found: found == 0,
    "!=": lambda found: found != 0,
    ">": lambda found: found > 0,
    ">=": lambda found: found >= 0,
}
_ARITHMETIC: Mapping[str, Callable[[float, float], float]] = {
    "+": lambda one, other: one + other,
    "-": lambda one, other: one - other,
    "*": lambda one, other: one * other,
    "/": lambda one, other: one / other,
    "%": math.fmod,
    "^": math.pow,
}
