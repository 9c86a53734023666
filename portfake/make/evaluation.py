"""The result of an evaluation: variables, targets and what was said on the way."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from portfake.errors import InputError
from portfake.make.machine import Machine
from portfake.make.outcome import MakeStopped, Message, Uncertainty, UnknownCommand
from portfake.make.recipes import expanded_sources, local_variables, recipe_lines
from portfake.make.targets import RecipeLine, Target

__all__ = ["Evaluation"]


class Evaluation:
    """What a makefile says. Values are expanded when they are asked for, as `make -V` does.

    Asking raises MakeStopped where expansion itself cannot be done (a variable that contains
    itself) and LimitExceeded where it costs too much.
    """

    def __init__(self, machine: Machine, error: InputError | None) -> None:
        self._machine = machine
        self.error = error
        """Why make would have stopped; what was read before it stays readable."""

    @property
    def status(self) -> int:
        """Make's exit status: 0, 1 for errors in makefiles, 2 for what it gives up at."""
        if self.error is None:
            return 2 if self._machine.strict and self._machine.fatal else 0
        return self.error.status if isinstance(self.error, MakeStopped) else 2

    def value(self, name: str) -> str | None:
        """The expanded value of a variable; None if it is undefined."""
        machine = self._ready()
        try:
            return machine.value(name)
        except RecursionError:
            raise machine.exceeded(f"the value of {name} nests too deeply") from None

    def raw(self, name: str) -> str | None:
        """The value as it is stored, expressions unexpanded; None if it is undefined."""
        return self._ready().lookup(name)

    def expand(self, text: str) -> str:
        """The text with every expression in it expanded."""
        machine = self._ready()
        try:
            return machine.expand(text)
        except RecursionError:
            raise machine.exceeded("the text nests too deeply") from None

    def is_certain(self, name: str) -> bool:
        """Whether a value, or a text with `$`, does not hang on an unknown command's output."""
        if "$" in name:
            self.expand(name)
        else:
            self.value(name)
        return not self._machine.touched

    def defined(self, name: str) -> bool:
        """Whether the variable has a value, an empty one included."""
        return self._machine.is_defined(name)

    def variables(self) -> tuple[str, ...]:
        """The names of all variables, those of the environment included, in no order."""
        return (*self._machine.variables, *self._machine.uncertain)

    @cached_property
    def targets(self) -> Mapping[str, Target]:
        """All targets and sources by name, in the order they were met."""
        rules = self._machine.targets.rules
        return {name: rule.frozen() for name, rule in rules.items()}

    @property
    def main_target(self) -> str | None:
        """What make would make if nothing was asked for."""
        return self._machine.targets.main

    @property
    def wanted(self) -> tuple[str, ...]:
        """The targets asked for, by the caller or by `.MAIN`."""
        return tuple(self._machine.targets.wanted)

    @property
    def requests(self) -> tuple[tuple[str, bool], ...]:
        """Variables that a makefile itself wants printed (`.MAKEFLAGS: -V NAME`).

        The second part tells whether expanded, as -v does it.
        """
        return tuple(self._machine.requests)

    @property
    def orders(self) -> tuple[tuple[str, ...], ...]:
        """The lists of `.ORDER`."""
        return tuple(self._machine.targets.orders)

    def sources(self, target: str) -> tuple[str, ...]:
        """The sources of a target; a `$` that reading left in a name is expanded now."""
        return expanded_sources(self._ready(), target)

    def recipe(self, target: str, /, **local: str) -> list[RecipeLine]:
        """The recipe of a target, expanded with its local variables.

        `local` gives values of local variables by their short names (such as `implied="a.c"`,
        see `recipes.local_variables`). What expressions assign is forgotten afterwards.
        """
        machine = self._ready()
        rules = machine.targets.rules
        kept, machine.variables = machine.variables, machine.variables.copy()
        machine.variables.update(local_variables(machine, target, local))
        machine.local = True
        try:
            return recipe_lines(machine, target, rules)
        except RecursionError:
            raise machine.exceeded(f"the recipe of {target} nests too deeply") from None
        finally:
            machine.variables = kept
            machine.local = False

    @property
    def messages(self) -> tuple[Message, ...]:
        """What make would have written to stderr."""
        return tuple(self._machine.messages)

    @property
    def unknown_commands(self) -> tuple[UnknownCommand, ...]:
        """Commands that nobody could answer."""
        return tuple(self._machine.unknown)

    @property
    def uncertain(self) -> tuple[Uncertainty, ...]:
        """Decisions that hung on such a command: the evaluation may be another one."""
        return tuple(self._machine.uncertainties)

    @property
    def files_read(self) -> tuple[str, ...]:
        """Every makefile read, in order."""
        return tuple(self._machine.files)

    @property
    def exported(self) -> dict[str, str]:
        """The environment that commands of recipes get."""
        return self._ready().exported_values()

    def _ready(self) -> Machine:
        machine = self._machine
        machine.in_use.clear()
        machine.depth = 0
        machine.touched = False
        machine.texts = machine.compiler.texts
        machine.steps = max(machine.steps, machine.limits.steps)
        return machine
