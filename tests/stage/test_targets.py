"""Walking targets: the recipes that real bmake would run, in its order."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from portfake.errors import InputError
from portfake.limits import LimitExceeded, Limits
from portfake.make import Evaluation, Evaluator, Nowhere
from portfake.stage.targets import TargetWalk

CURDIR = "/port"


class Files(Nowhere):
    """Makefiles by path, and nothing else in the world."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self.files = files

    def text(self, path: str) -> str | None:
        return self.files.get(path)

    def exists(self, path: str) -> bool:
        return path in self.files


def evaluated(makefile: str) -> Evaluation:
    place = f"{CURDIR}/Makefile"
    evaluation = Evaluator().evaluate(place, Files({place: makefile}), curdir=CURDIR)
    assert evaluation.error is None
    return evaluation


def walked(makefile: str, *goals: str, files: tuple[str, ...] = ()) -> list[str]:
    """The texts of the recipe lines that are run for the goals."""
    lines: list[str] = []
    walk = TargetWalk(
        evaluated(makefile), {"Makefile", *files}.__contains__, lambda line: lines.append(line.text)
    )
    for goal in goals:
        walk.make(goal)
    return lines


RULES = {
    "a chain": "all: b\n\techo all\nb: c\n\techo b\nc:\n\techo c\n",
    "a diamond is made once": (
        "all: l r\n\techo all\nl: x\n\techo l\nr: x\n\techo r\nx:\n\techo x\n"
    ),
    "sources left to right, over several lines": (
        "all: one\nall: two three\n\techo all\none two three:\n\techo ${.TARGET}\n"
    ),
    "no recipe of its own": "all: a b\na:\n\techo a\nb:\n\techo b\n",
    "a leaf without anything": "all: hook\n\techo all\nhook:\n",
    "local variables": (
        "all: a b\n\techo ${.TARGET} ${.ALLSRC} ${@} ${>}\na b:\n\techo ${.TARGET:tu}\n"
    ),
    "a file that is there": "all: there\n\techo all\nthere:\n\techo never\n",
    "a file that is there, phony": ".PHONY: there\nall: there\nthere:\n\techo made\n",
    "a source that is only a file": "all: Makefile\n\techo all\n",
    "use": (
        "all: .common a\n\techo all ${.ALLSRC}\na: .common\n\techo a\n"
        ".common: .USE c\n\techo common ${.TARGET} ${.ALLSRC}\nc:\n\techo c\n"
    ),
    "use before": "all: .common\n\techo all\n.common: .USEBEFORE\n\techo first\n",
    "wait": "all: a .WAIT b\n\techo all\na b:\n\techo ${.TARGET}\n",
    "double colon": "all:: a\n\techo first\nall::\n\techo second\na:\n\techo a\n",
    "force": "all! there\n\techo all\nthere! a\n\techo there\na:\n\techo a\n",
    "order that the sources have": "all: a b\n.ORDER: a b\na b:\n\techo ${.TARGET}\n",
    "lines joined": "all:\n\techo one \\\n\t\ttwo\n\techo three\n",
    "stages of the framework": (
        "stage: message pre-stage do-stage post-stage\n"
        ".ORDER: message pre-stage do-stage post-stage\n"
        "message pre-stage do-stage post-stage: fetch\n\techo ${.TARGET}\n"
        "fetch: cookie\ncookie:\n\techo fetched\nall: stage\n"
    ),
}


@pytest.mark.parametrize("rule", RULES)
def test_order_is_bmake_s(rule: str, tmp_path: Path, tool: Callable[[str], str]) -> None:
    (tmp_path / "Makefile").write_text(".SILENT:\n" + RULES[rule])
    (tmp_path / "there").touch()
    done = subprocess.run(
        [tool("bmake"), "-r", "all"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    ours = [
        " ".join(line.removeprefix("echo ").replace("\\\n", " ").split())
        for line in walked(RULES[rule], "all", files=("there",))
    ]
    assert ours == done.stdout.splitlines()
    assert ours


def test_a_second_goal_makes_only_what_is_left() -> None:
    makefile = "one: base\n\techo one\ntwo: base\n\techo two\nbase:\n\techo base\n"
    assert walked(makefile, "one", "two", "one") == ["echo base", "echo one", "echo two"]


@pytest.mark.parametrize(
    ("newest", "made"),
    [
        ("made", ["echo all"]),
        ("from", ["echo made", "echo all"]),
        # As make sees it, the recipe left the file as old as it was.
        ("first", ["echo from", "echo all"]),
    ],
)
def test_by_time(newest: str, made: list[str], tmp_path: Path, tool: Callable[[str], str]) -> None:
    makefile = "all: made\n\techo all\nmade: from\n\techo made\nfrom: first\n\techo from\nfirst:\n"
    names = ("first", "from", "made")
    for number, name in enumerate(names):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (0, 1000 if name == newest else number))
    (tmp_path / "Makefile").write_text(f".SILENT:\n{makefile}")
    done = subprocess.run(
        [tool("bmake"), "-r", "all"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert [f"echo {word}" for word in done.stdout.split()] == made
    lines: list[str] = []

    class Times:
        def newer(self, one: str, other: str) -> bool:
            return (tmp_path / one).stat().st_mtime > (tmp_path / other).stat().st_mtime

        def made(self, name: str) -> None:
            pass

    TargetWalk(
        evaluated(makefile), names.__contains__, lambda line: lines.append(line.text), ages=Times()
    ).make("all")
    assert lines == made


def test_an_error_ends_the_walk_there() -> None:
    def fail(line: object) -> None:
        raise InputError("stop")

    makefile = "all: a b\na:\n\tfalse\nb:\n\techo b\n"
    walk = TargetWalk(evaluated(makefile), lambda path: False, fail)
    with pytest.raises(InputError, match="stop"):
        walk.make("all")


@pytest.mark.parametrize(
    ("makefile", "message"),
    [
        ("all: nowhere\n", "don't know how to make nowhere"),
        (".PHONY: hook\nall: hook\n", "don't know how to make hook"),
        ("all: a\na: b\nb: a\n\techo b\n", "target a depends on itself"),
        ("all: all\n", "target all depends on itself"),
        ("other:\n", "don't know how to make all"),
    ],
)
def test_what_make_stops_at(makefile: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        walked(makefile, "all")


def test_a_walk_is_bounded() -> None:
    makefile = "all: " + " ".join(f"t{number}" for number in range(50)) + "\n"
    walk = TargetWalk(evaluated(makefile), lambda path: True, print, Limits(entries=20))
    with pytest.raises(LimitExceeded):
        walk.make("all")
