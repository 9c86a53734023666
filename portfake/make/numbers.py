"""Which texts are numbers to a condition."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["number"]

_DECIMAL = re.compile(r"[ \t\n\v\f\r]*[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_HEXADECIMAL = re.compile(
    r"[0-9]x[0-9a-fA-F]+(?:\.[0-9a-fA-F]*)?(?:[pP][-+]?[0-9]+)?|0x\.[0-9a-fA-F]+(?:[pP][-+]?[0-9]+)?"
)


_BEGINNINGS: Final = "0123456789+-. \t\n\v\f\r"


def number(text: str) -> float | None:
    """The number that the whole text is, as strtoul(3) and strtod(3) read it; empty is 0."""
    if text and text[0] not in _BEGINNINGS:
        return None
    if text.isdigit() and text.isascii():
        return float(text) if len(text) < 300 else float("inf")
    if not text:
        return 0.0
    if text[1:2] == "x":
        if _HEXADECIMAL.fullmatch(text) and text[0] == "0":
            try:
                return float.fromhex(text)
            except OverflowError:
                return float("inf")
        return None
    return float(text) if _DECIMAL.fullmatch(text) else None
