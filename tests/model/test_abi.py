"""ABI texts and their legacy spelling (spec/pkg.md 3.5; libpkg/pkg_abi.c)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfake.errors import InputError
from portfake.model.abi import Abi, legacy_arch


@pytest.mark.parametrize(
    ("abi", "arch"),
    [
        ("FreeBSD:14:amd64", "freebsd:14:x86:64"),
        ("FreeBSD:14:i386", "freebsd:14:x86:32"),
        ("FreeBSD:15:aarch64", "freebsd:15:aarch64:64"),
        ("FreeBSD:14:armv7", "freebsd:14:armv7:32:el:eabi:hardfp"),
        ("FreeBSD:14:powerpc64le", "freebsd:14:powerpc:64:el"),
        ("FreeBSD:14:riscv64", "freebsd:14:riscv:64:hf"),
        ("FreeBSD:9:mips64", "freebsd:9:mips:64:eb:n64"),
        ("FreeBSD:14:*", "freebsd:14:*"),
        ("FreeBSD:*", "freebsd:*"),
        ("*", "*"),
        ("Linux:3.2:x86_64", "linux:3.2:x86_64"),
        ("", ""),
    ],
)
def test_legacy_spelling(abi: str, arch: str) -> None:
    assert legacy_arch(abi) == arch


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("FreeBSD:14:amd64", Abi("FreeBSD", "14", "amd64")),
        ("FreeBSD:14:*", None),
        ("FreeBSD:*:amd64", None),
        ("*", None),
        ("FreeBSD:9:mips64", None),
    ],
)
def test_the_system_that_a_package_names(text: str, named: Abi | None) -> None:
    assert Abi.named_by(text) == named


# Run on pkg 2.8.4, for a system of FreeBSD:14:amd64 (spec/pkg.md 3.5).
@pytest.mark.parametrize(
    ("package", "accepted"),
    [
        *((text, True) for text in ("*", "", "F", "FreeBSD:1", "FreeBSD:14", "FreeBSD:14:*")),
        *((text, True) for text in ("FreeBSD:*:amd64", "FreeBSD:14:[ai]*", "freebsd:14:AMD64")),
        *((text, False) for text in ("freebsd:14:x86:64", "FreeBSD:13:amd64", "FreeBSD:15:amd64")),
        *((text, False) for text in ("FreeBSD:14:i386", "Linux:*", "FreeBSD:14:amd64:x")),
    ],
)
def test_which_packages_a_system_takes(package: str, accepted: bool) -> None:
    assert Abi.parse("FreeBSD:14:amd64").accepts(package) is accepted


@given(st.text(max_size=30))
def test_any_text_is_an_abi_or_told(text: str) -> None:
    assert isinstance(legacy_arch(text), str)
    try:
        assert str(Abi.parse(text)) == text
    except InputError:
        assert Abi.named_by(text) is None
