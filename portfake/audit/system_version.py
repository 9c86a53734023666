"""Which base system and kernel a root holds, by its own files' text; nothing of it runs."""

from __future__ import annotations

import re
from typing import Final

from portfake.audit.subjects import Subject
from portfake.root.confined import Root

__all__ = ["system_subjects"]

_SCRIPT: Final = "/bin/freebsd-version"
_KERNELS: Final = ("/boot/kernel/kernel",)
_PARAM_H: Final = "/usr/include/sys/param.h"
_USERLAND: Final = re.compile(rb"^USERLAND_VERSION=\"?([0-9A-Za-z.-]+)\"?", re.MULTILINE)
_KERNEL: Final = re.compile(rb"@\(#\)FreeBSD ([0-9]+\.[0-9]+-[0-9A-Za-z.-]+) ")
_OSVERSION: Final = re.compile(rb"^#\s*define\s+__FreeBSD_version\s+([0-9]{6,8})\b", re.MULTILINE)
_RELEASE: Final = re.compile(r"(\d+\.\d+)-RELEASE(?:-p(\d+))?")
_CHUNK: Final = 1 << 20
_OVERLAP: Final = 256


def system_subjects(root: Root) -> tuple[list[Subject], list[str]]:
    """Return base and kernel as VuXML names them, and notes on what could not be told.

    ``14.0-RELEASE-p3`` is ``FreeBSD-14.0_3``, the kernel's own ``FreeBSD-kernel-14.0_3``, as
    405.pkg-base-audit has it. The userland's version stands in bin/freebsd-version, or as far as
    the release goes in usr/include/sys/param.h; the kernel's in the kernel.
    """
    subjects: list[Subject] = []
    notes: list[str] = []
    userland = _find(root, _SCRIPT, _USERLAND)
    if userland is None:
        userland = _release_of_headers(root)
        if userland is not None:
            notes.append("the patch level of the base system is not known; it counts as none")
    for name, text in (("FreeBSD", userland), ("FreeBSD-kernel", _kernel(root))):
        if text is None:
            continue
        match = _RELEASE.fullmatch(text)
        if match is None:
            notes.append(f"{name} {text} is no release: feeds say nothing about it")
            continue
        patch = match[2]
        version = f"{match[1]}_{patch}" if patch else match[1]
        subjects.append(Subject(name=name, version=version, origin="base"))
    return subjects, notes


def _release_of_headers(root: Root) -> str | None:
    number = _find(root, _PARAM_H, _OSVERSION)
    if number is None:
        return None
    # 1400097 is 14.0, 1301000 13.1: major, minor, and two or three digits of changes.
    major, minor = int(number) // 100_000, int(number) // 1000 % 100
    return f"{major}.{minor}-RELEASE"


def _kernel(root: Root) -> str | None:
    return next((found for path in _KERNELS if (found := _find(root, path, _KERNEL))), None)


def _find(root: Root, path: str, wanted: re.Pattern[bytes]) -> str | None:
    """The first match in a file, which is read piece by piece."""
    try:
        with root.open(path) as file:
            kept = b""
            while chunk := file.read(_CHUNK):
                match = wanted.search(kept + chunk)
                if match is not None:
                    return match[1].decode("ascii", "replace")
                kept = chunk[-_OVERLAP:]
    except OSError:
        pass
    return None
