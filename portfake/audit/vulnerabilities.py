"""Which packages a feed's advisories affect; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from portfake.audit.subjects import Subject
from portfake.model.advisory import Advisory, Affected, Feed

if TYPE_CHECKING:  # start-up time
    from portfake.audit.ignores import Ignore

__all__ = ["Certainty", "Vulnerability", "judge", "requiring"]

_GLOB = frozenset("*?[\\")
_PKG_BOUNDS = 2
"""The bounds of a range that pkg(8) keeps (libpkg/pkg_audit.c); it drops the rest."""


class Certainty(Enum):
    """How sure the feed's data make it."""

    AFFECTED = "affected"
    UNKNOWN_RANGE = "unknown range"
    """The entry names the package and no versions; pkg(8) passes over such data in silence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vulnerability:
    """One advisory that is about one package."""

    kind: Literal["vulnerability"] = "vulnerability"
    package: str
    """``name-version``."""
    name: str
    version: str | None
    origin: str
    id: str
    topic: str
    aliases: tuple[str, ...]
    url: str
    discovery: str | None
    entry: str | None
    modified: str | None
    range: str
    """The range that the version is in: ``>= 1.0, < 1.2``."""
    certainty: Certainty
    feed: str
    required_by: tuple[str, ...] = ()
    """Names of the packages that need it, directly or through others."""
    ignored: str | None = None
    """The reason of the ignore file that passes over it."""
    differs_from_pkg: str | None = None
    """Why pkg(8) may say something else."""


def judge(
    subjects: Sequence[Subject],
    feeds: Iterable[Feed],
    *,
    ignores: Iterable[Ignore] = (),
    today: str = "",
    required_by: Callable[[str], tuple[str, ...]] = lambda name: (),
) -> Iterator[Vulnerability]:
    """Yield what affects the packages, in their order and that of the feeds.

    Names are compared as fnmatch(3) does, versions as pkg(8) does. `today` (YYYY-MM-DD) tells
    which ignores count still; `required_by` is what `requiring` returns.
    """
    ignores = tuple(ignores)
    books = [(feed, _Book(feed.advisories)) for feed in feeds]
    for subject in subjects:
        for feed, book in books:
            for advisory, affected in book.about(subject.name):
                found = _range(subject, affected)
                if found is None:
                    continue
                certainty, told, differs = found
                yield Vulnerability(
                    package=subject.full_name,
                    name=subject.name,
                    version=subject.version,
                    origin=subject.origin,
                    id=advisory.id,
                    topic=advisory.topic,
                    aliases=advisory.aliases,
                    url=advisory.url,
                    discovery=advisory.discovery,
                    entry=advisory.entry,
                    modified=advisory.modified,
                    range=told,
                    certainty=certainty,
                    feed=feed.where,
                    required_by=required_by(subject.name),
                    ignored=_ignored(subject, advisory, ignores, today),
                    differs_from_pkg=differs,
                )


def _range(subject: Subject, affected: Affected) -> tuple[Certainty, str, str | None] | None:
    """Whether a package whose name fits is affected, by which range, and what pkg makes of it."""
    if not affected.ranges:
        return Certainty.UNKNOWN_RANGE, "", "pkg passes over entries without a range"
    if subject.version is None:
        told = " or ".join(_told(bounds) for bounds in affected.ranges)
        return Certainty.AFFECTED, told, None
    bounds = affected.range_of(subject.version)
    if bounds is None:
        return None
    differs = "pkg keeps two bounds of a range" if len(bounds) > _PKG_BOUNDS else None
    return Certainty.AFFECTED, _told(bounds), differs


def _told(bounds: Sequence[object]) -> str:
    return ", ".join(map(str, bounds)) or "every version"


def _ignored(
    subject: Subject, advisory: Advisory, ignores: Iterable[Ignore], today: str
) -> str | None:
    for ignore in ignores:
        if ignore.expires >= today and ignore.fits(subject.name, advisory):
            return ignore.reason
    return None


class _Book:
    """Advisories by the names they are about, patterns apart."""

    def __init__(self, advisories: Iterable[Advisory]) -> None:
        self.exact: dict[str, list[tuple[Advisory, Affected]]] = {}
        self.patterns: list[tuple[str, Advisory, Affected]] = []
        for advisory in advisories:
            if advisory.cancelled:
                continue
            for affected in advisory.affected:
                for name in affected.names:
                    if _GLOB & set(name):
                        self.patterns.append((name, advisory, affected))
                    else:
                        self.exact.setdefault(name, []).append((advisory, affected))

    def about(self, name: str) -> Iterator[tuple[Advisory, Affected]]:
        yield from self.exact.get(name, ())
        if not self.patterns:
            return
        from portfake.patterns import glob  # noqa: PLC0415  # start-up time

        for pattern, advisory, affected in self.patterns:
            if glob(pattern).fullmatch(name) is not None:
                yield advisory, affected


def requiring(subjects: Iterable[Subject]) -> Callable[[str], tuple[str, ...]]:
    """Return what tells the packages that need a name, directly or through others, in order."""
    direct: dict[str, set[str]] = {}
    for subject in subjects:
        for name in subject.deps:
            direct.setdefault(name, set()).add(subject.name)

    @lru_cache(maxsize=1)  # the advisories about a package follow each other
    def found(name: str) -> tuple[str, ...]:
        seen: set[str] = set()
        todo = [name]
        while todo:
            more = direct.get(todo.pop(), set()) - seen
            seen |= more
            todo.extend(more)
        return tuple(sorted(seen - {name}))

    return found
