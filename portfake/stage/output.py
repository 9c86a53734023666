"""What a program prints while it runs, told line by line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

__all__ = ["Lines"]

_LAST_WORDS: Final = ("***", "Stop.", "make:", "make[", "bmake:", "bmake[")
"""How make goes on after the line that says what went wrong."""
_LONGEST: Final = 1 << 16
"""Bytes of one line of output."""


class Lines:
    """Output in pieces, told line by line; `last` is the line that says what went wrong."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._rest = b""
        self.last = ""

    def hear(self, piece: bytes) -> None:
        """Take the next piece."""
        *lines, self._rest = (self._rest + piece).split(b"\n")
        for line in lines:
            self._say(line)
        if len(self._rest) > _LONGEST:
            self.end()

    def end(self) -> None:
        """Tell what is left without a newline."""
        if self._rest:
            self._say(self._rest)
        self._rest = b""

    def _say(self, line: bytes) -> None:
        text = line.decode("utf-8", "replace").rstrip()
        if text and (not self.last or not text.startswith(_LAST_WORDS)):
            self.last = text
        self._tell(text)
