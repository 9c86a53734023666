"""The build attributes of ARM files: for which architecture version the code was made.

Addenda to, and Errata in, the ABI for the Arm Architecture, sections 2.2 and 2.3: format version
``A``, then subsections by vendor, then by scope, then pairs of tag and value.
"""

from __future__ import annotations

from typing import Final, Literal

__all__ = ["cpu_architecture"]

_SCOPE_FILE: Final = 1
_TAG_CPU_RAW_NAME, _TAG_CPU_NAME, _TAG_CPU_ARCH = 4, 5, 6
_TAG_COMPATIBILITY: Final = 32


def cpu_architecture(data: bytes, byte_order: Literal["little", "big"]) -> int | None:
    """Return Tag_CPU_arch of the whole file (6 is v6, 10 is v7); None if it is not told."""
    if not data.startswith(b"A"):
        return None
    at = 1
    while at + 4 < len(data):
        size = int.from_bytes(data[at : at + 4], byte_order)
        vendor, _, rest = data[at + 4 : at + size].partition(b"\0")
        if vendor == b"aeabi":
            return _in_vendor(rest, byte_order)
        at += max(size, 4)
    return None


def _in_vendor(data: bytes, byte_order: Literal["little", "big"]) -> int | None:
    at = 0
    while at + 5 < len(data):
        scope, size = data[at], int.from_bytes(data[at + 1 : at + 5], byte_order)
        if scope == _SCOPE_FILE:
            return _in_file(data[at + 5 : at + size])
        at += max(size, 5)
    return None


def _in_file(data: bytes) -> int | None:
    at = 0
    while at < len(data):
        tag, at = _number(data, at)
        if tag in {_TAG_CPU_RAW_NAME, _TAG_CPU_NAME}:
            at = _after_string(data, at)
        elif tag == _TAG_COMPATIBILITY:
            at = _after_string(data, _number(data, at)[1])
        elif tag > _TAG_COMPATIBILITY and tag % 2:  # above 32, odd tags are strings
            at = _after_string(data, at)
        else:
            value, at = _number(data, at)
            if tag == _TAG_CPU_ARCH:
                return value
    return None


def _number(data: bytes, at: int) -> tuple[int, int]:
    """An unsigned LEB128 number, and where it ends; what is cut off reads as zeros."""
    value = shift = 0
    while at < len(data):
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80 or shift > 63:
            break
    return value, at


def _after_string(data: bytes, at: int) -> int:
    end = data.find(b"\0", at)
    return len(data) if end < 0 else end + 1
