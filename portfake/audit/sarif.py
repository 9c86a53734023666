"""Findings as SARIF 2.1.0 (OASIS), for tools that show results beside the code they are about."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from portfake.audit.finding import Finding
from portfake.audit.report import Report
from portfake.audit.rule import Rule

__all__ = ["sarif_log"]

_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_BASE: Final = "ROOT"


def sarif_log(
    reports: Iterable[Report], rules: Sequence[Rule], *, version: str
) -> Mapping[str, Any]:
    """Return the log as JSON values, a run for each image; `version` is portfake's own."""
    driver = {
        "name": "portfake",
        "semanticVersion": version,
        "rules": [_rule(rule) for rule in rules],
    }
    numbers = {rule.id: number for number, rule in enumerate(rules)}
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [_run(report, driver, numbers) for report in reports],
    }


def _rule(rule: Rule) -> Mapping[str, Any]:
    described: dict[str, Any] = {
        "id": rule.id,
        "shortDescription": {"text": rule.sentence},
        "defaultConfiguration": {"level": rule.severity.value},
    }
    if rule.fix is not None:
        described["help"] = {"text": rule.fix}
    return described


def _run(
    report: Report, driver: Mapping[str, Any], numbers: Mapping[str, int]
) -> Mapping[str, Any]:
    return {
        "tool": {"driver": driver},
        "originalUriBaseIds": {_BASE: {"uri": _uri(report.summary.root, folder=True)}},
        "invocations": [
            {
                "executionSuccessful": True,
                "toolConfigurationNotifications": [
                    {
                        "level": "note",
                        "message": {"text": f"{rule.rule} was not checked: {rule.reason}"},
                        "associatedRule": {"id": rule.rule, "index": numbers[rule.rule]},
                    }
                    for rule in report.unchecked
                ],
            }
        ],
        "results": [_result(finding, numbers[finding.rule]) for finding in report.findings],
    }


def _result(finding: Finding, number: int) -> Mapping[str, Any]:
    about = " ".join(filter(None, (finding.package, finding.path)))
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": number,
        "level": finding.severity.value,
        "message": {"text": _plain(f"{about}: {finding.message}" if about else finding.message)},
        "partialFingerprints": {"finding/v1": _fingerprint(finding)},
        "properties": {key: _plain(value) for key, value in finding.evidence.items()},
    }
    location: dict[str, Any] = {}
    if finding.path is not None:
        artifact = {"uri": _uri(finding.path.lstrip("/")), "uriBaseId": _BASE}
        location["physicalLocation"] = {"artifactLocation": artifact}
    if finding.package is not None:
        location["logicalLocations"] = [{"name": _plain(finding.package), "kind": "package"}]
    if location:
        result["locations"] = [location]
    return result


def _fingerprint(finding: Finding) -> str:
    text = "\n".join(finding.key).encode("utf-8", "surrogateescape")
    return hashlib.sha256(text).hexdigest()


def _uri(path: str, *, folder: bool = False) -> str:
    encoded = quote(path.encode("utf-8", "surrogateescape"))
    return f"file://{encoded.rstrip('/')}/" if folder else encoded


def _plain(text: str) -> str:
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
