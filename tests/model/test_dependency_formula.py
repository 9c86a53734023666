"""Formulas as pkg reads them (spec/pkg.md 5.2; its own unit tests give the forms)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfake.errors import InputError
from portfake.model.dependency_formula import Alternative, DependencyFormula


@pytest.mark.parametrize(
    "text",
    [
        "name",
        "name = 1.0",
        "name >= 1.0,1",
        "name1, name2",
        "name1 | name2, name3",
        "name1 = 1.0 | name2 != 1.0, name3 > 1.0 < 2.0 != 1.5",
        "name1 = 1.0 | name2 != 1.0, name3 > 1.0 < 2.0 != 1.5, name4 +opt1 -opt2",
    ],
)
def test_written_as_read(text: str) -> None:
    assert str(DependencyFormula.parse(text)) == text


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("a==1", (("a==1",),)),
        ("a == 1", (("a", ("=", "1")),)),
        ("a ! 1", (("a", ("!=", "1")),)),
        ("  a  ,b ", (("a",), ("b",))),
        ("a,", (("a",),)),
        ("a >=1,2, b", (("a", (">=", "1,2")), ("b",))),
    ],
)
def test_forms(text: str, items: tuple[tuple[object, ...], ...]) -> None:
    assert DependencyFormula.parse(text).items == tuple(
        (Alternative(str(name), tuple(bounds)),)  # type: ignore[arg-type] # pairs of text
        for name, *bounds in items
    )


@pytest.mark.parametrize("text", ["", ",", "a |", "a ~ 1", "a =< 1", "a >= ", "a + ", "a 1"])
def test_what_is_no_formula(text: str) -> None:
    with pytest.raises(InputError, match="no dependency formula"):
        DependencyFormula.parse(text)


@pytest.mark.parametrize(
    ("text", "package", "takes"),
    [
        ("foo", "foo 1", True),
        ("foo", "foobar 1", False),
        ("foo >= 1.0", "foo 1.0_1", True),
        ("foo > 1 < 2 != 1.5", "foo 1.5", False),
        ("foo > 1 < 2 != 1.5", "foo 1.6", True),
        ("foo = 1.0,1", "foo 1.0", False),
        ("foo +A -B", "foo 1 A=on B=off", True),
        ("foo +A -B", "foo 1 A=on B=on", False),
        ("foo +A", "foo 1", False),
    ],
)
def test_match(text: str, package: str, takes: bool) -> None:
    name, version, *options = package.split()
    (((alternative),),) = DependencyFormula.parse(text).items
    chosen = dict(option.split("=") for option in options)
    assert alternative.matches(name, version, chosen) is takes


@given(st.text(st.sampled_from("ab1.,|<>=!+- \té\0"), max_size=30))
def test_any_text_is_read_or_told(text: str) -> None:
    try:
        formula = DependencyFormula.parse(text)
    except InputError:
        return
    assert DependencyFormula.parse(str(formula)) == formula
