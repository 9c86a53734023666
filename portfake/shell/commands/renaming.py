"""The ``-s ,pattern,replacement,`` option of tar and pax."""

from __future__ import annotations

from dataclasses import dataclass

from portfake.patterns import Pattern, PatternError, bre
from portfake.shell.clocale import c_bytes, to_c
from portfake.shell.command import CommandFailure
from portfake.shell.view import text_of

__all__ = ["Renaming"]


@dataclass(frozen=True, slots=True)
class Renaming:
    """A substitution on member names; the replacement's parts are text or group numbers."""

    pattern: Pattern
    replacement: tuple[str | int, ...]
    every: bool
    symlinks: bool
    """The texts of symlinks are changed, too."""

    @classmethod
    def parse(cls, text: str) -> Renaming:
        """Read ``,old,new,flags`` with any delimiter; CommandFailure if it is malformed."""
        parts = _split(to_c(text))
        if len(parts) != 3 or not set(parts[2]) <= set("gpshrSHR"):
            raise CommandFailure(f"Invalid replacement string {text}")
        old, new, flags = parts
        try:
            pattern = bre(old)
        except PatternError as error:
            raise CommandFailure(error.message) from None
        return cls(pattern, tuple(_replacement(new)), "g" in flags, "S" not in flags)

    def apply(self, name: str) -> str:
        """The new name; an empty one means that the member is left out."""
        text = to_c(name)
        pieces = []
        end = 0
        for match in self.pattern.finditer(text):
            pieces.append(text[end : match.start()])
            pieces.extend(
                part if isinstance(part, str) else match.group(part) or ""
                for part in self.replacement
            )
            end = match.end()
            if not self.every:
                break
        pieces.append(text[end:])
        return text_of(c_bytes("".join(pieces)))


def _split(text: str) -> list[str]:
    delimiter, parts, chars = text[:1], list[str](), list[str]()
    position = 1
    while position < len(text):
        char = text[position]
        if char == "\\" and text[position + 1 : position + 2] == delimiter:
            chars.append(delimiter)
            position += 2
            continue
        if char == "\\":
            chars.append(text[position : position + 2])
            position += 2
            continue
        if char == delimiter:
            parts.append("".join(chars))
            chars = []
        else:
            chars.append(char)
        position += 1
    return [*parts, "".join(chars)]


def _replacement(text: str) -> list[str | int]:
    parts: list[str | int] = []
    position = 0
    while position < len(text):
        char, following = text[position], text[position + 1 : position + 2]
        if char == "&":
            parts.append(0)
        elif char == "\\" and following.isdigit():
            parts.append(int(following))
            position += 1
        elif char == "\\":
            parts.append(following)
            position += 1
        else:
            parts.append(char)
        position += 1
    return parts
