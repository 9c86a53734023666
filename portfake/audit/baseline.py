"""What is known of an image already: findings of an earlier `check --json`, to be passed over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from portfake.audit.finding import Finding
from portfake.errors import InputError, Place, Problems

__all__ = ["Baseline", "parse_baseline", "without"]

Baseline = frozenset[tuple[str, str, str]]
"""Keys of findings (`Finding.key`)."""


def parse_baseline(text: str, where: str) -> Baseline:
    """Return the findings in the JSON lines that `check --json` prints; other lines count not.

    Raises InputError with every line that is no such document.
    """
    import json  # noqa: PLC0415  # start-up time

    known = set()
    problems = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            document = json.loads(line)
            if document["kind"] == "finding":
                known.add(_key(document))
        except (ValueError, KeyError, TypeError, AttributeError):
            place = Place(where, number)
            problems.append(InputError("is no line of check --json", where=place))
    Problems.check(problems)
    return frozenset(known)


def _key(document: Mapping[str, str | None]) -> tuple[str, str, str]:
    name = (document["package"] or "").rpartition("-")[0]
    about = document["path"] if document["path"] is not None else document["message"]
    return str(document["rule"]), name, str(about)


def without(findings: Iterable[Finding], known: Baseline) -> list[Finding]:
    """Return the findings that are news."""
    return [finding for finding in findings if finding.key not in known]
