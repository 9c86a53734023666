"""Which entries are passed over: those that the parser and the versions would acquit as well."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portfake.errors import InputError
from portfake.formats.vuxml import parse_vuxml
from portfake.formats.vuxml_question import Question
from portfake.model.advisory import Advisory, Feed

ASKED: dict[str, set[str | None]] = {"a": {"1.0", "2.0_1,1"}, "b": {"1.5", None}, "c": {"3"}}
PLAIN = b"""<vuln vid="1"><topic>t &amp; t</topic><affects>
<package><name>a</name><name>other</name>
  <range><ge>1.5</ge><lt> 2.0 </lt></range><range><eq>7.*</eq></range></package>
<package><name>other</name></package></affects><description><p>&eacute;</p></description></vuln>"""


@pytest.mark.parametrize(
    ("old", "new", "passed"),
    [
        (b"", b"", True),
        (b"<ge>1.5", b"<ge>1.0", False),
        (b"<ge>1.5", b"<ge>1.0</ge><ge>1.5", True),
        (b"<eq>7.*", b"<eq>1.0", False),
        (b"<eq>7.*</eq>", b"", False),
        (b"<name>other</name></package>", b"<name>a</name></package>", False),
        (b"<ge>1.5", b"<ge><![CDATA[0]]>1.5", False),
        (b"<ge>1.5", b"<ge><!-- 2 -->1.5", False),
        (b"<ge>1.5", b"<ge>&#49;.5", False),
        (b"<ge>1.5", b'<ge a="">1.5', False),
        (b"<name>other</name>\n", b"<name >other</name>\n", False),
        (b"</p>", b"</q>", False),
        (b"</ge>", b"</lt>", False),
        (b"</p>", b"<package><name>a</name></package></p>", False),
        (b"</p>", b"<!-- <package><name>a</name></package> --></p>", False),
    ],
)
def test_an_entry_is_passed_over(old: bytes, new: bytes, passed: bool) -> None:
    question = Question({"a": {"1.0", "2.0_1,1"}})
    assert question.passes_over(PLAIN.replace(old, new, 1), frozenset([b"a"])) is passed


def test_what_is_unlike_other_names_is_never_passed_over() -> None:
    assert not Question({"z": {"1"}}).passes_over(PLAIN, frozenset([b""]))


def mostly(plain: list[str], odd: list[str]) -> st.SearchStrategy[str]:
    """So few oddities that most stand alone in their entry."""
    return st.integers(0, 24).flatmap(lambda at: st.sampled_from(plain if at else odd))


BLANK = mostly(["", "", "\n  "], ["<!-- x -->", "<!-- <package> -->", "<?x y?>", "<package>"])
WORD = mostly(["a", "b", "c", "other"], ["a*", "[ab]", "&#97;", "<![CDATA[a]]>", "é", ""])
VERSION = mostly(
    ["0", "1.0", "1.5", "2.0_1", "2.0_1,1", "2.*", "3"],
    ["", "*", "&lt;", "<![CDATA[1]]>.5", "x-1", "<!-- 9 -->1", "2<!-- 9 -->", "1 2"],
)
TAG = mostly([""], [' x="y"', " ", ' x=">"'])


@st.composite
def element(draw: st.DrawFn, name: str, content: st.SearchStrategy[str]) -> str:
    end = draw(mostly([name], ["p", f"{name} "]) if draw(st.booleans()) else st.just(name))
    return f"<{name}{draw(TAG)}>{draw(BLANK)}{draw(content)}{draw(BLANK)}</{end}>{draw(BLANK)}"


def several(*parts: st.SearchStrategy[str], least: int = 0) -> st.SearchStrategy[str]:
    return st.lists(st.one_of(*parts), min_size=least, max_size=2).map("".join)


BOUND = st.sampled_from(["lt", "le", "eq", "ge", "gt"]).flatmap(lambda tag: element(tag, VERSION))
RANGE = element("range", several(BOUND))
NAME = element("name", WORD)
PACKAGE = element("package", st.tuples(several(NAME, least=1), several(RANGE)).map("".join))
ODD = st.one_of(
    element("package", several(NAME, RANGE, st.just("<range/>"))),
    element("system", several(NAME, RANGE)),
    element("description", several(PACKAGE, WORD)),
    st.just("<cancelled/>"),
    element("dates", element("entry", st.just("2023-01-01"))),
)
ENTRY = st.tuples(element("affects", several(PACKAGE, least=1)), several(ODD)).map(
    lambda parts: f'<vuln vid="1">{"".join(parts)}</vuln>'
)


def answers(feed: Feed) -> set[tuple[Advisory, str, str | None]]:
    return {
        (advisory, name, version)
        for advisory in feed.advisories
        for affected in advisory.affected
        for name in {*affected.names} & ASKED.keys()
        for version in ASKED[name]
        if version is None or not affected.ranges or affected.range_of(version) is not None
    }


@settings(max_examples=300, deadline=None)
@given(st.lists(ENTRY, min_size=1, max_size=2))
def test_the_answer_is_the_parsers(entries: list[str]) -> None:
    """Whatever shape entries have, an affected package is found, and what is no XML is told.

    But for entries in which no name asked for stands.
    """
    data = f"<vuxml>{''.join(entries)}</vuxml>".encode()
    try:
        whole = parse_vuxml(io.BytesIO(data), "x")
    except InputError as error:
        try:
            parse_vuxml(io.BytesIO(data), "x", packages=ASKED)
        except InputError as told:
            assert str(told) == str(error) or len(entries) > 1  # noqa: PT017  # of another entry
        else:
            about = Question(ASKED).candidates([entry.encode() for entry in entries])
            assert len(list(about)) < len(entries)
        return
    asked = parse_vuxml(io.BytesIO(data), "x", packages=ASKED)
    assert answers(asked) == answers(whole)
    assert (asked.entries, asked.date) == (whole.entries, whole.date)
