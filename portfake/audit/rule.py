"""A rule: its id, one sentence, a severity, and a pure function over the Inventory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Flag, auto

from portfake.audit.finding import Finding, Severity
from portfake.audit.inventory import Inventory

__all__ = ["Check", "Needs", "Observation", "Rule", "rule"]


class Needs(Flag):
    """What has to be gathered before a rule can say anything."""

    FAULTS = 0
    """Recorded files and links that are not sound, with their packages' records; always there."""
    RECORDS = auto()
    """All records, and what lies under every recorded path."""
    HEALTH = auto()
    """What SQLite says of the database's own file."""
    SUMS = auto()
    """Whether recorded files have the content that was recorded."""
    WHOLE = auto()
    """Every object of the root, not only what packages record."""
    CODE = auto()
    """ELF headers and the first lines of scripts."""
    BASE = auto()
    """A base system in the root; without one the rule answers "not checked"."""
    TARGET = auto()
    """The ABI of the root's own programs; likewise."""
    IDS = auto()
    """UIDs and GIDs of a ports tree; likewise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What a rule saw, before it is told whose rule it was."""

    message: str
    package: str | None = None
    path: str | None = None
    evidence: Mapping[str, str] = field(default_factory=dict)


Check = Callable[[Inventory], Iterable[Observation]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One thing that is looked for."""

    id: str
    severity: Severity
    sentence: str
    check: Check
    needs: Needs = Needs.RECORDS
    fix: str | None = None

    def findings(self, inventory: Inventory) -> Iterator[Finding]:
        """Yield what is found, in the order of the check."""
        for seen in self.check(inventory):
            yield Finding(
                root=inventory.directory,
                rule=self.id,
                severity=self.severity,
                message=seen.message,
                package=seen.package,
                path=seen.path,
                evidence=seen.evidence,
                fix=self.fix,
            )

    def hindrance(self, inventory: Inventory) -> str | None:
        """Return why this image gives no answer; None if it does."""
        if Needs.BASE in self.needs and not inventory.has_base:
            return "the root holds no base system"
        if Needs.TARGET in self.needs and inventory.target is None:
            return "no program of the root says what it was made for"
        if Needs.IDS in self.needs and not inventory.registered_ids:
            return "no ports tree was given"
        return None


def rule(
    id_: str,
    severity: Severity,
    sentence: str,
    *,
    needs: Needs = Needs.RECORDS,
    fix: str | None = None,
) -> Callable[[Check], Rule]:
    """Make a Rule of the function below the decorator."""

    def made(check: Check) -> Rule:
        return Rule(id=id_, severity=severity, sentence=sentence, check=check, needs=needs, fix=fix)

    return made
