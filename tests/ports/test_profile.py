"""The target as data: what a FreeBSD of that release and CPU would answer."""

from __future__ import annotations

import pytest

from portfake.errors import InputError
from portfake.model.abi import Abi
from portfake.ports.profile import Profile, known_releases

# Release -> its default version, and the CPUs it was released for (FreeBSD's own platform list).
RELEASED = {
    "14": (
        1400097,
        {"amd64", "i386", "aarch64", "armv6", "armv7", "powerpc", "powerpc64", "powerpc64le",
         "riscv64"},
    ),
}  # fmt: skip
MACHINES = {
    "amd64": "amd64",
    "i386": "i386",
    "aarch64": "arm64",
    "armv7": "arm",
    "powerpc64": "powerpc",
    "powerpc64le": "powerpc",
    "riscv64": "riscv",
}


def profile(text: str, osversion: int | None = None) -> Profile:
    return Profile.compose(Abi.parse(text), osversion)


def every_target() -> list[str]:
    found = []
    for major in known_releases():
        for cpu in MACHINES:
            abi = f"FreeBSD:{major}:{cpu}"
            try:
                profile(abi)
            except InputError:
                continue
            found.append(abi)
    return found


def test_releases_are_in_order() -> None:
    assert known_releases() == sorted(known_releases(), key=int)
    assert "14" in known_releases()


@pytest.mark.parametrize("major", RELEASED)
def test_a_release_and_its_cpus(major: str) -> None:
    version, cpus = RELEASED[major]
    for cpu in sorted(cpus):
        assert profile(f"FreeBSD:{major}:{cpu}").osversion == version
    with pytest.raises(InputError, match="was never released for") as caught:
        profile(f"FreeBSD:{major}:*")
    assert set((caught.value.hint or "").removeprefix("its CPUs: ").split(", ")) == cpus


@pytest.mark.parametrize("abi", every_target())
def test_what_uname_says(abi: str) -> None:
    cpu = abi.rpartition(":")[2]
    target = profile(abi)
    assert target.machine == MACHINES[cpu]
    assert target.answer("uname -p") == target.answer("/usr/bin/uname -p") == cpu
    assert target.answer("/usr/bin/uname -m") == MACHINES[cpu]
    assert target.answer("/usr/bin/uname -s") == "FreeBSD"
    assert target.answer("/usr/bin/uname -r") == target.release
    awk = "/usr/bin/awk '/^#define __FreeBSD_version/ {print $3}' < /usr/include/sys/param.h"
    assert target.answer(awk.replace("< ", "")) == str(target.osversion)


@pytest.mark.parametrize(
    ("version", "release"),
    [(1400097, "14.0-RELEASE"), (1401000, "14.1-RELEASE"), (1403000, "14.3-RELEASE")],
)
def test_a_release_by_its_version(version: int, release: str) -> None:
    assert profile("FreeBSD:14:amd64", version).release == release


@pytest.mark.parametrize("version", [1302001, 1500000, 14, 0, 14000970])
def test_a_version_of_another_release(version: int) -> None:
    with pytest.raises(InputError, match="is none of FreeBSD 14") as caught:
        profile("FreeBSD:14:amd64", version)
    assert "1400097" in (caught.value.hint or "")


@pytest.mark.parametrize("major", ["3", "99", "*"])
def test_a_release_that_has_no_profile(major: str) -> None:
    with pytest.raises(InputError, match="no profile for FreeBSD") as caught:
        profile(f"FreeBSD:{major}:amd64")
    assert "14" in (caught.value.hint or "")


@pytest.mark.parametrize("cpu", ["i386", "powerpc", "armv6"])
def test_cpus_that_15_has_not(cpu: str) -> None:
    """FreeBSD 15 was released without these."""
    with pytest.raises(InputError, match="was never released for"):
        profile(f"FreeBSD:15:{cpu}")


@pytest.mark.parametrize("command", ["", "reboot", "uname -a", "uname -r; reboot", "uname -p\n"])
def test_commands_that_nobody_can_answer(command: str) -> None:
    assert profile("FreeBSD:14:amd64").answer(command) is None


def test_the_base_system_is_there_and_packages_are_not() -> None:
    target = profile("FreeBSD:14:amd64")
    for path in ("/bin/sh", "/usr/include/sys/param.h", "/usr/libdata/pkgconfig/zlib.pc"):
        assert target.exists(path)
        assert target.realpath(path) == path
    for path in ("/usr/local/bin/bash", "/usr/local/sbin/pkg", "/etc/make.conf", "/", "bin/sh"):
        assert not target.exists(path)
        assert target.realpath(path) is None
    assert target.realpath("/usr/bin/ld") == "/usr/bin/ld.lld"
