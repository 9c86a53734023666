"""Package URLs (github.com/package-url/purl-spec), in their canonical form."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

__all__ = ["generic", "pypi"]

_SAFE = ".-_~:"
_SAFE_IN_QUALIFIERS = _SAFE + "/"


def generic(name: str, version: str, qualifiers: Mapping[str, str]) -> str:
    """Return ``pkg:generic/NAME@VERSION?..``: there is no type for FreeBSD yet."""
    pairs = sorted((key, value) for key, value in qualifiers.items() if value)
    told = "&".join(f"{key}={_encoded(value, _SAFE_IN_QUALIFIERS)}" for key, value in pairs)
    return f"pkg:generic/{_encoded(name)}@{_encoded(version)}{'?' if told else ''}{told}"


def pypi(name: str, version: str) -> str:
    """Return ``pkg:pypi/NAME@VERSION``; the name is canonical already."""
    return f"pkg:pypi/{_encoded(name)}@{_encoded(version)}"


def _encoded(text: str, safe: str = _SAFE) -> str:
    return quote(text.encode("utf-8", "surrogateescape"), safe=safe)
