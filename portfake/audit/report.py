"""What `check` says of one image: findings, what was not checked, and a verdict on booting."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from portfake.audit.baseline import Baseline, without
from portfake.audit.finding import Finding, Severity, Unchecked
from portfake.audit.inventory import Inventory
from portfake.audit.rule import Rule
from portfake.audit.rules.readiness import LOGIN_RULES

__all__ = ["Report", "Summary", "report"]

Readiness = Literal["ready", "not ready", "not checked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """One image in a line."""

    kind: Literal["summary"] = "summary"
    root: str
    abi: str | None
    """Of the root's own programs; None where there are none."""
    osversion: int | None
    database: str | None
    """Kind of the package database, None without one."""
    schema: int | None
    packages: int
    entries: int
    """Objects looked at."""
    counts: Mapping[str, int]
    """Severity -> number of findings."""
    known: int
    """Findings that the baseline silenced."""
    login: Readiness
    """Whether the image would boot to a login with its services able to start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One image in full."""

    summary: Summary
    findings: tuple[Finding, ...]
    unchecked: tuple[Unchecked, ...]

    def fails(self, threshold: Severity) -> bool:
        """Whether something is as bad as the threshold or worse."""
        return any(finding.severity.rank <= threshold.rank for finding in self.findings)


def report(inventory: Inventory, rules: Iterable[Rule], known: Baseline = frozenset()) -> Report:
    """Apply the rules; findings are in the order of severity, rule and path."""
    found: list[Finding] = []
    unchecked = []
    for rule in rules:
        reason = rule.hindrance(inventory)
        if reason is not None:
            unchecked.append(Unchecked(root=inventory.directory, rule=rule.id, reason=reason))
        else:
            found += rule.findings(inventory)
    login = _login(inventory, found)
    news = without(found, known)
    news.sort(key=lambda finding: finding.severity.rank)
    return Report(
        summary=_summary(inventory, news, len(found) - len(news), login),
        findings=tuple(news),
        unchecked=tuple(unchecked),
    )


def _login(inventory: Inventory, found: Iterable[Finding]) -> Readiness:
    if not inventory.has_base:
        return "not checked"
    broken = any(finding.rule in LOGIN_RULES for finding in found)
    services = any(
        finding.rule.startswith("service-") and finding.severity is Severity.ERROR
        for finding in found
    )
    return "not ready" if broken or services else "ready"


def _summary(
    inventory: Inventory, findings: Iterable[Finding], known: int, login: Readiness
) -> Summary:
    counts = Counter(finding.severity for finding in findings)
    abi, osversion = inventory.target or (None, None)
    health = inventory.database
    return Summary(
        root=inventory.directory,
        abi=None if abi is None else str(abi),
        osversion=osversion,
        database=None if health.path is None else health.kind,
        schema=health.schema,
        packages=len(inventory.packages) + inventory.sound_packages,
        entries=len(inventory.entries) + inventory.sound_files,
        counts={severity.value: counts[severity] for severity in Severity},
        known=known,
        login=login,
    )
