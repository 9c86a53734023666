"""What lines are compiled to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from portfake.make.machine import Machine

__all__ = ["NEXT", "Action", "Call"]

NEXT: Final = -1
"""The line behind the one that was acted on."""


class Action:
    """What a line, or a run of lines, does. A class for the reason that Text is one."""

    __slots__ = ()

    def act(self, machine: Machine) -> int:
        """Do it; gives the index of the line to go on at, or NEXT."""
        raise NotImplementedError


class Call(Action):
    """What a function does, for lines that are rare."""

    __slots__ = ("function",)

    def __init__(self, function: Callable[[Machine], None]) -> None:
        self.function = function

    def act(self, machine: Machine) -> int:
        """Call it."""
        self.function(machine)
        return NEXT
