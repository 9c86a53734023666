"""Targets, their sources and their recipes, as data."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from portfake.errors import Place

__all__ = ["Operator", "RawLine", "Reading", "RecipeLine", "Rule", "Target", "Targets"]


class Operator(enum.Enum):
    """What stands between targets and sources."""

    DEPENDS = ":"
    DOUBLE = "::"
    FORCE = "!"


class Reading:
    """One file on the stack of includes."""

    __slots__ = ("included_at", "path")

    def __init__(self, path: str, included_at: Place | None) -> None:
        self.path = path
        self.included_at = included_at


@dataclass(frozen=True, slots=True)
class RawLine:
    """A recipe line as the makefile has it, without its tab."""

    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class RecipeLine:
    """A recipe line ready for a shell: expanded, and its prefixes taken off."""

    text: str
    place: Place
    silent: bool = False
    """`@`: the line is not shown."""
    ignore: bool = False
    """`-`: a failure does not matter."""
    always: bool = False
    """`+`: it runs even with -n."""


@dataclass(frozen=True, slots=True)
class Target:
    """A target as the makefiles left it."""

    name: str
    operator: Operator | None
    """None for what occurs as a source only."""
    sources: tuple[str, ...]
    """In order, attributes taken out; with `::` those of all blocks together."""
    attributes: frozenset[str]
    """Such as .PHONY, also those given by naming the target below `.PHONY:`."""
    recipes: tuple[RawLine, ...]
    """With `::` the blocks' lines one after the other."""


class Rule:
    """A target while makefiles are read. A port makes hundreds, so this is no dataclass."""

    __slots__ = ("attributes", "closed", "name", "operator", "recipe", "sources")

    def __init__(self, name: str) -> None:
        self.name = name
        self.operator: Operator | None = None
        self.sources: list[str] = []
        self.attributes: set[str] = set()
        self.recipe: list[tuple[str, Reading, int]] = []
        """Lines with the file and the number; places are made of them when they are asked for."""
        self.closed = False
        """It has a recipe, and another dependency line may not add one."""

    def frozen(self) -> Target:
        """The target as a value."""
        return Target(
            self.name,
            self.operator,
            tuple(self.sources),
            frozenset(self.attributes),
            self.lines(),
        )

    def lines(self) -> tuple[RawLine, ...]:
        """The recipe."""
        return tuple(
            RawLine(text, Place(reading.path, number, reading.included_at))
            for text, reading, number in self.recipe
        )


class Targets:
    """All targets of an evaluation, and which of them the next recipe line belongs to."""

    __slots__ = ("current", "main", "orders", "rules", "search_path", "suffixes", "wanted")

    def __init__(self) -> None:
        self.rules: dict[str, Rule] = {}
        self.current: list[Rule] | None = None
        self.main: str | None = None
        """The first target that is none of the special ones."""
        self.wanted: list[str] = []
        """What was asked for, by the caller or by `.MAIN`."""
        self.suffixes: list[str] = []
        self.search_path: list[str] = []
        """Folders of `.PATH`."""
        self.orders: list[tuple[str, ...]] = []
        """The lists of `.ORDER`."""

    def rule(self, name: str) -> Rule:
        """The rule of that name, made if there is none."""
        found = self.rules.get(name)
        if found is None:
            found = self.rules[name] = Rule(name)
        return found

    def is_target(self, name: str) -> bool:
        """Whether the name stood to the left of an operator."""
        found = self.rules.get(name)
        return found is not None and found.operator is not None

    def has_commands(self, name: str) -> bool:
        """Whether it is a target with a recipe."""
        found = self.rules.get(name)
        return found is not None and found.operator is not None and bool(found.recipe)

    def end_group(self) -> None:
        """No more recipe lines for the targets at hand: an assignment came."""
        if self.current is not None:
            for rule in self.current:
                if rule.recipe and rule.operator is not Operator.DOUBLE:
                    rule.closed = True
            self.current = None
