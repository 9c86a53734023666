"""pkg's deferred triggers: files in var/db/pkg/triggers that pkg-triggers(8) runs and removes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

__all__ = ["TRIGGERS", "deferred_text", "file_name"]

TRIGGERS = "/var/db/pkg/triggers"
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def deferred_text(script: str, arguments: Iterable[str], *, sandbox: bool) -> str:
    """Return the file's text (libpkg/triggers.c, save_trigger())."""
    head = "--sandbox\n" if sandbox else ""
    lines = "".join(f"-- {argument}\n" for argument in arguments)
    return f"{head}--begin args\n{lines}--end args\n--\n{script}\n"


def file_name(text: str) -> str:
    """Return ten letters that belong to a text; pkg takes random ones."""
    number = int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest())
    letters = []
    for _ in range(10):
        number, letter = divmod(number, len(_LETTERS))
        letters.append(_LETTERS[letter])
    return "".join(letters)
