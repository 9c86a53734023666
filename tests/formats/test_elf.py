"""ELF: made by hand for every CPU of FreeBSD, and by the toolchain; pyelftools is the judge."""

from __future__ import annotations

import io
import struct
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from elftools.elf.dynamic import DynamicSection
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import NoteSection
from hypothesis import given
from hypothesis import strategies as st

from portfake.formats.elf import Elf, ElfError, Note, is_elf, read_elf
from portfake.formats.elf_arm import cpu_architecture

FREEBSD = 9
NEEDED = ["libc.so.7", "libm.so.5", "/usr/local/lib/full.so"]


def note(
    order: str, owner: bytes = b"FreeBSD\0", kind: int = 1, words: tuple[int, ...] = (1400097,)
) -> bytes:
    content = struct.pack(f"{order}{len(words)}I", *words)
    padded = owner + b"\0" * (-len(owner) % 4)
    return struct.pack(order + "III", len(owner), len(content), kind) + padded + content


def arm_attributes(order: str, architecture: int) -> bytes:
    pairs = (
        b"\x04raw name\0" + b"\x05cortex-a9\0" + b"\x41text of an odd tag\0"
        + b"\x20\x01compatibility\0" + b"\x0a\x81\x01" + bytes([6, architecture])
    )  # fmt: skip
    file = b"\x01" + struct.pack(order + "I", len(pairs) + 5) + pairs
    vendor = b"aeabi\0" + file
    other = b"gnu\0xyz"
    return b"A" + b"".join(
        struct.pack(order + "I", len(each) + 4) + each for each in (other, vendor)
    )


