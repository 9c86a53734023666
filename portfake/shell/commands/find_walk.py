"""What find(1) meets on its walk, and what it measures there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from portfake.model.entry import Entry, EntryType
from portfake.shell.command import Invocation

__all__ = ["MEASURES", "Expression", "Found", "Quit", "Walk"]


class Quit(Exception):
    """-quit: the walk ends."""


@dataclass(frozen=True, slots=True)
class Found:
    """An object met on the walk."""

    path: str
    name: str
    entry: Entry
    depth: int


Expression: TypeAlias = Callable[[Found], bool]


@dataclass(slots=True)
class Walk:
    """What the primaries of one call share."""

    run: Invocation
    extended: bool = False
    depth_first: bool = False
    least: int = 0
    most: int = 1 << 30
    pruned: bool = False
    status: int = 0
    collected: list[tuple[list[str], list[str]]] = field(default_factory=list)
    """For each ``-exec ... +`` its command and the paths that wait for it."""

    def complain(self, text: str) -> None:
        """Write to the standard error; the exit status becomes 1."""
        self.status = self.run.complain(text)

    def flush(self, command: list[str], paths: list[str]) -> None:
        """Run the command of an ``-exec ... +`` with what waits for it."""
        if paths and self.run.shell.call([*command, *paths]):
            self.status = 1
        paths.clear()

    def finish(self) -> None:
        """Run what still waits."""
        for command, paths in self.collected:
            self.flush(command, paths)


def _size(run: Invocation, found: Found, unit: str) -> int:
    size = found.entry.size or 0
    if unit in {"", "b"}:
        return -(-size // 512)
    return size if unit == "c" else -(-size // (1 << {"w": 1, "k": 10, "M": 20, "G": 30}[unit]))


def _links(run: Invocation, found: Found, unit: str) -> int:
    followed = found.entry.type is not EntryType.SYMLINK
    return run.view.link_count(run.view.realpath(found.path) if followed else found.path)


def _age(seconds: int) -> Callable[[Invocation, Found, str], int]:
    return lambda run, found, unit: -(-(run.clock - (found.entry.mtime or 0)) // seconds)


MEASURES: dict[str, Callable[[Invocation, Found, str], int]] = {
    "-size": _size,
    "-links": _links,
    "-inum": lambda run, found, unit: run.view.identity(found.path)[1],
    "-mtime": _age(86_400),
    "-mmin": _age(60),
    "-depth N": lambda run, found, unit: found.depth,
}
"""The numbers that primaries compare: what they measure, given the unit written."""
