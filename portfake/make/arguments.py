"""Options as on make's command line, where a makefile gives them by `.MAKEFLAGS:`."""

from __future__ import annotations

from portfake.make.machine import Machine
from portfake.make.words import unquoted

__all__ = ["apply_arguments", "apply_makeflags"]

_WITH_VALUE = frozenset("CDIJVTdfjmv")


def apply_arguments(machine: Machine, text: str) -> None:
    """Take -D, -I, -m, -e, -v, -V and `NAME=value`; the rest changes no values."""
    text = text.lstrip(" ")
    if not text:
        return
    words = unquoted(text)
    if words is None:
        machine.complain(f"Unterminated quoted string [{text}]")
        return
    while words:
        word = words.pop(0)
        if word.startswith("-") and len(word) > 1:
            _option(machine, word[1:], words)
        elif (name := machine.compiler.assign_argument(machine, word)) is not None:
            machine.append(".MAKEOVERRIDES", name)
        else:
            machine.targets.wanted.append(word)


def apply_makeflags(machine: Machine, flags: str) -> None:
    """Take what a make that started this one left in MAKEFLAGS; letters alone are options."""
    if flags.isascii() and flags.isalpha():
        flags = " ".join(f"-{letter}" for letter in flags)
    apply_arguments(machine, flags)


def _option(machine: Machine, letters: str, words: list[str]) -> None:
    while letters:
        letter, letters = letters[0], letters[1:]
        machine.append(".MAKEFLAGS", f"-{letter}")
        if letter == "e":
            machine.environment_first()
        if letter not in _WITH_VALUE:
            continue
        value = letters or (words.pop(0) if words else "")
        letters = ""
        machine.append(".MAKEFLAGS", value)
        if letter == "d":
            machine.strict |= "L" in value
        elif letter == "f":
            machine.more_makefiles.append(value)
        elif letter == "D":
            machine.assign(value, "1")
        elif letter == "I":
            machine.include_dirs += (value,)
        elif letter == "m":
            machine.system_dirs += (value,)
        elif letter in "vV":
            machine.requests.append((value, letter == "v"))
