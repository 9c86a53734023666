"""The time that counts as now: SOURCE_DATE_EPOCH, where it is set."""

from __future__ import annotations

import os
import re
import time

from portfake.errors import UsageError

__all__ = ["now", "source_date"]

_SECONDS = re.compile("[0-9]{1,11}")
"""Longer ones are beyond the years of four digits, which documents and archives have."""


def source_date() -> int | None:
    """Return SOURCE_DATE_EPOCH; UsageError where it is no number of seconds."""
    text = os.environ.get("SOURCE_DATE_EPOCH")
    if text is None:
        return None
    if not _SECONDS.fullmatch(text):
        raise UsageError(f"SOURCE_DATE_EPOCH is {text!r}, which is no number of seconds")
    return int(text)


def now() -> int:
    """Return SOURCE_DATE_EPOCH, else the host's time, in seconds."""
    fixed = source_date()
    return int(time.time()) if fixed is None else fixed
