"""The grammar of packing lists, as pkg 2.8 reads them (spec/pkg.md 2.4)."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfake.errors import InputError, Place, Problems
from portfake.formats import plist
from portfake.formats.plist import (
    Comment,
    Directory,
    File,
    KeywordUse,
    OverridePrefix,
    PackageName,
    PlistItem,
    Setting,
    WorkingDirectory,
)
from portfake.limits import LimitExceeded, Limits
from portfake.model.attributes import Attributes

HERE = Place("plist", 1)


@pytest.mark.parametrize(
    ("line", "item"),
    [
        ("bin/x", File(HERE, "bin/x")),
        ("/etc/x y", File(HERE, "/etc/x y")),
        ("@ bin/x", File(HERE, "bin/x", None, plain=False)),
        (
            "@(root,wheel,0755) bin/x",
            File(HERE, "bin/x", Attributes("root", "wheel", 0o755), plain=False),
        ),
        ("@(,,4555) bin/x", File(HERE, "bin/x", Attributes(mode=0o4555), plain=False)),
        ("@(, games ,) bin/x", File(HERE, "bin/x", Attributes(group="games"), plain=False)),
        ("@(,,,schg) x", File(HERE, "x", Attributes(flags=0x20000), plain=False)),
        ("@config etc/x", File(HERE, "etc/x", config=True, plain=False)),
        ("@dir share/x", Directory(HERE, "share/x")),
        ("@dir(www,,0750) /var/x", Directory(HERE, "/var/x", Attributes("www", None, 0o750))),
        ("@cwd /opt", WorkingDirectory(HERE, "/opt")),
        ("@cwd", WorkingDirectory(HERE, "")),
        ("@owner www", Setting(HERE, "owner", "www")),
        ("@group", Setting(HERE, "group", None)),
        ("@mode 0640", Setting(HERE, "mode", 0o640)),
        ("@mode", Setting(HERE, "mode", None)),
        ("@comment bin/off", Comment(HERE, "bin/off")),
        ("@override_prefix /plop", OverridePrefix(HERE, "/plop")),
        ("@override_prefix", OverridePrefix(HERE, None)),
        ("@name foo-bar-1.0", PackageName(HERE, "foo-bar", "1.0")),
        ("@name foo", PackageName(HERE, "", "foo")),
        ("@sample etc/a  etc/b", KeywordUse(HERE, "sample", "etc/a  etc/b")),
        ("@ldconfig", KeywordUse(HERE, "ldconfig", "")),
        (
            "@sample(www,www,0640) etc/a",
            KeywordUse(HERE, "sample", "etc/a", Attributes("www", "www", 0o640)),
        ),
    ],
)
def test_line(line: str, item: PlistItem) -> None:
    assert plist.parse(line + "\n") == (item,)


@pytest.mark.parametrize("line", ["", "# comment", "   "])
def test_lines_without_meaning(line: str) -> None:
    assert plist.parse(f"{line}\n") == ()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("@() bin/x", "malformed attributes"),
        ("@dir(a,b share/x", "malformed keyword"),
        ("@(a,b,u+x) bin/x", "no mode"),
        ("@(a,b,0755,immortal) bin/x", "no file flag"),
        ("@mode g-w", "no mode"),
        ("@dir", "path is missing"),
        ("@config", "path is missing"),
        ("@var", "@var needs a name"),
        ("@include other", "no folder"),
        ("@for X a b\nfile", "@for without @end"),
        ("@for X\n@end", "@for needs a name and values"),
    ],
)
def test_wrong_line(line: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        plist.parse(f"fine\n{line}\n", "pkg-plist")
    assert caught.value.where == Place("pkg-plist", 2)


def test_all_problems_of_a_list_are_told_together() -> None:
    with pytest.raises(Problems) as caught:
        plist.parse("@mode u+x\nbin/fine\n@var\n@() y\n", "pkg-plist")
    assert [problem.where for problem in caught.value.problems] == [
        Place("pkg-plist", line) for line in (1, 3, 4)
    ]


def paths(text: str, **included: str) -> list[str]:
    items = plist.parse(text, include=included.__getitem__)
    return [item.path for item in items if isinstance(item, File)]


def test_variables_hold_from_their_line_on() -> None:
    text = "%%A%%x\n@var A one/\n@var B\n%%A%%x\n%%B%%y\n%%C%%z\n@var A two/\n%%A%%x\n"
    assert paths(text) == ["%%A%%x", "one/x", "y", "%%C%%z", "two/x"]


def test_loops_repeat_their_lines() -> None:
    text = "@var D share\n@for C red blue\n%%D%%/%%C%%.txt\n%%C%%.%%C%%\n@end\nlast\n"
    assert paths(text) == ["share/red.txt", "red.red", "share/blue.txt", "blue.blue", "last"]


def test_one_list_may_be_included() -> None:
    assert paths("a\n@include more\nb\n", more="x\ny\n") == ["a", "x", "y", "b"]
    with pytest.raises(InputError, match="one other list"):
        paths("@include more\n@include more\n", more="x\n")


def test_places_in_an_included_list_lead_back() -> None:
    with pytest.raises(InputError) as caught:
        plist.parse("\n@include more\n", "main", include=lambda name: "@() x\n")
    assert caught.value.where == Place("more", 1, Place("main", 2))


def test_lines_are_bounded() -> None:
    with pytest.raises(LimitExceeded):
        plist.parse(
            "@for A " + "x " * 50 + "\n" + "%%A%%\n" * 50 + "@end\n", limits=Limits(entries=99)
        )


PIECES = ["@", "(", ")", ",", "dir", "for", "end", "var", "include", "mode", "X", " ", "\n", "%%"]


@given(st.lists(st.sampled_from([*PIECES, "0755", "@for X a\n", "@end\n", "\udcff"])).map("".join))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(InputError):
        plist.parse(text, include=lambda name: "x\n")
