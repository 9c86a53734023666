"""Regular expressions and globs match as POSIX says."""

from __future__ import annotations

import contextlib
import re
import subprocess
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfake.limits import LimitExceeded
from portfake.patterns import Pattern, PatternError, bre, ere, glob


def found(pattern: Pattern, text: str) -> str | None:
    match = pattern.search(text)
    return match.group() if match else None


def span(pattern: Pattern, text: str) -> tuple[int, int] | None:
    match = pattern.search(text)
    return match.span() if match else None


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("a|ab|abc", "xabcd", "abc"),
        ("(a|ab)(c|bcd)(d*)", "abcd", "abcd"),
        ("x*", "aaa", ""),
        ("a?(ab)?", "ab", "ab"),
        ("[[:digit:]]{2,3}", "a1b12345", "123"),
        ("[]a]+", "x]a]", "]a]"),
        ("[^]a]+", "]xy]", "xy"),
        (r"[\n]+", r"x\n", r"\n"),
        ("a.c", "a\nc", "a\nc"),
        ("b$", "b\nb", "b"),
        ("(^a|b)+", "abab", "ab"),
        (r"\.tar\.(gz|bz2|xz)$", "x-1.tar.xz", ".tar.xz"),
        ("[[:<:]]two[[:>:]]", "twofold two", "two"),
        (r"(.)\1", "abccb", "cc"),
        ("a{,3}", "a{,3}", "a{,3}"),
        ("x{1,2}y{0}z", "xxxz", "xxz"),
        (")", "a)b", ")"),
        ("a]b", "a]b", "a]b"),
        ("[a-]+", "x-a-", "-a-"),
        ("[[.-.]]", "a-b", "-"),
        ("[é-ü]+", "caféx", "é"),
    ],
)
def test_extended_expressions_match_leftmost_and_longest(
    pattern: str, text: str, expected: str
) -> None:
    assert found(ere(pattern), text) == expected


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        (r"\(a\)\{2\}", "xaaa", "aa"),
        ("a+", "aa+", "a+"),
        (r"a\+", "xaa", "aa"),
        (r"ab\?c", "ac", "ac"),
        (r"cat\|dog", "a dog", "dog"),
        ("*a", "b*a", "*a"),
        (r"\(*a\)", "b*a", "*a"),
        ("^*a", "*a", "*a"),
        ("a^b", "a^b", "a^b"),
        ("a$b", "a$b", "a$b"),
        (r"\(a$\)", "ba", "a"),
        (r"\(.\)\(.\)\2\1", "xabba", "abba"),
        ("a{1}", "a{1}", "a{1}"),
        (r"\<b", "ab b", "b"),
        ("(a)", "(a)", "(a)"),
    ],
)
def test_basic_expressions_spell_their_operators_with_backslashes(
    pattern: str, text: str, expected: str
) -> None:
    assert found(bre(pattern), text) == expected


@pytest.mark.parametrize(
    "pattern", ["(", "(a", "[a", "[z-a]", "[[:foo:]]", "a{2,1}", "a{1", "a{999}", "*", "a|*", "\\"]
)
def test_what_means_nothing_is_refused(pattern: str) -> None:
    with pytest.raises(PatternError):
        ere(pattern)


@pytest.mark.parametrize("pattern", [r"\(", r"a\)", r"a\{1", r"\1", r"\{1\}", "[", "\\"])
def test_what_means_nothing_in_a_basic_expression_is_refused(pattern: str) -> None:
    with pytest.raises(PatternError):
        bre(pattern)


def test_case_and_lines() -> None:
    assert span(ere("straSSE", ignore_case=True), "STRASSE") == (0, 7)
    assert span(ere("[a-c]+", ignore_case=True), "xABCd") == (1, 4)
    assert span(ere("^b", multiline=True), "a\nb") == (2, 3)
    assert span(ere("a.*", multiline=True), "ab\nc") == (0, 2)
    assert span(ere("[^x]+$", multiline=True), "ab\nc") == (0, 2)


def test_empty_matches_stand_between_the_others() -> None:
    assert [m.span() for m in ere("x*").finditer("axb")] == [(0, 0), (1, 2), (3, 3)]
    assert [m.span() for m in ere("^a").finditer("aaa")] == [(0, 1)]


