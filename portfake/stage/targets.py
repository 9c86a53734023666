"""Making a target as make(1) would: what it depends on first, then its recipe, line by line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from portfake.errors import InputError
from portfake.limits import DEFAULT, LimitExceeded, Limits
from portfake.make import Evaluation, Operator, RecipeLine, Target

__all__ = ["RecipeRunner", "TargetWalk"]

RecipeRunner = Callable[[RecipeLine], None]
"""Runs one line of a recipe; raises where make would stop."""

_USED = {".USE", ".USEBEFORE"}
"""Attributes of sources whose recipes go into those of the targets that name them."""


@dataclass(slots=True)
class TargetWalk:
    """One run of make over one evaluated makefile, in the order of a make without -j.

    Files that exist count as made, as those of a fresh work directory are: nothing is compared
    by time. `.ORDER` asks for nothing more than the order of the sources gives. The blocks of a
    `::` target run one after the other, once the sources of all of them are made.
    """

    evaluation: Evaluation
    exists: Callable[[str], bool]
    run: RecipeRunner
    limits: Limits = DEFAULT
    _made: set[str] = field(default_factory=set)

    def make(self, name: str) -> None:
        """Bring the target up to date; raises InputError where make would stop."""
        for target_name, target in self._order(name):
            for line in self._recipe(target) if self._due(target) else ():
                self.run(line)
            self._made.add(target_name)

    def foreseen(self, goal: str) -> Iterator[RecipeLine]:
        """Yield what a fresh work folder would have run for the goal; nothing is run.

        Files without a rule count as there.
        """
        for name, target in self._order(goal, strict=False):
            yield from self._recipe(target)
            self._made.add(name)

    def _recipe(self, target: Target) -> list[RecipeLine]:
        sources = " ".join(self._sources(target))
        return self.evaluation.recipe(target.name, sources=sources, outdated=sources)

    def _order(self, goal: str, *, strict: bool = True) -> Iterator[tuple[str, Target]]:
        """Yield targets whose recipes are to run, each after what it depends on.

        `strict` raises InputError for a file that is neither there nor made.
        """
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
                if strict:
                    self._check_leaf(name, target)
                self._made.add(name)
                continue
            if name in open_names:
                raise InputError(f"target {name} depends on itself")
            open_names.add(name)
            stack.append((name, True))
            stack.extend((source, False) for source in reversed(self._sources(target)))

    def _sources(self, target: Target) -> list[str]:
        """What is to be made before the target: its sources, then those of what it uses."""
        found: list[str] = []
        used = {target.name: target}
        pending = [target]
        for each in pending:
            for name in each.sources:
                source = self.evaluation.targets.get(name)
                if source is None or not source.attributes & _USED:
                    found.append(name)
                elif name not in used:
                    used[name] = source
                    pending.append(source)
        return found

    def _check_leaf(self, name: str, target: Target | None) -> None:
        if (target is None or target.operator is None) and not self.exists(name):
            raise InputError(f"don't know how to make {name}", hint="no rule and no such file")

    def _due(self, target: Target) -> bool:
        always = ".PHONY" in target.attributes or target.operator is Operator.FORCE
        return always or not self.exists(target.name)
