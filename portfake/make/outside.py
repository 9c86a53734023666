"""What an evaluation may ask of the world around it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

__all__ = ["FailedOutput", "Nowhere", "Outside"]


class FailedOutput(str):
    """What a command printed that ended with a status other than 0."""

    __slots__ = ()


class Outside(Protocol):
    """Files and commands as the target machine has them; every path comes absolute.

    Paths may hold `.` and `..`. Whoever implements this decides what exists: the language
    itself reads no file and starts no process.
    """

    def text(self, path: str) -> str | None:
        """Return a file's text (UTF-8, surrogateescape); None if it is not there or not allowed."""

    def exists(self, path: str) -> bool:
        """Answer `exists(path)` in a condition."""

    def realpath(self, path: str) -> str | None:
        """Answer the modifier `:tA`; None for what is not there."""

    def output(self, command: str, environ: Mapping[str, str]) -> str | None:
        """Return what a shell command prints, for `!=`, `:sh` and `:!command!`.

        `environ` is the environment make would give it. None means that nobody knows, a
        FailedOutput that the command failed.
        """


class Nowhere:
    """A world without files, in which no command is known."""

    def text(self, path: str) -> str | None:
        """Return None."""
        return None

    def exists(self, path: str) -> bool:
        """Return False."""
        return False

    def realpath(self, path: str) -> str | None:
        """Return None."""
        return None

    def output(self, command: str, environ: Mapping[str, str]) -> str | None:
        """Return None."""
        return None
