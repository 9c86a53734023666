"""An overlay behaves as the tree itself would, leaves it alone, and says what it changed."""

from __future__ import annotations

import errno
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfake.model.entry import Entry, EntryType
from portfake.shell.edits import Edit
from portfake.shell.files import Files
from portfake.shell.memory import MemoryFiles
from portfake.shell.overlay import Overlay

CLOCK = 7
PATHS = ["/a", "/d", "/d/a", "/d/s", "/d/s/f", "/e", "/l", "/l/a", "/new", "/d/new", "/e/../a"]
PATH = st.sampled_from(PATHS)
STEP = st.one_of(
    st.tuples(st.just("write"), PATH, st.sampled_from([b"x", b"longer"]), st.booleans()),
    st.tuples(st.sampled_from(["mkdir", "unlink", "rmdir", "read", "listdir", "realpath"]), PATH),
    st.tuples(st.sampled_from(["stat", "lstat"]), PATH),
    st.tuples(st.sampled_from(["rename", "link"]), PATH, PATH),
    st.tuples(st.just("symlink"), st.sampled_from(["d", "/e", "../a", "no"]), PATH),
    st.tuples(st.just("chmod"), PATH, st.sampled_from([0o600, 0o755])),
    st.tuples(st.just("chown"), PATH, st.sampled_from(["www", None]), st.just("mail")),
)


def tree() -> MemoryFiles:
    files = MemoryFiles(clock=CLOCK)
    for folder in ("/d", "/d/s", "/e"):
        files.mkdir(folder)
    for path in ("/a", "/d/a", "/d/s/f"):
        files.write(path, [path.encode()])
    files.symlink("d", "/l")
    return files


def done(files: Files, step: tuple[Any, ...]) -> object:
    name, *words = step
    try:
        if name == "write":
            files.write(words[0], [words[1]], append=words[2])
            return None
        if name in {"stat", "lstat"}:
            return facts(files.stat(words[0], follow=name == "stat"))
        return getattr(files, name)(*words)
    except OSError as error:
        return errno.errorcode[error.errno or 0]


def facts(entry: Entry | None) -> object:
    if entry is None:
        return None
    size = None if entry.type is EntryType.DIRECTORY else entry.size
    return entry.type, entry.mode, entry.owner, entry.group, size, entry.target


def walk(files: Files, top: str = "") -> dict[str, object]:
    found: dict[str, object] = {}
    for name in files.listdir(top or "/"):
        path = f"{top}/{name}"
        entry = files.stat(path, follow=False)
        assert entry is not None
        content = files.read(path) if entry.type is EntryType.FILE else None
        found[path] = facts(entry), content
        if entry.type is EntryType.DIRECTORY:
            found.update(walk(files, path))
    return found


def repeat(edits: list[Edit], files: Files) -> None:
    """Do to a tree what an overlay of it says."""
    for edit in reversed(edits):
        if edit.after is None or (edit.before and edit.before.type is not edit.after.type):
            assert edit.before is not None
            remove = files.rmdir if edit.before.type is EntryType.DIRECTORY else files.unlink
            remove(edit.path)
    for edit in edits:
        after = edit.after
        if after is None:
            continue
        if after.type is EntryType.SYMLINK:
            if files.stat(edit.path, follow=False) is not None:
                files.unlink(edit.path)
            files.symlink(after.target or "", edit.path)
        elif after.type is EntryType.FILE and edit.content is not None:
            # Names that were one file may be two afterwards.
            if files.stat(edit.path, follow=False) is not None:
                files.unlink(edit.path)
            files.write(edit.path, [edit.content])
        elif files.stat(edit.path, follow=False) is None:
            files.mkdir(edit.path)
        files.chmod(edit.path, after.mode or 0, follow=False)
        files.chown(edit.path, after.owner, after.group, follow=False)


@given(st.lists(STEP, max_size=12))
def test_the_same_as_the_tree_itself(steps: list[tuple[Any, ...]]) -> None:
    lower, plain = tree(), tree()
    before = walk(lower)
    overlay = Overlay(lower, clock=CLOCK)
    for step in steps:
        assert done(overlay, step) == done(plain, step), step
    assert walk(overlay) == walk(plain)
    assert walk(lower) == before
    repeat(overlay.edits(), lower)
    assert walk(lower) == walk(plain)


@given(st.lists(STEP, max_size=6), st.lists(STEP, max_size=6))
def test_an_overlay_absorbs_one_above_it(
    first: list[tuple[Any, ...]], second: list[tuple[Any, ...]]
) -> None:
    plain = tree()
    below = Overlay(tree(), clock=CLOCK)
    above = Overlay(below, clock=CLOCK)
    for step in first:
        done(below, step)
        done(plain, step)
    for step in second:
        done(above, step)
        done(plain, step)
    below.absorb(above)
    assert walk(below) == walk(plain)


def changed(act: Callable[[Overlay], None]) -> list[str]:
    overlay = Overlay(tree(), clock=CLOCK)
    act(overlay)
    return [edit.path for edit in overlay.edits()]


def test_what_was_changed_back_is_no_change() -> None:
    def act(overlay: Overlay) -> None:
        overlay.chmod("/a", 0o600)
        overlay.write("/d/a", [b"x"])
        overlay.write("/e/new", [b"x"])
        overlay.chmod("/a", 0o644)
        overlay.write("/d/a", [b"/d/a"])
        overlay.unlink("/e/new")

    assert changed(act) == []


def test_a_change_through_a_link_is_told_by_its_real_path() -> None:
    assert changed(lambda overlay: overlay.write("/l/a", [b"x"])) == ["/d/a"]


def test_put_makes_the_folders_above() -> None:
    overlay = Overlay(tree(), clock=CLOCK)
    entry = Entry(path="/l/deep/er/file", type=EntryType.FILE, mode=0o640, owner="www", size=4)
    overlay.put(entry, b"text")
    assert [edit.path for edit in overlay.edits()] == [
        "/d/deep",
        "/d/deep/er",
        "/d/deep/er/file",
    ]
    assert overlay.read("/d/deep/er/file") == b"text"
    overlay.drop(["/d/deep/er/file", "/none/x"])
    assert overlay.stat("/d/deep/er/file") is None


def test_what_is_no_file_is_not_read() -> None:
    overlay = Overlay(tree())
    with pytest.raises(IsADirectoryError):
        overlay.read("/d")


def test_a_copy_keeps_the_content_it_was_made_of() -> None:
    lower = tree()
    below = Overlay(lower)
    above = Overlay(below)
    above.chmod("/a", 0o600)
    below.absorb(above)
    assert below.read("/a") == b"/a"
    assert deepcopy(walk(lower))["/a"] == (facts(lower.stat("/a")), b"/a")
