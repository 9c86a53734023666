"""The one error root and the kinds of failure below it.

A failure is raised with the place it was seen at and a hint what to do about it;
only :mod:`portfake.cli` catches it, and its table turns the kind into an exit status.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = [
    "Busy",
    "InputError",
    "NotFound",
    "Place",
    "PortfakeError",
    "Problems",
    "Refused",
    "SystemFailure",
    "Unavailable",
    "UsageError",
]


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was read: a file or other source, and a line in it counted from 1."""

    file: str
    line: int = 0
    included_from: Place | None = None

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file

    @property
    def includers(self) -> tuple[Place, ...]:
        """Where the file was included, where that file was, and so on."""
        outer = self.included_from
        return () if outer is None else (outer, *outer.includers)


class PortfakeError(Exception):
    """Something portfake can explain; everything else that escapes is a bug."""

    def __init__(
        self, message: str, *, where: Place | str | None = None, hint: str | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.where = Place(where) if isinstance(where, str) else where
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" if self.where else self.message


class UsageError(PortfakeError):
    """The command line asks for something that makes no sense."""


class InputError(PortfakeError):
    """What was read is not what it should be: syntax, checksums, types, limits."""


class NotFound(PortfakeError):
    """What was named is not there: a tree, an origin, a file, a root."""


class Unavailable(PortfakeError):
    """It could be done, but not here or not now: a missing program, no network."""


class Refused(PortfakeError):
    """portfake understands the request and will not do it; the message says why."""


class Busy(PortfakeError):
    """Somebody else holds what is needed; trying later may help."""


class SystemFailure(PortfakeError):
    """The operating system failed a call that had to work."""


class Problems(InputError):
    """All that is wrong with one input, reported together."""

    def __init__(self, problems: Iterable[PortfakeError], *, hint: str | None = None) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems), hint=hint)

    @classmethod
    def check(cls, problems: Iterable[PortfakeError]) -> None:
        """Raise what was gathered: one problem as it is, several as one Problems, none not."""
        found = tuple(problems)
        if len(found) == 1:
            raise found[0]
        if found:
            raise cls(found)
