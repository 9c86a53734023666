"""ELF files of any class and byte order: whose they are, and what they ask of the linker.

A reader of headers only: file header, notes, dynamic table, ARM build attributes. Sections are
asked first and segments where there are no such sections, as objects have no segments and some
executables no sections. (System V ABI, chapters 4 and 5; FreeBSD's note: sys/sys/elf_common.h.)
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO, Final, Literal

from portfake.formats.elf_arm import cpu_architecture
from portfake.formats.elf_file import MAGIC, ElfError, ElfFile, Part, text_of

__all__ = ["Elf", "ElfError", "Note", "is_elf", "read_elf"]

_MAX_NOTES: Final = 1000
_SHT_DYNAMIC, _SHT_NOTE, _SHT_ARM_ATTRIBUTES = 6, 7, 0x70000003
_PT_DYNAMIC, _PT_INTERP, _PT_NOTE = 2, 3, 4
_DT_NEEDED, _DT_STRTAB, _DT_SONAME, _DT_RPATH, _DT_RUNPATH = 1, 5, 14, 15, 29
_ABI_LINUX, _ABI_FREEBSD = 3, 9
_NT_FREEBSD_ABI_TAG = _NT_GNU_ABI_TAG = 1
_GNU_TAG_LINUX: Final = 0
_EF_ARM_EABI: Final = 0xFF000000
_EF_AARCH64_PURECAP: Final = 0x00010000

# e_machine, bits, byte order -> FreeBSD's word for the CPU (pkg.md 3.5).
_CPUS: Final = {
    (3, 32, "little"): "i386",
    (20, 32, "big"): "powerpc",
    (21, 64, "big"): "powerpc64",
    (21, 64, "little"): "powerpc64le",
    (62, 64, "little"): "amd64",
    (183, 64, "little"): "aarch64",
    (243, 64, "little"): "riscv64",
}
_ARM, _AARCH64 = 40, 183
_MACHINES: Final = {
    2: "SPARC",
    3: "i386",
    4: "m68k",
    8: "MIPS",
    18: "SPARC v8+",
    20: "PowerPC",
    21: "PowerPC64",
    22: "S/390",
    40: "ARM",
    42: "SuperH",
    43: "SPARC v9",
    50: "IA-64",
    62: "x86-64",
    83: "AVR",
    94: "Xtensa",
    183: "AArch64",
    190: "CUDA",
    224: "AMD GPU",
    243: "RISC-V",
    247: "BPF",
    258: "LoongArch",
}


@dataclass(frozen=True, slots=True)
class Note:
    """One entry of a note section or segment."""

    owner: str
    type: int
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Elf:
    """What one ELF file says of itself."""

    bits: int
    byte_order: Literal["little", "big"]
    os_abi: int
    type: int
    """e_type: 1 object, 2 executable, 3 shared or position-independent, 4 core."""
    machine: int
    flags: int
    interpreter: str | None = None
    notes: tuple[Note, ...] = ()
    soname: str | None = None
    needed: tuple[str, ...] = ()
    """The libraries of DT_NEEDED, in order."""
    library_paths: tuple[str, ...] = ()
    """DT_RPATH and DT_RUNPATH, as they stand there."""
    arm_architecture: int | None = None
    """Tag_CPU_arch of the ARM build attributes."""
    damage: tuple[str, ...] = ()
    """What is announced and could not be read, in words; the rest is known all the same."""

    @property
    def cpu(self) -> str | None:
        """FreeBSD's word for the CPU (``amd64``, ``armv7``); None if FreeBSD has none."""
        if self.machine == _ARM:
            return self._arm_cpu
        if self.machine == _AARCH64 and self.flags & _EF_AARCH64_PURECAP:
            return "aarch64c"
        return _CPUS.get((self.machine, self.bits, self.byte_order))

    @property
    def _arm_cpu(self) -> str | None:
        """Addenda to the ABI for the Arm architecture: 6-9, 11, 12 are kinds of v6, 10 is v7."""
        eabi = self.flags & _EF_ARM_EABI and self.byte_order == "little"
        if not eabi or self.arm_architecture is None or self.arm_architecture < 6:
            return None
        return "armv6" if self.arm_architecture in {6, 7, 8, 9, 11, 12} else "armv7"

    @property
    def freebsd_version(self) -> int | None:
        """__FreeBSD_version of the system it was linked on: 1400097; None without the note."""
        for note in self.notes:
            if (note.owner, note.type) == ("FreeBSD", _NT_FREEBSD_ABI_TAG):
                return self._word(note.content)
        return None

    @property
    def system(self) -> str | None:
        """``FreeBSD`` or ``Linux`` if the file says so, by ABI byte, note or interpreter."""
        if self.os_abi == _ABI_FREEBSD or self.freebsd_version is not None:
            return "FreeBSD"
        tags = [n for n in self.notes if (n.owner, n.type) == ("GNU", _NT_GNU_ABI_TAG)]
        loader = (self.interpreter or "").rpartition("/")[2]
        if (
            self.os_abi == _ABI_LINUX
            or any(self._word(tag.content) == _GNU_TAG_LINUX for tag in tags)
            or loader.startswith(("ld-linux", "ld-musl", "ld64.so"))
        ):
            return "Linux"
        return None

    @property
    def description(self) -> str:
        """For people: ``64-bit little-endian RISC-V``."""
        machine = _MACHINES.get(self.machine, f"machine {self.machine}")
        return f"{self.bits}-bit {self.byte_order}-endian {machine}"

    def _word(self, content: bytes) -> int | None:
        return int.from_bytes(content[:4], self.byte_order) if len(content) >= 4 else None


