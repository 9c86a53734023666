"""Which packages a dependency's pattern takes (pkg's src/info.c, spec/ports.md 7)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfake.errors import InputError
from portfake.model.dependency_pattern import DependencyPattern


@pytest.mark.parametrize(
    ("pattern", "package", "taken"),
    [
        ("foo>=1.0", "foo 1.0", True),
        ("foo>=1.0", "foo 0.9_5", False),
        ("foo>=1.0", "foo 1.0rc1", False),
        ("foo>=1.0", "bar 2.0", False),
        ("foo>0", "foo 0.0.1", True),
        ("foo>0", "foo 0", False),
        ("foo>=1<2", "foo 1.9_3", True),
        ("foo>=1<2", "foo 2.0", False),
        ("foo>=1,1<2,1", "foo 1.5,1", True),
        ("foo>=1,1<2,1", "foo 9.9", False),
        ("foo==1.0", "foo 1.0.0", True),
        ("foo=1.0_1", "foo 1.0", False),
        ("foo<=1.6.0", "foo 1.6.0", True),
        ("py39-django*>=3", "py39-django32 3.2", True),
        ("py39-django*>=3", "py39-sqlite3 3.9", False),
        ("foo>=1.5.3,<=1.6.0", "foo 1.5.9", True),
        ("foo>=1.5.3,<=1.6.0", "foo 1.6.1", False),
        ("foo>=>0", "foo 1", True),
        ("foo", "foo 1.0", True),
        ("foo-1*", "foo 1.0", True),
        ("foo-[0-9]*", "foo 1.0", True),
        ("foo-2*", "foo 1.0", False),
    ],
)
def test_match(pattern: str, package: str, taken: bool) -> None:
    name, version = package.split()
    assert DependencyPattern.parse(pattern).matches(name, version) is taken


@pytest.mark.parametrize("text", ["", ">=1", "<", "==2"])
def test_a_pattern_names_a_package(text: str) -> None:
    with pytest.raises(InputError):
        DependencyPattern.parse(text)


def test_written_as_read() -> None:
    for text in ("foo>=1.0", "foo>=1,1<2,1", "foo", "py*-x>0"):
        assert str(DependencyPattern.parse(text)) == text


@given(st.from_regex(r"[a-z]{1,4}([<>]=?[0-9a-z.,_]{0,5}){0,3}", fullmatch=True))
def test_every_pattern_answers(text: str) -> None:
    assert DependencyPattern.parse(text).matches("zzzzz", "1") is False
