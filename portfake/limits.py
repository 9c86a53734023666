"""How much a hostile input may cost: one value for every reader and interpreter."""

from __future__ import annotations

from dataclasses import dataclass

from portfake.errors import InputError

__all__ = ["DEFAULT", "LimitExceeded", "Limits"]


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds that hold for one evaluation, one recipe, one archive or one file."""

    steps: int = 20_000_000
    """Operations of an interpreter: lines acted on, expressions expanded, loop turns."""
    depth: int = 256
    """Nesting: expressions, includes, sub-makes, objects, folders of an archive."""
    text: int = 64 << 20
    """Bytes of one value, one line of output, one text file."""
    value: int = 8 << 20
    """Bytes of one value of a variable, or of a text that modifiers make of it."""
    bytes: int = 16 << 30
    """Bytes that one archive or one stage may hold once unpacked."""
    entries: int = 2_000_000
    """Files and folders of one archive, listing or stage."""
    ratio: int = 2_000
    """Unpacked bytes for each packed byte, beyond the first megabytes."""
    seconds: float = 600.0
    """Wall time of one evaluation or one port's recipes."""
    regex_seconds: float = 5.0
    """Wall time of one match of a regular expression."""


DEFAULT = Limits()


class LimitExceeded(InputError):
    """An input asked for more than Limits allow."""