@dataclass(frozen=True)
class Made:
    """A small ELF file: what is in it, and how its tables are laid out."""

    machine: int
    bits: int
    order: str
    flags: int = 0
    os_abi: int = FREEBSD
    kind: int = 3
    arm: int | None = None
    notes: bytes | None = None
    with_sections: bool = True
    with_segments: bool = True

    @property
    def data(self) -> bytes:
        word = "Q" if self.bits == 64 else "I"
        strings = (
            b"\0" + b"\0".join(name.encode() for name in [*NEEDED, "libmade.so.1", "/run"]) + b"\0"
        )
        parts: dict[str, bytes] = {"interp": b"/libexec/ld-elf.so.1\0", "strings": strings}
        parts["notes"] = note(self.order) if self.notes is None else self.notes
        if self.arm is not None:
            parts["arm"] = arm_attributes(self.order, self.arm)
        base = 0x10000
        header, ph, sh = (64, 56, 64) if self.bits == 64 else (52, 32, 40)
        at, offsets = header + ph * 4, {}
        for name, content in parts.items():
            offsets[name] = at
            at += len(content) + (-len(content) % 8)
        rows = [(1, strings.index(name.encode())) for name in NEEDED]
        rows += [(14, strings.index(b"libmade")), (29, strings.index(b"/run"))]
        rows += [(5, base + offsets["strings"]), (0, 0)]
        parts["dynamic"] = b"".join(struct.pack(self.order + word * 2, *row) for row in rows)
        offsets["dynamic"] = at
        at += len(parts["dynamic"])
        segments = [
            self.segment(1, 0, base, at),
            self.segment(3, offsets["interp"], 0, len(parts["interp"])),
            self.segment(4, offsets["notes"], 0, len(parts["notes"])),
            self.segment(2, offsets["dynamic"], 0, len(parts["dynamic"])),
        ]
        kinds = {"interp": 1, "strings": 3, "notes": 7, "arm": 0x70000003, "dynamic": 6}
        names = list(parts)
        sections = [b"\0" * sh] + [
            self.section(kinds[name], offsets[name], len(content), 1 + names.index("strings"))
            for name, content in parts.items()
        ]
        body = b"".join(content + b"\0" * (-len(content) % 8) for content in parts.values())
        shoff = header + ph * 4 + len(body)
        fields = (
            self.kind, self.machine, 1, 0,
            header if self.with_segments else 0, shoff if self.with_sections else 0, self.flags,
            header, ph, 4 if self.with_segments else 0,
            sh, len(sections) if self.with_sections else 0, 0,
        )  # fmt: skip
        ident = b"\x7fELF" + bytes(
            [self.bits // 32, 1 if self.order == "<" else 2, 1, self.os_abi]
        ).ljust(12, b"\0")
        packed = struct.pack(f"{self.order}HHI{word * 3}IHHHHHH", *fields)
        return ident + packed + b"".join(segments) + body + b"".join(sections)

    def segment(self, kind: int, offset: int, address: int, size: int) -> bytes:
        if self.bits == 64:
            return struct.pack(self.order + "IIQQQQQQ", kind, 4, offset, address, 0, size, size, 4)
        return struct.pack(self.order + "8I", kind, offset, address, 0, size, size, 4, 4)

    def section(self, kind: int, offset: int, size: int, link: int) -> bytes:
        word = "Q" if self.bits == 64 else "I"
        fields = (0, kind, *([0, 0, offset, size]), link, 0, 4, 16 if kind == 6 else 0)
        return struct.pack(f"{self.order}II{word * 4}II{word * 2}", *fields)


def read(data: bytes) -> Elf:
    return read_elf(io.BytesIO(data), "made")


CPUS = {
    "amd64": Made(62, 64, "<"),
    "i386": Made(3, 32, "<"),
    "aarch64": Made(183, 64, "<"),
    "aarch64c": Made(183, 64, "<", flags=0x10000),
    "armv6": Made(40, 32, "<", flags=0x5000400, arm=6),
    "armv7": Made(40, 32, "<", flags=0x5000400, arm=10),
    "powerpc": Made(20, 32, ">"),
    "powerpc64": Made(21, 64, ">", flags=2),
    "powerpc64le": Made(21, 64, "<", flags=2),
    "riscv64": Made(243, 64, "<", flags=5),
}
NO_CPU = {
    "x32": Made(62, 32, "<"),
    "riscv32": Made(243, 32, "<"),
    "sparc64": Made(43, 64, ">"),
    "mips": Made(8, 32, ">"),
    "armeb": Made(40, 32, ">", flags=0x5000000, arm=10),
    "arm without EABI": Made(40, 32, "<", arm=10),
    "armv5": Made(40, 32, "<", flags=0x5000000, arm=5),
    "arm without attributes": Made(40, 32, "<", flags=0x5000000),
    "unheard of": Made(60000, 64, "<"),
}


@pytest.mark.parametrize("cpu", CPUS)
def test_every_cpu_of_freebsd(cpu: str) -> None:
    elf = read(CPUS[cpu].data)
    assert (elf.cpu, elf.freebsd_version, elf.system) == (cpu, 1400097, "FreeBSD")
    assert elf.damage == ()


@pytest.mark.parametrize("name", NO_CPU)
def test_what_is_no_cpu_of_freebsd(name: str) -> None:
    assert read(NO_CPU[name].data).cpu is None


def test_arm_versions_between_6_and_7() -> None:
    """6KZ, 6T2 and 6K came after 6 and before 7; 6-M and 6S-M got numbers after 7."""
    made = {
        version: read(Made(40, 32, "<", flags=0x5000000, arm=version).data).cpu
        for version in range(4, 15)
    }
    v6 = {version for version, cpu in made.items() if cpu == "armv6"}
    v7 = {version for version, cpu in made.items() if cpu == "armv7"}
    assert (v6, v7) == ({6, 7, 8, 9, 11, 12}, {10, 13, 14})


@pytest.mark.parametrize(("sections", "segments"), [(True, True), (True, False), (False, True)])
@pytest.mark.parametrize("cpu", [cpu for cpu in CPUS if not cpu.startswith("armv")])
def test_sections_and_segments_tell_the_same(cpu: str, sections: bool, segments: bool) -> None:
    whole = CPUS[cpu]
    made = Made(
        whole.machine, whole.bits, whole.order, whole.flags,
        with_sections=sections, with_segments=segments,
    )  # fmt: skip
    elf = read(made.data)
    assert elf.needed == tuple(NEEDED)
    assert (elf.soname, elf.library_paths) == ("libmade.so.1", ("/run",))
    assert elf.notes[0] == Note("FreeBSD", 1, struct.pack(whole.order + "I", 1400097))
    assert elf.interpreter == ("/libexec/ld-elf.so.1" if segments else None)


@pytest.mark.parametrize("name", [*CPUS, *NO_CPU])
def test_pyelftools_reads_the_same(name: str) -> None:
    agree({**CPUS, **NO_CPU}[name].data)


def agree(data: bytes) -> None:
    assert is_elf(data[:4])
    elf, judge = read(data), ELFFile(io.BytesIO(data))
    assert elf.bits == judge.elfclass
    assert (elf.byte_order == "little") == judge.little_endian
    assert elf.flags == judge["e_flags"]
    dynamic = [s for s in judge.iter_sections() if isinstance(s, DynamicSection)]
    tags = [tag for section in dynamic for tag in section.iter_tags()]
    assert list(elf.needed) == [tag.needed for tag in tags if tag.entry.d_tag == "DT_NEEDED"]
    assert ([elf.soname] if elf.soname else []) == [
        tag.soname for tag in tags if tag.entry.d_tag == "DT_SONAME"
    ]
    notes = [
        (entry.n_name.encode() if isinstance(entry.n_name, str) else entry.n_name, entry.n_descsz)
        for section in judge.iter_sections()
        if isinstance(section, NoteSection)
        for entry in section.iter_notes()
    ]
    assert [(each.owner.encode(), len(each.content)) for each in elf.notes] == notes


@pytest.mark.parametrize("path", [sys.executable, "/bin/sh"])
def test_real_files(path: str) -> None:
    data = Path(path).read_bytes()
    agree(data)
    assert read(data).system in {"Linux", "FreeBSD"}
    assert read(data).damage == ()


@pytest.mark.parametrize(
    ("made", "system"),
    [
        (Made(62, 64, "<", os_abi=0), "FreeBSD"),
        (Made(62, 64, "<", os_abi=9, notes=b""), "FreeBSD"),
        (Made(62, 64, "<", os_abi=0, notes=b""), None),
        (Made(62, 64, "<", os_abi=3, notes=b""), "Linux"),
        (Made(62, 64, "<", os_abi=0, notes=note("<", b"GNU\0", 1, (0, 3, 2, 0))), "Linux"),
        (Made(62, 64, "<", os_abi=0, notes=note("<", b"GNU\0", 1, (3, 9, 0, 0))), None),
        (Made(62, 64, "<", os_abi=0, notes=note("<", b"NetBSD\0", 1)), None),
        (Made(62, 64, "<", os_abi=0, notes=note("<", b"XY\0", 7) + note("<")), "FreeBSD"),
    ],
)
def test_whose_file_it_is(made: Made, system: str | None) -> None:
    assert read(made.data).system == system


def test_words_for_people() -> None:
    assert read(CPUS["riscv64"].data).description == "64-bit little-endian RISC-V"
    assert read(NO_CPU["unheard of"].data).description == "64-bit little-endian machine 60000"


class TestHostile:
    """Truncated or hostile input gives an ElfError or damage, never anything else."""

    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"\x7fELF",
            b"#!/bin/sh\n" * 9,
            b"\x7fELF" + b"\0" * 60,
            b"\x7fELF\x03\x01" + b"\0" * 60,
        ],
    )
    def test_no_elf(self, data: bytes) -> None:
        with pytest.raises(ElfError):
            read(data)

    def test_cut_off_anywhere(self) -> None:
        whole = CPUS["armv7"].data
        for size in range(len(whole)):
            try:
                elf = read(whole[:size])
            except ElfError:
                assert size < 52
            else:
                assert elf.damage

    @given(
        cpu=st.sampled_from(sorted(CPUS)),
        places=st.lists(
            st.tuples(st.integers(16, 700), st.sampled_from([0, 1, 7, 0x7F, 0x80, 0xFF])),
            max_size=12,
        ),
    )
    def test_any_bytes_changed(self, cpu: str, places: list[tuple[int, int]]) -> None:
        data = bytearray(CPUS[cpu].data)
        for place, value in places:
            data[place % len(data)] = value
        elf = read(bytes(data))
        assert isinstance(elf.description, str)
        assert elf.system in {"FreeBSD", "Linux", None}

    def test_overlapping_parts_cost_little(self) -> None:
        """60,000 note sections that all are the same megabyte of empty notes."""
        made = Made(62, 64, "<")
        header = struct.pack("<HHIQQQIHHHHHH", 3, 62, 1, 0, 0, 64, 0, 64, 0, 0, 64, 60000, 0)
        end = 64 + 60000 * 64
        sections = made.section(7, end, 1 << 20, 0) * 60000
        ident = b"\x7fELF\x02\x01\x01\x09".ljust(16, b"\0")
        assert read(ident + header + sections + b"\1" * (1 << 20)).notes == ()
        assert len(read(ident + header + sections + bytes(1 << 20)).notes) == 1000

    def test_more_sections_than_fit_the_header(self) -> None:
        made = Made(62, 64, "<", notes=b"")
        data = bytearray(made.data)
        count = struct.unpack_from("<H", data, 60)[0]
        shoff = struct.unpack_from("<Q", data, 40)[0]
        struct.pack_into("<H", data, 60, 0)
        struct.pack_into("<Q", data, shoff + 32, count)
        assert read(bytes(data)).needed == tuple(NEEDED)


@given(st.binary(max_size=80))
def test_arm_attributes_of_any_bytes(data: bytes) -> None:
    for order in ("little", "big"):
        found = cpu_architecture(b"A" + data, order)
        assert found is None or found >= 0
