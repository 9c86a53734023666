"""The checks that keywords make when a package is created, said again without Lua.

A keyword's `prepackaging` is a Lua script that pkg runs on the build machine, unconfined. It is
known here by the digest of its words; one that is not known is refused, never run.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

from portfake.errors import InputError

__all__ = ["check", "digest"]


def digest(script: str) -> str:
    """Return what a script is known by: SHA-256 of its words, however they are laid out."""
    return hashlib.sha256(" ".join(script.split()).encode(errors="surrogateescape")).hexdigest()


def check(keyword: str, script: str, arguments: Sequence[str]) -> None:
    """Raise InputError with the keyword's complaint, or where the script is not known."""
    known = _CHECKS.get(digest(script))
    if known is None:
        raise InputError(
            f"@{keyword} has a prepackaging script that portfake does not know",
            hint=f"it is never run; its digest is {digest(script)}",
        )
    complaint = known(arguments)
    if complaint:
        raise InputError(complaint)


def _sample(arguments: Sequence[str]) -> str | None:
    if len(arguments) == 1 and not arguments[0].endswith(".sample"):
        return '@sample with one argument wants the extension ".sample"'
    if len(arguments) == 2 and arguments[0] == arguments[1]:
        return "@sample has the same argument twice"
    if len(arguments) not in (1, 2):
        return f"@sample wants one or two arguments, not {len(arguments)}"
    return None


_CHECKS: dict[str, Callable[[Sequence[str]], str | None]] = {
    # ports Keywords/sample.ucl, 2020 to 2026
    "cd3c35865ab148aafd2252bf8ecf322614d2cd0efea97525f06fe510df59d6c1": _sample,
}
