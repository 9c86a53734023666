"""Tells before a script runs which of its words are not known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from portfake.errors import Place
from portfake.shell import syntax
from portfake.shell.builtins import BUILTINS, SPECIAL
from portfake.shell.command import Command
from portfake.shell.interpreter import BIN_FOLDERS
from portfake.shell.parser import parse
from portfake.shell.syntax import ShellSyntaxError, Word

__all__ = ["Objection", "Reason", "judge"]


class Reason(Enum):
    """Why a script may not be interpreted as it stands."""

    SYNTAX = "syntax"
    """The text does not parse, or a construct is not understood."""
    COMMAND = "command"
    """A command that the table does not know."""
    OPTION = "option"
    """An option, or a literal program such as sed's, that is not known."""
    PROGRAM = "program"
    """A program or script outside the usual folders: what it is shows only when it is there."""
    RUN_TIME = "run-time"
    """The command's name is decided at run time."""


@dataclass(frozen=True, slots=True)
class Objection:
    """One word that speaks against interpreting a script."""

    place: Place
    word: str
    reason: Reason
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.place}: {self.detail or self.word}"


def judge(
    script: str | syntax.Script, commands: Mapping[str, Command], *, where: Place | None = None
) -> list[Objection]:
    """List everything in a script that is known beforehand not to run, in its order.

    Words decided at run time are their own Reason; arguments of that kind are no objection.
    """
    if isinstance(script, str):
        try:
            script = parse(script, where)
        except ShellSyntaxError as error:
            place = error.where or where or Place("sh", 1)
            return [Objection(place, "", Reason.SYNTAX, error.message)]
    functions = frozenset(_functions(script.body))
    return list(_Judge(commands, functions).node(script.body))


def _functions(node: object) -> Iterator[str]:
    """Names of the functions that a script defines, at any depth."""
    for part in _nodes(node):
        if isinstance(part, syntax.Function):
            yield part.name


def _nodes(node: object) -> Iterator[syntax.Command]:
    match node:
        case syntax.Sequence(commands=commands):
            inner: tuple[object, ...] = commands
        case syntax.AndOr(first=first, rest=rest):
            inner = (first, *(command for _, command in rest))
        case syntax.Pipeline(stages=stages):
            inner = stages
        case syntax.Subshell(body=body) | syntax.Group(body=body) | syntax.For(body=body):
            inner = (body,)
        case syntax.Function(body=body):
            inner = (body,)
        case syntax.If(branches=branches, otherwise=otherwise):
            inner = (*(part for branch in branches for part in branch), otherwise)
        case syntax.Loop(condition=condition, body=body):
            inner = (condition, body)
        case syntax.Case(branches=branches):
            inner = tuple(branch.body for branch in branches)
        case _:
            inner = ()
    if isinstance(node, syntax.Command):
        yield node
    for part in inner:
        if part is not None:
            yield from _nodes(part)


class _Judge:
    def __init__(self, commands: Mapping[str, Command], functions: frozenset[str]) -> None:
        self._commands = commands
        self._functions = functions

    def node(self, node: syntax.Command) -> Iterator[Objection]:
        for part in _nodes(node):
            match part:
                case syntax.Simple():
                    yield from self._simple(part)
                case syntax.For(words=words) if words:
                    yield from self._inside(words)
                case syntax.Case(word=word, branches=branches):
                    yield from self._inside([word])
                    for branch in branches:
                        yield from self._inside(branch.patterns)
                case syntax.Subshell(redirections=found) | syntax.Group(redirections=found):
                    yield from self._redirected(found)
                case _:
                    pass

    def _simple(self, node: syntax.Simple) -> Iterator[Objection]:
        yield from self._inside([assignment.value for assignment in node.assignments])
        yield from self._redirected(node.redirections)
        yield from self._inside(node.words)
        if node.words:
            yield from self._command(node.words, node.place, functions=self._functions)

    def _redirected(self, redirections: Sequence[syntax.Redirection]) -> Iterator[Objection]:
        for redirection in redirections:
            yield from self._inside([redirection.word])
            if redirection.body is not None:
                yield from self._inside([redirection.body])

    def _inside(self, words: Sequence[Word]) -> Iterator[Objection]:
        """Judge the command substitutions within words."""
        for word in words:
            for part in word.parts:
                match part:
                    case syntax.Substitution(script=script):
                        yield from self.node(script.body)
                    case syntax.Parameter(argument=argument) if argument is not None:
                        yield from self._inside([argument])
                    case syntax.Arithmetic(expression=expression):
                        yield from self._inside([expression])
                    case _:
                        pass

    def _command(
        self, words: Sequence[Word], place: Place, *, functions: frozenset[str]
    ) -> Iterator[Objection]:
        name, arguments = words[0].literal, words[1:]
        if name is None:
            yield Objection(place, words[0].source, Reason.RUN_TIME)
            return
        if name in functions:
            return
        if name in {"command", "exec", "builtin"}:
            while arguments and (arguments[0].literal or "").startswith("-"):
                if set(arguments[0].literal or "") & set("vV"):
                    return
                arguments = arguments[1:]
            if arguments:
                yield from self._command(arguments, place, functions=frozenset())
            return
        if name == "eval":
            yield from self._evaluated(arguments, place)
            return
        if name in SPECIAL or name in BUILTINS:
            yield from self._options(SPECIAL.get(name) or BUILTINS[name], name, arguments, place)
            return
        command = self._find(name)
        if command is None:
            reason = Reason.PROGRAM if "/" in name else Reason.COMMAND
            folder, _, base = name.rpartition("/")
            if folder in BIN_FOLDERS:
                reason = Reason.COMMAND
            yield Objection(place, name, reason, f"{base or name}: this command is not known")
            return
        yield from self._options(command, name, arguments, place)
        if command.inner is not None:
            for inner in command.inner(arguments):
                yield from self._inner(inner, place)

    def _inner(self, inner: Sequence[Word] | str, place: Place) -> Iterator[Objection]:
        if isinstance(inner, str):
            yield from judge(inner, self._commands, where=place)
        elif inner:
            yield from self._command(inner, place, functions=frozenset())

    def _evaluated(self, arguments: Sequence[Word], place: Place) -> Iterator[Objection]:
        texts = [word.literal for word in arguments]
        if None in texts:
            yield Objection(place, "eval", Reason.RUN_TIME)
            return
        text = " ".join(text for text in texts if text is not None)
        yield from judge(text, self._commands, where=place)

    def _options(
        self, command: Command, name: str, arguments: Sequence[Word], place: Place
    ) -> Iterator[Objection]:
        detail = command.objection([word.literal for word in arguments])
        if detail is not None:
            yield Objection(place, name, Reason.OPTION, detail)

    def _find(self, name: str) -> Command | None:
        folder, slash, base = name.rpartition("/")
        if not slash:
            return self._commands.get(name)
        if folder in BIN_FOLDERS:
            return self._commands.get(base)
        return self._commands.get("/".join(name.rsplit("/", 3)[-3:]))
