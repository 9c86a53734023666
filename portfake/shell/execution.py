"""Walks the tree of a script: one method for each kind of node.

The rules are those of FreeBSD's sh(1) (bin/sh/eval.c): under `set -e` a command that fails ends
the shell unless it is *tested*, that is, part of a condition, left of ``&&`` or ``||``, or
negated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from portfake.errors import PortfakeError
from portfake.patterns import glob
from portfake.shell import syntax
from portfake.shell.builtins import SPECIAL
from portfake.shell.control import Break, Continue, Exit
from portfake.shell.expansion import Expansion
from portfake.shell.redirection import RedirectionError, redirect
from portfake.shell.streams import Buffer, Input

if TYPE_CHECKING:
    from portfake.shell.interpreter import Interpreter

__all__ = ["Execution"]


class Execution:
    """Runs nodes in the state of an interpreter."""

    def __init__(self, shell: Interpreter) -> None:
        self._shell = shell
        self._expansion = Expansion(shell)
        self.substituted: int | None = None
        """The status of the last command substitution of the command that runs."""

    def execute(self, node: syntax.Command, *, tested: bool) -> int:
        """Run one node and return its status; raises control.Exit and the like."""
        status = _METHODS[type(node)](self, node, tested)
        self._shell.state.status = status
        return status

    def _check(self, status: int, *, tested: bool) -> int:
        if status and not tested and "errexit" in self._shell.state.flags:
            raise Exit(status)
        return status

    # lists

    def _sequence(self, node: syntax.Sequence, tested: bool) -> int:
        status = 0
        for command in node.commands:
            status = self.execute(command, tested=tested)
        return status

    def _and_or(self, node: syntax.AndOr, tested: bool) -> int:
        last = len(node.rest) - 1
        status = self.execute(node.first, tested=True)
        for number, (operator, command) in enumerate(node.rest):
            if (status == 0) is (operator == "&&"):
                status = self.execute(command, tested=tested or number < last)
        return status

    def _pipeline(self, node: syntax.Pipeline, tested: bool) -> int:
        if len(node.stages) == 1:
            return int(self.execute(node.stages[0], tested=True) == 0)
        shell = self._shell
        statuses = []
        stdin = shell.state.inputs.get(0)
        for number, stage in enumerate(node.stages):
            pipe = Buffer(shell.limits)
            with shell.subshell() as state:
                if stdin is not None:
                    state.inputs[0] = stdin
                if number < len(node.stages) - 1:
                    state.outputs[1] = pipe
                statuses.append(shell.process(stage))
            stdin = Input(bytes(pipe.content))
        status = statuses[-1]
        if "pipefail" in shell.state.flags:
            status = next((status for status in reversed(statuses) if status), 0)
        if node.negated:
            return int(status == 0)
        return self._check(status, tested=tested)

    # compound commands

    def _subshell(self, node: syntax.Subshell, tested: bool) -> int:
        with self._shell.subshell():
            status = self._redirected(
                node.redirections, lambda: self._shell.process(node.body, tested=tested)
            )
        return self._check(status, tested=tested)

    def _group(self, node: syntax.Group, tested: bool) -> int:
        return self._redirected(node.redirections, lambda: self.execute(node.body, tested=tested))

    def _if(self, node: syntax.If, tested: bool) -> int:
        for condition, body in node.branches:
            if self.execute(condition, tested=True) == 0:
                return self.execute(body, tested=tested)
        return 0 if node.otherwise is None else self.execute(node.otherwise, tested=tested)

    def _for(self, node: syntax.For, tested: bool) -> int:
        words = (
            list(self._shell.positional)
            if node.words is None
            else self._expansion.fields(node.words)
        )
        status = 0
        for word in words:
            self._shell.turn()
            self._shell.assign(node.name, word)
            try:
                status = self.execute(node.body, tested=tested)
            except Break as leave:
                _pass_on(leave)
                return 0
            except Continue as leave:
                _pass_on(leave)
                status = 0
        return status

    def _loop(self, node: syntax.Loop, tested: bool) -> int:
        status = 0
        while True:
            self._shell.turn()
            try:
                if (self.execute(node.condition, tested=True) == 0) is node.until:
                    return status
                status = self.execute(node.body, tested=tested)
            except Break as leave:
                _pass_on(leave)
                return 0
            except Continue as leave:
                _pass_on(leave)
                status = 0

    def _case(self, node: syntax.Case, tested: bool) -> int:
        word = self._expansion.text(node.word)
        status, falling = 0, False
        for branch in node.branches:
            if not falling and not any(self._matches(word, p) for p in branch.patterns):
                continue
            status = self.execute(branch.body, tested=tested)
            falling = branch.falls_through
            if not falling:
                break
        return status

    def _matches(self, word: str, pattern: syntax.Word) -> bool:
        if pattern.plain is not None:
            return word == pattern.plain
        return glob(self._expansion.pattern(pattern)).match(word) is not None

    def _function(self, node: syntax.Function, tested: bool) -> int:
        self._shell.state.functions[node.name] = node.body
        return 0

    # simple commands

    def _simple(self, node: syntax.Simple, tested: bool) -> int:
        shell = self._shell
        shell.turn()
        shell.place = node.place
        self.substituted = None
        try:
            status = self._run(node, tested=tested)
        except PortfakeError as error:
            error.where = error.where or node.place
            raise
        return self._check(status, tested=tested)

    def _run(self, node: syntax.Simple, *, tested: bool) -> int:
        shell = self._shell
        words = self._expansion.fields(node.words)
        if not words:
            status = self._redirected(node.redirections, lambda: 0)
            self._assign(node.assignments)
            return status or self.substituted or 0
        shell.place = node.place
        if words[0] == "exec":
            return self._exec(node, words[1:])

        def dispatch() -> int:
            return shell.dispatch(words[0], words[1:], tested=tested)

        if not node.assignments and words[0] not in SPECIAL:
            return self._redirected(node.redirections, dispatch)
        if words[0] in SPECIAL:
            self._assign(node.assignments)
            return self._redirected(node.redirections, dispatch, fatal=True)
        with self._temporarily(node.assignments):
            return self._redirected(node.redirections, dispatch)

    def _assign(self, assignments: Sequence[syntax.Assignment]) -> None:
        for assignment in assignments:
            value = self._expansion.text(assignment.value, assignment=True)
            self._shell.assign(assignment.name, value)

    @contextmanager
    def _temporarily(self, assignments: Sequence[syntax.Assignment]) -> Iterator[None]:
        """Make assignments for one command: exported, and gone afterwards."""
        state = self._shell.state
        names = [assignment.name for assignment in assignments]
        before = {name: (state.variables.get(name), name in state.exported) for name in names}
        self._assign(assignments)
        state.exported.update(names)
        try:
            yield
        finally:
            for name, (value, exported) in before.items():
                state.unset(name)
                if value is not None:
                    state.variables[name] = value
                if exported:
                    state.exported.add(name)

    def _exec(self, node: syntax.Simple, arguments: Sequence[str]) -> int:
        """Run ``exec``: redirections that stay, or a command that is the shell's last."""
        shell = self._shell
        self._assign(node.assignments)
        try:
            redirect(node.redirections, shell.state, shell.view, self._expansion)
        except RedirectionError as error:
            shell.complain(str(error))
            raise Exit(2) from None
        if arguments:
            raise Exit(shell.external(arguments[0], arguments[1:]))
        return 0

    def _redirected(
        self,
        redirections: Sequence[syntax.Redirection],
        action: Callable[[], int],
        *,
        fatal: bool = False,
    ) -> int:
        """Do something with descriptors redirected, and put them back.

        With `fatal`, as for special builtins, a redirection that fails ends the shell.
        """
        if not redirections:
            return action()
        state = self._shell.state
        inputs, outputs = state.inputs, state.outputs
        state.inputs, state.outputs = dict(inputs), dict(outputs)
        try:
            redirect(redirections, state, self._shell.view, self._expansion)
        except RedirectionError as error:
            state.inputs, state.outputs = inputs, outputs
            self._shell.complain(str(error))
            if fatal:
                raise Exit(2) from None
            return 2
        try:
            return action()
        finally:
            state.inputs, state.outputs = inputs, outputs


def _pass_on(leave: Break | Continue) -> None:
    """Leave the loop around this one as well, if so many were asked for."""
    if leave.levels > 1:
        raise type(leave)(leave.levels - 1) from None


_METHODS: dict[type[syntax.Command], Callable[[Execution, Any, bool], int]] = {
    syntax.Sequence: Execution._sequence,  # noqa: SLF001 - the table of this module's own class
    syntax.AndOr: Execution._and_or,  # noqa: SLF001
    syntax.Pipeline: Execution._pipeline,  # noqa: SLF001
    syntax.Subshell: Execution._subshell,  # noqa: SLF001
    syntax.Group: Execution._group,  # noqa: SLF001
    syntax.If: Execution._if,  # noqa: SLF001
    syntax.For: Execution._for,  # noqa: SLF001
    syntax.Loop: Execution._loop,  # noqa: SLF001
    syntax.Case: Execution._case,  # noqa: SLF001
    syntax.Function: Execution._function,  # noqa: SLF001
    syntax.Simple: Execution._simple,  # noqa: SLF001
}
