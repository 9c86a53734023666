"""Which files of a package hold code, and for what: every file is looked into."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from portfake.errors import InputError
from portfake.formats.elf import Elf, is_elf, read_elf
from portfake.formats.executable import PREFIX, program_format
from portfake.model.abi import Abi
from portfake.model.entry import Entry
from portfake.model.payload import Reader
from portfake.packages.shlibs import SharedLibraries, linkage, summarize

__all__ = [
    "HEAD",
    "Code",
    "MachineCode",
    "OtherProgram",
    "looks_compiled",
    "shared_libraries",
    "survey",
]

_AR = b"!<arch>\n"
_AR_HEADER = 60
HEAD = PREFIX
"""Bytes of a file that tell whether it is worth a look."""


@dataclass(frozen=True, slots=True)
class MachineCode:
    """A file that is ELF, or an ar archive that holds some: one for each CPU and system in it."""

    path: str
    elf: Elf
    """Of an archive: the first of its members that are of this CPU and system."""
    executable: bool
    """Whether a mode bit says that it is meant to be run."""
    archived: bool = False

    @property
    def cpu(self) -> str:
        """FreeBSD's word for the CPU, or a description of one that FreeBSD has no word for."""
        return self.elf.cpu or self.elf.description

    @property
    def system(self) -> str:
        """``FreeBSD``, ``Linux``, or empty where the file does not say."""
        return self.elf.system or ""


@dataclass(frozen=True, slots=True)
class OtherProgram:
    """A file that is meant to be run, and is for another system or a virtual machine."""

    path: str
    format: str
    """In words, such as ``a Windows program (PE)``."""


@dataclass(frozen=True, slots=True)
class Code:
    """What was found in the files of a package."""

    machine_code: tuple[MachineCode, ...] = ()
    others: tuple[OtherProgram, ...] = ()


def looks_compiled(head: bytes) -> bool:
    """Whether a file that starts so may hold code."""
    return head.startswith(_AR) or is_elf(head) or program_format(head) is not None


def survey(files: Iterable[tuple[Entry, Reader | None]]) -> Code:
    """Return what holds code; damaged ELF files count as far as they can be read."""
    machine_code: list[MachineCode] = []
    others: list[OtherProgram] = []
    for entry, reader in files:
        if reader is None:
            continue
        head = reader.read(HEAD)
        executable = bool((entry.mode or 0) & 0o111)
        if head.startswith(_AR) or is_elf(head):
            content = io.BytesIO(head + reader.read())
            machine_code.extend(_machine_code(content, entry.path, executable=executable))
        elif executable and (words := program_format(head)) is not None:
            others.append(OtherProgram(entry.path, words))
    return Code(tuple(machine_code), tuple(others))


def _machine_code(content: io.BytesIO, path: str, *, executable: bool) -> Iterator[MachineCode]:
    archived = content.getvalue().startswith(_AR)
    found = _members(content, path) if archived else [_read(content, path)]
    seen = set()
    for elf in found:
        if elf is not None and (kind := (elf.description, elf.system)) not in seen:
            seen.add(kind)
            yield MachineCode(path, elf, executable, archived)


def _read(content: io.BytesIO, path: str) -> Elf | None:
    try:
        return read_elf(content, path)
    except InputError:
        # The magic alone makes no program; a kernel would not load it either.
        return None


def _members(content: io.BytesIO, path: str) -> Iterator[Elf | None]:
    """Yield the ELF members of an ar archive."""
    content.seek(len(_AR))
    while len(header := content.read(_AR_HEADER)) == _AR_HEADER:
        digits = header[48:58].strip()
        if not digits.isdigit():
            return
        size = int(digits)
        start = content.tell()
        member = content.read(size)
        if is_elf(member[:HEAD]):
            yield _read(io.BytesIO(member), path)
        content.seek(start + size + size % 2)


def shared_libraries(
    found: Iterable[MachineCode], paths: Iterable[str], target: Abi
) -> SharedLibraries:
    """Return what a package with these files requires and provides."""
    linkages = [linkage(code.path, code.elf, target) for code in found if not code.archived]
    return summarize([told for told in linkages if told is not None], paths)
