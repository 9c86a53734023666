"""Packages that must not lie beside each other: CONFLICTS and CONFLICTS_INSTALL of ports."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from portfake.errors import PortfakeError, Refused
from portfake.install.candidate import Candidate
from portfake.patterns import glob

__all__ = ["conflict_problems", "may_match"]

_HEAD = re.compile(r"[^*?\[]*")


def conflict_problems(
    candidates: Iterable[Candidate], others: Iterable[str]
) -> Iterator[PortfakeError]:
    """Yield a refusal for each pair that conflicts; `others` are full names beside the set.

    As `pkg query -g` matches, which bsd.port.mk asks (check-install-conflicts): a glob over the
    name or the name with its version; a package does not conflict with its own name.
    """
    candidates = list(candidates)
    beside = [*others, *(candidate.manifest.full_name for candidate in candidates)]
    for candidate in candidates:
        own = candidate.manifest
        for pattern in candidate.conflicts:
            matcher = glob(pattern)
            for other in beside:
                name = other.rpartition("-")[0]
                if name != own.name and (matcher.fullmatch(name) or matcher.fullmatch(other)):
                    yield Refused(
                        f"{own.full_name} conflicts with {other}",
                        where=candidate.source.name,
                        hint=f"its port says so ({pattern}): delete the other one first",
                    )


def may_match(pattern: str, name: str) -> bool:
    """Whether a pattern could mean some version of a package; saves looking at every record."""
    found = _HEAD.match(pattern)
    head = found.group() if found is not None else ""
    return f"{name}-".startswith(head) or head.startswith(f"{name}-")
