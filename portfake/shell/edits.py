"""What scripts change in a view, path by path."""

from __future__ import annotations

from dataclasses import dataclass

from portfake.model.entry import Entry

__all__ = ["Edit", "same_object"]


@dataclass(frozen=True, slots=True)
class Edit:
    """What became of one path: `after` is None for what was removed."""

    path: str
    before: Entry | None
    after: Entry | None
    content: bytes | None = None
    """Of a file: all of it."""


def same_object(before: Entry, after: Entry) -> bool:
    """Tell whether an object of unchanged content is left as it was; its time does not count."""
    return (before.type, before.mode, before.owner, before.group, before.target) == (
        after.type,
        after.mode,
        after.owner,
        after.group,
        after.target,
    )
