"""File modes as chmod(1) writes them: octal numbers and symbolic changes."""

from __future__ import annotations

import re

from portfake.shell.command import CommandFailure

__all__ = ["changed_mode"]

_OCTAL = re.compile(r"[0-7]{1,4}\Z")
_CLAUSE = re.compile(r"([ugoa]*)((?:[-+=](?:[ugo]|[rwxXst]*))+)\Z")
_ACTION = re.compile(r"([-+=])([ugo]|[rwxXst]*)")
_WHO = {"u": 0o4700, "g": 0o2070, "o": 0o0007, "a": 0o7777}
_SHIFT = {"u": 6, "g": 3, "o": 0}


def changed_mode(text: str, before: int, *, umask: int, is_folder: bool = False) -> int:
    """Apply a mode to the one a file has (setmode(3), getmode(3)).

    Where a symbolic change names nobody, bits of the umask are left alone. Raises
    CommandFailure for what is no mode.
    """
    if _OCTAL.match(text):
        return int(text, 8)
    mode = before
    for clause in text.split(","):
        match = _CLAUSE.match(clause)
        if match is None:
            raise CommandFailure(f"invalid file mode: {text}")
        whom = 0
        for letter in match[1]:
            whom |= _WHO[letter]
        mask = whom if match[1] else 0o7777 & ~umask
        whom = whom or 0o7777
        for operator, permissions in _ACTION.findall(match[2]):
            mode = _apply(mode, operator, permissions, whom, mask, is_folder=is_folder)
    return mode


def _apply(
    mode: int, operator: str, permissions: str, whom: int, mask: int, *, is_folder: bool
) -> int:
    bits = _bits(mode, permissions, is_folder=is_folder) & mask
    if operator == "-":
        return mode & ~bits
    if operator == "=":
        mode &= ~whom
    return mode | bits


def _bits(mode: int, permissions: str, *, is_folder: bool) -> int:
    if permissions in _SHIFT:
        three = (mode >> _SHIFT[permissions]) & 7
        return three * 0o111
    bits = 0
    for letter in permissions:
        if letter == "X":
            bits |= 0o111 if is_folder or mode & 0o111 else 0
        else:
            bits |= {"r": 0o444, "w": 0o222, "x": 0o111, "s": 0o6000, "t": 0o1000}[letter]
    return bits
