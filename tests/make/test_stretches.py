"""What is recalled is what would have been done: a used evaluator says what a fresh one says."""

from __future__ import annotations

import tracemalloc
from collections.abc import Mapping
from typing import Any
from unittest import mock

from hypothesis import example, given, settings
from hypothesis import strategies as st

from portfake.make import Evaluation, Evaluator
from portfake.make.recording import Recorder
from tests.make.conftest import World

NAMES = ("A", "B", "C", "ENV", "_x")
STATEMENTS = (
    "{a}={v}", "{a}+={v}", "{a}?={v}", "{a}:={v}", "{a}:=${{{b}}} {v}", "{a}=${{{b}:M{v}*:tu}}",
    "${{{b}:[1]}}X=${{{a}}}", ".undef {a}", "{a}!=echo", ".info ${{{a}}}", ".export {a}",
    ".if defined({a})\n{b}={v}\n.else\n{b}+={v}\n.endif",
    ".if !empty({a}) && ${{{b}:U}} != {v}\n{a}+=${{{b}}}\n.endif",
    ".if exists(/{v})\n{a}=there\n.elif make({v})\n{a}=made\n.endif",
    ".for i in ${{{a}}} z\n{b}+=${{i}}\n.if target(${{i}})\nT+=${{i}}\n.endif\n.endfor",
    ".for i in p q\n.for j in 1 2\n{a}_${{i}}:=${{{b}}}${{j}}\n.endfor\n.endfor",
    "${{{a}:U}}{v}: ${{{b}}}\n\techo ${{{a}}}", "{v}:\n\techo again", ".PHONY: {v} ${{{a}}}",
    ".if !target({v})\n{v}: ${{{b}}}\n.endif", "\techo to whom", ".MAIN: {v}", ".PATH: /{v}",
    ".if commands({v})\n{a}+=c\n.endif", '.include "/{v}"',
    "{a}=${{{b}:@w@<${{w}}>@}}${{.TARGETS}}",
    ".MAKEFLAGS: {a}={v}", ".READONLY: {a}", "{a}=${{{b}::={v}}}", "X:=${{{a}::={v}}}",
    ".MAKE.SAVE_DOLLARS={v}", "{a}:=$$${{{b}}}", ".if ${{{a}}}\nX=1\n.endif",
    "{a}:=${{.PARSEFILE}}",
)  # fmt: skip
VALUES = st.sampled_from(["u", "v w", "yes", "${A}", "$$", ""])
WORDS = st.sampled_from(["u", "v", "all"])


@st.composite
def statements(draw: st.DrawFn) -> str:
    shape = draw(st.sampled_from(STATEMENTS))
    value = draw(VALUES if "={v}" in shape else WORDS)
    name = st.sampled_from(NAMES)
    return shape.format(a=draw(name), b=draw(name), v=value)


def told(evaluator: Evaluator, makefile: str, world: World, environment: Mapping[str, str]) -> Any:
    evaluation: Evaluation = evaluator.evaluate(
        "/Makefile",
        world,
        curdir="/",
        environment=environment,
        targets=environment.get("ASKED", "").split(),
    )
    return (  # all there is to ask
        {name: evaluation.raw(name) for name in evaluation.variables()},
        dict(evaluation.targets),
        evaluation.main_target,
        evaluation.messages,
        evaluation.unknown_commands,
        evaluation.uncertain,
        str(evaluation.error),
    )


@settings(max_examples=150, deadline=None)
@example([".undef A", ".for i in ${A} z\nA+=${i}\n.endfor"], [{}, {}, {}, {"A": "u"}], set())
@given(
    st.lists(statements(), min_size=1, max_size=12),
    st.lists(
        st.dictionaries(st.sampled_from([*NAMES, "ASKED"]), WORDS, max_size=3),
        min_size=4,
        max_size=4,
    ),
    st.sets(WORDS),
)
def test_a_used_evaluator_says_what_a_fresh_one_says(
    lines: list[str], environments: list[dict[str, str]], files: set[str]
) -> None:
    makefile = "\n".join(lines) + "\n"
    used = Evaluator()
    for turn, environment in enumerate(environments * 5):
        there = {f"/{name}": "I=included\n" for name in files} if turn % 3 else {}
        world = World({"/Makefile": makefile, **there}, {"echo": "said"} if turn % 7 else {})
        fresh = told(Evaluator(), makefile, world, environment)
        assert told(used, makefile, world, environment) == fresh


def test_lines_are_recalled() -> None:
    makefile = "A?=1\nB=${A}\n.if ${B} == 1\nC:=${B:S/1/one/}\n.else\nC:=${B}\n.endif\n"
    world = World({"/Makefile": makefile * 3})
    used = Evaluator()
    with mock.patch("portfake.make.stretches.Recorder", wraps=Recorder) as recorder:
        for turn in range(30):
            told(used, makefile, world, {"A": str(turn % 2)})
    assert recorder.call_count < 8


def test_what_is_large_is_not_remembered() -> None:
    items = " ".join(f"{item} " * 8 for item in range(16))
    body = "".join(f"V{number}:=${{BIG}}${{i}}\n" for number in range(16))
    loop = f".for i in {items}\n{body}.endfor\n"
    world = World({"/Makefile": "BIG=" + "x" * 20_000 + "\n" + loop})
    tracemalloc.start()
    try:
        used = Evaluator()
        for _ in range(10):
            told(used, "", world, {})
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 2_000_000
