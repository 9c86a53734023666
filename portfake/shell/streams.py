"""What commands read from and write to: bounded bytes in memory, and files of the view."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from portfake.limits import LimitExceeded, Limits

__all__ = ["Buffer", "Discard", "FileOutput", "Input", "Output"]


class Input:
    """Bytes with a position that everybody who shares the descriptor moves on."""

    __slots__ = ("_data", "_load", "_position")

    def __init__(self, data: bytes | Callable[[], bytes] = b"") -> None:
        self._load = data if callable(data) else None
        self._data = b"" if callable(data) else data
        self._position = 0

    def _loaded(self) -> bytes:
        if self._load is not None:
            self._data, self._load = self._load(), None
        return self._data

    def read(self) -> bytes:
        """Return all that is left."""
        data = self._loaded()
        rest = data[self._position :] if self._position else data
        self._position = len(data)
        return rest

    def readline(self) -> bytes:
        """Return the next line with its newline; nothing at the end."""
        data = self._loaded()
        end = data.find(b"\n", self._position) + 1 or len(data)
        line = data[self._position : end]
        self._position = end
        return line


class Output(Protocol):
    """Where a command's output goes."""

    def write(self, data: bytes, /) -> None:
        """Take the bytes; LimitExceeded if there are too many."""


class Buffer:
    """Output kept in memory: a pipe, a command substitution, the interpreter's own result."""

    __slots__ = ("_limits", "content")

    def __init__(self, limits: Limits) -> None:
        self.content = bytearray()
        self._limits = limits

    def write(self, data: bytes, /) -> None:
        """Keep the bytes; LimitExceeded beyond Limits.text."""
        self.content += data
        if len(self.content) > self._limits.text:
            raise LimitExceeded(f"a command writes more than {self._limits.text} bytes")


class Discard:
    """/dev/null."""

    __slots__ = ()

    def write(self, data: bytes, /) -> None:
        """Drop the bytes."""


class FileOutput:
    """Output appended to a file of the view as it is written."""

    __slots__ = ("_append",)

    def __init__(self, append: Callable[[bytes], None]) -> None:
        self._append = append

    def write(self, data: bytes, /) -> None:
        """Append the bytes at once."""
        if data:
            self._append(data)
