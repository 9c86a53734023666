"""Whether what packages need of each other is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from portfake.audit.finding import Severity
from portfake.audit.inventory import Inventory
from portfake.audit.rule import Needs, Observation, rule
from portfake.model.version import PortVersion

__all__ = ["RULES"]

_LIBRARY_FOLDERS: Final = {"": ("/lib", "/usr/lib"), ":32": ("/usr/lib32",)}
_SUFFIX: Final = re.compile(r"(?P<name>.*?)(?P<suffix>(:Linux)?(:32)?)")


@rule(
    "dependency-missing",
    Severity.ERROR,
    "Every package that another depends on is installed.",
    fix="install it",
)
def _missing(inventory: Inventory) -> Iterator[Observation]:
    names = {package.manifest.name for package in inventory.packages}
    for package in inventory.packages:
        for wanted in package.manifest.deps:
            if wanted.name not in names:
                yield Observation(
                    message=f"depends on {wanted.name}, which is not installed",
                    package=package.manifest.full_name,
                    evidence={"dependency": f"{wanted.name}-{wanted.version}"},
                )


@rule(
    "dependency-older",
    Severity.NOTE,
    "A dependency is installed in the version that was recorded, or a newer one.",
    fix="upgrade the dependency",
)
def _older(inventory: Inventory) -> Iterator[Observation]:
    versions = {each.manifest.name: each.manifest.version for each in inventory.packages}
    for package in inventory.packages:
        for wanted in package.manifest.deps:
            there = versions.get(wanted.name)
            if there is not None and PortVersion(there) < PortVersion(wanted.version):
                yield Observation(
                    message=f"was made with {wanted.name}-{wanted.version}, here is {there}",
                    package=package.manifest.full_name,
                    evidence={"recorded": wanted.version, "found": there},
                )


@rule(
    "library-unprovided",
    Severity.ERROR,
    "Every shared library that a package requires comes from a package or from the base system.",
    needs=Needs.WHOLE | Needs.BASE,
    fix="install the package that provides it",
)
def _libraries(inventory: Inventory) -> Iterator[Observation]:
    provided = {name for each in inventory.packages for name in each.manifest.shlibs_provided}
    for package in inventory.packages:
        for wanted in package.manifest.shlibs_required:
            if wanted in provided or _in_base(inventory, wanted):
                continue
            yield Observation(
                message=f"requires {wanted}, which nobody provides",
                package=package.manifest.full_name,
                evidence={"library": wanted},
            )


def _in_base(inventory: Inventory, wanted: str) -> bool:
    match = _SUFFIX.fullmatch(wanted)
    assert match is not None
    folders = _LIBRARY_FOLDERS.get(match["suffix"], ())
    return any(
        inventory.at(f"{folder}/{match['name']}", follow=True) is not None for folder in folders
    )


@rule(
    "requirement-missing",
    Severity.ERROR,
    "Every requirement of a package is provided by another one.",
    fix="install a package that provides it",
)
def _requirements(inventory: Inventory) -> Iterator[Observation]:
    provided = {name for each in inventory.packages for name in each.manifest.provides}
    for package in inventory.packages:
        for wanted in package.manifest.requires:
            if wanted not in provided:
                yield Observation(
                    message=f"requires {wanted}, which nobody provides",
                    package=package.manifest.full_name,
                    evidence={"requirement": wanted},
                )


@rule(
    "package-conflict",
    Severity.WARNING,
    "No two packages are installed that exclude each other.",
    fix="delete one of them",
)
def _conflicts(inventory: Inventory) -> Iterator[Observation]:
    names = {package.manifest.name for package in inventory.packages}
    for package in inventory.packages:
        for other in package.manifest.conflicts:
            if other in names and other != package.manifest.name:
                yield Observation(
                    message=f"conflicts with {other}", package=package.manifest.full_name
                )


@rule(
    "package-abi",
    Severity.ERROR,
    "Every package is one that pkg(8) of the root's system would take.",
    needs=Needs.TARGET,
    fix="install the package of the root's own ABI",
)
def _abi(inventory: Inventory) -> Iterator[Observation]:
    assert inventory.target is not None
    abi, _ = inventory.target
    for package in inventory.packages:
        if not abi.accepts(package.manifest.abi):
            yield Observation(
                message=f"is for {package.manifest.abi}, and the root is {abi}",
                package=package.manifest.full_name,
                evidence={"found": package.manifest.abi, "wanted": str(abi)},
            )


RULES = (_missing, _older, _libraries, _requirements, _conflicts, _abi)
