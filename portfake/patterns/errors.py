"""The one failure of this package."""

from __future__ import annotations

from portfake.errors import InputError

__all__ = ["PatternError"]


class PatternError(InputError):
    """A regular expression or glob that means nothing."""
