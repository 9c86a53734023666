"""Programs that are no ELF, by what they begin with; data that looks a little like it."""

from __future__ import annotations

import marshal
import py_compile
from pathlib import Path

import pytest

from portfake.formats.executable import program_format


def windows(at: int = 128) -> bytes:
    head = b"MZ" + bytes(58) + at.to_bytes(4, "little")
    return head + bytes(at - len(head)) + b"PE\0\0\x64\x86"


PROGRAMS = [
    (windows(), "a Windows program (PE)"),
    (windows(240), "a Windows program (PE)"),
    (b"\xcf\xfa\xed\xfe\x07\0\0\x01" + bytes(24), "a macOS program (Mach-O)"),
    (b"\xfe\xed\xfa\xce" + bytes(24), "a macOS program (Mach-O)"),
    (b"\xca\xfe\xba\xbe\0\0\0\x02" + bytes(40), "a macOS program for several CPUs (Mach-O)"),
    (b"\xca\xfe\xba\xbe\0\0\0\x34" + bytes(40), "Java bytecode"),
    (b"\0asm\x01\0\0\0", "WebAssembly"),
    (b"\x03\xf3\r\n" + bytes(8), "Python bytecode"),
    (b"\x1bLua\x54\0\x19\x93", "Lua bytecode"),
    (b"\x1bLJ\x02", "Lua bytecode"),
    (b"FOR1\0\0\x01\0BEAMAtU8", "Erlang bytecode"),
    (b"dex\n035\0", "Android bytecode"),
    (b"BC\xc0\xde5\x14\0\0", "LLVM bitcode"),
]


@pytest.mark.parametrize(("head", "told"), PROGRAMS)
def test_programs_are_told(head: bytes, told: str) -> None:
    assert program_format(head) == told


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"MZ",
        b"MZ" + bytes(200),
        b"MZ" + b"\xff" * 200,
        b"#!/bin/sh\n",
        b"\x7fELF" + bytes(60),
        b"\xca\xfe\xba\xbe",
        b"\xca\xfe\xba\xbe\0\0\0\0",
        b"\r\n\r\n a text with empty lines",
        b"ab\r\ncd\r\nef\r\n",
        b"\x03\xf3\r\n",
        b"FOR1\0\0\0\0AIFF",
    ],
)
def test_data_is_not(head: bytes) -> None:
    assert program_format(head) is None


def test_what_this_python_compiles(tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text("y = 1\n")
    made = py_compile.compile(str(tmp_path / "x.py"), cfile=str(tmp_path / "x.pyc"))
    assert made is not None
    assert program_format(Path(made).read_bytes()) == "Python bytecode"
    assert program_format(marshal.dumps([1, 2, 3])) is None
