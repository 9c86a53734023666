"""The C locale: text with one character for each byte, as text tools see it there."""

from __future__ import annotations

__all__ = ["c_bytes", "c_text", "to_c"]


def c_text(data: bytes) -> str:
    """Bytes as text, one character each."""
    return data.decode("latin-1")


def c_bytes(text: str) -> bytes:
    """The bytes again."""
    return text.encode("latin-1")


def to_c(argument: str) -> str:
    """An argument (UTF-8 with surrogateescape) as text of the C locale."""
    if argument.isascii():
        return argument
    return argument.encode("utf-8", "surrogateescape").decode("latin-1")
