"""vis(3): bytes that would break a line of text, as escapes, and back.

What is written is the form of VIS_OCTAL | VIS_WHITE | VIS_GLOB, three octal digits for every
byte concerned. What is read is all of unvis(3)'s default forms: octal, C style, meta, control.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["unvis", "vis"]

_UNSAFE: Final = re.compile(rb"[^!\"$-)+->@-Z\]-~]")
_ESCAPE: Final = re.compile(
    rb"\\(?:(?P<octal>[0-7]{1,3})|(?P<meta>M(?:\^(?P<meta_control>.)|-(?P<meta_plain>.)))"
    rb"|\^(?P<control>.)|(?P<letter>.)|)",
    re.DOTALL,
)
_LETTERS: Final = {
    b"n": b"\n", b"r": b"\r", b"b": b"\b", b"a": b"\a", b"v": b"\v", b"t": b"\t", b"f": b"\f",
    b"s": b" ", b"E": b"\x1b", b"$": b"", b"\n": b"", b"\\": b"\\",
}  # fmt: skip


def vis(text: str) -> str:
    """Return `text` with only the visible ASCII characters that no shell or mtree takes amiss."""
    raw = text.encode("utf-8", "surrogateescape")
    return _UNSAFE.sub(lambda found: b"\\%03o" % found[0][0], raw).decode("ascii")


def unvis(text: str) -> str:
    """Return the text that vis(3) made `text` of; ValueError for an escape it never writes."""
    raw = text.encode("utf-8", "surrogateescape")
    return _ESCAPE.sub(_decoded, raw).decode("utf-8", "surrogateescape")


def _decoded(found: re.Match[bytes]) -> bytes:
    octal, letter = found["octal"], found["letter"]
    if octal is not None and int(octal, 8) < 256:
        return bytes([int(octal, 8)])
    if letter is not None and letter in _LETTERS:
        return _LETTERS[letter]
    if letter is not None and letter in b"#*?[=\"'`~!@%&(){}|;<>,.:/+-]":
        return letter
    if found["control"] is not None:
        return bytes([_control(found["control"][0])])
    if found["meta_control"] is not None:
        return bytes([_control(found["meta_control"][0]) | 0x80])
    if found["meta_plain"] is not None:
        return bytes([found["meta_plain"][0] | 0x80])
    raise ValueError(f"{found[0].decode('utf-8', 'replace')!r} is no escape of vis(3)")


def _control(letter: int) -> int:
    return 0x7F if letter == ord("?") else letter & 0x1F
