"""MOVED: what became of ports that are no longer in the tree."""

from __future__ import annotations

import re
from dataclasses import dataclass

from portfake.errors import InputError, Place, Problems

__all__ = ["Moved", "parse_moved"]

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Moved:
    """One line: ``old|new|date|reason``; `new` is empty for a port that was removed."""

    old: str
    """``category/port[@flavor]``."""
    new: str
    date: str
    """YYYY-MM-DD."""
    reason: str


def parse_moved(text: str, where: str = "MOVED") -> tuple[Moved, ...]:
    """Return the entries in their order; raise all malformed lines together."""
    entries = []
    problems = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip() or line.startswith("#"):
            continue
        fields = line.split("|", 3)
        if len(fields) != 4 or not fields[0] or not _DATE.fullmatch(fields[2]):
            problems.append(InputError("not old|new|YYYY-MM-DD|reason", where=Place(where, number)))
            continue
        entries.append(Moved(*fields))
    Problems.check(problems)
    return tuple(entries)
