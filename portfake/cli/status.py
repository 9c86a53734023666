"""Exit statuses: sysexits(3) for failures, 1 where the answer is no."""

from __future__ import annotations

from enum import IntEnum

from portfake.errors import (
    Busy,
    InputError,
    NotFound,
    PortfakeError,
    Problems,
    Refused,
    SystemFailure,
    Unavailable,
    UsageError,
)

__all__ = ["Status", "status_of"]


class Status(IntEnum):
    """What a call of portfake ends with."""

    DONE = 0
    NO = 1
    USAGE = 64
    DATA_ERROR = 65
    NO_INPUT = 66
    UNAVAILABLE = 69
    SOFTWARE = 70
    IO_ERROR = 74
    TEMPORARY = 75
    NO_PERMISSION = 77


# The most derived kinds come first: the first row that fits decides.
_KINDS: tuple[tuple[type[PortfakeError], Status], ...] = (
    (UsageError, Status.USAGE),
    (InputError, Status.DATA_ERROR),
    (NotFound, Status.NO_INPUT),
    (Unavailable, Status.UNAVAILABLE),
    (SystemFailure, Status.IO_ERROR),
    (Busy, Status.TEMPORARY),
    (Refused, Status.NO_PERMISSION),
)


def status_of(error: PortfakeError) -> Status:
    """The status of an error's kind; of several together that of the first."""
    if isinstance(error, Problems):
        return status_of(error.problems[0])
    return next((status for kind, status in _KINDS if isinstance(error, kind)), Status.SOFTWARE)
