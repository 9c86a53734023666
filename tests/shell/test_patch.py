"""patch(1) in the interpreter: which files it changes, keeps, makes and removes."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from portfake.errors import Refused
from portfake.limits import LimitExceeded, Limits
from tests.shell.worlds import MakeWorld, World

PORTS = "--forward --quiet -E -p0 --batch -V simple --suffix .orig"
"""PATCH_ARGS of bsd.port.mk with BATCH."""
CHANGE = "--- f\n+++ f\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n"
TEXT = "a\nb\nc\n"
NEW = "--- /dev/null\n+++ d/new\n@@ -0,0 +1,2 @@\n+one\n+two\n"
GONE = "--- f\n+++ /dev/null\n@@ -1,3 +0,0 @@\n-a\n-b\n-c\n"


def content(world: World) -> dict[str, str]:
    """The files of a world but the patch."""
    return {
        path.removeprefix("/w/"): world.files.read(path).decode("utf-8", "surrogateescape")
        for path, entry in world.files.tree("/w").items()
        if entry.type.value == "file" and path != "/w/p"
    }


@pytest.mark.parametrize(
    ("tree", "patch", "options", "status", "result"),
    [
        ({"f": TEXT}, CHANGE, PORTS, 0, {"f": "a\nB\nc\n", "f.orig": TEXT}),
        ({"f": TEXT}, CHANGE, "", 0, {"f": "a\nB\nc\n", "f.orig": TEXT}),
        ({"f": TEXT}, CHANGE, "--posix", 0, {"f": "a\nB\nc\n"}),
        ({"f": TEXT}, CHANGE, "-V none", 0, {"f": "a\nB\nc\n"}),
        ({"f": TEXT}, CHANGE, "-z .bak", 0, {"f": "a\nB\nc\n", "f.bak": TEXT}),
        ({"f": TEXT}, CHANGE, "-B old/", 0, {"f": "a\nB\nc\n", "old/f": TEXT}),
        ({"f": TEXT}, CHANGE, "-V t", 0, {"f": "a\nB\nc\n", "f.~1~": TEXT}),
        (
            {"f": TEXT, "f.~7~": "x"},
            CHANGE,
            "",
            0,
            {"f": "a\nB\nc\n", "f.~7~": "x", "f.~8~": TEXT},
        ),
        ({"f": TEXT}, CHANGE, "-C", 0, {"f": TEXT}),
        ({"f": TEXT}, CHANGE, "-o g", 0, {"f": TEXT, "g": "a\nB\nc\n", "g.orig": ""}),
        ({"f": "a\nB\nc\n"}, CHANGE, "-R", 0, {"f": TEXT, "f.orig": "a\nB\nc\n"}),
        ({}, NEW, PORTS, 0, {"d/new": "one\ntwo\n", "d/new.orig": ""}),
        ({"d": None, "d/new": "one\ntwo\n"}, NEW, "-R", 0, {"d/new.orig": "one\ntwo\n"}),
        ({"f": TEXT}, GONE, "", 0, {"f.orig": TEXT}),
        ({"f": TEXT}, GONE.replace("/dev/null", "f"), "-E", 0, {"f.orig": TEXT}),
        ({"f": TEXT}, GONE.replace("/dev/null", "f"), "", 0, {"f": "", "f.orig": TEXT}),
        (
            {"f": TEXT.replace("\n", "\r\n")},
            CHANGE.replace(" a\n-b\n+B\n c\n", " a\r\n-b\r\n+B\r\n c\r\n"),
            PORTS,
            0,
            {"f": "a\r\nB\r\nc\r\n", "f.orig": TEXT.replace("\n", "\r\n")},
        ),
        (
            {"f": TEXT},
            "text\n" + CHANGE + "-- \nmore text\n" + NEW,
            PORTS,
            0,
            {"f": "a\nB\nc\n", "f.orig": TEXT, "d/new": "one\ntwo\n", "d/new.orig": ""},
        ),
        ({"f": TEXT}, "Index: f\n1d0\n< a\n", PORTS, 0, {"f": "b\nc\n", "f.orig": TEXT}),
    ],
)
def test_files_after_patching(
    *,
    world: MakeWorld,
    tree: dict[str, str | bytes | None],
    patch: str,
    options: str,
    status: int,
    result: dict[str, str],
) -> None:
    here = world({**tree, "p": patch})
    assert here.run(f"patch {options} < p").status == status, here.errors
    assert content(here) == result


REJECT = "--- f\n+++ f\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n"


@pytest.mark.parametrize(
    ("text", "options", "result", "said"),
    [
        ("x\n", PORTS, {"f": "x\n", "f.orig": "x\n", "f.rej": REJECT}, "failed--saving"),
        ("x\n", "-s -r r", {"f": "x\n", "f.orig": "x\n", "r": REJECT}, "rejects to r\n"),
        ("x\n", "-C", {"f": "x\n"}, "1 out of 1 hunks failed\n"),
        ("a\nB\nc\n", PORTS, {"f": "a\nB\nc\n", "f.rej": REJECT}, "Ignoring previously applied"),
        ("a\nB\nc\n", "-f -V none", {"f": "a\nB\nc\n", "f.rej": REJECT}, "Hunk #1 failed"),
    ],
)
def test_rejects(
    world: MakeWorld, text: str, options: str, result: dict[str, str], said: str
) -> None:
    here = world({"f": text, "p": CHANGE})
    outcome = here.run(f"patch {options} < p")
    assert outcome.status == 1
    assert said in outcome.output
    assert content(here) == result


def test_what_is_applied_already_is_taken_back_in_a_batch(world: MakeWorld) -> None:
    here = world({"f": "a\nB\nc\n", "p": CHANGE})
    assert here.run("patch -t <p").status == 0
    assert content(here)["f"] == TEXT


def test_a_new_file_that_is_there_is_left_alone(world: MakeWorld) -> None:
    here = world({"d": None, "d/new": "one\ntwo\n", "p": NEW})
    assert here.run(f"patch {PORTS} <p").status == 1
    assert content(here)["d/new"] == "one\ntwo\n"


@pytest.mark.parametrize(
    ("old", "new", "index", "options", "there", "chosen"),
    [
        ("a/d/f", "b/d/f", "", "-p1", ["d/f", "f"], "d/f"),
        ("a/d/f", "b/d/f", "", "-p2", ["d/f", "f"], "f"),
        ("a/d/f", "b/d/f", "", "-p9", ["d/f", "f"], "f"),
        ("d/f", "d/f", "", "", ["d/f", "f"], "d/f"),
        ("x/f", "y/f", "", "", ["d/f", "f"], "f"),
        ("f.orig", "f", "", "-p0", ["f.orig", "f"], "f"),
        ("d/f", "longer", "", "-p0", ["d/f", "longer"], "longer"),
        ("absent", "f", "g", "-p0", ["f", "g"], "f"),
        ("absent", "absent", "g", "-p0", ["g"], None),
        ("absent", "absent", "g", "-p0 --posix", ["g"], "g"),
        ("g", "f", "", "-p0 --posix", ["f", "g"], "g"),
        ("f 2020-01-01", "f\t2020", "", "-p0", ["f"], "f"),
        ("two words\t2020", "absent\t2020", "", "-p0", ["two words"], "two words"),
        ("absent", "absent", "", "-p0 named", ["named"], "named"),
        ("/w/d/f", "/w/d/f", "", "-p2", ["d/f"], "d/f"),
        ("/w/f", "/w/f", "", "-p0", ["f"], None),
        ("../w/f", "d/../f", "", "-p0", ["d/f", "f"], None),
        ("../w/f", "f", "", "-p0", ["f"], "f"),
    ],
)
def test_which_file_is_chosen(
    *,
    world: MakeWorld,
    old: str,
    new: str,
    index: str,
    options: str,
    there: list[str],
    chosen: str | None,
) -> None:
    heading = f"Index: {index}\n" if index else ""
    patch = f"{heading}--- {old}\n+++ {new}\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n"
    here = world({"d": None, "p": patch, **dict.fromkeys(there, TEXT)})
    outcome = here.run(f"patch -V none {options} <p")
    changed = [name for name, text in content(here).items() if text != TEXT]
    assert changed == ([chosen] if chosen else [])
    assert outcome.status == (0 if chosen else 1)
    assert ("dangerous" in here.errors) == (".." in old or (old[0] == "/" and "-p0" in options))


def test_an_index_alone_names_the_file(world: MakeWorld) -> None:
    here = world({"f": TEXT, "p": "Index: f\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n"})
    assert here.run("patch -p0 <p").status == 0
    assert content(here)["f"] == "a\nB\nc\n"


def test_names_are_those_of_the_folder(world: MakeWorld) -> None:
    here = world({"d": None, "d/f": TEXT, "d/q": CHANGE, "p": CHANGE})
    assert here.run("patch -C -d d -i q && cat p | patch -s -d d").status == 0
    assert content(here)["d/f"] == "a\nB\nc\n"


def test_modes_stay_and_links_become_files(world: MakeWorld) -> None:
    here = world({"g#755": TEXT, "f": "-> g", "p": CHANGE})
    outcome = here.run("patch <p && readlink f.orig && stat -f %Lp f")
    assert outcome.output.endswith("\ng\n755\n")
    assert content(here) == {"f": "a\nB\nc\n", "g": TEXT}


def test_git_renames_are_noted_and_not_done(world: MakeWorld) -> None:
    here = world({"f": TEXT, "p": "diff --git a/f b/g\nrename from f\nrename to g\n"})
    assert here.run("patch -p1 <p").status == 0
    assert [note.text.split(":")[1] for note in here.shell.notes] == [
        " rename from f",
        " rename to g",
    ]
    assert content(here) == {"f": TEXT}


@pytest.mark.parametrize(
    ("patch", "said"),
    [
        ("@@ -1,3 +1,9 @@\n a\n", "p:3: malformed hunk: the patch ends within it\n"),
        ("1d\n", "p:1: an ed script"),
    ],
)
def test_nothing_of_a_malformed_patch_is_applied(world: MakeWorld, patch: str, said: str) -> None:
    here = world({"f": TEXT, "p": CHANGE + patch if patch[0] == "@" else patch})
    assert here.run("patch -i p").status == 2
    assert said.replace("p:3", "p:10") in here.errors
    assert content(here) == {"f": TEXT}


def test_no_patch_at_all(world: MakeWorld) -> None:
    outcome = world({"p": "words\n"}).run("patch <p")
    assert (outcome.status, "can't seem to find a patch" in outcome.output) == (2, True)


@pytest.mark.parametrize("options", ["-e", "-D X", "-o g", "--merge"])
def test_what_is_refused(world: MakeWorld, options: str) -> None:
    with pytest.raises(Refused):
        world({"f": TEXT, "p": CHANGE + CHANGE}).run(f"patch {options} <p")


def test_a_search_has_its_price(world: MakeWorld) -> None:
    patch = "--- f\n+++ f\n" + "@@ -1,2 +1,2 @@\n x\n-b\n+B\n" * 500
    here = world({"f": "x\n" * 2000, "p": patch}, limits=Limits(steps=100_000))
    with pytest.raises(LimitExceeded):
        here.run("patch <p")


@pytest.mark.parametrize("strip", ["-p0", "-p1", "-p2"])
@pytest.mark.parametrize("form", ["-ruN", "-rcN"])
def test_folders_as_gnu_patch(
    world: MakeWorld, tool: Callable[[str], str], tmp_path: Path, form: str, strip: str
) -> None:
    """Changed, new, emptied and removed files, with and without newlines at their ends."""
    before = {"d/a": TEXT, "b": "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "gone": "x\n", "end": "a\nb"}
    after = {"d/a": "a\nc\n", "b": "0\n1\n2\n3\n4\n5\n6\n7\n8\n", "new/n": "n", "end": "a\nb\n"}
    for top, files in (("old/w", before), ("new/w", after)):
        for name, text in files.items():
            path = tmp_path / top / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    done = subprocess.run(
        [tool("diff"), form, "old/w", "new/w"], cwd=tmp_path, capture_output=True, check=False
    )
    folder = {"-p0": "old/w", "-p1": "w", "-p2": "."}[strip]
    theirs = tmp_path / "theirs" / folder
    shutil.copytree(tmp_path / "old/w", theirs)
    command = [tool("patch"), "-s", "-E", "--batch", strip]
    subprocess.run(command, input=done.stdout, cwd=tmp_path / "theirs", check=True)
    here = world({"p": done.stdout})
    here.run(f"mkdir -p {folder}/d")
    for name, text in before.items():
        here.put(os.path.normpath(f"{folder}/{name}"), text)
    assert here.run(f"patch -s -E -V none --batch {strip} <p").status == 0, here.errors
    wanted = {
        str(path.relative_to(tmp_path / "theirs")): path.read_text()
        for path in (tmp_path / "theirs").rglob("*")
        if path.is_file()
    }
    assert content(here) == wanted
