"""Making a target as make(1) would: what it depends on first, then its recipe, line by line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from portfake.errors import InputError
from portfake.limits import DEFAULT, LimitExceeded, Limits
from portfake.make import Evaluation, Operator, RecipeLine, Target

__all__ = ["Ages", "RecipeRunner", "TargetWalk"]

RecipeRunner = Callable[[RecipeLine], None]
"""Runs one line of a recipe; raises where make would stop."""


class Ages(Protocol):
    """Which files are older than others."""

    def newer(self, one: str, other: str) -> bool:
        """Whether the first is newer; both are there."""

    def made(self, name: str) -> None:
        """Take note that the recipe of a target has just run."""


_USED = {".USE", ".USEBEFORE"}
"""Attributes of sources whose recipes go into those of the targets that name them."""


@dataclass(slots=True)
class TargetWalk:
    """One run of make over one evaluated makefile, in the order of a make without -j.

    Files that exist count as made, as those of a fresh work directory are, unless `ages` compares
    them: then a target is made anew that is older than one of its sources, or one of whose sources
    was made just now and is no file. `.ORDER` asks for nothing more than the order of the sources
    gives. The blocks of a `::` target run one after the other, once the sources of all of them are
    made.
    """

    evaluation: Evaluation
    exists: Callable[[str], bool]
    run: RecipeRunner
    limits: Limits = DEFAULT
    ages: Ages | None = None
    _made: set[str] = field(default_factory=set)
    _ran: set[str] = field(default_factory=set)

    def make(self, name: str) -> None:
        """Bring the target up to date; raises InputError where make would stop."""
        for target_name, target in self._order(name):
            if self._due(target):
                for line in self._recipe(target):
                    self.run(line)
                self._ran.add(target_name)
                if self.ages is not None:
                    self.ages.made(target_name)
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
        return always or not self.exists(target.name) or self._outdated(target)

    def _outdated(self, target: Target) -> bool:
        ages = self.ages
        return ages is not None and any(
            ages.newer(source, target.name) if self.exists(source) else source in self._ran
            for source in self._sources(target)
        )
