"""Where a port lives in a ports tree, and which of its flavors is meant."""

from __future__ import annotations

import re
from dataclasses import dataclass

from portfake.errors import InputError

__all__ = ["Origin"]

# Category and port names as they occur in the tree; a name never starts with a dot or a dash.
_FORM = re.compile(r"([A-Za-z0-9_][\w.+-]*)/([A-Za-z0-9_][\w.+-]*)(?:@([A-Za-z0-9_][\w.+-]*))?")


@dataclass(frozen=True, slots=True, order=True)
class Origin:
    """``category/name[@flavor]``; an empty flavor means the port's default one."""

    category: str
    name: str
    flavor: str = ""

    @classmethod
    def parse(cls, text: str) -> Origin:
        """Raise InputError unless `text` reads ``category/name`` or ``category/name@flavor``."""
        match = _FORM.fullmatch(text)
        if match is None:
            raise InputError(
                f"{text!r} is not an origin", hint="an origin reads category/port[@flavor]"
            )
        return cls(match[1], match[2], match[3] or "")

    @property
    def path(self) -> str:
        """The port's folder below the tree: ``category/name``."""
        return f"{self.category}/{self.name}"

    def __str__(self) -> str:
        return f"{self.path}@{self.flavor}" if self.flavor else self.path
