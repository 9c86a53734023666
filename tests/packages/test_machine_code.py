"""Every file of a package is looked into; what holds machine code is found, data is not."""

from __future__ import annotations

import io
import struct

import pytest

from portfake.model.abi import Abi
from portfake.model.entry import Entry, EntryType
from portfake.packages.machine_code import Code, MachineCode, OtherProgram, shared_libraries, survey


def elf(machine: int = 183, bits: int = 64, os_abi: int = 9) -> bytes:
    """The smallest executable: a file header alone."""
    size = 64 if bits == 64 else 52
    ident = b"\x7fELF" + bytes([2 if bits == 64 else 1, 1, 1, os_abi]) + bytes(8)
    words = "<HHIQQQIHHHHHH" if bits == 64 else "<HHIIIIIHHHHHH"
    return ident + struct.pack(words, 2, machine, 1, 0, 0, 0, 0, size, 0, 0, 0, 0, 0)


def archive(*members: bytes) -> bytes:
    text = b"!<arch>\n"
    for number, member in enumerate(members):
        header = f"{f'm{number}/':<16}{0:<12}{0:<6}{0:<6}{644:<8}{len(member):<10}`\n"
        text += header.encode() + member + b"\n" * (len(member) % 2)
    return text


def found(content: bytes, mode: int = 0o555) -> list[MachineCode]:
    entry = Entry(path="/usr/local/bin/x", type=EntryType.FILE, mode=mode)
    return list(survey([(entry, io.BytesIO(content))]).machine_code)


@pytest.mark.parametrize(
    ("machine", "bits", "cpu"), [(183, 64, "aarch64"), (62, 64, "amd64"), (3, 32, "i386")]
)
def test_programs_are_told_by_cpu(machine: int, bits: int, cpu: str) -> None:
    (code,) = found(elf(machine, bits))
    assert (code.cpu, code.system, code.executable) == (cpu, "FreeBSD", True)


def test_a_mode_without_execution_is_no_program() -> None:
    assert not found(elf(), mode=0o644)[0].executable


def test_an_archive_is_opened() -> None:
    (code,) = found(archive(b"__.SYMDEF odd", elf(62)))
    assert (code.cpu, code.archived) == ("amd64", True)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"#!/bin/sh\necho \x7fELF\n",
        b"\x7fEL",
        b"\x7fELF",
        b"\x7fELF" + b"\xff" * 60,
        b"!<arch>\n",
        archive(b"text"),
        b"!<arch>\n" + b"x" * 60,
        b"MZ\x90\x00",
        b"\xcf\xfa\xed\xfe" + bytes(28),
        b"\x00asm\x01\x00\x00\x00",
    ],
)
def test_data_is_no_machine_code(content: bytes) -> None:
    assert found(content) == []


def test_other_programs_are_told_where_they_are_meant_to_be_run() -> None:
    wasm = b"\0asm\x01\0\0\0"
    files = {"/bin/x": 0o755, "/share/x.wasm": 0o644}
    entries = [Entry(path=path, type=EntryType.FILE, mode=mode) for path, mode in files.items()]
    found = survey((entry, io.BytesIO(wasm)) for entry in entries)
    assert found == Code(others=(OtherProgram("/bin/x", "WebAssembly"),))


def test_links_and_folders_are_passed_over() -> None:
    link = Entry(path="/x", type=EntryType.SYMLINK, target="y")
    assert survey([(link, None)]) == Code()


def test_archives_give_no_shared_libraries() -> None:
    code = found(archive(elf(62)))
    libraries = shared_libraries(code, ["/usr/local/lib/libx.a"], Abi.parse("FreeBSD:14:amd64"))
    assert (libraries.required, libraries.provided) == ((), ())
