"""The tree a script is parsed into: words made of parts, commands made of words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from portfake.errors import InputError, Place

__all__ = [
    "AndOr",
    "Arithmetic",
    "Assignment",
    "Case",
    "CaseBranch",
    "Command",
    "For",
    "Function",
    "Group",
    "If",
    "Literal",
    "Loop",
    "Parameter",
    "Part",
    "Pipeline",
    "Redirection",
    "Script",
    "Sequence",
    "ShellSyntaxError",
    "Simple",
    "Subshell",
    "Substitution",
    "Word",
]


class ShellSyntaxError(InputError):
    """Text that sh(1) would not parse, or a construct that is not understood here."""


@dataclass(frozen=True, slots=True)
class Literal:
    """Text as it stands; quoted text is neither split nor a pattern."""

    text: str
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Parameter:
    """``$name`` and ``${name...}``; operator is one of - = ? + % %% # ## or `length`."""

    name: str
    operator: str = ""
    colon: bool = False
    argument: Word | None = None
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Substitution:
    """``$(script)`` and its backquoted form."""

    script: Script
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """``$((expression))``; the expression is expanded as if quoted."""

    expression: Word
    quoted: bool = False


Part: TypeAlias = Literal | Parameter | Substitution | Arithmetic


@dataclass(frozen=True, slots=True)
class Word:
    """One word before expansion."""

    parts: tuple[Part, ...]
    line: int
    source: str
    """The text it was written as."""
    plain: str | None = None
    """Its value where no expansion of any kind can change it."""

    @property
    def literal(self) -> str | None:
        """Its text where only quotes and patterns stand in it; None if decided at run time."""
        if self.plain is not None:
            return self.plain
        texts = [part.text for part in self.parts if isinstance(part, Literal)]
        return "".join(texts) if len(texts) == len(self.parts) else None


@dataclass(frozen=True, slots=True)
class Assignment:
    """``name=value``."""

    name: str
    value: Word


@dataclass(frozen=True, slots=True)
class Redirection:
    """``n>word`` and its kin; of a here-document `body` is the text, `word` its delimiter."""

    descriptor: int
    operator: str
    word: Word
    body: Word | None = None


@dataclass(frozen=True, slots=True)
class Simple:
    """Assignments, a command with arguments, redirections; each may be absent."""

    place: Place
    assignments: tuple[Assignment, ...] = ()
    words: tuple[Word, ...] = ()
    redirections: tuple[Redirection, ...] = ()


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Commands whose outputs feed the next; negated by ``!``."""

    place: Place
    stages: tuple[Command, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class AndOr:
    """A command and those behind each ``&&`` or ``||``."""

    place: Place
    first: Command
    rest: tuple[tuple[str, Command], ...]


@dataclass(frozen=True, slots=True)
class Sequence:
    """Commands one after another."""

    place: Place
    commands: tuple[Command, ...]


@dataclass(frozen=True, slots=True)
class Subshell:
    """``( ... )``."""

    place: Place
    body: Sequence
    redirections: tuple[Redirection, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """``{ ...; }``, and any compound command that has redirections."""

    place: Place
    body: Command
    redirections: tuple[Redirection, ...] = ()


@dataclass(frozen=True, slots=True)
class If:
    """Conditions with what they guard, then what is left."""

    place: Place
    branches: tuple[tuple[Sequence, Sequence], ...]
    otherwise: Sequence | None = None


@dataclass(frozen=True, slots=True)
class For:
    """``for name in words``; words is None where ``in`` is absent (the positional ones)."""

    place: Place
    name: str
    words: tuple[Word, ...] | None
    body: Sequence


@dataclass(frozen=True, slots=True)
class Loop:
    """``while`` and ``until``."""

    place: Place
    condition: Sequence
    body: Sequence
    until: bool = False


@dataclass(frozen=True, slots=True)
class CaseBranch:
    """Patterns and what they guard."""

    patterns: tuple[Word, ...]
    body: Sequence
    falls_through: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """``case word in ... esac``."""

    place: Place
    word: Word
    branches: tuple[CaseBranch, ...]


@dataclass(frozen=True, slots=True)
class Function:
    """``name() body``."""

    place: Place
    name: str
    body: Command


Command: TypeAlias = (
    Simple | Pipeline | AndOr | Sequence | Subshell | Group | If | For | Loop | Case | Function
)


@dataclass(frozen=True, slots=True)
class Script:
    """A whole text, parsed."""

    where: Place
    body: Sequence
    text: str = field(default="", compare=False)
