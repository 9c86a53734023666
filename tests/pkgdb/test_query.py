"""Formats, conditions and names of pkg-query(8); the answers are those of the real pkg 2.8."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfake.errors import UsageError
from portfake.pkgdb.query.condition import parse_condition
from portfake.pkgdb.query.line import parse_format
from portfake.pkgdb.query.subject import Neighbours, Subject
from portfake.pkgdb.query.values import human
from portfake.pkgdb.selection import Match, matcher, within
from tests.pkgdb import sample_root

ZLIB = "archivers/zlib-ng"
S = 123456789
MODES = ("644 0644 ?rw-r--r-- ", "0 0 ?--------- ", "4755 04755 ?rwsr-xr-x ")
PACKAGES = sample_root.packages()
SUBJECTS = {package.manifest.name: Neighbours.of(PACKAGES).subject(package) for package in PACKAGES}


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("form", "lines"),
    [
        ("%n-%v %o %p", ["demo-1.2_3,1 devel/demo /usr/local"]),
        ("%c|%m|%w", ["a 50% demo|ports@example.org|https://example.org/"]),
        ("%q %Q", ["FreeBSD:14:amd64 freebsd:14:x86:64"]),
        ("%sb %sh", ["123456789 118MiB"]),
        ("%l %a %k %V %t", ["or 0 1 0 1700000000"]),
        (r"%n\t%v\\|\z", ["demo\t1.2_3,1\\|"]),
        ("%n%%", ["demo%"]),
        ("%dn %do=%dv", ["gone devel/gone=", "libdep devel/libdep=2.0", f"zlib-ng {ZLIB}="]),
        ("%C", ["devel", "net", "python"]),
        ("%L", ["BSD2CLAUSE, MIT"]),
        ("%Ok=%Ov", ["A_LONG_OPTION_NAME=on", "DOCS=on", "NLS=off"]),
        ("%At", ["cpe", "flavor", "repo_type", "repository"]),
        ("%Sp %Su:%Sg %Sm %Sf", ["/var/db/demo demo:demo 1750 -", "/var/log/demo root:wheel 0 -"]),
        ("%B", ["libdep.so.2", "libnone.so.1"]),
        ("%Y %y", UsageError),
        ("%?d%?r%?b%#d%#F%#D%#L", ["1003521"]),
        ("%r", UsageError),
        ("%rn", []),
        ("%n %rn", ["demo "]),
        ("%b", []),
        ("%n: %C%{%Cn%|, %}", ["demo: devel, net, python"]),
        ("%n %d%{%I %dn-%dv%| %}", ["demo 1 gone- 2 libdep-2.0 3 zlib-ng-"]),
        ("%C%{%5Cn|%-7Cn%|,%}", ["devel|devel  ,  net|net    ,python|python "]),
        ("%s %?s %#s|%12s|%-12s|%012s|%C%{%|%}", [f"{S} 123M 118Mi|   {S}|{S}   |000{S}|"]),
        ("%a %?a %#a %k %?k %#k %l %?l %#l%C%{%|%}", ["false no  true yes (*) or | ||"]),
        ("%t%{%Y-%m-%d %H%}%C%{%|%}", ["2023-11-14 22"]),
        ("%F%{%Fp %#Fp %?Fp%|;%}", [";".join([*MODES, *MODES[:2]])]),
        ("%n %z%{%}", UsageError),
        ("%C%{%Fx%}", UsageError),
        ("no key", UsageError),
        ("%", UsageError),
        ("%F", UsageError),
        ("%Fz", UsageError),
        ("%dn %Fp", UsageError),
    ],
)  # fmt: skip
def test_formats(form: str, lines: list[str] | type[UsageError]) -> None:
    if isinstance(lines, type):
        with pytest.raises(lines):
            parse_format(form)
    else:
        assert list(parse_format(form).lines(SUBJECTS["demo"])) == lines


def test_a_time_beyond_the_calendar_is_a_number() -> None:
    late = replace(SUBJECTS["demo"], package=replace(SUBJECTS["demo"].package, time=1 << 62))
    assert list(parse_format("%t%{%Y%}").lines(late)) == [str(1 << 62)]


def test_messages_are_told_with_their_occasion() -> None:
    (text,) = parse_format("%M%C%{%|%}").lines(SUBJECTS["demo"])
    assert text == (
        "Always:\nhello\n\nOn install:\ninstalled\nnow\n\n"
        "On upgrade from demo>0.5<1.0:\nup\n\nOn remove:\nbye\n"
    )


@pytest.mark.parametrize(
    ("number", "binary", "decimal"),
    [
        (0, "0.00", "0.00"),
        (27, "27.0", "27.0"),
        (999, "999", "999"),
        (1023, "1023", "1.02k"),
        (20_480, "20.0Ki", "20.5k"),
        (999_999, "977Ki", "1000k"),
        (5 << 30, "5.00Gi", "5.37G"),
        (-2048, "-2.00Ki", "-2.05k"),
        (1 << 62, "4.00Ei", "4.61E"),
    ],
)
def test_sizes(number: int, binary: str, decimal: str) -> None:
    assert (human(number), human(number, binary=False)) == (binary, decimal)


@pytest.mark.parametrize(
    ("condition", "names"),
    [
        ("%n = demo", "demo"),
        ("%n == 'demo' ", "demo"),
        ("%n =~ php82", "PHP82"),
        ("%n ~ '[pP]*'", "PHP82 php81"),
        ('%n !~ "p*"', "PHP82 cats+dogs demo libdep"),
        ("%a=0&&%k=1", "demo"),
        ("%a = 0 && %V = 0 || %n = libdep", "PHP82 cats+dogs demo libdep php81"),
        ("(%a = 1 || %k = 1) && %s > 20480", "demo"),
        ("%s>=1023&&%s<20481", "cats+dogs libdep"),
        ("%#F > 3", "demo"),
        ("%?d = 0", "PHP82 cats+dogs libdep"),
        ("%#r >= 2", "libdep"),
        ("%dn = libdep", "demo php81"),
        ("%dn != libdep", "PHP82 cats+dogs libdep"),
        ("%dv = 1.9", "demo"),
        ("%rn = demo", "libdep"),
        ("%L ~ 'GPL*'", "libdep php81"),
        ("%At != flavor", "PHP82 cats+dogs libdep"),
        ("%M != 'x'", "demo"),
    ],
)
def test_conditions(condition: str, names: str) -> None:
    holds = parse_condition(condition).holds
    assert sorted(name for name, subject in SUBJECTS.items() if holds(subject)) == names.split()


@pytest.mark.parametrize(
    "condition",
    [
        *("", "x", "%n", "%n =", "%z = 1", "%v = 1", "%s ~ 1", "%s = x", "%n > a", "%#z = 1"),
        *("%d = x", "%a = 1 &", "%a = 1 && ", "(%a = 1", "%a = 1)", "%a = 1 %k = 1", "%n ? a"),
        "(" * 300 + "%a = 1" + ")" * 300,
    ],
)
def test_conditions_without_sense(condition: str) -> None:
    with pytest.raises(UsageError):
        parse_condition(condition)


@given(st.text("%nsd#?()&|=~!<>'\" 1a", max_size=20))
def test_a_condition_holds_or_makes_no_sense(text: str) -> None:
    try:
        holds = parse_condition(text).holds
    except UsageError:
        return
    assert holds(SUBJECTS["demo"]) in (True, False)


@given(st.text("%nFpdsC{}|#?0-9\\ \n", max_size=20))
def test_a_format_gives_lines_or_makes_no_sense(text: str) -> None:
    try:
        lines = parse_format(text).lines(SUBJECTS["demo"])
    except UsageError:
        return
    assert all(isinstance(line, str) for line in lines)


@pytest.mark.parametrize(
    ("word", "match", "ignore_case", "names"),
    [
        ("demo", Match.EXACT, False, "demo"),
        ("demo-1.2_3,1", Match.EXACT, False, "demo"),
        ("demo-1", Match.EXACT, False, ""),
        ("devel/demo", Match.EXACT, False, "demo"),
        ("net/demo", Match.EXACT, False, "demo"),
        ("python/demo@py311", Match.EXACT, False, "demo"),
        ("devel/demo@py39", Match.EXACT, False, ""),
        ("php82", Match.EXACT, False, ""),
        ("php82", Match.EXACT, True, "PHP82"),
        ("p*", Match.GLOB, False, "php81"),
        ("p*", Match.GLOB, True, "PHP82 php81"),
        ("*-[0-9]*", Match.GLOB, False, "PHP82 cats+dogs demo libdep php81"),
        ("lang/*", Match.GLOB, False, "PHP82 php81"),
        ("^p", Match.REGEX, False, "php81"),
        ("^p", Match.REGEX, True, "PHP82 php81"),
        (r"[0-9]\.1", Match.REGEX, False, "cats+dogs php81"),
    ],
)
def test_names(word: str, match: Match, ignore_case: bool, names: str) -> None:
    means = matcher(word, match, ignore_case=ignore_case)
    assert sorted(n for n, subject in SUBJECTS.items() if means(subject.manifest)) == names.split()


@pytest.mark.parametrize(("word", "match"), [("", Match.EXACT), ("(", Match.REGEX)])
def test_names_that_mean_nothing(word: str, match: Match) -> None:
    with pytest.raises(UsageError):
        matcher(word, match)


@pytest.mark.parametrize(
    ("word", "fits"),
    [
        ("demo", True),
        ("demo>1.0", True),
        ("demo<1.0", False),
        ("demo>=1.2_3,1", True),
        ("demo>1<9,9", True),
        ("demo=1", False),
    ],
)
def test_bounds(word: str, fits: bool) -> None:
    name, inside = within(word)
    assert (name, inside(SUBJECTS["demo"].manifest)) == ("demo", fits)


def test_a_package_in_a_file_knows_only_itself() -> None:
    subject = Subject.in_file(SUBJECTS["demo"].manifest)
    assert list(parse_format("%L").lines(subject)) == ["BSD2CLAUSE", "MIT"]
    assert [dep.version for dep in subject.deps] == ["3", "1.9", "2.1"]
