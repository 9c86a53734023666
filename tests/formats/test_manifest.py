"""+MANIFEST as pkg writes it, and the forms it has had."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfake.errors import InputError, Problems
from portfake.formats import manifest
from portfake.formats.message import messages_from_text, messages_to_text
from portfake.formats.percent import decoded, encoded
from portfake.model.manifest import (
    Dependency,
    LicenseLogic,
    Message,
    PackagedDirectory,
    PackagedFile,
    Phase,
)
from tests.packages import samples

REQUIRED = {
    "name": "x",
    "origin": "a/x",
    "version": "1",
    "comment": "c",
    "desc": "d",
    "maintainer": "m",
    "www": "w",
    "prefix": "/usr/local",
}


def read(**keys: Any) -> Any:
    return manifest.parse(json.dumps(REQUIRED | keys))


def test_what_is_written_is_read_back() -> None:
    made = samples.manifest()
    assert manifest.parse(manifest.to_text(made)) == made


def test_text_is_that_of_pkg() -> None:
    """Keys in pkg's order; ``%`` and bytes above 127 encoded in texts and paths alone."""
    text = manifest.to_text(samples.manifest())
    assert list(json.loads(text)) == [
        *("name", "origin", "version", "comment", "maintainer", "www", "abi", "arch", "prefix"),
        *("flatsize", "licenselogic", "licenses", "desc", "deps", "categories", "users", "groups"),
        *("shlibs_required", "shlibs_provided", "conflicts", "provides", "requires", "options"),
        *("annotations", "files", "config", "directories", "scripts", "lua_scripts", "messages"),
    ]
    assert '"comment":"a 50% d\u00e9mo"' in text
    assert '"desc":"Text of 50%25\\nand %c3%a9 more"' in text
    assert '"/usr/local/share/demo/50%25 %c3%a9.txt":{"sum":"2$au4ro5m' in text
    assert '"uname":"root","gname":"wheel","perm":"0644","mtime":1577934245}' in text
    assert '"directories":{"/var/db/demo":{"uname":"www","gname":"wheel","perm":"0750"}}' in text


def test_compact_text_leaves_contents_out() -> None:
    full, compact = (manifest.to_text(samples.manifest(), compact=flag) for flag in (False, True))
    left_out = {"files", "config", "directories", "scripts", "lua_scripts"}
    assert json.loads(full).keys() - json.loads(compact).keys() == left_out


@pytest.mark.parametrize(("mode", "text"), [(0o755, "0755"), (0o4555, "04555"), (0, "0000")])
def test_modes_are_written_with_a_leading_zero(mode: int, text: str) -> None:
    file = PackagedFile(path="/x", mode=mode, sum="2$y")
    written = manifest.to_text(replace(samples.manifest(), files=(file,)))
    assert json.loads(written)["files"]["/x"]["perm"] == text


@pytest.mark.parametrize(
    ("key", "value", "field", "meaning"),
    [
        ("licenselogic", "dual", "licenselogic", LicenseLogic.OR),
        ("licenselogic", "multi", "licenselogic", LicenseLogic.AND),
        ("version", 12, "version", "12"),
        ("shlibs", ["libz.so.6"], "shlibs_required", ("libz.so.6",)),
        ("options", {"B": True, "A": False}, "options", {"A": "off", "B": "on"}),
        ("users", ["b", {"a": "a:*:1:1::0:0:"}], "users", ("a", "b")),
        ("message", "text", "messages", (Message("text"),)),
        ("files", {"/b": "1$aa", "/a": "-"}, "files", (
            PackagedFile(path="/a", owner=None, group=None),
            PackagedFile(path="/b", sum="1$aa", owner=None, group=None))),
        ("directories", {"/a/": "y", "//b/.": True}, "directories", (
            PackagedDirectory(path="/a", owner=None, group=None),
            PackagedDirectory(path="/b", owner=None, group=None))),
        ("dirs", ["/a", {"/b": {"uname": "u", "perm": "0700", "try": True}}], "directories", (
            PackagedDirectory(path="/a", owner=None, group=None),
            PackagedDirectory(path="/b", owner="u", group=None, mode=0o700))),
        ("deps", {"b": {"origin": "x/b", "version": 3}}, "deps", (Dependency("b", "x/b", "3"),)),
        ("scripts", {"install": "  x%20y%zz\n"}, "scripts", {Phase.INSTALL: "  x y%zz\n"}),
        ("config", ["/a%25b"], "config", ("/a%b",)),
        ("arch", "freebsd:9:x86:64", "abi", "freebsd:9:x86:64"),
        ("unheard_of", [1], "name", "x"),
    ],
)  # fmt: skip
def test_forms_that_are_read(key: str, value: Any, field: str, meaning: Any) -> None:
    assert getattr(read(**{key: value}), field) == meaning


