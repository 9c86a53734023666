"""Text into logical lines: continuations joined, comments gone, escapes of `#` undone."""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["Line", "logical_lines"]

_WHITE = " \t\n\v\f\r"
_COMMENT = re.compile(r"(?<!\[)#")
_ESCAPE = re.compile(r"\\(?:\n[ \t]*|(.)|\Z)", re.DOTALL)


class Line(NamedTuple):
    """One logical line."""

    number: int
    """Of its first physical line, counted from 1."""
    start: int
    """Where it begins in the source."""
    text: str


def logical_lines(source: str, first: int = 1) -> list[Line]:
    """The lines that say something; comments and empty lines are left out.

    Rules of bmake's ParseRawLine: a backslash at the end joins the next line, also in comments;
    trailing white space goes; a line that starts with a tab keeps its `#`.
    """
    found: list[Line] = []
    append = found.append
    physical = source.split("\n")
    last = len(physical)
    index = 0
    start = 0
    while index < last:
        text = physical[index]
        number = index + first
        begin = start
        start += len(text) + 1
        index += 1
        if text[-1:] == "\\" and _is_continued(text):
            pieces = [text]
            while index < last:
                text = physical[index]
                pieces.append(text)
                start += len(text) + 1
                index += 1
                if not (text[-1:] == "\\" and _is_continued(text)):
                    break
            text = "\n".join(pieces)
        if not text or text[0] == "#":
            continue
        if "\\" not in text:
            if "#" in text:
                text = _without_comment(text)
            text = text.rstrip(_WHITE)
        else:
            text = _unescaped(text)
        if text:
            append(Line(number, begin, text))
    return found


def _is_continued(text: str) -> bool:
    return (len(text) - len(text.rstrip("\\"))) % 2 == 1


def _without_comment(text: str) -> str:
    comment = _COMMENT.search(text)
    if comment is None or (text[0] == "\t" and text[: comment.start()].strip(_WHITE)):
        return text
    return text[: comment.start()]


def _unescaped(text: str) -> str:
    recipe = text[0] == "\t"
    comment = _comment_start(text)
    if comment is not None and not (recipe and text[:comment].strip(_WHITE)):
        text = text[:comment]
    kept = 0  # an escaped blank at the end stays
    pieces: list[str] = []
    size = 0
    at = 0
    for escape in _ESCAPE.finditer(text):
        pieces.append(text[at : escape.start()])
        size += escape.start() - at
        char = escape.group(1)
        if char is not None:
            piece = "#" if char == "#" and not recipe else "\\" + char
        else:
            piece = " " if escape.end() > escape.start() + 1 else ""
        pieces.append(piece)
        size += len(piece)
        if char is not None and piece != "#":
            kept = size
        at = escape.end()
    pieces.append(text[at:])
    whole = "".join(pieces)
    return whole[:kept] + whole[kept:].rstrip(_WHITE)


def _comment_start(text: str) -> int | None:
    at = 0
    while True:
        hash_at = text.find("#", at)
        if hash_at < 0:
            return None
        slash_at = text.find("\\", at, hash_at)
        if slash_at >= 0:
            at = slash_at + 2
        elif hash_at > 0 and text[hash_at - 1] == "[":
            at = hash_at + 1
        else:
            return hash_at
