"""The sums that pkg(8) keeps of files and links: ``1$`` SHA-256 and ``2$`` BLAKE2b."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from enum import Enum
from typing import Protocol

from portfake.errors import InputError

__all__ = [
    "Hash",
    "Hasher",
    "Source",
    "SumType",
    "base32",
    "digest_of_sum",
    "file_sum",
    "has_sum",
    "is_sum",
    "link_sum",
    "verify",
]

_ALPHABET = "ybndrfg8ejkmcpqxot1uwisza345h769"
_PAIRS = [low + high for high in _ALPHABET for low in _ALPHABET]
_FROM_RFC = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", _ALPHABET.encode())
_CHUNK = 1 << 20


class SumType(Enum):
    """The forms that are written; the value is the digit before the ``$``."""

    SHA256 = "1"
    """SHA-256 in lower-case hex: what pkg up to 2.7 writes and every pkg since 1.10 reads."""
    BLAKE2 = "2"
    """BLAKE2b-512 in base32: what pkg 2.8 writes."""


class Hash(Protocol):
    """What hashlib's constructors return."""

    def update(self, data: bytes | memoryview, /) -> None:
        """Take more bytes in."""

    def digest(self) -> bytes:
        """Return the digest so far."""


class Source(Protocol):
    """A file-like object, or a payload's reader."""

    def read(self, size: int = -1, /) -> bytes:
        """Return at most `size` bytes, none at the end."""


def base32(digest: bytes) -> str:
    """Return pkg's base32: five bits at a time from the least significant end, no padding.

    The bytes are one little-endian number (libpkg/pkg_checksum.c, spec/pkg.md 1.6).
    """
    digits: list[str] = []
    # Five bytes are eight digits, so that no number gets long.
    for start in range(0, len(digest), 5):
        part = int.from_bytes(digest[start : start + 5], "little")
        digits += (
            _PAIRS[part & 1023],
            _PAIRS[part >> 10 & 1023],
            _PAIRS[part >> 20 & 1023],
            _PAIRS[part >> 30],
        )
    return "".join(digits)[: -(-len(digest) * 8 // 5)]


def _unbase32(text: str, size: int) -> bytes | None:
    """The digest of so many bytes that is spelled so; None if there is none."""
    number = 0
    for place, digit in enumerate(text):
        value = _ALPHABET.find(digit)
        if value < 0 or place > size * 2:
            return None
        number |= value << (5 * place)
    return number.to_bytes(size, "little") if number >> (8 * size) == 0 else None


# Type number -> how it hashes and spells; 3, 4 and 6 are raw bytes and never stored as text.
# MD5 is no type of pkg: the flat database of FreeBSD 9 has it.
_READ: dict[str, tuple[Callable[[bytes | memoryview], Hash], Callable[[bytes], str]]] = {
    "0": (hashlib.sha256, base32),
    "1": (hashlib.sha256, bytes.hex),
    "2": (hashlib.blake2b, base32),
    "5": (hashlib.blake2s, base32),
    "md5": (hashlib.md5, bytes.hex),
}


def file_sum(source: Source, kind: SumType = SumType.BLAKE2, *, head: bytes = b"") -> str:
    """Return the sum of a regular file's content, read to its end; `head` was read before."""
    make, spell = _READ[kind.value]
    state = make(head)
    while chunk := source.read(_CHUNK):
        state.update(chunk)
    return f"{kind.value}${spell(state.digest())}"


def link_sum(target: str, kind: SumType = SumType.BLAKE2) -> str:
    r"""Return the sum of a symlink: of its text, or what pkg makes of an absolute one.

    libpkg skips a leading slash but not in the length it hashes, so that the string's NUL joins
    in: ``/a/b`` hashes ``a/b\0``.
    """
    make, spell = _READ[kind.value]
    return f"{kind.value}${spell(make(_link_bytes(target)).digest())}"


def _link_bytes(target: str) -> bytes:
    text = target.encode(errors="surrogateescape")
    return text[1:] + b"\0" if text.startswith(b"/") else text


def is_sum(recorded: str) -> bool:
    """Whether `recorded` is of a type that pkg can check; a bare hex SHA-256 counts."""
    return _type_of(recorded) is not None


def _type_of(recorded: str) -> str | None:
    number, dollar, rest = recorded.partition("$")
    if dollar:
        return number if number in _READ and rest else None
    return "1" if len(recorded) == 64 else None


_NAMED = {
    "0": ("SHA-256", 32),
    "1": ("SHA-256", 32),
    "2": ("BLAKE2b-512", 64),
    "md5": ("MD5", 16),
}
"""Type number -> what everybody else calls the hash, and its size in bytes."""


def digest_of_sum(recorded: str) -> tuple[str, str] | None:
    """Return the name of the hash and the digest in hex; None for a sum of another kind."""
    number, text = _type_of(recorded), recorded.rpartition("$")[2]
    if number not in _NAMED:
        return None
    name, size = _NAMED[number]
    if number in {"1", "md5"}:
        hexadecimal = len(text) == 2 * size and not text.strip("0123456789abcdef")
        return (name, text) if hexadecimal else None
    digest = _unbase32(text, size)
    return None if digest is None else (name, digest.hex())


class Hasher:
    """The sum of a content that passes by, held against a recorded one."""

    def __init__(self, recorded: str) -> None:
        """Raise InputError for a sum that cannot be checked."""
        number = _type_of(recorded)
        if number is None:
            raise InputError(f"{recorded!r} is no sum that pkg can check")
        make, self._spell = _READ[number]
        self._state = make(b"")
        self._recorded = recorded.rpartition("$")[2]

    def update(self, data: bytes | memoryview) -> None:
        """Take the next bytes in."""
        self._state.update(data)

    def matches(self) -> bool:
        """Whether what passed so far has the recorded sum."""
        return _reads(self._recorded, self._state.digest(), self._spell)


_ORDINARY = bytes(
    b"0123456789abcdefghijklmnopqrstuv"[_ALPHABET.index(chr(code))]
    if chr(code) in _ALPHABET
    else ord("!")
    for code in range(256)
)
"""Byte -> the digit that int() knows; what is none in pkg's base32 is none there either."""


def _reads(text: str, digest: bytes, spell: Callable[[bytes], str]) -> bool:
    """Whether `text` spells a digest; base32 is read as one number, quicker than told."""
    if spell is not base32:
        return spell(digest) == text
    if len(text) != -(-len(digest) * 8 // 5):
        return False
    digits = text.encode(errors="surrogateescape")[::-1].translate(_ORDINARY)
    try:
        return int(digits, 32) == int.from_bytes(digest, "little")
    except ValueError:
        return False


def has_sum(content: bytes | memoryview, recorded: str) -> bool:
    """Whether a whole content has the recorded sum; InputError for one that cannot be checked."""
    number = _type_of(recorded)
    if number is None:
        raise InputError(f"{recorded!r} is no sum that pkg can check")
    make, spell = _READ[number]
    return _reads(recorded.rpartition("$")[2], make(content).digest(), spell)


def verify(recorded: str, source: Source | str) -> bool:
    """Whether a file's content, or a symlink's text given as str, has the recorded sum.

    Raises InputError for a sum that cannot be checked: ``-``, empty, of an unknown type.
    """
    hasher = Hasher(recorded)
    if isinstance(source, str):
        plain = recorded.startswith("md5$")
        text = source.encode(errors="surrogateescape")
        hasher.update(text if plain else _link_bytes(source))
    else:
        while chunk := source.read(_CHUNK):
            hasher.update(chunk)
    return hasher.matches()