def is_elf(head: bytes) -> bool:
    """Whether a file that begins so says it is ELF."""
    return head.startswith(MAGIC)


def read_elf(file: BinaryIO, where: str | None = None) -> Elf:
    """Read the headers of a seekable file; ElfError unless its file header makes sense.

    At most a few megabytes are read, whatever the file announces.
    """
    elf = ElfFile(file, where)
    dynamic = _dynamic(elf)
    sonames = dynamic[_DT_SONAME]
    return Elf(
        bits=elf.bits,
        byte_order=elf.byte_order,
        os_abi=elf.os_abi,
        type=elf.type,
        machine=elf.machine,
        flags=elf.flags,
        interpreter=_interpreter(elf),
        notes=tuple(islice(_notes(elf), _MAX_NOTES)),
        soname=sonames[0] if sonames else None,
        needed=tuple(dynamic[_DT_NEEDED]),
        library_paths=tuple(dynamic[_DT_RPATH] + dynamic[_DT_RUNPATH]),
        arm_architecture=_arm_architecture(elf) if elf.machine == _ARM else None,
        damage=tuple(dict.fromkeys(elf.damage)),
    )


def _interpreter(elf: ElfFile) -> str | None:
    for segment in elf.segments:
        if segment.type == _PT_INTERP:
            return text_of(elf.read(segment, "the interpreter's name")) or None
    return None


def _arm_architecture(elf: ElfFile) -> int | None:
    for section in elf.sections:
        if section.type == _SHT_ARM_ATTRIBUTES:
            return cpu_architecture(elf.read(section, "the build attributes"), elf.byte_order)
    return None


def _notes(elf: ElfFile) -> Iterator[Note]:
    parts = [section for section in elf.sections if section.type == _SHT_NOTE]
    for part in parts or [segment for segment in elf.segments if segment.type == _PT_NOTE]:
        yield from _notes_in(elf, part)


def _notes_in(elf: ElfFile, part: Part) -> Iterator[Note]:
    """The entries of one part; names and contents begin at multiples of 4, some systems' at 8."""
    data = elf.read(part, "a note")
    alignment = 8 if part.alignment == 8 else 4
    layout = struct.Struct(elf.order + "III")
    at = 0
    while at + layout.size <= len(data):
        name_size, size, kind = layout.unpack_from(data, at)
        name = at + layout.size
        content = _aligned(name + name_size, alignment)
        if content + size > len(data):
            elf.damage.append("a note is cut off")
            return
        yield Note(text_of(data[name : name + name_size]), kind, data[content : content + size])
        at = _aligned(content + size, alignment)


def _aligned(offset: int, alignment: int) -> int:
    return -(-offset // alignment) * alignment


def _dynamic(elf: ElfFile) -> dict[int, list[str]]:
    """The texts of the dynamic table by tag."""
    texts: dict[int, list[str]] = {
        tag: [] for tag in (_DT_NEEDED, _DT_SONAME, _DT_RPATH, _DT_RUNPATH)
    }
    rows, strings = _dynamic_table(elf)
    for tag, value in rows:
        if tag in texts:
            texts[tag].append(elf.string(strings + value))
    return texts


def _dynamic_table(elf: ElfFile) -> tuple[list[tuple[int, int]], int]:
    """The rows (tag, value), and where in the file their strings begin."""
    for section in elf.sections:
        if section.type == _SHT_DYNAMIC and section.link < len(elf.sections):
            return _rows(elf, section), elf.sections[section.link].offset
    for segment in elf.segments:
        if segment.type == _PT_DYNAMIC:
            rows = _rows(elf, segment)
            return rows, elf.offset_of(dict(rows).get(_DT_STRTAB, 0))
    return [], 0


def _rows(elf: ElfFile, part: Part) -> list[tuple[int, int]]:
    layout = struct.Struct(elf.order + ("QQ" if elf.bits == 64 else "II"))
    data = elf.read(part, "the dynamic table")
    rows = []
    for tag, value in layout.iter_unpack(data[: len(data) // layout.size * layout.size]):
        if tag == 0:
            break
        rows.append((tag, value))
    return rows
