"""Programs and libraries: whether they are for this system, and find what they load."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from portfake.audit.finding import Severity
from portfake.audit.inventory import Inventory
from portfake.audit.rule import Needs, Observation, rule
from portfake.model.entry import EntryType
from portfake.packages.shlibs import suffix

if TYPE_CHECKING:  # start-up time
    from portfake.formats.elf import Elf

__all__ = ["RULES"]

_OBJECT: Final = 1
_HINTS: Final = ("/libdata/ldconfig", "/libdata/ldconfig32")
_SYSTEM_PATHS: Final = (
    *("/lib", "/usr/lib", "/lib/casper", "/usr/lib/compat"),
    *("/usr/local/lib", "/usr/local/lib/compat/pkg", "/usr/local/lib/compat"),
)
_SYSTEM_PATHS_32: Final = ("/usr/lib32", "/usr/local/lib32", "/usr/local/lib32/compat")
_MAJOR: Final = 100_000
_LIBRARY: Final = re.compile(r".*\.so(\.[0-9.]+)?")


def _elves(inventory: Inventory) -> Iterator[tuple[str, Elf]]:
    for path, content in inventory.contents.items():
        if content.elf is not None:
            yield path, content.elf


def _native(inventory: Inventory) -> Iterator[tuple[str, Elf, str]]:
    """FreeBSD's executables and libraries for this target, with pkg's suffix (``:32``)."""
    assert inventory.target is not None
    abi, _ = inventory.target
    for path, elf in _elves(inventory):
        if elf.type == _OBJECT or elf.cpu is None or elf.system == "Linux":
            continue
        told = suffix("FreeBSD", elf.cpu, abi)
        if told is not None:
            yield path, elf, told


@rule(
    "elf-foreign",
    Severity.ERROR,
    "Every FreeBSD program is for the CPU that the root's own programs are for.",
    needs=Needs.WHOLE | Needs.CODE | Needs.TARGET,
    fix="install the package of the root's own ABI",
)
def _foreign(inventory: Inventory) -> Iterator[Observation]:
    assert inventory.target is not None
    abi, _ = inventory.target
    for path, elf in _elves(inventory):
        if elf.system != "FreeBSD" or (elf.cpu and suffix("FreeBSD", elf.cpu, abi) is not None):
            continue
        found = elf.cpu or elf.description
        yield Observation(
            message=f"is for {found}, and the root for {abi.cpu}",
            package=inventory.owners.get(path),
            path=path,
            evidence={"found": found, "wanted": abi.cpu},
        )


@rule(
    "elf-newer",
    Severity.ERROR,
    "No program was made for a newer major release than the root's.",
    needs=Needs.WHOLE | Needs.CODE | Needs.TARGET,
    fix="install the package of the root's own release",
)
def _newer(inventory: Inventory) -> Iterator[Observation]:
    assert inventory.target is not None
    _, osversion = inventory.target
    for path, elf in _elves(inventory):
        made = elf.freebsd_version
        if made is not None and made // _MAJOR > osversion // _MAJOR:
            yield Observation(
                message=f"was made for FreeBSD {made // _MAJOR}, the root is {osversion // _MAJOR}",
                package=inventory.owners.get(path),
                path=path,
                evidence={"found": str(made), "root": str(osversion)},
            )


@rule(
    "elf-damaged",
    Severity.WARNING,
    "What says it is ELF can be read as ELF.",
    needs=Needs.WHOLE | Needs.CODE,
)
def _damaged(inventory: Inventory) -> Iterator[Observation]:
    for path, content in inventory.contents.items():
        if content.damaged is not None:
            yield Observation(
                message=content.damaged, package=inventory.owners.get(path), path=path
            )


@rule(
    "elf-interpreter",
    Severity.ERROR,
    "The run-time linker that a program names is in the root.",
    needs=Needs.WHOLE | Needs.CODE | Needs.BASE | Needs.TARGET,
    fix="install the compatibility libraries it needs",
)
def _interpreter(inventory: Inventory) -> Iterator[Observation]:
    for path, elf, _ in _native(inventory):
        if elf.interpreter and inventory.at(elf.interpreter, follow=True) is None:
            yield Observation(
                message=f"is loaded by {elf.interpreter}, which is not there",
                package=inventory.owners.get(path),
                path=path,
                evidence={"interpreter": elf.interpreter},
            )


@rule(
    "elf-library",
    Severity.ERROR,
    "Every library that a program loads is found inside the root.",
    needs=Needs.WHOLE | Needs.CODE | Needs.BASE | Needs.TARGET,
    fix="install the package that provides it",
)
def _library(inventory: Inventory) -> Iterator[Observation]:
    folders = {"": _search_path(inventory, ""), ":32": _search_path(inventory, ":32")}
    anywhere = {posixpath.basename(path) for path in inventory.entries if ".so" in path}
    for path, elf, told in _native(inventory):
        for needed in elf.needed:
            places = [*_own_paths(path, elf), *folders.get(told, ())]
            # A library may be found by the run path of whatever program loads it.
            elsewhere = elf.interpreter is None and needed in anywhere
            if not elsewhere and not _found(inventory, needed, places):
                yield Observation(
                    message=f"loads {needed}, which is not there",
                    package=inventory.owners.get(path),
                    path=path,
                    evidence={"library": needed},
                )


def _found(inventory: Inventory, needed: str, places: list[str]) -> bool:
    if "/" in needed:
        return inventory.at(needed, follow=True) is not None
    return any(inventory.at(f"{place}/{needed}", follow=True) is not None for place in places)


def _own_paths(path: str, elf: Elf) -> Iterator[str]:
    """DT_RPATH and DT_RUNPATH with $ORIGIN for the file's own folder (rtld(1))."""
    origin = posixpath.dirname(path)
    for text in elf.library_paths:
        for place in text.split(":"):
            if place:
                shown = place.replace("${ORIGIN}", origin).replace("$ORIGIN", origin)
                yield posixpath.normpath(shown)


