"""`audit`: packages, base and kernel of images against feeds of known vulnerabilities."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from portfake.actions.opening import open_for_reading
from portfake.audit.feeds import read_feed
from portfake.audit.subjects import Subject, subjects_of_database, subjects_of_root
from portfake.audit.system_version import system_subjects
from portfake.audit.vulnerabilities import Certainty, Vulnerability, judge, requiring
from portfake.errors import PortfakeError, SystemFailure
from portfake.model.advisory import Feed

if TYPE_CHECKING:  # start-up time
    from portfake.audit.ignores import Ignore

__all__ = [
    "AuditReport",
    "AuditSubject",
    "AuditSummary",
    "FeedSummary",
    "audit",
    "counts",
    "gather",
]


@dataclass(frozen=True, slots=True)
class AuditSubject:
    """One image, database, folder of packages, or list of names, read."""

    name: str
    subjects: tuple[Subject, ...]
    notes: tuple[str, ...] = ()
    problems: tuple[PortfakeError, ...] = field(default=())
    """Packages of a folder that could not be read; the answer is about the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedSummary:
    """Which feed was asked."""

    where: str
    entries: int
    date: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditSummary:
    """One answer in a line."""

    kind: Literal["summary"] = "summary"
    subject: str
    packages: int
    feeds: tuple[FeedSummary, ...]
    problems: int
    """Vulnerabilities that count."""
    affected: int
    """Packages that have some."""
    ignored: int
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReport:
    """One answer in full."""

    summary: AuditSummary
    vulnerabilities: tuple[Vulnerability, ...]


def gather(
    *,
    roots: Sequence[str] = (),
    databases: Sequence[str] = (),
    folders: Sequence[str] = (),
    named: Sequence[Subject] = (),
) -> Iterator[AuditSubject | PortfakeError]:
    """Yield what is to be audited, an error in place of what cannot be read."""
    readers = (
        *((_root, root) for root in roots),
        *((_database, database) for database in databases),
        *((_folder, folder) for folder in folders),
    )
    for read, name in readers:
        try:
            yield read(name)
        except PortfakeError as error:
            yield error
        except OSError as error:
            yield SystemFailure(error.strerror or str(error), where=error.filename or name)
    if named:
        yield AuditSubject("names", tuple(named))


def _root(name: str) -> AuditSubject:
    with open_for_reading(name) as root:
        subjects = subjects_of_root(root)
        system, notes = system_subjects(root)
    return AuditSubject(name, (*subjects, *system), tuple(notes))


def _database(name: str) -> AuditSubject:
    return AuditSubject(name, tuple(subjects_of_database(Path(name))))


def _folder(name: str) -> AuditSubject:
    from portfake.audit.records import packages_of_folder  # noqa: PLC0415  # start-up time

    subjects: list[Subject] = []
    problems: list[PortfakeError] = []
    for found in packages_of_folder(Path(name)):
        if isinstance(found, PortfakeError):
            problems.append(found)
        else:
            subjects.append(Subject.of(found))
    return AuditSubject(name, tuple(subjects), problems=tuple(problems))


def audit(
    about: Sequence[AuditSubject],
    feeds: Sequence[str],
    *,
    ignores: Sequence[Ignore] = (),
    today: str,
) -> Iterator[AuditReport]:
    """Yield a report on each; `today` reads YYYY-MM-DD.

    Raises NotFound or InputError for a feed that cannot be read: then there is no answer at all.
    """
    packages: dict[str, set[str | None]] = {}
    for each in about:
        for subject in each.subjects:
            packages.setdefault(subject.name, set()).add(subject.version)
    books = [read_feed(Path(path), packages=packages) for path in feeds]
    expired = [ignore for ignore in ignores if ignore.expires < today]
    late = [f"the ignore of {each.id} ended on {each.expires}" for each in expired]
    for each in about:
        found = tuple(
            judge(
                each.subjects,
                books,
                ignores=ignores,
                today=today,
                required_by=requiring(each.subjects),
            )
        )
        notes = (*each.notes, *late)
        yield AuditReport(summary=_summary(each, books, found, notes), vulnerabilities=found)


def counts(vulnerability: Vulnerability) -> bool:
    """Whether it makes the answer a no."""
    return vulnerability.ignored is None and vulnerability.certainty is Certainty.AFFECTED


def _summary(
    about: AuditSubject,
    feeds: Sequence[Feed],
    found: Sequence[Vulnerability],
    notes: tuple[str, ...],
) -> AuditSummary:
    counting = [each for each in found if counts(each)]
    return AuditSummary(
        subject=about.name,
        packages=len(about.subjects),
        feeds=tuple(
            FeedSummary(where=feed.where, entries=feed.entries, date=feed.date) for feed in feeds
        ),
        problems=len(counting),
        affected=len({each.package for each in counting}),
        ignored=sum(each.ignored is not None for each in found),
        notes=notes,
    )