def test_ucl_is_read_as_create_manifest_writes_it() -> None:
    text = """name: "demo"
version: "1.10"
origin: devel/demo
comment: <<EOD
a {demo}
EOD
maintainer: me@example.org
prefix: /usr/local
categories: [ devel, net ]
licenselogic: single
www: https://example.org/
deps: { "libdep": {origin: "devel/libdep", version: "2.0"} }
options: { A: on, B: off }
desc: "x"
abi: "FreeBSD:14:*"
"""
    found = manifest.parse(text)
    assert (found.comment, found.version, found.options) == (
        "a {demo}",
        "1.10",
        {"A": "on", "B": "off"},
    )
    assert found.deps == (Dependency("libdep", "devel/libdep", "2.0"),)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("name", ""),
        ("name", "../x"),
        ("name", 1.5),
        ("version", True),
        ("comment", ["x"]),
        ("desc", "a\0b"),
        ("flatsize", -1),
        ("flatsize", 1 << 63),
        ("vital", "yes"),
        ("licenselogic", "xor"),
        ("categories", "devel"),
        ("deps", ["x"]),
        ("deps", {"x": {"version": "1"}}),
        ("files", {"relative": "-"}),
        ("files", {"/a/../../etc/passwd": "-"}),
        ("files", {"/a%2e%2e/..": "-"}),
        ("files", {"/%00": "-"}),
        ("files", {"/a": {"perm": "u+x"}}),
        ("files", {"/a": {"mtime": -5}}),
        ("files", {"/a": 5}),
        ("directories", {"x": True}),
        ("config", [1]),
        ("config", ["/a", "/b", "/a"]),
        ("scripts", {"unheard": "x"}),
        ("lua_scripts", {"post-install": "x"}),
        ("messages", [{}]),
        ("annotations", {"a": 1}),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_key(key: str, value: Any) -> None:
    with pytest.raises(InputError, match=key):
        read(**{key: value})


def test_everything_wrong_is_told_together() -> None:
    with pytest.raises(Problems) as caught:
        read(vital=1, flatsize="x", users=3)
    assert len(caught.value.problems) == 3


def test_missing_keys_are_named() -> None:
    with pytest.raises(InputError, match="no origin, comment, desc, maintainer, www, prefix"):
        manifest.parse('{"name": "x", "version": "1"}')
    with pytest.raises(InputError, match="an object"):
        manifest.parse("[1]")


def test_messages_in_a_database() -> None:
    messages = samples.manifest().messages
    assert messages_from_text(messages_to_text(messages) or "") == messages
    assert messages_to_text(()) is None
    assert messages_from_text("plain, of pkg 1.x") == (Message("plain, of pkg 1.x"),)


@given(st.binary(max_size=20))
def test_percent_encoding_survives_any_bytes(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    assert encoded(text).isascii()
    assert decoded(encoded(text)) == text


@given(st.data())
def test_a_damaged_manifest_is_read_or_refused(data: st.DataObject) -> None:
    text = manifest.to_text(samples.manifest())
    at = data.draw(st.integers(0, len(text) - 1))
    mutated = text[:at] + data.draw(st.text(max_size=3)) + text[at + data.draw(st.integers(0, 9)) :]
    with suppress(InputError):
        manifest.parse(mutated)
