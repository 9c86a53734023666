"""Reading patches and fitting hunks; diff and GNU patch are the judges."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from portfake.errors import InputError, Problems
from portfake.formats.patch import Hunk, parse_patch
from portfake.formats.patch_apply import Patched, Reversal, apply_hunks, split_lines
from portfake.limits import LimitExceeded, Limits

FORMS = ["-u", "-c", "--normal", "-U1", "-U0", "-C1"]


def applied(
    text: str,
    patch: str,
    *,
    max_fuzz: int = 2,
    reversal: Reversal = Reversal.TURN,
    blanks: bool = False,
) -> Patched:
    [file] = parse_patch(patch, "p")
    return apply_hunks(
        split_lines(text), file.hunks, max_fuzz=max_fuzz, reversal=reversal, blanks=blanks
    )


def diff(tool: str, folder: Path, form: str, old: str, new: str) -> str:
    (folder / "old").write_bytes(old.encode())
    (folder / "new").write_bytes(new.encode())
    done = subprocess.run(
        [tool, form, "-a", "old", "new"], cwd=folder, capture_output=True, check=False
    )
    assert done.returncode in {0, 1}
    return done.stdout.decode()


def gnu_patch(tool: str, folder: Path, text: str, patch: str) -> tuple[int, str]:
    (folder / "f").write_bytes(text.encode())
    done = subprocess.run(
        [tool, "-s", "-N", "--batch", "-r", "-", "--no-backup-if-mismatch", "--binary", "f"],
        input=patch.encode(),
        cwd=folder,
        capture_output=True,
        check=False,
    )
    path = folder / "f"
    return done.returncode, path.read_bytes().decode() if path.exists() else ""


LINES = st.lists(st.sampled_from(["a", "b", "c", "d", "", "-x", "+y", "\tz", "--- q", "e\r"]))
ENDS = st.sampled_from(["", "\n"])


@st.composite
def texts(draw: st.DrawFn) -> str:
    lines = draw(st.lists(LINES, max_size=4))
    text = "\n".join(line for block in lines for line in block)
    return text + draw(ENDS) if text else ""


@st.composite
def edited(draw: st.DrawFn) -> tuple[str, str]:
    """A text of lines that are mostly different, and the same with a few changed."""
    count = draw(st.integers(1, 30))
    old = [draw(st.sampled_from(["x", "y", f"line {at}"])) for at in range(count)]
    new = list(old)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(new)))
        new[at : at + draw(st.integers(0, 2))] = draw(st.lists(st.sampled_from("nmx"), max_size=2))
    return "".join(f"{line}\n" for line in old), "".join(f"{line}\n" for line in new)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(old=texts(), new=texts(), form=st.sampled_from(FORMS))
def test_a_patch_makes_the_new_text(
    tmp_path: Path, tool: Callable[[str], str], old: str, new: str, form: str
) -> None:
    assume(old != new)
    patch = diff(tool("diff"), tmp_path, form, old, new)
    there = applied(old, patch)
    assert "".join(there.lines) == new
    assert None not in there.fits
    [file] = parse_patch(patch, "p")
    back = apply_hunks(split_lines(new), file.swapped().hunks)
    assert "".join(back.lines) == old


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(
    pair=edited(),
    form=st.sampled_from(FORMS),
    changes=st.lists(
        st.tuples(st.integers(0, 30), st.integers(0, 2), st.lists(st.sampled_from("xyz"))),
        min_size=1,
        max_size=3,
    ),
)
def test_a_changed_original_as_gnu_patch(
    tmp_path: Path,
    tool: Callable[[str], str],
    pair: tuple[str, str],
    form: str,
    changes: list[tuple[int, int, list[str]]],
) -> None:
    old, new = pair
    assume(old != new)
    patch = diff(tool("diff"), tmp_path, form, old, new)
    lines = split_lines(old)
    for at, gone, there in changes:
        lines[at : at + gone] = [f"{line}\n" for line in there]
    text = "".join(lines)
    status, result = gnu_patch(tool("patch"), tmp_path, text, patch)
    ours = applied(text, patch, reversal=Reversal.IGNORE)
    assert (None not in ours.fits) == (status == 0), (text, patch)
    if status == 0:
        assert "".join(ours.lines) == result, (text, patch)


TEN = "".join(f"{number}\n" for number in range(1, 11))
CHANGE = "@@ -4,3 +4,3 @@\n 4\n-5\n+five\n 6\n"


@pytest.mark.parametrize(
    ("text", "fuzz", "fit"),
    [
        (TEN, 2, (4, 0, 0)),
        ("0\n" + TEN, 2, (5, 1, 0)),
        (TEN.removeprefix("1\n2\n"), 2, (2, -2, 0)),
        (TEN.replace("4", "four"), 2, (4, 0, 1)),
        (TEN.replace("4", "four"), 0, None),
        (TEN.replace("5", "V"), 2, None),
    ],
)
def test_offset_and_fuzz(text: str, fuzz: int, fit: tuple[int, int, int] | None) -> None:
    [found] = applied(text, CHANGE, max_fuzz=fuzz, reversal=Reversal.FAIL).fits
    assert (found and (found.line, found.offset, found.fuzz)) == fit


@pytest.mark.parametrize(
    ("reversal", "result"),
    [
        (Reversal.IGNORE, TEN.replace("5", "five")),
        (Reversal.TURN, TEN),
        (Reversal.FAIL, TEN.replace("5", "five")),
    ],
)
def test_what_is_applied_already(reversal: Reversal, result: str) -> None:
    patched = applied(TEN.replace("5", "five"), CHANGE, reversal=reversal)
    assert "".join(patched.lines) == result
    assert patched.ignored is (reversal is Reversal.IGNORE)
    assert patched.turned is (reversal is Reversal.TURN)


def test_blanks_may_count_as_equal() -> None:
    text = "a  b\n\tc \nd\n"
    patch = "@@ -1,3 +1,3 @@\n a b\n-\tc\n+C\n d\n"
    assert applied(text, patch, max_fuzz=0).fits == (None,)
    assert applied(text, patch, max_fuzz=0, blanks=True).lines == ["a  b\n", "C\n", "d\n"]


@pytest.mark.parametrize(
    ("text", "lines"), [("", []), ("a", ["a"]), ("a\n", ["a\n"]), ("\n\nb", ["\n", "\n", "b"])]
)
def test_lines_keep_their_newlines(text: str, lines: list[str]) -> None:
    assert split_lines(text) == lines


def test_files_and_names() -> None:
    patch = (
        "From: somebody\n\ndiff --git a/x b/y\nrename from x\nrename to y\n"
        "diff --git a/m b/m\nold mode 100644\nnew mode 100755\n--- a/m\n+++ b/m\n@@ -1 +1 @@\n-1\n"
        "+2\n-- \n2.40\n\nIndex: n\n====\n1c1\n< a\n---\n> b\n"
        "*** o.orig\tdate\n--- o\tdate\n***************\n*** 1 ****\n! a\n--- 1,2 ----\n! b\n! c\n"
        "--- /dev/null\n+++ new\n@@ -0,0 +1 @@\n+n\n\\ No newline at end of file\n"
    )
    files = parse_patch(patch, "p")
    assert [(file.old, file.new, file.index, len(file.hunks)) for file in files] == [
        ("", "", "", 0),
        ("a/m", "b/m", "", 1),
        ("", "", " n", 1),
        ("o.orig\tdate", "o\tdate", "", 1),
        ("/dev/null", "new", "", 1),
    ]
    assert files[0].git == ("rename from x", "rename to y")
    assert files[1].git == ("old mode 100644", "new mode 100755")
    assert files[3].hunks[0].lines == ("-a\n", "+b\n", "+c\n")
    assert files[4].hunks[0] == Hunk(0, 1, ("+n",), 33)
    assert [file.creates for file in files] == [False, False, False, False, True]


def test_blanks_that_mailers_ate() -> None:
    patch = "@@ -1,5 +1,5 @@\n a\n\n\tb\n-c\n+d\n"
    assert applied("a\n\n\tb\nc\n\n", patch).lines == ["a\n", "\n", "\tb\n", "d\n", "\n"]


@pytest.mark.parametrize("tail", ["", "\n", "\nIndex: x\n", "diff -c x y\n"])
def test_a_half_without_changes_is_left_out(tail: str) -> None:
    patch = f"***************\n*** 1,3 ****\n  a\n- b\n  c\n--- 1,2 ----\n{tail}"
    assert applied("a\nb\nc\n", patch).lines == ["a\n", "c\n"]


def test_halves_may_differ_in_blanks() -> None:
    patch = "***************\n*** 1,2 ****\n  a  b\n! c\n--- 1,2 ----\n  \ta b\n! d\n"
    assert applied("a  b\nc\n", patch).lines == ["a  b\n", "d\n"]


@pytest.mark.parametrize(
    ("patch", "line", "said"),
    [
        ("@@ -1,2 +1,9 @@\n a\n+b\n", 4, "ends within"),
        ("@@ -1 +1 @@\n-a\nb\n", 3, "begins with 'b'"),
        ("@@ -1 +1 @@\n-a\n-b\n+c\n", 3, "other lines"),
        ("@@ -x\n", 1, "header"),
        ("@@ -1,999999999999 +1,999999999999 @@\n a\n", 3, "ends within"),
        ("@@ -1,9999999999999999999 +1 @@\n a\n", 1, "no file has"),
        ("***************\n*** 1,2 ****\n! a\n", 4, "range"),
        ("***************\n*** 1,2 ****\n! a\n? b\n--- 1 ----\n! c\n", 4, "begins with"),
        ("***************\n*** 3,1 ****\n! a\n--- 1 ----\n! c\n", 3, "before it begins"),
        (
            "***************\n*** 1,2 ****\n  a\n- b\n--- 1,2 ----\n  c\n+ d\n",
            8,
            "different context",
        ),
        ("1,3c1\n< a\n---\n> b\n", 3, "3 lines"),
        ("1c1\n< a\n> b\n", 3, "--- is missing"),
        ("3d\n1a\nx\n.\n", 1, "ed script"),
        ("diff --git a/x b/x\nGIT binary patch\nliteral 1\n", 2, "binary"),
    ],
)
def test_malformed_hunks_are_told(patch: str, line: int, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        parse_patch(patch, "p")
    assert caught.value.where is not None
    assert caught.value.where.line == line


def test_all_malformed_hunks_are_told_together() -> None:
    with pytest.raises(Problems) as caught:
        parse_patch("--- a\n+++ a\n@@ -1 +1 @@\nx\n--- b\n+++ b\n@@ -1 +1 @@\ny\n", "p")
    assert [error.where and error.where.line for error in caught.value.problems] == [4, 8]


@pytest.mark.parametrize("indent", [" ", "\t", "    "])
def test_a_patch_may_be_indented(indent: str) -> None:
    patch = "--- f\n+++ f\n" + CHANGE
    moved = "".join(f"{indent}{line}" for line in split_lines(patch))
    assert parse_patch(f"text\n{moved}", "p")[0].hunks[0].lines == (
        " 4\n",
        "-5\n",
        "+five\n",
        " 6\n",
    )


def test_files_are_limited() -> None:
    one = "--- a\n+++ a\n@@ -1 +1 @@\n-1\n+2\n"
    with pytest.raises(LimitExceeded):
        parse_patch(one * 9, "p", Limits(entries=8))


PIECES = [
    *("@@ -1 +1 @@", "@@ -0,0 +1,2 @@", "***************", "*** 1,2 ****", "--- 1 ----", "1c1"),
    *("2d1", "< a", "> b", "---", "-a", "+b", " c", "! d", "\\ No", "", "+++ x"),
]


@settings(max_examples=200)
@given(st.lists(st.sampled_from(PIECES), max_size=12))
def test_any_text_is_read_or_refused(lines: list[str]) -> None:
    try:
        files = parse_patch("\n".join(lines), "p")
    except InputError:
        return
    for file in files:
        for hunk in file.hunks:
            assert all(line[0] in " +-" for line in hunk.lines)
            apply_hunks(["a\n", "c\n"], [hunk])
