"""UCL as libucl reads it: the expected values were taken from its rules and from pkg's use."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portfake.errors import InputError, Place
from portfake.formats import ucl
from portfake.limits import LimitExceeded, Limits


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a = 1\nb: two\nc three\n", {"a": 1, "b": "two", "c": "three"}),
        ("a = 1; b = 2, c = 3", {"a": 1, "b": 2, "c": 3}),
        ("a { b { c = d } }", {"a": {"b": {"c": "d"}}}),
        ("a: {\n}\n", {"a": {}}),
        ("{a=1}", {"a": 1}),
        ("section name { a = 1 }", {"section": {"name": {"a": 1}}}),
        ('x = [1,2, three four , "five",]', {"x": [1, 2, "three four", "five"]}),
        ("x = [\n  a\n  b c\n]", {"x": ["a", "b c"]}),
        ("actions: [file(1)]", {"actions": ["file(1)"]}),
        ("a=1\na=2\na=3", {"a": [1, 2, 3]}),
        ("# c\n/* x /* y */ z */ a = b # d\n", {"a": "b"}),
        ("k /* c */ = /* d */ v", {"k": "v"}),
        ("a = foo ${bar} baz", {"a": "foo ${bar} baz"}),
        ("a = it's\nb = say \"x\"", {"a": "it's", "b": 'say "x"'}),
        ("'a'", None),
        ("\"a b\" : 'it\\'s \\n'", {"a b": "it's \\n"}),
        ('a = "x\\u0041\\n\\t\\"\\ud800"', {"a": 'xA\n\t"\ufffd'}),
        ("a: <<EOD\n  one\n\n two # x\nEOD\nb: c", {"a": "  one\n\n two # x", "b": "c"}),
        ("a: <<EOD\nEODX\nEOD;b: c", {"a": "EODX", "b": "c"}),
        ("a = null\nb=yes\nc=OFF\nd=false", {"a": None, "b": True, "c": False, "d": False}),
        ("a = t\nb=n\nc=1", {"a": True, "b": False, "c": 1}),
        ("", {}),
        ("  # only a comment", {}),
        ("[1, {a: b}]", [1, {"a": "b"}]),
    ],
)  # fmt: skip
def test_value(text: str, value: Any) -> None:
    if value is None:
        with pytest.raises(InputError):
            ucl.parse(text)
    else:
        assert ucl.parse(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("10", 10),
        ("-5", -5),
        ("0x1f", 31),
        ("2k", 2000),
        ("2kb", 2048),
        ("1M", 1_000_000),
        ("1gb", 1 << 30),
        ("1.5", 1.5),
        ("10min", 600.0),
        ("250ms", 0.25),
        ("2h", 7200.0),
        ("1d", 86400.0),
        ("1e3", 1000.0),
        ("12abc", "12abc"),
        ("1.2.3", "1.2.3"),
        ("1_2", "1_2"),
        ("10 apples", "10 apples"),
    ],
)
def test_number_and_unit(text: str, value: Any) -> None:
    assert ucl.parse(f"a = {text}")["a"] == value
    assert type(ucl.parse(f"a = {text}")["a"]) is type(value)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ('a = 1\nb = "x', 2, "expected a value"),
        ("a = 1\n\nb = [", 3, "expected ']'"),
        ("a = {\nb = 1", 2, "expected '}'"),
        ("a =", 1, "expected a value"),
        ("\n}", 2, "expected another key"),
        ('.include "/etc/passwd"', 1, "expected another key"),
        ("b = 1\na: <<EOD\nx\n", 2, "the text <<EOD has no end"),
        ("a: <<EOD\nEOD\n", 1, "the text <<EOD has no end"),
    ],
)
def test_errors_name_the_line(text: str, line: int, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        ucl.parse(text, "some.ucl")
    assert caught.value.where == Place("some.ucl", line)


def test_lines_of_keys_are_known() -> None:
    value = ucl.parse("\na: 1\nb {\n  c: <<X\n1\n2\nX\n  d: 2\n}\n")
    assert value.lines == {"a": 2, "b": 3}
    assert value["b"].lines == {"c": 4, "d": 8}


def test_variables_as_pkg_registers_them_for_messages() -> None:
    text = '[{ message = <<EOD\n$PREFIX ${PREFIX} $OTHER $$\nEOD\n}, {message: "%PREFIX"}]'
    value = ucl.parse(text, variables={"PREFIX": "/usr/local"})
    assert [item["message"] for item in value] == ["/usr/local /usr/local $OTHER $", "%PREFIX"]


def test_repeated_keys_and_arrays_read_alike() -> None:
    for text in ("a = [1, 2]", "a = 1\na = 2", '{"a": [1, 2]}', '{"a": 1, "a": 2}'):
        assert list(ucl.each(ucl.parse(text)["a"])) == [1, 2]
    assert list(ucl.each("one")) == ["one"]


@pytest.mark.parametrize(
    "text", ["a=" + "[" * 5000, "a{" * 5000, '{"a":' * 5000, "a " * 5000 + "{"]
)
def test_depth_is_bounded(text: str) -> None:
    with pytest.raises(LimitExceeded):
        ucl.parse(text)


@pytest.mark.parametrize("form", ['{{"a": {}}}', "[{}]", "a {{ {} }}"])
def test_the_deepest_that_is_read(form: str) -> None:
    text = "1" if ":" in form or "[" in form else "b = 1"
    for _ in range(ucl.DEPTH):
        text = form.format(text)
    ucl.parse(text)
    with pytest.raises(LimitExceeded, match="nested"):
        ucl.parse(form.format(text))


def test_size_is_bounded() -> None:
    with pytest.raises(LimitExceeded):
        ucl.parse("a = " + "b" * 100, limits=Limits(text=64))


def test_json_written_as_libucl_writes_it() -> None:
    value: dict[str, Any] = {
        "a": 'tab\t nl\n q" \\ bell\a del\x7f \u00e9',
        "b": [1, True, None, {}],
    }
    assert ucl.to_json(value) == (
        '{"a":"tab\\t nl\\n q\\" \\\\ bell\\uFFFD del\\uFFFD \u00e9","b":[1,true,null,{}]}'
    )


PLAIN = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)
JSON_LIKE = st.recursive(
    st.booleans() | st.integers(-(2**53), 2**53) | PLAIN,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(PLAIN, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(PLAIN, JSON_LIKE, max_size=5))
def test_what_is_written_is_read_back(value: Any) -> None:
    assert ucl.parse(ucl.to_json(value)) == value
    assert json.loads(ucl.to_json(value)) == value


PIECES = ["<<EOD\n", "\nEOD\n", "0x", "2k", "min", "e5", "$x", "\udc80", "\x00", "/*", "*/"]
SNIPPETS = st.lists(st.sampled_from([*"a=: \n{}[],;\"'\\#1-.", *PIECES]), max_size=40).map("".join)


@settings(max_examples=300)
@given(SNIPPETS | st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(InputError):
        ucl.parse(text, "fuzz")
