"""The ABI of a package or a root: ``FreeBSD:14:aarch64``, and pkg(8)'s older spelling of it."""

from __future__ import annotations

from dataclasses import dataclass

from portfake.errors import InputError

__all__ = ["Abi", "Cpu", "legacy_arch"]

# CPU word -> the fields that stand for it in the legacy form (pkg 2.8 libpkg, spec/pkg.md 3.5).
_LEGACY = {
    "amd64": "x86:64",
    "i386": "x86:32",
    "aarch64": "aarch64:64",
    "armv6": "armv6:32:el:eabi:hardfp",
    "armv7": "armv7:32:el:eabi:hardfp",
    "powerpc": "powerpc:32:eb",
    "powerpc64": "powerpc:64:eb",
    "powerpc64le": "powerpc:64:el",
    "riscv64": "riscv:64:hf",
    "*": "*",
}
Cpu = str
# CPUs of manifests that are no target of portfake's (libpkg/pkg_abi.c, machine_arch_translation).
_OTHERS = {
    "aarch64c": "aarch64:64:cheri",
    "aarch64cb": "aarch64:64:cheri:benchmark",
    "ia64": "ia64:64",
    "mips": "mips:32:eb:o32",
    "mips64": "mips:64:eb:n64",
    "mips64el": "mips:64:el:n64",
    "mipsel": "mips:32:el:o32",
    "mipsn32": "mips:32:eb:n32",
    "mipsn32el": "mips:32:el:n32",
    "riscv32": "riscv:32:hf",
    "riscv32sf": "riscv:32:sf",
    "riscv64c": "riscv:64:cheri:hf",
    "riscv64sf": "riscv:64:sf",
    "sparc64": "sparc64:64",
}


def legacy_arch(abi: str) -> str:
    """Return the legacy spelling of any text that stands for an ABI, as pkg(8) makes it.

    The system in lower case, the release as it is, a known CPU translated
    (libpkg/pkg_abi.c, pkg_arch_to_legacy()).
    """
    system, colon, rest = abi.partition(":")
    release, second, cpu = rest.partition(":")
    return f"{system.lower()}{colon}{release}{second}{(_LEGACY | _OTHERS).get(cpu, cpu)}"


@dataclass(frozen=True, slots=True)
class Abi:
    """Operating system, major release and CPU; the CPU ``*`` means any (NO_ARCH)."""

    system: str
    major: str
    cpu: Cpu

    @classmethod
    def parse(cls, text: str) -> Abi:
        """Raise InputError unless `text` has the three fields of an ABI that portfake knows."""
        fields = text.split(":")
        if (
            len(fields) != 3
            or fields[0] != "FreeBSD"
            or not (fields[1].isdigit() or fields[1] == "*")
        ):
            raise InputError(f"{text!r} is not an ABI", hint="an ABI reads FreeBSD:14:aarch64")
        if fields[2] not in _LEGACY:
            known = ", ".join(sorted(_LEGACY.keys() - {"*"}))
            raise InputError(f"no known CPU in ABI {text!r}", hint=f"known CPUs: {known}")
        return cls(*fields)

    @classmethod
    def named_by(cls, package_abi: str) -> Abi | None:
        """Return the one system that a package's ABI stands for; None for a pattern."""
        try:
            abi = cls.parse(package_abi)
        except InputError:
            return None
        return None if "*" in (abi.major, abi.cpu) else abi

    @property
    def legacy(self) -> str:
        """pkg's `arch` spelling: ``freebsd:14:x86:64``."""
        return legacy_arch(str(self))

    @property
    def any_cpu(self) -> Abi:
        """The same release for every CPU, as NO_ARCH packages carry it."""
        return Abi(self.system, self.major, "*")

    def accepts(self, package_abi: str) -> bool:
        """Whether pkg(8) takes a package of this ABI on such a system.

        The rule of pkg 2.8: the package's text is a prefix of the system's, or matches it as a
        glob, both without regard to case.
        """
        from portfake.patterns import glob  # noqa: PLC0415  # start-up time

        system, package = str(self).lower(), package_abi.lower()
        return system.startswith(package) or glob(package).fullmatch(system) is not None

    def __str__(self) -> str:
        return f"{self.system}:{self.major}:{self.cpu}"
