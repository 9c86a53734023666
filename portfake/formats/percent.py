"""pkg's percent-encoding of descriptions, scripts and paths in a manifest."""

from __future__ import annotations

import re

__all__ = ["decoded", "encoded"]


def encoded(text: str) -> str:
    """Encode ``%`` and bytes above 127, in lower-case hex, and nothing else."""
    if text.isascii() and "%" not in text:
        return text
    return "".join(
        chr(byte) if byte < 128 and byte != 37 else f"%{byte:02x}"
        for byte in text.encode(errors="surrogateescape")
    )


_ESCAPE = re.compile(rb"%([0-9A-Fa-f]{2})")


def decoded(text: str) -> str:
    """Decode every ``%`` that two hex digits follow; others stand for themselves."""
    if "%" not in text:
        return text
    plain = _ESCAPE.sub(
        lambda match: bytes([int(match[1], 16)]), text.encode(errors="surrogateescape")
    )
    return plain.decode(errors="surrogateescape")
