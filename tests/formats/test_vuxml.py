"""VuXML: what an entry says, how files are put together, and what is refused."""

from __future__ import annotations

import pytest

from portfake.errors import InputError
from portfake.formats import vuxml
from portfake.formats.vuxml import parse_vuxml
from portfake.model.advisory import Affected, Bound, Relation

HEAD = b'<?xml version="1.0" encoding="utf-8"?>\n'
ENTRY = """
<vuln vid="{vid}">
  <topic>{name} --
    bad</topic>
  <affects>
    <package>
      <name>{name}</name>
      <name>{name}-devel</name>
      <range><ge>1.0</ge><lt>1.2_3,1</lt></range>
      <range><eq>2.*</eq></range>
    </package>
    <package><name>other</name></package>
  </affects>
  <description><body xmlns="http://www.w3.org/1999/xhtml"><p>&eacute; &lt;vuln&gt;</p></body>
  </description>
  <references><cvename>CVE-2023-1</cvename><cvename>CVE-2023-2</cvename></references>
  <dates><discovery>2023-01-01</discovery><entry>2023-02-02</entry>
  <modified>2023-03-03</modified></dates>
</vuln>
"""


def document(*bodies: str, head: bytes = HEAD) -> bytes:
    return head + f"<vuxml>{''.join(bodies)}</vuxml>\n<!-- end -->\n".encode()


def entry(name: str, vid: str = "v1") -> str:
    return ENTRY.format(name=name, vid=vid)


def test_an_entry() -> None:
    feed = parse_vuxml(document(entry("nginx")), "x")
    (advisory,) = feed.advisories
    assert (feed.entries, feed.date) == (1, "2023-03-03")
    assert advisory.id == "v1"
    assert advisory.topic == "nginx -- bad"
    assert advisory.aliases == ("CVE-2023-1", "CVE-2023-2")
    assert advisory.url == "https://vuxml.FreeBSD.org/freebsd/v1.html"
    assert (advisory.discovery, advisory.entry, advisory.modified) == (
        *("2023-01-01", "2023-02-02"),
        "2023-03-03",
    )
    first = (Bound(Relation.GE, "1.0"), Bound(Relation.LT, "1.2_3,1"))
    assert advisory.affected == (
        Affected(("nginx", "nginx-devel"), (first, (Bound(Relation.EQ, "2.*"),))),
        Affected(("other",), ()),
    )


def test_cancelled() -> None:
    text = '<vuln vid="a"><cancelled superseded="b"/></vuln>'
    (advisory,) = parse_vuxml(document(text), "x").advisories
    assert advisory.cancelled
    assert advisory.affected == ()


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["b"], ["2"]),
        (["a", "b"], ["1", "2"]),
        (["b-devel"], ["2"]),
        (["other"], ["1", "2"]),
        (["vuln"], []),
        ([], []),
    ],
)
def test_only_what_is_asked_for(names: list[str], found: list[str]) -> None:
    feed = parse_vuxml(document(entry("a", "1"), entry("b", "2")), "x", names=names)
    assert feed.entries == 2
    assert [advisory.id for advisory in feed.advisories] == found


@pytest.mark.parametrize(
    "name",
    ["<name>ngi*</name>", "<name>n&#103;inx</name>", "<name><![CDATA[nginx]]></name>",
     "<name >nginx</name>", "<name>\n nginx\n</name>", "<name><!-- x -->nginx</name>"],
)  # fmt: skip
def test_a_name_cannot_hide(name: str) -> None:
    """However it is written, an entry about nginx is parsed when nginx is asked for."""
    text = f'<vuln vid="1"><affects><package>{name}<range/></package></affects></vuln>'
    (advisory,) = parse_vuxml(document(text), "x", names=["nginx"]).advisories
    assert advisory.affected[0].names[0] in {"nginx", "ngi*"}


def test_systems_are_packages_to_us() -> None:
    """VuXML 1.1 has an element for the base system; FreeBSD's own data never use it."""
    text = (
        '<vuln vid="1"><affects><system><name>FreeBSD</name><range><lt>9</lt></range></system>'
        "</affects></vuln>"
    )
    (advisory,) = parse_vuxml(document(text), "x", names=["FreeBSD"]).advisories
    assert advisory.affected == (Affected(("FreeBSD",), ((Bound(Relation.LT, "9"),),)),)


def test_comments_hold_no_entries() -> None:
    text = f"<!-- {entry('a')} --> {entry('b')} <!-- </vuln> -->"
    (advisory,) = parse_vuxml(document(text), "x").advisories
    assert advisory.topic.startswith("b")


@pytest.mark.parametrize("size", [1, 7, 64, 500, 1000])
def test_the_size_of_blocks_is_nothing_to_the_reader(
    size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden = "<!-- <vuln> --><![CDATA[ </vuln> ]]>"
    data = document(
        *(f"{hidden}{entry('a' * at, str(at)).replace('<topic>', f'<topic>{hidden}')}\n" * 2
          for at in range(1, 40))
    )  # fmt: skip
    whole = parse_vuxml(data, "x"), parse_vuxml(data, "x", names=["aaa"])
    assert [len(feed.advisories) for feed in whole] == [78, 2]
    monkeypatch.setattr(vuxml, "_BLOCK", size)
    assert (parse_vuxml(data, "x"), parse_vuxml(data, "x", names=["aaa"])) == whole


SPLIT = HEAD + (
    b'<!DOCTYPE vuxml PUBLIC "-//x" "http://x/y.dtd" [\n'
    b'<!ENTITY vuln-1 SYSTEM "vuln/1.xml">\n<!ENTITY vuln-2 SYSTEM "vuln/2.xml">\n]>\n'
)


def test_the_trees_own_files() -> None:
    data = document("\n&vuln-2;\n&vuln-1;", head=SPLIT)
    files = {"vuln/1.xml": entry("a", "1").encode(), "vuln/2.xml": entry("b", "2").encode()}
    feed = parse_vuxml(data, "x", sibling=files.__getitem__)
    assert [advisory.id for advisory in feed.advisories] == ["2", "1"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html/>",
        document()[:-40],
        document(entry("a"))[:-60],
        document(entry("a").replace("</vuln>", "")),
        document("words" + entry("a")),
        document(entry("a").replace("</name>", "")),
        document("&vuln-1;", head=SPLIT),
        document(head=HEAD + b'<!DOCTYPE vuxml [<!ENTITY a "aaaa">]>'),
        document(head=HEAD + b'<!DOCTYPE vuxml [<!ENTITY % a SYSTEM "x">]>'),
        document("&vuln-1;"),
    ],
    ids=[
        *("empty", "html", "cut", "cut in an entry", "no end", "words", "bad nesting"),
        *("no siblings", "internal entity", "parameter entity", "undeclared"),
    ],
)
def test_what_is_refused(data: bytes) -> None:
    with pytest.raises(InputError):
        parse_vuxml(data, "x")
