"""A program of awk as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = [
    "And",
    "Assign",
    "AwkError",
    "AwkFailure",
    "Binary",
    "Block",
    "Call",
    "Concatenation",
    "Conditional",
    "Delete",
    "Do",
    "Expression",
    "Field",
    "For",
    "ForEach",
    "Function",
    "Getline",
    "If",
    "In",
    "Index",
    "Item",
    "Jump",
    "Literal",
    "Matches",
    "Name",
    "Or",
    "Output",
    "Place",
    "Program",
    "Regex",
    "Statement",
    "Step",
    "Unary",
    "While",
]


class AwkFailure(Exception):
    """What ends a run with status 2, such as a division by zero."""


class AwkError(Exception):
    """A program that does not parse, or asks for what is not done here."""


@dataclass(frozen=True, slots=True)
class Expression:
    """Something that has a value."""


@dataclass(frozen=True, slots=True)
class Literal(Expression):
    """A number or a string."""

    value: float | str


@dataclass(frozen=True, slots=True)
class Regex(Expression):
    """``/text/``: alone it is matched with the record."""

    text: str


@dataclass(frozen=True, slots=True)
class Name(Expression):
    """A variable."""

    name: str


@dataclass(frozen=True, slots=True)
class Field(Expression):
    """``$number``."""

    number: Expression


@dataclass(frozen=True, slots=True)
class Index(Expression):
    """``name[key, ...]``."""

    name: str
    keys: tuple[Expression, ...]


Place = Name | Field | Index
"""What can be assigned to."""


@dataclass(frozen=True, slots=True)
class Assign(Expression):
    """``place = value``, or with an operator such as ``+``."""

    place: Place
    operator: str
    value: Expression


@dataclass(frozen=True, slots=True)
class Step(Expression):
    """``++`` and ``--``, before the place or behind it."""

    place: Place
    by: int
    before: bool


@dataclass(frozen=True, slots=True)
class Conditional(Expression):
    """``condition ? yes : no``."""

    condition: Expression
    yes: Expression
    no: Expression


@dataclass(frozen=True, slots=True)
class And(Expression):
    """``left && right``."""

    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Or(Expression):
    """``left || right``."""

    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class In(Expression):
    """``(key, ...) in name``."""

    keys: tuple[Expression, ...]
    name: str


@dataclass(frozen=True, slots=True)
class Matches(Expression):
    """``text ~ pattern``, or with `negated` ``!~``."""

    text: Expression
    pattern: Expression
    negated: bool


@dataclass(frozen=True, slots=True)
class Binary(Expression):
    """Arithmetic and comparisons."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Concatenation(Expression):
    """Two values side by side."""

    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Unary(Expression):
    """``!``, ``-`` and ``+``."""

    operator: str
    operand: Expression


@dataclass(frozen=True, slots=True)
class Call(Expression):
    """A function, built in or the program's."""

    name: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Getline(Expression):
    """``getline [place] [< file]``."""

    place: Place | None
    file: Expression | None


@dataclass(frozen=True, slots=True)
class Statement:
    """Something that is done; an Expression may stand for one as well."""


@dataclass(frozen=True, slots=True)
class Block(Statement):
    """Statements in their order."""

    statements: tuple[Statement | Expression, ...] = ()


@dataclass(frozen=True, slots=True)
class If(Statement):
    """``if (condition) yes else no``."""

    condition: Expression
    yes: Statement | Expression
    no: Statement | Expression


@dataclass(frozen=True, slots=True)
class While(Statement):
    """``while (condition) body``."""

    condition: Expression
    body: Statement | Expression


@dataclass(frozen=True, slots=True)
class Do(Statement):
    """``do body while (condition)``."""

    body: Statement | Expression
    condition: Expression


@dataclass(frozen=True, slots=True)
class For(Statement):
    """``for (first; condition; step) body``."""

    first: Statement | Expression
    condition: Expression | None
    step: Statement | Expression
    body: Statement | Expression


@dataclass(frozen=True, slots=True)
class ForEach(Statement):
    """``for (key in name) body``."""

    key: str
    name: str
    body: Statement | Expression


@dataclass(frozen=True, slots=True)
class Jump(Statement):
    """break, continue, next, nextfile, exit and return."""

    kind: str
    value: Expression | None = None


@dataclass(frozen=True, slots=True)
class Delete(Statement):
    """``delete name[keys]``, or without keys the whole array."""

    name: str
    keys: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Output(Statement):
    """print, or with `formatted` printf; to a file after ``>`` or ``>>``."""

    formatted: bool
    arguments: tuple[Expression, ...]
    redirection: str = ""
    file: Expression | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """A pattern, or two that begin and end a range, and what is done for it."""

    first: Expression | None
    last: Expression | None
    body: Statement


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the program."""

    name: str
    parameters: tuple[str, ...]
    body: Statement


@dataclass(frozen=True, slots=True)
class Program:
    """A whole program."""

    begin: tuple[Statement, ...] = ()
    items: tuple[Item, ...] = ()
    end: tuple[Statement, ...] = ()
    functions: Mapping[str, Function] = field(default_factory=dict)
