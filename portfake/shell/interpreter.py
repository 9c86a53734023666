"""One shell over one view of files: it finds commands, calls them, and keeps what was not done.

Nothing is executed: a command is a row of the table, a function, or a shell script in the view.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from portfake.errors import Place
from portfake.limits import DEFAULT, LimitExceeded, Limits
from portfake.shell import syntax
from portfake.shell.builtins import BUILTINS, SPECIAL
from portfake.shell.command import Command, CommandFailure, Invocation, Parsed, UnknownCommand
from portfake.shell.control import Break, Continue, Exit, Return
from portfake.shell.execution import Execution
from portfake.shell.expansion import ExpansionError
from portfake.shell.files import Files
from portfake.shell.parser import parse
from portfake.shell.state import OPTION_LETTERS, State
from portfake.shell.streams import Buffer, Discard, Input, Output
from portfake.shell.view import Budget, View, text_of

__all__ = ["BIN_FOLDERS", "Interpreter", "Note", "Result"]

BIN_FOLDERS = frozenset(
    {"/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin"}
)
"""Where a command named by its path is one of the table."""
_MOST_CALLS = 50
_PROCESS_NUMBER = "1000"
_SHELL_VARIABLES = {"IFS": " \t\n", "OPTIND": "1", "PS4": "+ "}


@dataclass(frozen=True, slots=True)
class Note:
    """Something that was recorded, but not done."""

    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class Result:
    """What a script came to."""

    status: int
    output: bytes
    errors: bytes


class Interpreter:
    """A shell whose every run starts as a fresh process.

    `commands` is the table by base name; a framework script is found in it as
    ``Mk/Scripts/NAME.sh`` by the end of its path. `environment` is what the process inherits,
    `clock` the only date there is (seconds since the epoch). `notes` gathers what was recorded
    but not done. Raises UnknownCommand and UnknownOption (both Refused) for what is not in the
    table, ShellSyntaxError and LimitExceeded; a script never sees any of them.
    """

    def __init__(
        self,
        files: Files,
        commands: Mapping[str, Command],
        *,
        cwd: str = "/",
        environment: Mapping[str, str] | None = None,
        limits: Limits = DEFAULT,
        clock: int = 0,
        umask: int = 0o022,
    ) -> None:
        self.commands = commands
        self.limits = limits
        self.clock = clock
        self.notes: list[Note] = []
        self.budget = Budget(limits)
        self.place = Place("sh", 1)
        self.tested = False
        """Whether the command that runs is tested, for eval and the like."""
        self._environment = dict(environment or {})
        self._cwd = cwd
        self._umask = umask
        self._files = files
        self._calls = 0
        self._deadline = float("inf")
        self._unheard: tuple[Output, ...] = ()
        self._execution = Execution(self)
        self.state = self._fresh(b"", Discard(), Discard())

    def _fresh(self, stdin: bytes, out: Output, err: Output) -> State:
        return State(
            variables={**_SHELL_VARIABLES, **self._environment, "PWD": self._cwd},
            exported=set(self._environment),
            cwd=self._cwd,
            umask=self._umask,
            inputs={0: Input(stdin)},
            outputs={1: out, 2: err},
        )

    # running scripts

    def run(
        self,
        script: str | syntax.Script,
        *,
        errexit: bool = True,
        where: Place | None = None,
        arguments: Sequence[str] = (),
        stdin: bytes = b"",
        also: Sequence[int] = (),
    ) -> Result:
        """Run a script as ``sh -e -c`` would (without -e where `errexit` is off).

        `where` is the place of the text's first line; `arguments` are ``$1`` and on. `also` are
        further descriptors that go to the result's output.
        """
        out, err = Buffer(self.limits), Buffer(self.limits)
        self.state = self._fresh(stdin, out, err)
        self.state.outputs.update(dict.fromkeys(also, out))
        self._unheard = (out, err)
        self.state.positional = list(arguments)
        self.state.flags = {"errexit"} if errexit else set()
        self._deadline = time.monotonic() + self.limits.seconds
        if isinstance(script, str):
            script = parse(script, where)
        self.place = script.where
        try:
            status = self.process(script.body)
        except RecursionError:
            raise LimitExceeded("commands nest too deep", where=self.place) from None
        return Result(status, bytes(out.content), bytes(err.content))

    def process(self, body: syntax.Command, *, tested: bool = False) -> int:
        """Run to the end of a shell process, in the state that is there, its trap included."""
        state = self.state
        state.status = self._until_left(body, tested=tested)
        trap, state.exit_trap = state.exit_trap, None
        if trap is not None:
            status = state.status
            left = self._until_left(parse(trap, self.place).body, tested=False, normally=status)
            state.status = left
        return state.status

    def _until_left(
        self, body: syntax.Command, *, tested: bool, normally: int | None = None
    ) -> int:
        try:
            status = self._execution.execute(body, tested=tested)
        except (Exit, Return) as leave:
            return leave.status
        except (Break, Continue):
            return 0
        except ExpansionError as error:
            self.complain(str(error))
            return 2
        return status if normally is None else normally

    @contextmanager
    def subshell(self) -> Iterator[State]:
        """A copy of the state for as long as the block runs."""
        before = self.state
        self.state = before.fork()
        try:
            with self.nested():
                yield self.state
        finally:
            self.state = before

    @contextmanager
    def nested(self) -> Iterator[None]:
        """Count one more call within a call."""
        self._calls += 1
        try:
            if self._calls > _MOST_CALLS:
                raise LimitExceeded(f"commands nest more than {_MOST_CALLS} deep")
            yield
        finally:
            self._calls -= 1

    def spawn(
        self, script: syntax.Script, name: str, arguments: Sequence[str], flags: set[str]
    ) -> int:
        """Run a script as another sh process, which inherits exported variables only."""
        environment = self.environment()
        with self.subshell() as state:
            state.variables = {**_SHELL_VARIABLES, **environment, "PWD": state.cwd}
            state.exported = set(environment)
            state.readonly, state.functions, state.scopes = set(), {}, []
            state.positional, state.name, state.flags = list(arguments), name, flags
            return self.process(script.body)

    def evaluate(self, text: str, place: Place) -> int:
        """Run more text in this very process: eval and ``.``."""
        with self.nested():
            return self._execution.execute(parse(text, place).body, tested=self.tested)

    # what commands and builtins ask for

    @property
    def view(self) -> View:
        """The files, seen from the working directory."""
        return View(self._files, self.state.cwd, self.state.umask, self.budget)

    def environment(self) -> dict[str, str]:
        """A copy of the exported variables."""
        variables = self.state.variables
        return {name: variables[name] for name in self.state.exported if name in variables}

    def note(self, text: str, place: Place | None = None) -> None:
        """Record what should have been done and was not."""
        self.notes.append(Note(text, place or self.place))

    def complain(self, text: str) -> None:
        """Write a line of the shell's own to the standard error."""
        err = self.state.outputs.get(2)
        if err is not None:
            err.write(f"{text}\n".encode("utf-8", "surrogateescape"))

    def is_heard(self, output: Output) -> bool:
        """Tell whether anything in the script reads what is written: a pipe, a file."""
        return not isinstance(output, Discard) and output not in self._unheard

    def turn(self, steps: int = 1) -> None:
        """Count a command, a loop's turn, or work for so many; LimitExceeded if too much."""
        try:
            self.budget.spend_steps(steps)
        except LimitExceeded as error:
            error.where = self.place
            raise
        if time.monotonic() > self._deadline:
            raise LimitExceeded(
                f"recipes take longer than {self.limits.seconds:g} seconds", where=self.place
            )

    # Scope: what expansion asks for

    @property
    def positional(self) -> list[str]:
        """``$1`` and on."""
        return self.state.positional

    def has_flag(self, name: str) -> bool:
        """Tell whether an option of `set` is on, by its long name."""
        return name in self.state.flags

    def value(self, name: str) -> str | None:
        """Return a parameter's value, special ones included; None if it is unset."""
        state = self.state
        found = state.variables.get(name)
        if found is not None or name[0].isalpha() or name[0] == "_":
            return found
        if name == "0":
            return state.name
        if name.isdigit():
            number = int(name[:9])
            return state.positional[number - 1] if number <= len(state.positional) else None
        return {
            "?": str(state.status),
            "#": str(len(state.positional)),
            "$": _PROCESS_NUMBER,
            "-": "".join(k for k, v in OPTION_LETTERS.items() if v in state.flags),
            "*": " ".join(state.positional),
            "@": " ".join(state.positional),
        }.get(name)

    def assign(self, name: str, value: str) -> None:
        """Set a variable; ExpansionError if it is read-only."""
        if name in self.state.readonly:
            raise ExpansionError(f"{name}: is read only")
        self.state.set(name, value)

    def substitute(self, script: syntax.Script) -> str:
        """Run commands in a subshell and return their output without its last newlines."""
        out = Buffer(self.limits)
        with self.subshell() as state:
            state.outputs[1] = out
            status = self.process(script.body)
        self._execution.substituted = status
        return text_of(bytes(out.content).replace(b"\0", b"").rstrip(b"\n"))

    # finding and calling commands

    def find(self, name: str) -> Command | None:
        """Look a command up in the table: by bare name, path in a usual folder, or script."""
        folder, slash, base = name.rpartition("/")
        if not slash:
            return self.commands.get(name)
        if folder in BIN_FOLDERS:
            return self.commands.get(base)
        return self.commands.get("/".join(name.rsplit("/", 3)[-3:]))

    def dispatch(self, name: str, arguments: Sequence[str], *, tested: bool = False) -> int:
        """Run what a command word means: special builtin, function, builtin, command."""
        function = self.state.functions.get(name)
        if function is not None and name not in SPECIAL:
            return self._call_function(function, arguments, tested=tested)
        return self.dispatch_plainly(name, arguments, tested=tested)

    def dispatch_plainly(self, name: str, arguments: Sequence[str], *, tested: bool = False) -> int:
        """Run a builtin or a command of the table, but no function: ``command name``."""
        builtin = SPECIAL.get(name) or BUILTINS.get(name)
        if builtin is None:
            return self.external(name, arguments)
        self.tested = tested
        return self._invoke(builtin, name, arguments)

    def external(self, name: str, arguments: Sequence[str]) -> int:
        """Run a command of the table, or a shell script in the view.

        Raises UnknownCommand for anything else.
        """
        command = self.find(name)
        if command is not None:
            return self._invoke(command, name, arguments)
        script = self.script(name) if "/" in name else None
        if script is None:
            raise UnknownCommand(f"{name}: this command is not known", where=self.place)
        return self.spawn(script, name, arguments, set())

    def call(
        self,
        words: Sequence[str],
        *,
        stdin: Input | None = None,
        out: Output | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> int:
        """Run a command of the table as a child process: for env, xargs, find -exec."""
        with self.subshell() as state:
            if stdin is not None:
                state.inputs[0] = stdin
            if out is not None:
                state.outputs[1] = out
            if environment is not None:
                state.variables = dict(environment)
                state.exported = set(environment)
            try:
                return self.external(words[0], words[1:])
            except Exit as leave:
                return leave.status

    def script(self, name: str) -> syntax.Script | None:
        """A file in the view that begins with sh's ``#!`` line, parsed; None for others."""
        try:
            content = self.view.read(name)
        except OSError:
            return None
        first, _, _ = content.partition(b"\n")
        if not first.startswith(b"#!") or first[2:].split()[:1] != [b"/bin/sh"]:
            return None
        return parse(text_of(content), Place(name, 1))

    def _call_function(
        self, body: syntax.Command, arguments: Sequence[str], *, tested: bool
    ) -> int:
        state = self.state
        before, state.positional = state.positional, list(arguments)
        state.scopes.append({})
        try:
            with self.nested():
                return self._execution.execute(body, tested=tested)
        except Return as leave:
            return leave.status
        finally:
            state.positional = before
            state.leave_function()

    def _invoke(self, command: Command, name: str, arguments: Sequence[str]) -> int:
        state = self.state
        invocation = Invocation(
            command=name.rpartition("/")[2],
            arguments=arguments,
            given=Parsed(operands=tuple(arguments)),
            shell=self,
            place=self.place,
            stdin=state.inputs.get(0) or Input(),
            out=state.outputs.get(1) or Discard(),
            err=state.outputs.get(2) or Discard(),
        )
        try:
            if command.options is not None:
                invocation.given = command.options.parse(arguments, command.name, self.place)
            return command.run(invocation)
        except CommandFailure as failure:
            invocation.complain(failure.message)
            return failure.status
        except OSError as error:
            return invocation.complain(error)
