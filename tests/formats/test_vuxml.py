"""VuXML: what an entry says, how files are put together, and what is refused."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterable

import pytest

from portfake.errors import InputError
from portfake.formats import vuxml
from portfake.formats.vuxml import parse_vuxml
from portfake.limits import LimitExceeded, Limits
from portfake.model.advisory import Affected, Bound, Feed, Relation

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


def read(
    data: bytes,
    names: Iterable[str] | None = None,
    sibling: Callable[[str], bytes] | None = None,
) -> Feed:
    """What a file says, of certain packages in every version, or all of it."""
    packages = None if names is None else {name: [None] for name in names}
    return parse_vuxml(io.BytesIO(data), "x", packages=packages, sibling=sibling)


def test_an_entry() -> None:
    feed = read(document(entry("nginx")))
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
    (advisory,) = read(document(text)).advisories
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
    feed = read(document(entry("a", "1"), entry("b", "2")), names=names)
    assert feed.entries == 2
    assert [advisory.id for advisory in feed.advisories] == found


@pytest.mark.parametrize(
    "name",
    ["<name>ngi*</name>", "<name>n&#103;inx</name>", "<name><![CDATA[nginx]]></name>",
     "<name >nginx</name>", "<name>\n nginx\n</name>", "<name><!-- x -->nginx</name>",
     "<name>ngi<range/>nx</name>", "<name>\u00a0nginx</name>", "<name>nginx</name >"],
)  # fmt: skip
def test_a_name_cannot_hide(name: str) -> None:
    """However it is written, an entry about nginx is parsed when nginx is asked for."""
    text = f'<vuln vid="1"><affects><package>{name}<range/></package></affects></vuln>'
    (advisory,) = read(document(text), names=["nginx"]).advisories
    assert advisory.affected[0].names[0] in {"nginx", "ngi*"}


def test_systems_are_packages_to_us() -> None:
    """VuXML 1.1 has an element for the base system; FreeBSD's own data never use it."""
    text = (
        '<vuln vid="1"><affects><system><name>FreeBSD</name><range><lt>9</lt></range></system>'
        "</affects></vuln>"
    )
    (advisory,) = read(document(text), names=["FreeBSD"]).advisories
    assert advisory.affected == (Affected(("FreeBSD",), ((Bound(Relation.LT, "9"),),)),)


def test_comments_hold_no_entries() -> None:
    text = f"<!-- {entry('a')} --> {entry('b')} <!-- </vuln> -->"
    (advisory,) = read(document(text)).advisories
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
    whole = read(data), read(data, names=["aaa"])
    assert [len(feed.advisories) for feed in whole] == [78, 2]
    monkeypatch.setattr(vuxml, "_BLOCK", size)
    assert (read(data), read(data, names=["aaa"])) == whole


SPLIT = HEAD + (
    b'<!DOCTYPE vuxml PUBLIC "-//x" "http://x/y.dtd" [\n'
    b'<!ENTITY vuln-1 SYSTEM "vuln/1.xml">\n<!ENTITY vuln-2 SYSTEM "vuln/2.xml">\n]>\n'
)


def test_the_trees_own_files() -> None:
    data = document("\n&vuln-2;\n&vuln-1;", head=SPLIT)
    files = {"vuln/1.xml": entry("a", "1").encode(), "vuln/2.xml": entry("b", "2").encode()}
    feed = read(data, sibling=files.__getitem__)
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
        read(data)


@pytest.mark.parametrize("part", [b"<!---->", b"<?x?>", b"<!DOCTYPE a [ ] >", b" "])
def test_a_prolog_without_end_is_soon_refused(part: bytes) -> None:
    start = time.perf_counter()
    with pytest.raises(InputError):
        read(part * 5000 + b"x")
    assert time.perf_counter() - start < 1


def test_a_feed_of_any_length_is_bounded() -> None:
    data = document(*(entry("a") for _ in range(100)))
    for source in (data, document(*(entry("a") for _ in range(100)), head=b" " * 9000)):
        with pytest.raises(LimitExceeded):
            parse_vuxml(io.BytesIO(source), "x", limits=Limits(text=5000))
