"""What a feed says of a vulnerability: whom it affects, in which versions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from operator import eq, ge, gt, le, lt

from portfake.model.version import PortVersion

__all__ = ["Advisory", "Affected", "Bound", "Feed", "Relation"]


class Relation(Enum):
    """How a version stands to a bound; the values are VuXML's element names."""

    LT = "lt"
    LE = "le"
    EQ = "eq"
    GE = "ge"
    GT = "gt"

    @property
    def sign(self) -> str:
        """For people."""
        return _SIGNS[self]


_SIGNS = {
    Relation.LT: "<",
    Relation.LE: "<=",
    Relation.EQ: "=",
    Relation.GE: ">=",
    Relation.GT: ">",
}
_HOLDS: Mapping[Relation, Callable[[PortVersion, PortVersion], bool]] = {
    Relation.LT: lt,
    Relation.LE: le,
    Relation.EQ: eq,
    Relation.GE: ge,
    Relation.GT: gt,
}


_version = lru_cache(maxsize=4096)(PortVersion)


@dataclass(frozen=True, slots=True)
class Bound:
    """One end of a range, ordered as pkg(8) orders versions."""

    relation: Relation
    version: str

    def holds(self, version: PortVersion) -> bool:
        """Whether a version is on the affected side."""
        return _HOLDS[self.relation](version, _version(self.version))

    def __str__(self) -> str:
        return f"{self.relation.sign} {self.version}"


Range = tuple[Bound, ...]
"""All its bounds have to hold; no bound at all holds for every version."""


@dataclass(frozen=True, slots=True)
class Affected:
    """Packages of some names in some versions."""

    names: tuple[str, ...]
    """Globs, as fnmatch(3) takes them."""
    ranges: tuple[Range, ...] = ()
    """One of them has to hold; without any, nobody said which versions are meant."""

    def range_of(self, version: str) -> Range | None:
        """Return the first range that a version is in."""
        wanted = _version(version)
        for bounds in self.ranges:
            if all(bound.holds(wanted) for bound in bounds):
                return bounds
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Advisory:
    """One entry of a feed."""

    id: str
    """VuXML's vid, or an OSV id."""
    topic: str
    affected: tuple[Affected, ...] = ()
    aliases: tuple[str, ...] = ()
    """CVE and other names of the same."""
    url: str
    discovery: str | None = None
    """Dates read YYYY-MM-DD."""
    entry: str | None = None
    modified: str | None = None
    cancelled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """What a file says, or the part of it about certain names."""

    where: str
    entries: int
    """How many the whole file has."""
    date: str | None
    """The latest date that an entry was made or changed on."""
    advisories: tuple[Advisory, ...]
