"""Which shared libraries a package needs and offers, from the dynamic sections of its files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from portfake.formats.elf import Elf
from portfake.model.abi import Abi

__all__ = ["Linkage", "SharedLibraries", "linkage", "suffix", "summarize"]

_COMPAT_32 = {"amd64": "i386", "aarch64": "armv7", "powerpc64": "powerpc"}


@dataclass(frozen=True, slots=True)
class Linkage:
    """What the dynamic section of one packaged file says."""

    path: str
    suffix: str = ""
    """How its libraries are told from native ones: empty, ``:32``, ``:Linux``, ``:Linux:32``."""
    soname: str | None = None
    needed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SharedLibraries:
    """A manifest's shlibs_required and shlibs_provided, in byte order."""

    required: tuple[str, ...] = ()
    provided: tuple[str, ...] = ()


def linkage(path: str, elf: Elf, target: Abi, *, track_linux: bool = False) -> Linkage | None:
    """Return what a packaged ELF file says; None if it is no part of the target's system.

    A file that names no system counts as Linux's, as FreeBSD's kernel takes it
    (libpkg/pkg_elf.c, analyse_elf()).
    """
    told = elf.cpu and suffix(elf.system or "Linux", elf.cpu, target, track_linux=track_linux)
    if told is None or elf.cpu is None:
        return None
    return Linkage(path, told, elf.soname, elf.needed)


def suffix(system: str, cpu: str, target: Abi, *, track_linux: bool = False) -> str | None:
    """Return the suffix for a file of this system and CPU; None if it does not count at all.

    `track_linux` is pkg.conf's TRACK_LINUX_COMPAT_SHLIBS (libpkg/pkg.c,
    pkg_shlib_flags_from_abi()).
    """
    foreign = system.lower() != target.system.lower()
    if foreign and not (track_linux and system.lower() == "linux"):
        return None
    narrow = cpu != target.cpu
    if narrow and _COMPAT_32.get(target.cpu) != cpu:
        return None
    return (":Linux" if foreign else "") + (":32" if narrow else "")


def summarize(linkages: Iterable[Linkage], paths: Iterable[str]) -> SharedLibraries:
    """Return what a package of these files and paths requires and provides.

    Only names that start with ``lib`` count; what the package provides itself, or holds a file
    of that name, is not required (libpkg/pkg_elf.c, analyse_elf(); pkg_abi.c,
    pkg_cleanup_shlibs_required()).
    """
    required, provided = set(), set()
    for linkage in linkages:
        if linkage.soname is not None and linkage.soname.startswith("lib"):
            provided.add(linkage.soname + linkage.suffix)
        required |= {
            needed + linkage.suffix for needed in linkage.needed if needed.startswith("lib")
        }
    names = {path.rpartition("/")[2] for path in paths}
    return SharedLibraries(_ordered(required - provided - names), _ordered(provided))


def _ordered(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(names, key=lambda name: name.encode(errors="surrogateescape")))
