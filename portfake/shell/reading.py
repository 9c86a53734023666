"""The builtin read: a line of the standard input into variables."""

from __future__ import annotations

import re

from portfake.shell.command import CommandFailure, Invocation
from portfake.shell.expansion import split_fields
from portfake.shell.view import text_of

__all__ = ["read_line"]

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


def read_line(run: Invocation) -> int:
    """Split a line at IFS; the last name takes the rest. Status 1 at the end of the input."""
    text, ended = _logical_line(run, raw="r" in run.given)
    separators = run.shell.value("IFS")
    names = run.operands
    if not names:
        raise CommandFailure("arg count", 2)
    values = _assigned(text, len(names), " \t\n" if separators is None else separators)
    for name, value in zip(names, values, strict=True):
        if not _NAME.match(name):
            raise CommandFailure(f"{name}: bad variable name", 2)
        run.shell.assign(name, value)
    return 0 if ended else 1


def _logical_line(run: Invocation, *, raw: bool) -> tuple[str, bool]:
    """Read a line; a backslash keeps the next character (marked by a NUL) or joins lines."""
    chars: list[str] = []
    while True:
        line = text_of(run.stdin.readline().replace(b"\0", b""))
        body = line.removesuffix("\n")
        if raw:
            return body, body != line
        position = 0
        while position < len(body):
            if body[position] == "\\":
                position += 1
                if position < len(body):
                    chars.append("\0" + body[position])
            else:
                chars.append(body[position])
            position += 1
        trailing = len(body) - len(body.rstrip("\\"))
        if line == body or not trailing % 2:
            return "".join(chars), body != line


def _assigned(text: str, count: int, separators: str) -> list[str]:
    """Split a line into so many values; the last takes the rest, less its blank ends."""
    blank = "".join(char for char in separators if char in " \t\n")
    values: list[str] = []
    rest = text.lstrip(blank) if blank else text
    while len(values) < count - 1:
        value, rest = _first_field(rest, separators, blank)
        values.append(value)
    last = _stripped(rest, blank)
    fields = split_fields(_hidden(last), separators)
    if len(fields) == 1 and last.endswith(tuple(separators)) and "\0" not in last[-2:]:
        last = fields[0]
    values.append(last)
    return [value.replace("\0", "") for value in values]


def _hidden(text: str) -> str:
    """The text with escaped characters that cannot separate anything."""
    return re.sub("\0.", "x", text) if "\0" in text else text


def _first_field(text: str, separators: str, blank: str) -> tuple[str, str]:
    position = 0
    while position < len(text) and text[position] not in separators:
        position += 2 if text[position] == "\0" else 1
    value, rest = text[:position], text[position:]
    rest = rest.lstrip(blank) if blank else rest
    if rest and rest[0] in separators and rest[0] not in blank:
        rest = rest[1:].lstrip(blank) if blank else rest[1:]
    return value, rest


def _stripped(text: str, blank: str) -> str:
    while text and text[-1] in blank and not text[-2:].startswith("\0"):
        text = text[:-1]
    return text
