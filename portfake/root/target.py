"""What a root says of itself: for which CPU and release its programs were made."""

from __future__ import annotations

import re
from typing import Final

from portfake.formats.elf import Elf, ElfError, read_elf
from portfake.model.abi import Abi
from portfake.root.confined import Root

__all__ = ["target_of"]

# pkg(8) asks these, in this order (spec/pkg.md 3.5), but goes on to the host's; portfake never.
_PROGRAMS: Final = ("/usr/bin/uname", "/bin/sh")
_PARAM_H: Final = "/usr/include/sys/param.h"
_VERSION: Final = re.compile(rb"^#\s*define\s+__FreeBSD_version\s+([0-9]{6,8})\b", re.MULTILINE)
_MAJOR: Final = 100_000


def target_of(root: Root) -> tuple[Abi, int] | None:
    """Return the ABI and __FreeBSD_version of a root; None if no program in it tells.

    The ABI is that of FreeBSD's note in usr/bin/uname or bin/sh. The version is the one that
    ports would see, param.h's (bsd.port.mk), where that is of the same major release, else the
    note's. InputError for a CPU that FreeBSD has and portfake does not.
    """
    for path in _PROGRAMS:
        elf = _program(root, path)
        if elf is not None and elf.cpu is not None and elf.freebsd_version is not None:
            major = elf.freebsd_version // _MAJOR
            headers = _headers_version(root)
            version = headers if headers and headers // _MAJOR == major else elf.freebsd_version
            return Abi.parse(f"FreeBSD:{major}:{elf.cpu}"), version
    return None


def _program(root: Root, path: str) -> Elf | None:
    try:
        with root.open(path) as file:
            return read_elf(file, path)
    except (OSError, ElfError):
        return None


def _headers_version(root: Root) -> int | None:
    try:
        found = _VERSION.search(root.read(_PARAM_H))
    except OSError:
        return None
    return int(found[1]) if found else None
