"""CPE names as ports annotate them (USES=cpe), in the whole form that bills ask for."""

from __future__ import annotations

import re

__all__ = ["formatted", "of_system"]

_PARTS = 13
_SPLIT = re.compile(r"(?<!\\):")
_VALUE = re.compile(r"(?:\*|-|\??(?:[A-Za-z0-9._\-~%]|\\[^\w\s])+\??)")


def formatted(text: str) -> str | None:
    """Return a CPE 2.3 formatted string with all its parts; None for what is none.

    ``cpe:2.3:a:f5:nginx:1.24.0:::::freebsd13:x64`` leaves parts empty, which stand for any.
    """
    parts = _SPLIT.split(text)
    if parts[:2] != ["cpe", "2.3"] or not 5 <= len(parts) <= _PARTS:
        return None
    values = [part or "*" for part in parts[2:]] + ["*"] * (_PARTS - len(parts))
    if values[0] not in {"a", "o", "h", "*"} or not all(map(_VALUE.fullmatch, values)):
        return None
    return ":".join(["cpe", "2.3", *values])


def of_system(release: str, patch: int) -> str:
    """Return the CPE of FreeBSD itself: ``14.0`` and patch level."""
    update = f"p{patch}" if patch else "-"
    return f"cpe:2.3:o:freebsd:freebsd:{release}:{update}:*:*:*:*:*:*"
