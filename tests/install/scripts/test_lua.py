"""Lua scripts are known by their text alone, and done natively."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from portfake.install.scripts import lua
from portfake.install.scripts.lua import (
    KNOWN,
    LuaCall,
    LuaFailure,
    plain_commands,
    recognised,
    text_digest,
)
from portfake.shell.memory import MemoryFiles
from portfake.shell.overlay import Overlay


def action(name: str) -> Callable[[LuaCall], None]:
    """The action of that name in the module's table."""
    found = [known.act for known in KNOWN.values() if known.act.__name__ == name]
    return found[0]


def after(
    name: str, argument: str, files: dict[str, str], left: dict[str, str] | None = None
) -> dict[str, bytes | None]:
    tree = MemoryFiles(clock=3)
    for path, text in files.items():
        folder = ""
        for part in path.strip("/").split("/")[:-1]:
            folder += f"/{part}"
            if tree.stat(folder) is None:
                tree.mkdir(folder)
        tree.write(path, [text.encode()], mode=0o640)
    overlay = Overlay(tree, clock=9)
    call = LuaCall(overlay, "/p", argument, upgrade=False, leave=(left or {}).__setitem__)
    if left is not None:
        call = LuaCall(overlay, "/p", argument, upgrade=False, leave=left.__setitem__)
    action(name)(call)
    return {edit.path: edit.content for edit in overlay.edits()}


SAMPLE = "/p/etc/a.conf.sample"


@pytest.mark.parametrize(
    ("argument", "files", "expected"),
    [
        ("etc/a.conf.sample", {SAMPLE: "x"}, {"/p/etc/a.conf": b"x"}),
        ("etc/a.conf.sample", {SAMPLE: "x", "/p/etc/a.conf": "mine"}, {}),
        ("etc/a.conf.sample etc/b", {SAMPLE: "x"}, {"/p/etc/b": b"x"}),
        ("etc/a.conf.sample /etc/b", {SAMPLE: "x", "/etc/c": ""}, {"/etc/b": b"x"}),
        ("etc/a.conf.sample no/b", {SAMPLE: "x"}, {}),
        ("etc/missing.sample", {SAMPLE: "x"}, {}),
    ],
)
def test_a_sample_is_copied_where_nothing_lies(
    argument: str, files: dict[str, str], expected: dict[str, bytes]
) -> None:
    assert after("_copy_sample", argument, files) == expected


def test_a_copy_has_the_sample_s_attributes() -> None:
    tree = MemoryFiles(clock=3)
    tree.write("/a.sample", [b"x"], mode=0o600)
    tree.chown("/a.sample", "www", "mail")
    overlay = Overlay(tree, clock=9)
    lua.KNOWN["d5c721d8f1e8e9536268da0654f18029"].act(
        LuaCall(overlay, "", "a.sample", upgrade=False, leave=lambda *_: None)
    )
    copy = overlay.stat("/a")
    assert copy is not None
    assert (copy.mode, copy.owner, copy.group, copy.mtime) == (0o600, "www", "mail", 3)


@pytest.mark.parametrize(("live", "gone"), [("x", True), ("mine", False), (None, False)])
def test_a_copy_goes_if_it_is_as_the_sample(live: str | None, gone: bool) -> None:
    files = {SAMPLE: "x"} | ({"/p/etc/a.conf": live} if live is not None else {})
    edits = after("_remove_sample", "etc/a.conf.sample", files)
    assert edits == ({"/p/etc/a.conf": None} if gone else {})


def test_shells_are_added_once_and_removed() -> None:
    shells = {"/etc/shells": "# shells\n/bin/sh\n"}
    added = {"/etc/shells": b"# shells\n/bin/sh\n/p/bin/kwsh\n"}
    assert after("_add_shell", "bin/kwsh", shells) == added
    there = {"/etc/shells": "/bin/sh\n/p/bin/kwsh\n"}
    assert after("_add_shell", "bin/kwsh", there) == {}
    assert after("_remove_shell", "bin/kwsh", there) == {"/etc/shells": b"/bin/sh\n"}
    assert after("_remove_shell", "bin/other", there) == {}
    with pytest.raises(LuaFailure, match="/etc/shells"):
        after("_add_shell", "bin/kwsh", {"/etc/x": ""})


def test_touch_and_rmempty() -> None:
    files = {"/p/var/full": "x", "/p/var/empty": ""}
    assert after("_touch", "var/new var/full", files) == {"/p/var/new": b""}
    assert after("_remove_empty", "var/empty", files) == {"/p/var/empty": None}
    assert after("_remove_empty", "var/full", files) == {}
    assert after("_remove_empty", "var/none", files) == {}


def test_fonts_are_indexed_by_the_running_system() -> None:
    left: dict[str, str] = {}
    assert after("_index_fonts", "fonts", {"/p/fonts/a.pcf": "x"}, left) == {}
    assert list(left) == ["mkfontscale /p/fonts", "mkfontdir /p/fonts"]


def test_indexes_go_with_the_last_font() -> None:
    left: dict[str, str] = {}
    files = {"/p/fonts/fonts.dir": "0\n", "/p/fonts/fonts.scale": "0\n"}
    gone = dict.fromkeys(files)
    assert after("_unindex_fonts", "fonts", files, left) == gone
    assert left == {}
    assert after("_unindex_fonts", "fonts", {**files, "/p/fonts/b.pcf": ""}, left) == {}
    assert list(left) == ["mkfontscale /p/fonts", "mkfontdir /p/fonts"]


# knowing them


def test_the_digest_is_of_the_text_without_argument_and_indentation() -> None:
    one = '-- args: a b\n  x = pkg.prefixed_path("a b")\n\n  f("a b")\n'
    other = '-- args: c\nx = pkg.prefixed_path("c")\nf("c")'
    assert text_digest(one)[0] == text_digest(other)[0]
    assert text_digest(one)[1] == "a b"
    assert text_digest('y = pkg.prefixed_path("q")')[1] == "q"
    assert text_digest(one)[0] != text_digest(one + "more()")[0]


def test_an_argument_that_ends_the_literal_is_no_argument() -> None:
    plain = '-- args: a\nx = pkg.prefixed_path("a")'
    hostile = '-- args: a" .. os.exit() .. "\nx = pkg.prefixed_path("a" .. os.exit() .. "")'
    assert text_digest(plain)[0] != text_digest(hostile)[0]


def test_unknown_text_is_not_recognised() -> None:
    assert recognised('os.remove("/etc/passwd")') is None


@pytest.mark.parametrize(
    ("text", "commands"),
    [
        ('-- a comment\npkg.print_msg("hello \\"you\\"\\n")\n', []),
        ("print('x')", []),
        (
            'print("x")\npkg.exec({"/bin/fc-cache", "-s"})',
            [["/bin/fc-cache", "-s"]],
        ),
        ('pkg.exec({ "a" , "b c" }) ;', [["a", "b c"]]),
        ('pkg.exec({"a\\nb"})', None),
        ('pkg.exec({"a", b})', None),
        ('pkg.print_msg("a" .. os.exit())', None),
        ('print("a") os.exit()', None),
        ("--[[ long\n]] x()", None),
        ('if x then print("a") end', None),
    ],
)
def test_scripts_that_only_print_and_run_literals(
    text: str, commands: list[list[str]] | None
) -> None:
    assert plain_commands(text) == commands
