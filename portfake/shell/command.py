"""What a command is: its name, its options as data, and a function that does its work."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

from portfake.errors import Place, Refused
from portfake.shell.streams import Input, Output
from portfake.shell.view import View

if TYPE_CHECKING:
    from portfake.shell.interpreter import Interpreter
    from portfake.shell.syntax import Word

__all__ = [
    "Command",
    "CommandFailure",
    "Invocation",
    "Options",
    "Parsed",
    "UnknownCommand",
    "UnknownOption",
]


class UnknownCommand(Refused):
    """A command that the table does not know: the whole recipe ends here."""


class UnknownOption(Refused):
    """An option or form of a command that is not implemented."""


class CommandFailure(Exception):
    """Ends a command with a message on its standard error, and a status."""

    def __init__(self, message: str, status: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.status = status


@dataclass(frozen=True, slots=True)
class Parsed:
    """Arguments taken apart: options in their order, and what is left."""

    options: tuple[tuple[str, str], ...] = ()
    """Letter (or long name) and argument, ``""`` where there is none."""
    operands: tuple[str, ...] = ()

    def __contains__(self, name: str) -> bool:
        return any(option == name for option, _ in self.options)

    def get(self, name: str) -> str | None:
        """The last argument given to an option; None if it was not given."""
        return next((value for option, value in reversed(self.options) if option == name), None)

    def all(self, *names: str) -> list[tuple[str, str]]:
        """Every use of some options in order."""
        return [(option, value) for option, value in self.options if option in names]

    def last_of(self, names: str) -> str:
        """Which of several options that override each other came last; ``""`` if none."""
        return next((option for option, _ in reversed(self.options) if option in names), "")


@dataclass(frozen=True, slots=True)
class Options:
    """The options of a command as getopt(3) and getopt_long(3) read them."""

    flags: str = ""
    """Letters without an argument."""
    valued: str = ""
    """Letters with one."""
    long: Mapping[str, str] = field(default_factory=dict)
    """Long names without an argument, each with the letter (or name) it is recorded as."""
    long_valued: Mapping[str, str] = field(default_factory=dict)
    """Long names with an argument."""
    permute: bool = False
    """Options may follow operands, as with getopt_long(3)."""
    number: str = ""
    """The letter that ``-5`` is short for, as in head(1)."""

    def parse(self, arguments: Sequence[str], command: str, where: Place | None = None) -> Parsed:
        """Take arguments apart; UnknownOption for what is not in the table."""
        return _OptionReader(self, arguments, command, where).read()


class _OptionReader:
    """One pass over the arguments of a call."""

    def __init__(
        self, known: Options, arguments: Sequence[str], command: str, where: Place | None
    ) -> None:
        self._known = known
        self._waiting = list(reversed(arguments))
        self._command = command
        self._where = where
        self._options: list[tuple[str, str]] = []
        self._operands: list[str] = []

    def read(self) -> Parsed:
        while self._waiting:
            argument = self._waiting.pop()
            if argument == "--":
                break
            if len(argument) < 2 or argument[0] != "-":
                self._operands.append(argument)
                if not self._known.permute:
                    break
            elif argument.startswith("--"):
                self._long(argument[2:])
            else:
                self._short(argument[1:])
        self._operands.extend(reversed(self._waiting))
        return Parsed(tuple(self._options), tuple(self._operands))

    def _value(self, option: str) -> str:
        if not self._waiting:
            raise CommandFailure(f"option requires an argument -- {option}", 64)
        return self._waiting.pop()

    def _short(self, letters: str) -> None:
        if self._known.number and letters.isdigit():
            self._options.append((self._known.number, letters))
            return
        while letters:
            letter, letters = letters[0], letters[1:]
            if letter in self._known.flags:
                self._options.append((letter, ""))
            elif letter in self._known.valued:
                self._options.append((letter, letters or self._value(letter)))
                return
            else:
                self._unknown(f"-{letter}")

    def _long(self, text: str) -> None:
        name, equals, value = text.partition("=")
        name = self._whole(name)
        if name in self._known.long and not equals:
            self._options.append((self._known.long[name], ""))
        elif name in self._known.long_valued:
            value = value if equals else self._value(name)
            self._options.append((self._known.long_valued[name], value))
        else:
            self._unknown(f"--{text}")

    def _whole(self, name: str) -> str:
        """A long name that may be cut short where only one begins so."""
        names = (*self._known.long, *self._known.long_valued)
        fitting = [known for known in names if known.startswith(name)]
        return fitting[0] if len(fitting) == 1 else name

    def _unknown(self, option: str) -> NoReturn:
        raise UnknownOption(f"{self._command}: option {option} is not known", where=self._where)


@dataclass(slots=True)
class Invocation:
    """One call of a command."""

    command: str
    """The base name it was called by."""
    arguments: Sequence[str]
    """All arguments behind the name."""
    given: Parsed
    """The same, taken apart by the command's Options."""
    shell: Interpreter
    place: Place
    stdin: Input
    out: Output
    err: Output

    @property
    def view(self) -> View:
        """The files, seen from the working directory."""
        return self.shell.view

    @property
    def operands(self) -> tuple[str, ...]:
        """The arguments that are no options."""
        return self.given.operands

    @property
    def environment(self) -> dict[str, str]:
        """A copy of the exported variables."""
        return self.shell.environment()

    @property
    def clock(self) -> int:
        """Now, in seconds since the epoch: a fixed date."""
        return self.shell.clock

    def print(self, text: str, end: str = "\n") -> None:
        """Write a line to the standard output."""
        self.out.write((text + end).encode("utf-8", "surrogateescape"))

    def complain(self, problem: str | OSError) -> int:
        """Write ``command: problem`` to the standard error; returns 1, the status."""
        if isinstance(problem, OSError):
            problem = f"{problem.filename}: {problem.strerror}"
        message = f"{self.command}: {problem}\n"
        self.err.write(message.encode("utf-8", "surrogateescape"))
        return 1

    def note(self, text: str) -> None:
        """Record what the command should have done and did not."""
        self.shell.note(text, self.place)

    def refuse(self, what: str) -> UnknownOption:
        """Make the error for a form of the command that is not implemented."""
        return UnknownOption(f"{self.command}: {what}", where=self.place)

    def each_operand(self, action: Callable[[str], None]) -> int:
        """Do something for every operand; complain of those that fail, and go on."""
        status = 0
        for operand in self.operands:
            try:
                action(operand)
            except OSError as error:
                status = self.complain(error)
        return status

    def read(self, name: str) -> bytes:
        """The content of a file, or of the standard input for ``-``."""
        if name in {"-", "/dev/stdin", "/dev/fd/0"}:
            return self.stdin.read()
        return self.view.read(name)

    def inputs(self, names: Sequence[str] | None = None) -> Iterator[tuple[str, bytes]]:
        """Yield (name, content) of the operands, or the standard input where there are none.

        Files that cannot be read are complained of; `failed` tells afterwards.
        """
        for name in names if names is not None else self.operands or ("-",):
            try:
                yield name, self.read(name)
            except OSError as error:
                self.complain(error)
                self.failed = True

    failed: bool = False
    """An input could not be read."""


@dataclass(frozen=True, slots=True)
class Command:
    """A row of the command table."""

    name: str
    run: Callable[[Invocation], int]
    """Does the work and returns the exit status."""
    options: Options | None = Options()
    """None: the command reads its arguments itself, and `check` judges them."""
    check: Callable[[Sequence[str | None]], str | None] | None = None
    """Given the literal arguments (None where one is decided at run time), says what in them
    is not known."""
    inner: Callable[[Sequence[Word]], Iterator[Sequence[Word] | str]] | None = None
    """Given the argument words, yields the commands (words) and scripts (text) named there."""

    def objection(self, arguments: Sequence[str | None]) -> str | None:
        """Say what in the literal arguments is not known; None if nothing."""
        if self.check is not None:
            return self.check(arguments)
        if self.options is None:
            return None
        # a word decided at run time is taken for an operand
        known = ["\0" if argument is None else argument for argument in arguments]
        try:
            self.options.parse(known, self.name)
        except UnknownOption as error:
            return error.message
        except CommandFailure as error:
            return f"{self.name}: {error.message}"
        return None
