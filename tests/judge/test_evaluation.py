"""Evaluation of real ports against what real make said: 129 variables, text for text."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from portfake.model.abi import Abi
from portfake.model.origin import Origin
from portfake.ports.evaluation import PortsEvaluator, printed
from portfake.ports.profile import Profile
from portfake.ports.tree import PortsTree

pytestmark = pytest.mark.judge

# Where the machine that answered differed from a real FreeBSD 14.0, and portfake from it.
KNOWN = {
    "lang/mosh": "the oracle's make had no MACHINE_CPU, and failed",
    "games/openbor": "the oracle's make had no MACHINE_CPU",
    "graphics/drm-kmod": "the oracle's make had no KMODDIR",
    "sysutils/crate": "the oracle's base lacked c++/v1/filesystem",
    "databases/pg_qualstats": "the oracle's /usr/bin/ld was no link to ld.lld",
    "databases/postgresql-repmgr": "the oracle's /usr/bin/ld was no link to ld.lld",
    "www/mozplugger": "the oracle's /usr/bin/ld was no link to ld.lld",
    "archivers/lua-zlib": "the oracle's /usr/bin/ld was no link to ld.lld",
}


def cases(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt") as lines:
        yield from map(json.loads, lines)


def test_values_are_those_of_real_make(judged: Callable[[str], str]) -> None:
    profile = Profile.compose(Abi.parse("FreeBSD:14:amd64"), 1400097)
    environment = {"WRKDIRPREFIX": "/wrk", "DISTDIR": "/distfiles", "PACKAGES": "/packages"}
    limit = int(os.environ.get("PORTFAKE_PORTS", "5000"))
    equal, differing = 0, {}
    with PortsTree(judged("PORTFAKE_TREE"), seen_as="/usr/ports") as tree:
        evaluator = PortsEvaluator(tree, profile, environment=environment)
        oracle = Path(judged("PORTFAKE_ORACLES")) / "evaluation.jsonl.gz"
        for _, case in zip(range(limit), cases(oracle), strict=False):
            difference = compare(evaluator, case)
            if difference is None:
                equal += 1
            elif case["origin"] not in KNOWN:
                differing[case["origin"]] = difference
    print(f"\n{equal} ports equal in all variables; {len(differing)} differ")
    for origin, difference in list(differing.items())[:40]:
        print(f"  {origin}: {difference}")
    assert not differing


def compare(evaluator: PortsEvaluator, case: dict[str, Any]) -> str | None:
    """The first variable that differs, with both values; None if there is none."""
    origin = Origin.parse(case["origin"])
    evaluation = evaluator.evaluate(evaluator.folder(origin))
    if (evaluation.error is None) != (case["status"] == 0):
        return f"status {case['status']}, here {evaluation.error}"
    for name, wanted in (case["variables"] or {}).items():
        found = printed(evaluation, name)
        if found != wanted:
            return f"{name}: {wanted!r:.150} | {found!r:.150}"
    return None
