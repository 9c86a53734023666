"""Whatever a makefile says, it ends soon, with values or with one of portfake's own errors.

Lines come from real-looking makefiles, the sample tree's here and a full tree's in the judge, and
are changed at random; pieces of syntax are strewn in.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portfake.errors import PortfakeError
from portfake.limits import DEFAULT
from portfake.make import Evaluator
from tests.make.conftest import World

SMALL = replace(DEFAULT, steps=200_000, text=1 << 20, regex_seconds=0.3, entries=10_000)
LONGEST = 20.0
"""Seconds that no makefile may take, on however slow a machine."""

_TREE = Path(__file__).parents[1] / "fixtures" / "ports"
_WORDS = """\
${ } $( ) : S/a/b/ C/(a|b)*/x/g M*.c N? @v@ ?a:b U D L P :: ::= ::+= ::!= := += ?= != = ! !x! [1]
[# [* [2..1] ts tsx tW tA tl tu hash range range=3 _ _=x Q q gmtime=1 localtime O On Or Ox u R E H
T sh .c=.o %=%x $a $$ $ $@ ${.TARGET} \\ \\$ \\: \\# " ' # [ ] . .if .ifdef .ifnmake .elif .else
.endif .for .endfor .break .undef .export .unexport-env .info .error .MAKEFLAGS: -DX -V -dL .PATH:
.SUFFIXES: .ORDER: .PHONY .USE in == != >= < && || & | ! ( defined( empty( exists( make( target(
commands( A B x ${A} ${B:Mx} ${U} % 1 -1 0x1 1e3 .. .include .sinclude .-include < > {a,b} a(b)"""
SCRAPS = [*_WORDS.split(), " ", "\t", "\n", "\\\n", "\n\t", "\x0b", "\xa0", "\udc80", "\x00", "é"]


def lines_of(*files: Path) -> list[str]:
    """Logical lines, continued ones whole, without comments and repetitions."""
    found: dict[str, None] = {}
    for file in files:
        text = file.read_text("utf-8", "surrogateescape")
        for line in text.replace("\\\n", "\0").split("\n"):
            if line.strip() and not line.startswith("#") and len(line) < 300:
                found[line.replace("\0", "\\\n")] = None
    return list(found)


@cache
def sample_lines() -> list[str]:
    return lines_of(*sorted(_TREE.rglob("Makefile*")), *sorted(_TREE.rglob("*.mk")))


@st.composite
def changed(draw: st.DrawFn, lines: list[str]) -> str:
    """A line with some pieces cut out, doubled, or replaced by syntax or a part of another."""
    line = draw(st.sampled_from(lines))
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(line)))
        end = min(len(line), start + draw(st.integers(0, 12)))
        other = draw(st.sampled_from(lines))
        at = draw(st.integers(0, len(other)))
        piece = draw(st.sampled_from([*SCRAPS, other[at : at + 15], line[start:end] * 2, ""]))
        line = line[:start] + piece + line[end:]
    return line


def evaluated(makefile: str) -> None:
    """Evaluate it, then ask for all it says; only typed errors may come, and soon."""
    began = time.monotonic()
    evaluation = Evaluator(SMALL).evaluate("/m", World({"/m": makefile}), curdir="/")
    for name in evaluation.variables():
        with contextlib.suppress(PortfakeError):
            evaluation.value(name)
    for target in evaluation.targets:
        with contextlib.suppress(PortfakeError):
            evaluation.recipe(target)
    with contextlib.suppress(PortfakeError):
        evaluation.exported  # noqa: B018 -- a property that expands values
    assert time.monotonic() - began < LONGEST


SCRAP_TEXTS = st.lists(st.sampled_from(SCRAPS), max_size=14)


@given(SCRAP_TEXTS.map("".join))
def test_texts_of_scraps(text: str) -> None:
    evaluated(f"A=a b.c\nB=x\nV={text}\nW:={text}\n{text}\n")


@given(SCRAP_TEXTS.map(" ".join))
def test_conditions_of_scraps(text: str) -> None:
    evaluated(f"A=1\n.if {text}\nV=1\n.elif {text}\n.endif\nW=${{{text}:?1:2}}\n")


@given(SCRAP_TEXTS.map("".join), st.data())
def test_expressions_of_scraps(text: str, data: st.DataObject) -> None:
    value = data.draw(SCRAP_TEXTS.map("".join)).replace("\n", " ")
    evaluated(
        f"A={value}\nV=${{A:{text}}}\nW:=$(A:{text})\n.for i in ${{A}}\nX:=${{i:{text}}}\n.endfor"
    )


@given(st.lists(changed(sample_lines()), max_size=12).map("\n".join))
def test_changed_lines_of_the_sample_tree(makefile: str) -> None:
    evaluated(makefile)


@pytest.mark.judge
def test_changed_lines_of_a_full_tree(judged: Callable[[str], str]) -> None:
    tree = Path(judged("PORTFAKE_TREE"))
    ports = sorted(tree.glob("[a-d]*/p*/Makefile*"))[::20]
    lines = lines_of(*sorted(tree.glob("Mk/**/*.mk")), *ports)
    assert len(lines) > 10_000

    @settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example])
    @given(st.lists(changed(lines), max_size=25).map("\n".join))
    def run(makefile: str) -> None:
        evaluated(makefile)

    run()
