"""Owner, group, mode and flags as packing lists and keywords write them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from portfake.errors import InputError

__all__ = ["FLAG_BITS", "Attributes", "flag_names", "parse_flags", "parse_mode"]

# chflags(1) names -> st_flags bits (FreeBSD sys/stat.h); the first name of a bit is written.
FLAG_BITS = {
    "nodump": 0x1,
    "uchg": 0x2,
    "uchange": 0x2,
    "uimmutable": 0x2,
    "uappnd": 0x4,
    "uappend": 0x4,
    "opaque": 0x8,
    "uunlnk": 0x10,
    "uunlink": 0x10,
    "usystem": 0x80,
    "system": 0x80,
    "usparse": 0x100,
    "sparse": 0x100,
    "uoffline": 0x200,
    "offline": 0x200,
    "ureparse": 0x400,
    "reparse": 0x400,
    "uarch": 0x800,
    "uarchive": 0x800,
    "urdonly": 0x1000,
    "rdonly": 0x1000,
    "readonly": 0x1000,
    "uhidden": 0x8000,
    "hidden": 0x8000,
    "arch": 0x10000,
    "archived": 0x10000,
    "schg": 0x20000,
    "schange": 0x20000,
    "simmutable": 0x20000,
    "sappnd": 0x40000,
    "sappend": 0x40000,
    "sunlnk": 0x100000,
    "sunlink": 0x100000,
    "snapshot": 0x200000,
}


@dataclass(frozen=True, slots=True)
class Attributes:
    """What ``(owner,group,mode,flags)`` says; None leaves what holds anyway."""

    owner: str | None = None
    group: str | None = None
    mode: int | None = None
    flags: int = 0


_OCTAL = re.compile(r"[0-7]{1,6}")
_CLAUSE = re.compile(r"([ugoa]*)=([rwxXst]*)")
_WHO = {"u": 0o4700, "g": 0o2070, "o": 0o1007}
_BITS = {"r": 0o444, "w": 0o222, "x": 0o111, "X": 0, "s": 0o6000, "t": 0o1000}


def parse_mode(text: str) -> int:
    """Return the 07777 bits of an octal or an absolute symbolic mode (``u=rwx,go=rx``).

    Relative forms (``u+x``) raise InputError, as pkg refuses them (libpkg/pkg_ports.c,
    parse_mode()); so does everything that is no mode.
    """
    if _OCTAL.fullmatch(text) and int(text, 8) <= 0o7777:
        return int(text, 8)
    mode = 0
    for clause in text.split(","):
        match = _CLAUSE.fullmatch(clause)
        if match is None:
            raise InputError(f"{text!r} is no mode", hint="a mode reads 0755 or u=rwx,go=rx")
        who = match[1].replace("a", "ugo") or "ugo"
        mask = 0
        for letter in set(who):
            mask |= _WHO[letter]
        bits = 0
        for letter in match[2]:
            bits |= _BITS[letter]
        mode = (mode & ~mask) | (bits & (mask | (bits & 0o1000)))
    return mode


def parse_flags(text: str) -> int:
    """Return the bits of a list of flag names separated by commas; InputError for another word."""
    flags = 0
    for name in filter(None, re.split(r"[,\s]+", text)):
        if name not in FLAG_BITS and name != "none":
            raise InputError(f"{name!r} is no file flag", hint="flags are named as in chflags(1)")
        flags |= FLAG_BITS.get(name, 0)
    return flags


def flag_names(flags: int) -> str:
    """Return the names of the bits, separated by commas, as fflagstostr(3) gives them."""
    names = []
    for name, bit in FLAG_BITS.items():
        if flags & bit:
            names.append(name)
            flags &= ~bit
    return ",".join(names)
