"""How control leaves a part of a script before its end."""

from __future__ import annotations

__all__ = ["Break", "Continue", "Exit", "Return"]


class _Leave(Exception):
    pass


class Exit(_Leave):
    """The shell process ends."""

    def __init__(self, status: int) -> None:
        self.status = status & 0xFF


class Return(_Leave):
    """A function or sourced file ends."""

    def __init__(self, status: int) -> None:
        self.status = status & 0xFF


class Break(_Leave):
    """So many loops end."""

    def __init__(self, levels: int) -> None:
        self.levels = levels


class Continue(_Leave):
    """So many loops but one end, and that one goes on with its next turn."""

    def __init__(self, levels: int) -> None:
        self.levels = levels
