"""What an evaluation says besides values: messages, unknown commands, why it stopped."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from portfake.errors import InputError, Place

__all__ = ["ErrorText", "MakeStopped", "Message", "MessageKind", "Uncertainty", "UnknownCommand"]


class ErrorText(str):
    """What an expression that could not be parsed gives; the text is what is left over of it."""

    __slots__ = ()


class MessageKind(enum.Enum):
    """How bad it is."""

    INFO = "info"
    """What `.info` says."""
    WARNING = "warning"
    """What `.warning` says, or make warns about."""
    ERROR = "error"
    """What stops make, at once (`.error`) or once all files are read."""
    DIAGNOSTIC = "diagnostic"
    """What is wrong with an expression; make goes on without it."""


@dataclass(frozen=True, slots=True)
class Message:
    """One line that make would have written to stderr."""

    kind: MessageKind
    text: str
    place: Place | None


@dataclass(frozen=True, slots=True)
class UnknownCommand:
    """A command that nobody could answer; its output counts as empty."""

    command: str
    place: Place | None
    variable: str | None
    """The variable that `!=` set from it."""


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """A decision that hung on the output of an unknown command."""

    what: str
    place: Place | None


class MakeStopped(InputError):
    """Make would have stopped here; `status` is its exit status."""

    def __init__(
        self, message: str, *, where: Place | None, status: int = 1, hint: str | None = None
    ) -> None:
        super().__init__(message, where=where, hint=hint)
        self.status = status
