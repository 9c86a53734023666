"""Text into logical lines, words and matches."""

from __future__ import annotations

import fnmatch
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfake.make.assignments import parse_assignment
from portfake.make.caches import Cache
from portfake.make.lines import logical_lines
from portfake.make.matching import matcher
from portfake.make.numbers import number
from portfake.make.words import split, unquoted


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("a\nb\n", [(1, "a"), (2, "b")]),
        ("a \\\n\t b\nc", [(1, "a  b"), (3, "c")]),
        ("a\\\\\nb", [(1, "a\\\\"), (2, "b")]),
        ("# c \\\n still\nb", [(3, "b")]),
        ("a # c\\\n d\nb", [(1, "a"), (3, "b")]),
        ("\techo # x \\\n\ty\n", [(1, "\techo # x  y")]),
        ("\t# only\n  # this\n \t \n", []),
        ("a\\#b #c", [(1, "a#b")]),
        ("\ta\\#b", [(1, "\ta\\#b")]),
        ("${A:[#]} # c", [(1, "${A:[#]}")]),
        ("a \\ \nb", [(1, "a \\ "), (2, "b")]),
        ("a \\\n\\\n", [(1, "a")]),
        ("a\r\nb\r\n", [(1, "a"), (2, "b")]),
    ],
)
def test_logical_lines(source: str, lines: list[tuple[int, str]]) -> None:
    assert [(line.number, line.text) for line in logical_lines(source)] == lines


@given(st.text("ab\\\n #\t[", max_size=30))
def test_a_line_starts_where_it_says(source: str) -> None:
    for line in logical_lines(source):
        assert source.count("\n", 0, line.start) + 1 == line.number
        assert line.start == 0 or source[line.start - 1] == "\n"


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("A=1", ("A", "=", "1")),
        ("A += 1 ", ("A", "+=", "1 ")),
        ("  A ?=\t1", ("A", "?=", "1")),
        ("A:=", ("A", ":=", "")),
        ("A!= cmd", ("A", "!=", "cmd")),
        ("A:sh=cmd", ("A", "!=", "cmd")),
        ("F+ =1", ("F+", "=", "1")),
        ("VAR::=x", ("VAR:", ":=", "x")),
        ("${N:S,=,x,}=1", ("${N:S,=,x,}", "=", "1")),
        ("A{b = c}=d", ("A{b = c}", "=", "d")),
        ("B: = q", ("B:", "=", "q")),
        ("all: x", None),
        ("a b=c", None),
        ("a", None),
        ("", None),
    ],
)
def test_what_is_an_assignment(text: str, parsed: tuple[str, str, str] | None) -> None:
    assert parse_assignment(text) == parsed


@given(st.text("ab\"'\\ \t\n", max_size=20))
def test_quick_and_careful_splitting_agree(value: str) -> None:
    """A word that no quote or backslash touches comes out of both ways."""
    if not re.search(r"""["'\\\n]""", value):
        assert split(value) == (value.split() or [""])
    joined = "".join(split(value))
    assert joined == re.sub(r"[ \t\n]", "", joined) or re.search(r"""["'\\]""", value)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ('a "b c"d \'e', ["a", '"b c"d', "'e"]),
        ('a"b\\"c d"e f', ['a"b\\"c d"e', "f"]),
        ("a\\ b c", ["a\\ b", "c"]),
        ("a\nb", ["a"]),
        ("a \nb", ["a", "b"]),
        ("\na", [""]),
        ("", [""]),
        (" \t ", [""]),
        ("a\u00a0b", ["a\u00a0b"]),
        ("a\\", ["a\\"]),
    ],
)
def test_words(value: str, words: list[str]) -> None:
    assert split(value) == words


def test_words_of_command_lines() -> None:
    assert unquoted("V=\"a b\"'c d'\\ e x\\n") == ["V=a bc d e", "x\n"]
    assert unquoted("a 'b") is None


@pytest.mark.parametrize(
    ("pattern", "word", "fits"),
    [
        ("", "", True),
        ("*", "", True),
        ("a*c", "abbc", True),
        ("*.c", "a.h", False),
        ("a?", "ab", True),
        ("[a-c]", "b", True),
        ("[c-a]", "b", True),
        ("[^a-c]", "d", True),
        ("[!a]", "!", True),
        ("[]a", "a", False),
        ("[^]", "x", True),
        ("[ab", "b", True),
        ("\\*", "*", True),
        ("a\\", "a", False),
        ("**x**", "axb", True),
        ("a*b*c", "abc", True),
        ("a*b*c", "acb", False),
        ("ab*bc", "abc", False),
        ("*?*b?", "xxbb", True),
        ("*a[bc]*d?", "xacxdd", True),
        ("{a,b}", "a", False),
    ],
)
def test_make_has_its_own_globs(pattern: str, word: str, fits: bool) -> None:
    assert matcher(pattern)(word) is fits


@given(st.text("ab*?", max_size=8), st.text("ab", max_size=8))
def test_stars_fit_as_fnmatch_has_them(pattern: str, word: str) -> None:
    assert matcher(pattern)(word) is fnmatch.fnmatchcase(word, pattern)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", 0),
        ("010", 10),
        ("0x1F", 31),
        ("-2.5e1", -25),
        (".5", 0.5),
        ("5.", 5),
        ("5x", None),
        ("1_0", None),
        ("inf", None),
        ("-0x1", None),
        ("\u0661", None),
        ("0x", None),
    ],
)
def test_numbers(text: str, value: float | None) -> None:
    assert number(text) == value


def test_a_cache_keeps_what_is_used_and_stays_small() -> None:
    made: list[int] = []

    def double(key: int) -> int:
        made.append(key)
        return key * 2

    cache = Cache(double, 3)
    for key in range(20):
        assert cache[key] == 2 * key
        assert cache[0] == 0
    assert made.count(0) == 1
    assert len(cache) <= 3