def test_a_slow_expression_ends_with_a_limit() -> None:
    began = time.monotonic()
    with pytest.raises(LimitExceeded):
        ere("(a|b|ab)*c(x*)*y", seconds=0.2).search("ab" * 4000 + "cxxxxxxxxxxxxxxx" * 50)
    assert time.monotonic() - began < 5


def test_ordinary_expressions_do_without_the_second_library() -> None:
    common = [
        r"^[^ :]+:([^ :@]+)(@[^ :]+)?(:[^ :]+)?",
        r"^[^\:]*(\:|\$)",
        r"^([1-9]\.)([0-9])$",
        r"\.(gz|bz2|xz)$",
        r"([a-z])[a-z]+",
        r"/?:[^/:]+$",
    ]
    assert [text for text in common if not ere(text)._plain] == []


_GLOBS = [
    ("*.c", "a.c", True),
    ("*.c", "a.h", False),
    ("a?c", "abc", True),
    ("[!a-c]x", "dx", True),
    ("[^a-c]x", "ax", False),
    ("[[:digit:]]*", "1x", True),
    (r"\*", "*", True),
    ("[", "[", True),
    ("a[b", "a[b", True),
    ("*/*", "a/b/c", True),
    ("", "", True),
    ("**a", "bca", True),
    ("a\nb*", "a\nbc", True),
]


@pytest.mark.parametrize(("pattern", "name", "fits"), _GLOBS)
def test_a_glob_fits_the_whole_name(pattern: str, name: str, fits: bool) -> None:
    assert (glob(pattern).match(name) is not None) is fits


def test_glob_flags() -> None:
    assert glob("*", path=True).match("a/b") is None
    assert glob("[!x]", path=True).match("/") is None
    assert glob("*", period=True).match(".a") is None
    assert glob("a/*", period=True, path=True).match("a/.b") is None
    assert glob("a/*", period=True).match("a/.b") is not None
    assert glob("A*", ignore_case=True).match("abc") is not None
    assert glob("\\*", escape=False).match("\\x") is not None


_EXPRESSIONS = st.recursive(
    st.sampled_from(["a", "b", "c", ".", "[ab]", "[^a]"]),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map("({0[0]}|{0[1]})".format),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{1,2}"])).map("({0[0]}){0[1]}".format),
    ),
    max_leaves=6,
)


@given(_EXPRESSIONS, st.text("abc", max_size=7))
def test_no_longer_match_exists_and_none_further_left(expression: str, text: str) -> None:
    """Judge: Python's own fullmatch over every part of the text."""
    match = ere(expression).search(text)
    whole = re.compile(expression)
    spans = [
        (start, end)
        for start in range(len(text) + 1)
        for end in range(len(text), start - 1, -1)
        if whole.fullmatch(text[start:end])
    ]
    assert (match.span() if match else None) == (spans[0] if spans else None)


@given(st.text(max_size=12))
def test_any_text_is_an_expression_or_a_typed_error(text: str) -> None:
    for compiler in (ere, bre, glob):
        with contextlib.suppress(PatternError):
            compiler(text).search("some text [a-z] *")


@pytest.mark.parametrize(("option", "compiler"), [("-E", ere), ("-G", bre)])
def test_grep_finds_the_same(
    tool: Callable[[str], str], option: str, compiler: Callable[[str], Pattern]
) -> None:
    lines = ["abcabc", "a+b", "x(y)z", "foo.bar-1.2.3", "aaa", "a{2}", "^$", "a|b", "*", ""]
    for pattern in [r"a\+", "a+", r"(y)", r"\(y\)", "a|b", "[0-9.]*$", "^.b", "a{2}", r"a\{2\}"]:
        command = [tool("grep"), option, "--", pattern]
        said = subprocess.run(  # noqa: PLW1510 -- status 1 only says that nothing was found
            command, input="\n".join(lines) + "\n", text=True, capture_output=True
        )
        expected = said.stdout.split("\n")[:-1]
        assert [line for line in lines if compiler(pattern).search(line)] == expected, pattern
