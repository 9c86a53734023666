"""All rules in the order of their subjects, and choosing among them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from functools import reduce
from operator import or_

from portfake.audit.rule import Needs, Rule
from portfake.audit.rules import (
    accounts,
    database,
    dependencies,
    elf,
    files,
    links,
    pending,
    readiness,
    unrecorded,
)
from portfake.errors import UsageError

__all__ = ["RULES", "choose", "needs_of"]

RULES: tuple[Rule, ...] = (
    *database.RULES,
    *files.RULES,
    *unrecorded.RULES,
    *links.RULES,
    *elf.RULES,
    *accounts.RULES,
    *dependencies.RULES,
    *readiness.RULES,
    *pending.RULES,
)


def choose(only: Sequence[str] = (), skip: Sequence[str] = ()) -> tuple[Rule, ...]:
    """Return the rules whose ids fit `only` (all without it) and not `skip`; both are globs.

    Raises UsageError for a word that fits no rule.
    """
    for word in (*only, *skip):
        if not any(fnmatchcase(rule.id, word) for rule in RULES):
            raise UsageError(
                f"no rule is called {word!r}", hint="portfake check --rules lists them"
            )
    return tuple(
        rule for rule in RULES if (not only or _fits(rule, only)) and not _fits(rule, skip)
    )


def needs_of(rules: Iterable[Rule]) -> Needs:
    """Return what has to be gathered for all of them."""
    return reduce(or_, (rule.needs for rule in rules), Needs.FAULTS)


def _fits(rule: Rule, words: Sequence[str]) -> bool:
    return any(fnmatchcase(rule.id, word) for word in words)
