"""What is mounted on a machine, from the kernel's own words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Mounted", "at_or_below", "holding", "parse_freebsd", "parse_linux"]

_ESCAPED = re.compile(r"\\([0-7]{3})")


@dataclass(frozen=True, slots=True)
class Mounted:
    """One row of a mount table; of several at one point the last is on top."""

    source: str
    """What is mounted, as its file system names it; FreeBSD's unionfs says ``<above>:FOLDER``."""
    point: str
    type: str
    options: tuple[str, ...]


def parse_freebsd(text: str) -> tuple[Mounted, ...]:
    """Read what ``mount -p`` prints: fstab(5)'s fields, odd characters in octal."""
    rows = (line.split() for line in text.splitlines())
    return tuple(_row(*row[:4]) for row in rows if len(row) >= 4)


def parse_linux(text: str) -> tuple[Mounted, ...]:
    """Read /proc/PID/mountinfo (proc(5)); the folder that a bind mount shows is not told there."""
    found = []
    for line in text.splitlines():
        mount, _, system = line.partition(" - ")
        fields, described = mount.split(), system.split()
        if len(fields) >= 6 and len(described) >= 2:
            found.append(_row(described[1], fields[4], described[0], fields[5]))
    return tuple(found)


def at_or_below(rows: Sequence[Mounted], folder: str) -> tuple[Mounted, ...]:
    """Return the mounts at a folder and in it."""
    return tuple(row for row in rows if _covers(folder, row.point))


def holding(rows: Sequence[Mounted], path: str) -> Mounted | None:
    """Return the mount that a path lies on."""
    found = [row for row in rows if _covers(row.point, path)]
    return max(found, key=lambda row: len(row.point), default=None)


def _covers(folder: str, path: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _row(source: str, point: str, type_: str, options: str) -> Mounted:
    return Mounted(_plain(source), _plain(point), type_, tuple(options.split(",")))


def _plain(text: str) -> str:
    return _ESCAPED.sub(lambda match: chr(int(match[1], 8)), text)