def _search_path(inventory: Inventory, told: str) -> list[str]:
    """Where rtld(1) looks by itself: the system's folders and what ldconfig(8) would add.

    ldconfig's hints are a cache in var/run, made at boot from the folders that the files in
    libdata/ldconfig name.
    """
    places = list(_SYSTEM_PATHS if not told else _SYSTEM_PATHS_32)
    for text_path, text in inventory.texts.items():
        if posixpath.dirname(text_path).endswith(_HINTS[1] if told else _HINTS[0]):
            places += text.split()
    return list(dict.fromkeys(places))


@rule(
    "script-interpreter",
    Severity.ERROR,
    "The interpreter that an executable script names is in the root.",
    needs=Needs.WHOLE | Needs.CODE | Needs.BASE,
    fix="install the interpreter",
)
def _script(inventory: Inventory) -> Iterator[Observation]:
    for path, content in inventory.contents.items():
        wanted = content.interpreter
        entry = inventory.entries.get(path)
        if wanted is None or entry is None or not (entry.mode or 0) & 0o111:
            continue
        if wanted.startswith("/") and inventory.at(wanted, follow=True) is None:
            yield Observation(
                message=f"is run by {wanted}, which is not there",
                package=inventory.owners.get(path),
                path=path,
                evidence={"interpreter": wanted},
            )


@rule(
    "elf-unrecorded",
    Severity.WARNING,
    "Every program and library under the prefix belongs to a package.",
    needs=Needs.WHOLE | Needs.CODE,
    fix="find out who put it there",
)
def _unrecorded(inventory: Inventory) -> Iterator[Observation]:
    below = {entry.path for entry in inventory.below_prefix() if entry.type is EntryType.FILE}
    for path, elf in _elves(inventory):
        if path in below and path not in inventory.owners:
            kind = "library" if _LIBRARY.fullmatch(path) else "program"
            yield Observation(
                message=f"is a {kind} of nobody, for {elf.cpu or elf.description}", path=path
            )


RULES = (_foreign, _newer, _damaged, _interpreter, _library, _script, _unrecorded)
