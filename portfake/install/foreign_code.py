"""Machine code that the target could not run: looked for in every file before any write.

The rules are those of the house's design, "Refusing compiled code".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from portfake.errors import PortfakeError, Refused
from portfake.install.candidate import Candidate
from portfake.model.abi import Abi
from portfake.packages.machine_code import MachineCode
from portfake.patterns import glob

__all__ = ["foreign_code", "payload_notes"]

# CPU -> the CPUs whose programs its kernel runs as well.
_ALSO_RUNS: Mapping[str, frozenset[str]] = {
    "amd64": frozenset({"i386"}),
    "aarch64": frozenset({"armv7"}),
    "powerpc64": frozenset({"powerpc"}),
    "armv7": frozenset({"armv6"}),
}
# CPUs that have linux(4), and so a use for Linux programs.
_HAS_LINUX = frozenset({"amd64", "i386", "aarch64"})


def foreign_code(
    candidate: Candidate, target: Abi, osversion: int, allowed: Sequence[str] = ()
) -> Iterator[PortfakeError]:
    """Yield one refusal for each file the target cannot run; `allowed` are globs over paths."""
    no_arch = _no_arch(candidate)
    passes = [glob(pattern) for pattern in (*candidate.foreign_allowed, *allowed)]
    for file in candidate.code.machine_code:
        if any(pattern.fullmatch(file.path) for pattern in passes):
            continue
        reason = _in_no_arch(file) if no_arch else _in_compiled(file, target, osversion)
        if reason:
            yield Refused(
                f"{candidate.manifest.full_name}: {file.path} is {reason}",
                where=candidate.source.name,
                hint=f"found {_words(file)}, wanted {target}; "
                "--packages DIR takes packages of the target, --allow-foreign GLOB lets it pass",
            )


def payload_notes(candidates: Iterable[Candidate]) -> Iterator[str]:
    """Say which machine code a NO_ARCH package carries as data, and what no kernel here runs."""
    for candidate in candidates:
        name = candidate.manifest.full_name
        if _no_arch(candidate):
            for file in candidate.code.machine_code:
                yield f"{name}: {file.path} holds {_words(file)} as data"
        for program in candidate.code.others:
            yield f"{name}: {program.path} is {program.format}, which FreeBSD does not run itself"


def _no_arch(candidate: Candidate) -> bool:
    return candidate.manifest.abi.endswith("*")


def _in_no_arch(file: MachineCode) -> str | None:
    """Other systems' code is payload here (sysroots, firmware); FreeBSD's is a mistake."""
    return "FreeBSD machine code in a package for every CPU" if file.system == "FreeBSD" else None


def _in_compiled(file: MachineCode, target: Abi, osversion: int) -> str | None:
    runnable = {target.cpu} | _ALSO_RUNS.get(target.cpu, frozenset())
    if file.system == "Linux" and target.cpu in _HAS_LINUX and file.cpu in runnable:
        return None
    if file.cpu not in runnable:
        return "compiled for another CPU"
    release = file.elf.freebsd_version
    if release is not None and release // 100_000 > osversion // 100_000:
        return "compiled for a newer release"
    return None


def _words(file: MachineCode) -> str:
    release = file.elf.freebsd_version
    words = [file.system, str(release) if release else "", file.cpu]
    return " ".join(word for word in words if word)
