"""What programs that are no ELF begin with: those of other systems, and of virtual machines.

Sources: PE/COFF and Mach-O as their makers document them, and the magic(5) of each bytecode.
"""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["PREFIX", "program_format"]

PREFIX = 1024
"""Bytes of a file that tell; a PE header is looked for within them."""

_MOST_CPUS = 30
"""A Mach-O file for several CPUs begins as a Java class does, whose version is 45 and more."""


def program_format(head: bytes) -> str | None:
    """Return what kind of program a file is that begins so; None for ELF and for all else."""
    return next((words for words, fits in _FORMATS.items() if fits(head)), None)


def _begins(*magics: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(magics)


def _is_pe(head: bytes) -> bool:
    at = int.from_bytes(head[60:64], "little")
    return head[:2] == b"MZ" and head[at : at + 4] == b"PE\0\0"


def _is_fat(head: bytes) -> bool:
    count = int.from_bytes(head[4:8], "big")
    return head[:4] == b"\xca\xfe\xba\xbe" and 0 < count <= _MOST_CPUS


def _is_java(head: bytes) -> bool:
    version = int.from_bytes(head[6:8], "big")
    return head[:4] == b"\xca\xfe\xba\xbe" and len(head) > 8 and version > _MOST_CPUS


def _is_python(head: bytes) -> bool:
    """The version's number: Python 2 has some above 60,000, Python 3 counts from 3,000."""
    number = int.from_bytes(head[:2], "little")
    known = 3_000 <= number < 4_000 or 60_000 <= number < 63_000
    return known and head[2:4] == b"\r\n" and len(head) > 8


def _is_beam(head: bytes) -> bool:
    return head[:4] == b"FOR1" and head[8:12] == b"BEAM"


_FORMATS: dict[str, Callable[[bytes], bool]] = {
    "a Windows program (PE)": _is_pe,
    "a macOS program (Mach-O)": _begins(
        b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe"
    ),
    "a macOS program for several CPUs (Mach-O)": _is_fat,
    "WebAssembly": _begins(b"\0asm"),
    "Java bytecode": _is_java,
    "Python bytecode": _is_python,
    "Lua bytecode": _begins(b"\x1bLua", b"\x1bLJ"),
    "Erlang bytecode": _is_beam,
    "Android bytecode": _begins(b"dex\n"),
    "LLVM bitcode": _begins(b"BC\xc0\xde"),
}
