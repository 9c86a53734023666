"""Making a target as make(1) would: what it depends on first, then its recipe, line by line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from portfake.errors import InputError
from portfake.limits import DEFAULT, LimitExceeded, Limits
from portfake.make import Evaluation, RecipeLine, Target

__all__ = ["RecipeRunner", "TargetWalk"]

RecipeRunner = Callable[[RecipeLine], None]
"""Runs one line of a recipe; raises where make would stop."""


@dataclass(slots=True)
class TargetWalk:
    """One run of make over one evaluated makefile, in the order of its -j1 mode.

    Files that exist count as made, as those of a fresh work directory are: nothing is compared
    by time. `.ORDER` asks for nothing more than the order of the sources gives.
    """

    evaluation: Evaluation
    exists: Callable[[str], bool]
    run: RecipeRunner
    limits: Limits = DEFAULT
    _made: set[str] = field(default_factory=set)

    def make(self, name: str) -> None:
        """Bring the target up to date; raises InputError where make would stop."""
        for target_name, target in self._order(name):
            for line in self.evaluation.recipe(target_name) if self._due(target) else ():
                self.run(line)
            self._made.add(target_name)

    def _order(self, goal: str) -> Iterator[tuple[str, Target]]:
        """Yield targets whose recipes are to run, each after what it depends on."""
        stack: list[tuple[str, bool]] = [(goal, False)]
        open_names: set[str] = set()
        while stack:
            if len(stack) > self.limits.entries:
                raise LimitExceeded(f"too many targets below {goal}")
            name, ready = stack.pop()
            if name in self._made:
                continue
            target = self.evaluation.targets.get(name)
            if ready:
                open_names.discard(name)
                assert target is not None
                yield name, target
                continue
            if target is None or (not target.recipes and not target.sources):
                self._check_leaf(name, target)
                continue
            if name in open_names:
                raise InputError(f"target {name} depends on itself")
            open_names.add(name)
            stack.append((name, True))
            stack.extend((source, False) for source in reversed(target.sources))

    def _check_leaf(self, name: str, target: Target | None) -> None:
        if target is None and not self.exists(name):
            raise InputError(f"don't know how to make {name}", hint="no rule and no such file")
        self._made.add(name)

    def _due(self, target: Target) -> bool:
        return ".PHONY" in target.attributes or not self.exists(target.name)
