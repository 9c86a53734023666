"""FreeBSD's file flags: the names that chflags(1) and mtree(5) use, and the bits of st_flags.

strtofflags(3) gives the names, sys/stat.h the bits. A name with ``no`` in front takes its bit
away; ``nodump`` is the one whose bit means the name with the ``no``.
"""

from __future__ import annotations

from typing import Final

__all__ = ["flags_from_text", "flags_to_text"]

# The first name of each bit is the one that fflagstostr(3) writes.
_NAMES: Final = {
    0x0000_0001: ("nodump",),
    0x0000_0002: ("uchg", "uchange", "uimmutable"),
    0x0000_0004: ("uappnd", "uappend"),
    0x0000_0008: ("opaque",),
    0x0000_0010: ("uunlnk", "uunlink"),
    0x0000_0080: ("usystem", "system"),
    0x0000_0100: ("usparse", "sparse"),
    0x0000_0200: ("uoffline", "offline"),
    0x0000_0400: ("ureparse", "reparse"),
    0x0000_0800: ("uarch", "uarchive"),
    0x0000_1000: ("urdonly", "rdonly", "readonly"),
    0x0000_8000: ("uhidden", "hidden"),
    0x0001_0000: ("arch", "archived"),
    0x0002_0000: ("schg", "schange", "simmutable"),
    0x0004_0000: ("sappnd", "sappend"),
    0x0010_0000: ("sunlnk", "sunlink"),
    0x0020_0000: ("snapshot",),
}
_BITS: Final = {name: bit for bit, names in _NAMES.items() for name in names}
_NONE: Final = "none"


def flags_from_text(text: str) -> int:
    """Return the bits of ``uchg,nodump``; ValueError for a name that FreeBSD does not have."""
    flags = 0
    for name in text.split(","):
        if name in {_NONE, "", "dump"}:
            continue
        if name.removeprefix("no") in _BITS and name not in _BITS:
            flags &= ~_BITS[name.removeprefix("no")]
        elif name in _BITS:
            flags |= _BITS[name]
        else:
            raise ValueError(f"no file flag is called {name!r}")
    return flags


def flags_to_text(flags: int) -> str:
    """Return the names of the bits, ``none`` for none; ValueError for a bit without a name."""
    unnamed = flags & ~sum(_NAMES)
    if unnamed or flags < 0:
        raise ValueError(f"no file flag has the bits {unnamed:#x}")
    return ",".join(names[0] for bit, names in _NAMES.items() if flags & bit) or _NONE
