"""The few calls that Python's os module lacks, asked of the C library by name."""

from __future__ import annotations

import functools
import os
from typing import Any

__all__ = ["call", "has"]


def has(name: str) -> bool:
    """Whether this system's C library has the function."""
    return hasattr(_library(), name)


def call(name: str, *arguments: int | bytes) -> None:
    """Call ``int name(...)`` and raise OSError with errno unless it returns 0.

    Integers go as C's unsigned long, which is right for int and for long on the calling
    conventions of every CPU FreeBSD and Linux run on.
    """
    import ctypes  # noqa: PLC0415 - costs milliseconds and is seldom needed

    values = [ctypes.c_ulong(each) if isinstance(each, int) else each for each in arguments]
    if getattr(_library(), name)(*values) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), name)


@functools.cache
def _library() -> Any:
    import ctypes  # noqa: PLC0415 - as above

    return ctypes.CDLL(None, use_errno=True)
