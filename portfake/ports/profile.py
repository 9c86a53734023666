"""The target profile: what evaluation would ask of the target machine, answered from data.

A release file and a CPU file (profiles/releases, profiles/cpus, TOML) are composed; nothing is
ever asked of the host.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import translate
from functools import cache
from pathlib import Path

import tomli

from portfake.errors import InputError
from portfake.model.abi import Abi

__all__ = ["Profile", "known_releases"]

_PROGRAM_FOLDERS = {"bin": "/bin", "sbin": "/sbin", "usr_bin": "/usr/bin", "usr_sbin": "/usr/sbin"}
_DATA = Path(__file__).parent / "profiles"


@dataclass(frozen=True, slots=True)
class Profile:
    """One release on one CPU."""

    abi: Abi
    osversion: int
    """__FreeBSD_version, such as 1400097."""
    machine: str
    """uname -m."""
    present: tuple[str, ...]
    """Globs of what the base system has."""
    links: Mapping[str, str]
    """Where paths of the base system lead to."""
    _answers: Mapping[str, str]
    """What commands print, by their text."""
    _patterns: tuple[tuple[str, str], ...]
    """The same for commands that a regular expression describes."""
    _present: re.Pattern[str]

    @classmethod
    def compose(cls, abi: Abi, osversion: int | None = None) -> Profile:
        """Raise InputError for a release or CPU that was never released, or another's version."""
        release = _release(abi.major)
        if abi.cpu not in release.cpus:
            raise InputError(
                f"FreeBSD {abi.major} was never released for {abi.cpu}",
                hint=f"its CPUs: {', '.join(release.cpus)}",
            )
        version = release.osversion if osversion is None else osversion
        if version // 100_000 != int(abi.major):
            raise InputError(
                f"__FreeBSD_version {version} is none of FreeBSD {abi.major}",
                hint=f"leave --osversion out for {release.osversion}",
            )
        cpu = _cpu(abi.cpu)
        facts = {
            "cpu": abi.cpu,
            "machine": cpu.machine,
            "triple": cpu.triple,
            "ia32": cpu.ia32,
            "osversion": str(version),
            "release": _release_name(version),
        }
        present = (*release.exists, *cpu.exists)
        return cls(
            abi=abi,
            osversion=version,
            machine=cpu.machine,
            present=present,
            links=release.links,
            _answers={
                command: output.format(**facts)
                for command, output in release.answers.items()
                if not _is_pattern(command)
            },
            _patterns=tuple(
                (command[1:-1], output.format(**facts))
                for command, output in release.answers.items()
                if _is_pattern(command)
            ),
            _present=re.compile("|".join(translate(pattern) for pattern in present)),
        )

    @property
    def release(self) -> str:
        """``uname -r``, such as 14.0-RELEASE."""
        return _release_name(self.osversion)

    def answer(self, command: str) -> str | None:
        """The output of a command line, None for one that no table knows."""
        known = self._answers.get(command)
        if known is not None:
            return known
        outputs = (each for pattern, each in self._patterns if _pattern(pattern).fullmatch(command))
        return next(outputs, None)

    def exists(self, path: str) -> bool:
        """Whether the base system has this path; LOCALBASE counts as empty."""
        return self._present.match(path) is not None

    def has_program(self, path: str) -> bool:
        """Whether which(1) would find this path in the base system."""
        return path in _base_programs() or self.exists(path)

    def realpath(self, path: str) -> str | None:
        """Where a base path leads to, None if it is not there."""
        return self.links.get(path, path if self.exists(path) else None)


def known_releases() -> list[str]:
    """The major releases that have a profile, oldest first."""
    names = (entry.name for entry in (_DATA / "releases").iterdir())
    return sorted((name.removesuffix(".toml") for name in names if name.endswith(".toml")), key=int)


@dataclass(frozen=True, slots=True)
class _Release:
    """A release file, profiles/releases/MAJOR.toml."""

    osversion: int
    cpus: list[str]
    exists: list[str]
    links: dict[str, str]
    answers: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Cpu:
    """A CPU file, profiles/cpus/CPU.toml."""

    machine: str
    triple: str
    ia32: str
    exists: list[str]


@cache
def _release(major: str) -> _Release:
    releases = known_releases()
    if major not in releases:
        raise InputError(
            f"no profile for FreeBSD {major}", hint=f"known releases: {', '.join(releases)}"
        )
    return _Release(**tomli.loads((_DATA / "releases" / f"{major}.toml").read_text("utf-8")))


@cache
def _base_programs() -> frozenset[str]:
    """The paths of profiles/commands.toml."""
    table = tomli.loads((_DATA / "commands.toml").read_text("utf-8"))
    return frozenset(
        f"{folder}/{name}"
        for key, folder in _PROGRAM_FOLDERS.items()
        for name in table[key].split()
    )


@cache
def _cpu(name: str) -> _Cpu:
    return _Cpu(**tomli.loads((_DATA / "cpus" / f"{name}.toml").read_text("utf-8")))


def _is_pattern(command: str) -> bool:
    return len(command) > 1 and command[0] == command[-1] == "/"


@cache
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.DOTALL)


def _release_name(osversion: int) -> str:
    return f"{osversion // 100_000}.{osversion // 1000 % 100}-RELEASE"
