"""target_of: CPU and release of a root by its own programs, never by the host's."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import pytest

from portfake.errors import InputError
from portfake.model.abi import Abi
from portfake.root.confined import Root
from portfake.root.target import target_of


def program(machine: int, version: int | None, *, order: str = "<", flags: int = 0) -> bytes:
    """A 64-bit ELF file with one segment, FreeBSD's note."""
    note = b"" if version is None else struct.pack(order + "III8sI", 8, 4, 1, b"FreeBSD\0", version)
    ident = b"\x7fELF\x02" + (b"\x01" if order == "<" else b"\x02") + b"\x01\x09" + bytes(8)
    header = struct.pack(
        order + "HHIQQQIHHHHHH", 2, machine, 1, 0, 64, 0, flags, 64, 56, 1, 0, 0, 0
    )
    segment = struct.pack(order + "IIQQQQQQ", 4, 4, 120, 0, 0, len(note), len(note), 4)
    return ident + header + segment + note


def put(base: Path, path: str, content: bytes) -> None:
    (base / path).parent.mkdir(parents=True, exist_ok=True)
    (base / path).write_bytes(content)


@pytest.mark.parametrize(
    ("machine", "order", "version", "abi"),
    [
        (62, "<", 1400097, "FreeBSD:14:amd64"),
        (183, "<", 1500068, "FreeBSD:15:aarch64"),
        (243, "<", 1302001, "FreeBSD:13:riscv64"),
        (21, ">", 1400500, "FreeBSD:14:powerpc64"),
        (21, "<", 902001, "FreeBSD:9:powerpc64le"),
    ],
)
@pytest.mark.parametrize("path", ["bin/sh", "usr/bin/uname"])
def test_the_note_of_a_program(  # noqa: PLR0917 - one for each column
    root: Root, base: Path, path: str, machine: int, order: str, version: int, abi: str
) -> None:
    put(base, path, program(machine, version, order=order))
    assert target_of(root) == (Abi.parse(abi), version)


def test_the_headers_tell_the_version_that_ports_see(root: Root, base: Path) -> None:
    put(base, "bin/sh", program(62, 1400097))
    put(
        base,
        "usr/include/sys/param.h",
        b"/* not\n#define\t__FreeBSD_version 1 */\n#define __FreeBSD_version 1401000\t/* x */\n",
    )
    assert target_of(root) == (Abi.parse("FreeBSD:14:amd64"), 1401000)


def test_headers_of_another_release_do_not_count(root: Root, base: Path) -> None:
    put(base, "bin/sh", program(62, 1400097))
    put(base, "usr/include/sys/param.h", b"#define __FreeBSD_version 1500000\n")
    assert target_of(root) == (Abi.parse("FreeBSD:14:amd64"), 1400097)


@pytest.mark.parametrize(
    "content",
    [b"", b"#!/bin/sh\n", b"\x7fELF", program(62, None), program(60000, 1400097)],
    ids=["empty", "script", "cut off", "no note", "no CPU of FreeBSD"],
)
def test_a_program_that_does_not_tell_is_passed_over(
    root: Root, base: Path, content: bytes
) -> None:
    put(base, "usr/bin/uname", content)
    assert target_of(root) is None
    put(base, "bin/sh", program(183, 1400097))
    assert target_of(root) == (Abi.parse("FreeBSD:14:aarch64"), 1400097)


def test_the_hosts_programs_are_not_asked(root: Root, base: Path, tmp_path: Path) -> None:
    put(tmp_path, "outside/sh", program(62, 1400097))
    (base / "bin").symlink_to(tmp_path / "outside")
    assert target_of(root) is None


def test_a_fifo_in_the_place_of_a_program(root: Root, base: Path) -> None:
    (base / "bin").mkdir()
    os.mkfifo(base / "bin/sh")
    assert target_of(root) is None


def test_a_cpu_that_portfake_does_not_know(root: Root, base: Path) -> None:
    put(base, "bin/sh", program(183, 1500000, flags=0x10000))
    with pytest.raises(InputError, match="FreeBSD:15:aarch64c"):
        target_of(root)
