"""Compiled code for another machine is refused before the first write; data never is."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from portfake.install.candidate import Candidate
from portfake.install.foreign_code import foreign_code
from portfake.install.plan import Source
from portfake.model.abi import Abi
from portfake.model.entry import Entry, EntryType
from portfake.packages.machine_code import survey
from tests.command_line import Scene
from tests.formats.test_elf import CPUS, NO_CPU, Made
from tests.install.test_planner import manifest
from tests.packages.test_machine_code import archive

REFUSED = 77
OSVERSION = 1400097
TARGETS = [cpu for cpu in CPUS if cpu not in {"aarch64c", "armv6", "powerpc"}]
# Kernels that run another CPU's programs as well (src.conf(5), COMPAT_FREEBSD32 and LIB32).
ALSO = {("amd64", "i386"), ("aarch64", "armv7"), ("powerpc64", "powerpc"), ("armv7", "armv6")}
LINUX = 3


def objections(content: bytes, target: str, *, no_arch: bool = False) -> list[str]:
    """What speaks against a package with this one file on a target CPU."""
    abi = f"FreeBSD:14:{'*' if no_arch else target}"
    entry = Entry(path="/usr/local/bin/x", type=EntryType.FILE, mode=0o755)
    candidate = Candidate(
        manifest=manifest("a", abi=abi),
        digest="",
        source=Source("port", "misc/a", verified=True),
        open_payload=lambda: pytest.fail("nothing is to be read"),
        code=survey([(entry, io.BytesIO(content))]),
    )
    found = foreign_code(candidate, Abi.parse(f"FreeBSD:14:{target}"), OSVERSION)
    return [f"{error} {error.hint}" for error in found]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("cpu", CPUS)
@pytest.mark.parametrize("wrap", [lambda data: data, lambda data: archive(b"text", data)])
def test_every_cpu_against_every_target(
    cpu: str, target: str, wrap: Callable[[bytes], bytes]
) -> None:
    found = objections(wrap(CPUS[cpu].data), target)
    if cpu == target or (target, cpu) in ALSO:
        assert not found
    else:
        assert "/usr/local/bin/x is compiled for another CPU" in found[0]
        assert f"{cpu}, wanted FreeBSD:14:{target}" in found[0]


@pytest.mark.parametrize("name", NO_CPU)
def test_what_no_freebsd_runs_is_foreign_everywhere(name: str) -> None:
    assert all(objections(NO_CPU[name].data, target) for target in TARGETS)


def test_an_archive_is_as_foreign_as_its_worst_member() -> None:
    mixed = archive(CPUS["amd64"].data, CPUS["riscv64"].data)
    assert "riscv64" in objections(mixed, "amd64")[0]


@pytest.mark.parametrize("cpu", CPUS)
def test_a_package_for_every_cpu_has_no_freebsd_code(cpu: str) -> None:
    assert (
        "FreeBSD machine code in a package for every CPU"
        in objections(CPUS[cpu].data, "amd64", no_arch=True)[0]
    )


# Ports, from their recipes to the refusal


def elf(cpu: str, os_abi: int = 0, notes: bytes = b"\0" * 4) -> bytes:
    made = CPUS.get(cpu) or NO_CPU[cpu]
    return Made(
        made.machine, made.bits, made.order, made.flags, os_abi, arm=made.arm, notes=notes
    ).data  # fmt: skip


def firmware() -> dict[str, str | bytes]:
    return {
        "files/xtensa.bin": Made(94, 32, "<", os_abi=0, notes=b"").data,
        "files/avr.hex": Made(83, 32, "<", os_abi=0, notes=b"").data,
        "files/mips.elf": elf("mips", notes=b""),
        "files/blob": bytes(range(256)),
    }


def native_jar() -> dict[str, str | bytes]:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as jar:
        for cpu in CPUS:
            jar.writestr(f"native/freebsd-{cpu}/lib.so", CPUS[cpu].data)
            jar.writestr(f"native/linux-{cpu}/lib.so", elf(cpu, LINUX))
        jar.writestr("native/win/x.dll", b"MZ\x90\0")
    return {"files/demo.jar": out.getvalue()}


def compressed() -> dict[str, str | bytes]:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as book:
        info = tarfile.TarInfo("bin/x")
        info.size = len(CPUS["riscv64"].data)
        book.addfile(info, io.BytesIO(CPUS["riscv64"].data))
    return {"files/image.tgz": out.getvalue()}


SYSROOT: dict[str, str | bytes] = {f"files/libc-{cpu}.so": CPUS[cpu].data for cpu in CPUS}
LINUX_BASE: dict[str, str | bytes] = {
    "files/ld-linux.so": elf("amd64", LINUX),
    "files/libc.so": elf("i386", LINUX),
    "files/vmlinuz.a": archive(elf("amd64", LINUX)),
}
NO_ARCH, COMPILED = "", ".undef NO_ARCH\n"
PAYLOADS: dict[str, tuple[dict[str, str | bytes], str]] = {
    "a sysroot of every CPU": (SYSROOT, "QA_ENV=\tIGNORE_QA_no_arch=1\n"),
    "files that NO_ARCH_IGNORE names": (
        {"files/libjansi.so": CPUS["i386"].data}, "NO_ARCH_IGNORE=\tlibjansi.so\n"
    ),
    "firmware": (firmware(), NO_ARCH),
    "a Linux base": (LINUX_BASE, COMPILED),
    "a Linux base for every CPU": ({**LINUX_BASE, "files/b": elf("riscv64", LINUX)}, NO_ARCH),
    "a jar with native parts": (native_jar(), NO_ARCH),
    "the same in a compiled package": (native_jar(), COMPILED),
    "code in an archive": (compressed(), COMPILED),
    "Mach-O, PE, Wasm, bytecode": (
        {"files/a": b"\xcf\xfa\xed\xfe" + bytes(28), "files/b.dll": b"MZ\x90\0" + bytes(60),
         "files/c.wasm": b"\0asm\1\0\0\0", "files/d.class": b"\xca\xfe\xba\xbe" + bytes(28)},
        COMPILED,
    ),
    "its own CPU's programs": ({"files/x": CPUS["amd64"].data}, COMPILED),
    "what the CPU runs besides": ({"files/x": CPUS["i386"].data}, COMPILED),
}  # fmt: skip


def port(scene: Scene, files: dict[str, str | bytes], lines: str) -> str:
    names = [name.removeprefix("files/") for name in files]
    return scene.port(
        "${MKDIR} ${STAGEDIR}${DATADIR}\n${INSTALL_DATA} ${FILESDIR}/* ${STAGEDIR}${DATADIR}",
        lines=f"DISTFILES=\n{lines}PLIST_FILES=\t" + " ".join(f"%%DATADIR%%/{n}" for n in names),
        files=files,
    )


@pytest.mark.parametrize("case", PAYLOADS)
def test_payload_is_never_refused(case: str, empty: Scene) -> None:
    origin = port(empty, *PAYLOADS[case])
    answer = empty.install("--no-deps", origin)
    assert answer.status == 0, answer.err


@pytest.mark.parametrize(
    ("files", "lines", "says"),
    [
        ({"files/x": CPUS["aarch64"].data}, COMPILED, "compiled for another CPU"),
        ({"files/x.ko": CPUS["powerpc64"].data}, COMPILED, "compiled for another CPU"),
        ({"files/x.a": archive(CPUS["riscv64"].data)}, COMPILED, "compiled for another CPU"),
        ({"files/x": elf("aarch64", LINUX)}, COMPILED, "compiled for another CPU"),
        ({"files/x": CPUS["amd64"].data}, NO_ARCH, "in a package for every CPU"),
        ({"files/x": CPUS["amd64"].data, "files/y.so": CPUS["amd64"].data},
         "NO_ARCH_IGNORE=\ty.so\n", "x is FreeBSD machine code in a package for every CPU"),
    ],
)  # fmt: skip
def test_compiled_code_is_refused(
    files: dict[str, str | bytes], lines: str, says: str, empty: Scene
) -> None:
    origin = port(empty, files, lines)
    error = empty.refused(origin, status=REFUSED)
    assert says in error["error"]
    assert "--allow-foreign" in error["hint"]
    answer = empty.install("--no-deps", "--allow-foreign", "/usr/local/share/demo/x*", origin)
    assert answer.status == 0, answer.err


# Real programs


@pytest.mark.judge
@pytest.mark.parametrize(("name", "cpu"), [("freebsd-x64", "amd64"), ("freebsd-arm64", "aarch64")])
def test_real_programs_of_two_cpus(name: str, cpu: str, judged_folder: Path) -> None:
    (package,) = judged_folder.glob(f"esbuild-{name}-*.tgz")
    with tarfile.open(package) as book:
        program = book.extractfile("package/bin/esbuild")
        assert program is not None
        content = program.read()
    for target in TARGETS:
        assert bool(objections(content, target)) is (target != cpu)


@pytest.fixture
def judged_folder(judged: Callable[[str], str]) -> Path:
    """Packages of npm: @esbuild/freebsd-x64 and @esbuild/freebsd-arm64."""
    return Path(judged("PORTFAKE_NPM"))
