"""Redirections, tests, patterns, arithmetic and read that Hypothesis makes, here and by dash."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.shell.test_generated import MODERATE, joined
from tests.shell.worlds import Same

FILE = st.sampled_from(["f", "g", "new", "d/new"])
# dash 0.5.12 loses a redirection of a subshell within a redirected group.
SPEAK = st.sampled_from(
    ["echo a", "printf b", "cat", "cat i", "false", "{ echo a; speak; }", "{ speak; cat; }"]
)


def opened(redirection: str) -> str:
    """The file: two descriptors that were opened on one have one place in it here."""
    return redirection.rpartition(" ")[2].lstrip("<")


REDIRECTION = st.one_of(
    joined(st.sampled_from([">", ">>", "2>", "2>>", ">|", "<>"]), FILE),
    st.sampled_from(["<f", "<g", "2>&1", ">&2", "3>&1 2>&3 >k", "2>/dev/null"]),
)
# Alone, since where the complaint goes is each shell's own.
FAILING = st.sampled_from(["<nothere", "> d", ">> no/new", "2> d", "< d/nothere"]).map(
    lambda text: [text]
)
REDIRECTIONS = st.one_of(st.lists(REDIRECTION, max_size=3, unique_by=opened), FAILING)


@MODERATE
@given(st.lists(st.tuples(SPEAK, REDIRECTIONS), min_size=1, max_size=3))
def test_redirections_lead_alike(same: Same, calls: list[tuple[str, list[str]]]) -> None:
    # What a shell says of itself is in its own words.
    lines = [f"{{ {command} {' '.join(found)}; }} 2>/dev/null; echo $?" for command, found in calls]
    script = ["speak() { echo e >&2; return 3; }", *lines, "cat f g"]
    same("\n".join(script), {"f": "in f\n", "g": "in g\n", "i": "in i\n", "d": None})


OPERAND = st.sampled_from(
    ["''", "a", "b", "'a b'", "-n", "!", "'('", "0", "7", "-3", "=", "f", "d"]
)
NUMBER = st.sampled_from(["0", "7", "-3", "10"])
WORD = st.sampled_from(["''", "a", "b", "'a b'", "0", "f"])
COMPARISON = st.one_of(
    joined(st.sampled_from(["-n", "-z"]), WORD),
    joined(WORD, st.sampled_from(["=", "!="]), WORD),
    joined(NUMBER, st.sampled_from(["-eq", "-ne", "-lt", "-le", "-gt", "-ge"]), NUMBER),
    joined(
        st.sampled_from(["-e", "-f", "-d", "-L", "-h", "-s", "-r", "-x"]),
        st.sampled_from(["f", "d", "l", "k", "empty", "nothere"]),
    ),
)
# Words that look like operators are told apart by their place where there are at most three.
PRIMARY = st.one_of(COMPARISON, OPERAND, joined(OPERAND, st.sampled_from(["=", "!="]), OPERAND))
TEST = st.one_of(
    st.just(""),
    PRIMARY,
    joined("!", COMPARISON),
    joined(COMPARISON, st.sampled_from(["-a", "-o"]), COMPARISON),
    joined("'('", COMPARISON, "')'"),
)


@MODERATE
@given(st.lists(TEST, min_size=1, max_size=4))
def test_tests_judge_alike(same: Same, tests: list[str]) -> None:
    # An expression that is none has status 2 with dash, as with FreeBSD's.
    lines = [f"[ {text} ] 2>/dev/null; echo $?" for text in tests]
    same("\n".join(lines), {"f#755": "x", "d": None, "l": "-> f", "k": "-> no", "empty": ""})


# A backslash in a value escapes nothing for FreeBSD's sh, as a pattern, and does for dash.
VALUE = st.sampled_from(
    ["''", "abcabc", "'a b  c'", "/usr/local/lib", "a.tar.gz", "'*'", "'[x]'", "x=1=2"]
)
PATTERN = st.sampled_from(
    [
        "a*",
        "*b",
        "?",
        "*",
        "/*",
        "*/",
        ".*",
        "[ab]",
        "[!a]",
        "'*'",
        r"\*",
        '"$p"',
        "$p",
        "=*",
        "[[]*",
    ]
)
OPERATION = st.one_of(
    joined(st.sampled_from(["%", "%%", "#", "##"]), PATTERN).map(
        lambda text: text.replace(" ", "")
    ),
    st.sampled_from(["-d", ":-'d e'", ":-$p", "+s", ':+"s t"', "=n", ":=n", ""]),
)


@MODERATE
@given(VALUE, VALUE, st.lists(st.tuples(OPERATION, st.booleans()), min_size=1, max_size=4))
def test_parameters_are_cut_alike(
    same: Same, value: str, pattern: str, operations: list[tuple[str, bool]]
) -> None:
    script = [f"x={value}; p={pattern}"]
    for operation, quoted in operations:
        word = f"${{x{operation}}}"
        word = f'"{word}"' if quoted else word
        script.append(f"printf '<%s>' {word}; echo")
        script.append(f"case $x in {word}) echo fits;; *) echo not;; esac")
    same("\n".join(script), {"a": "", "b": ""})


ARITHMETIC = st.recursive(
    st.sampled_from(["0", "1", "7", "010", "0x1f", "x", "$x", "-3", "y"]),
    lambda inner: st.one_of(
        st.tuples(
            inner,
            st.sampled_from(
                ["+", "-", "*", "<", "<=", ">", ">=", "==", "!=", "&", "|", "^", "&&", "||"]
            ),
            inner,
        ).map(" ".join),
        inner.map(lambda text: f"({text})"),
        st.tuples(st.sampled_from(["-", "!", "~", "+"]), inner).map(" ".join),
        st.tuples(inner, inner, inner).map(lambda parts: "{} ? {} : {}".format(*parts)),
        inner.map(lambda text: f"(y = {text})"),
    ),
    max_leaves=5,
)


@MODERATE
@given(st.lists(ARITHMETIC, min_size=1, max_size=3))
def test_arithmetic_comes_to_the_same(same: Same, texts: list[str]) -> None:
    same("x=5 y=2\n" + "\n".join(f"echo $(({text})) $y" for text in texts))


@MODERATE
@given(
    st.lists(
        st.sampled_from(["a b c", "  a  b ", "a:b::c", ":", "", r"a\ b", r"a\:b", "\ta\t", "a\\"]),
        max_size=4,
    ),
    st.sampled_from(["x", "x y", "x y z"]),
    st.sampled_from(["", "-r"]),
    st.sampled_from(["", "IFS=:", "IFS=", "IFS=': '"]),
)
def test_lines_are_read_alike(
    same: Same, lines: list[str], names: str, option: str, separators: str
) -> None:
    same(
        f"while {separators} read {option} {names}\n"
        'do printf \'<%s>\' "$x" "$y" "$z"; echo; done <f',
        {"f": "".join(f"{line}\n" for line in lines)},
    )


FORMAT = st.lists(
    st.sampled_from(
        [
            "%s",
            "%d",
            "%5s",
            "%-5s|",
            "%.2s",
            "%x",
            "%o",
            "%%",
            r"\n",
            r"\t",
            "a",
            " ",
            "%03d",
            "%b",
        ]
    ),
    min_size=1,
    max_size=4,
).map("".join)
ARGUMENT = st.sampled_from(["a", "'b c'", "7", "-1", "010", "''", "abc", r"'x\ny'", "0x1f"])


@MODERATE
@given(FORMAT, st.lists(ARGUMENT, max_size=5))
def test_printf_prints_alike(same: Same, text: str, arguments: list[str]) -> None:
    same(f"printf '{text}' {' '.join(arguments)} 2>/dev/null; echo \" $?\"")


NAMES = ["f", "'a b'", "d/x.c", "/usr/lib/", "//", "''", ".", "..", "a/b/../c", ".x", "x.c.c", "-a"]


@MODERATE
@given(
    st.lists(
        st.one_of(
            joined("basename --", st.sampled_from(NAMES), st.sampled_from(["", ".c", "c", "x.c"])),
            joined("dirname --", st.sampled_from(NAMES)),
            joined(
                "expr",
                NUMBER,
                st.sampled_from(["+", "-", "'*'", "'<'", "'>='", "=", "'|'", "'&'"]),
                NUMBER,
            ),
            joined("expr", st.sampled_from(["abc", "a1b", "x.c"]), ":", r"'\([a-z]*\)'"),
            joined("expr", st.sampled_from(["abc", "a1b", "x.c"]), ":", "'[a-z]*'"),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_names_and_numbers_are_taken_apart_alike(same: Same, lines: list[str]) -> None:
    same("\n".join(f"{line} 2>/dev/null; echo $?" for line in lines))
