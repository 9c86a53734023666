"""Conditions: what is true, what is false, what makes no sense."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.make.conftest import Evaluate, failure, line_of

SETUP = "A=1.0\nE=\nS=abc\nB= \nL=a b\ntgt: src\n\t@echo x\nother: \n"

TRUE = [
    "1",
    "!0",
    "${A} == 1",
    "${A} < 2 && 2 > ${A}",
    '"${A}" != 1',
    '${A} != "1"',
    "1.10 < 1.9",
    "0x10 == 16",
    "${E} == 0",
    "${E} < 1",
    "010 == 10",
    "${S} == abc",
    '"${S}" == "abc"',
    "${S}def == abcdef",
    "defined(S) && ${S}",
    "!defined(U)",
    "!defined(U) || ${U} == 1",
    "empty(E) && empty(B) && empty(U)",
    "!empty(L:Ma)",
    "empty(L:Mx)",
    "target(tgt) && !target(src)",
    "commands(tgt) && !commands(other)",
    '"0" && !"" && " "',
    "${L:Mb} && !${L:Mc}",
    "(1 || 0) && !(0 && 1)",
    "1 || 0 && 0",
    "S",
    "!U",
    "!default(IGNORE)",
    "!${A} == 5",
    "${A} == 1 | 0",
    "exists(/)",
    "1e3 == 1000 && 0.5 > .25",
    '${S:S/abc/0/} == "0"',
    "${:U0.0} == 0",
    "!make(all)",
]

FALSE = [
    "0",
    "0.0",
    "00",
    "${E}",
    '""',
    "U",
    "defined(U)",
    "empty(S)",
    "5x == 5",
    "1_000 == 1000",
    '"${A}" == 1',
    "!${S}",
    "0 && ${U} == 1",
]

MALFORMED = [
    "",
    "${U} == 1",
    "${U}",
    "abc == ${A}",
    "${S} < 2",
    "1 ||",
    "(1",
    "1)",
    "${A} ==",
    "defined(A B)",
    "defined(A",
    "&& 1",
    "${A} == 1 2",
]


@pytest.mark.parametrize("condition", TRUE)
def test_true(evaluate: Evaluate, condition: str) -> None:
    assert _branch(evaluate, condition) == "yes"


@pytest.mark.parametrize("condition", FALSE)
def test_false(evaluate: Evaluate, condition: str) -> None:
    assert _branch(evaluate, condition) == "no"


@pytest.mark.parametrize("condition", MALFORMED)
def test_makes_no_sense(evaluate: Evaluate, condition: str) -> None:
    evaluation = evaluate(SETUP + f".if {condition}\nV=yes\n.else\nV=no\n.endif\n")
    assert evaluation.status == 1
    assert line_of(failure(evaluation).where) == 9
    assert evaluation.value("V") is None


def _branch(evaluate: Evaluate, condition: str) -> str | None:
    text = SETUP + f".if {condition}\nV=yes\n.else\nV=no\n.endif\n"
    evaluation = evaluate(text, files={"/": ""})
    assert evaluation.error is None
    return evaluation.value("V")


def test_bmake_decides_the_same(tool: Callable[[str], str], tmp_path: Path) -> None:
    for conditions, answer in ((TRUE, "yes"), (FALSE, "no")):
        lines = [SETUP]
        for number, condition in enumerate(conditions):
            lines.append(f".if {condition}\nV{number}=yes\n.else\nV{number}=no\n.endif\n")
        (tmp_path / "Makefile").write_text("".join(lines), encoding="utf-8")
        names = [part for number in range(len(conditions)) for part in ("-V", f"V{number}")]
        said = subprocess.run(
            [tool("bmake"), "-r", *names], cwd=tmp_path, capture_output=True, text=True, check=True
        )
        assert said.stdout.split() == [answer] * len(conditions)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (".if 0\nV=1\n.elif 1\nV=2\n.elif 1\nV=3\n.else\nV=4\n.endif", "2"),
        (".if 0\nV=1\n.elif 0\nV=2\n.else\nV=3\n.endif", "3"),
        (".if 1\n.if 0\nV=1\n.else\nV=2\n.endif\n.else\nV=3\n.endif", "2"),
        ("X=1\n.ifdef X\nV=1\n.endif", "1"),
        (".ifndef X\nV=1\n.endif", "1"),
        ("Y=1\n.if 0\n.elifdef(Y)\nV=1\n.endif", "1"),
        (".if(1)\nV=1\n.endif", "1"),
        (".if!0\nV=1\n.endif", "1"),
        (".    if 1\nV=1\n.\tendif", "1"),
        (".if 0\n.for i in 1 2\nV=1\n.endfor\n.endif\nV?=2", "2"),
        (".if 0\n.error no\n.endif\nV=1", "1"),
    ],
)
def test_branches(evaluate: Evaluate, text: str, value: str) -> None:
    evaluation = evaluate(text + "\n")
    assert evaluation.error is None
    assert evaluation.value("V") == value


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (".endif\n", "if-less endif"),
        (".else\n", "if-less else"),
        (".elif 1\n", "if-less elif"),
        (".if 1\n", "1 open conditional"),
        (".if 0\n.if 0\n.endif\n", "1 open conditional"),
        (".if 1\n.else x\n.endif\n", "does not take arguments"),
    ],
)
def test_blocks_that_do_not_fit(evaluate: Evaluate, text: str, problem: str) -> None:
    evaluation = evaluate(text)
    assert problem in failure(evaluation).message
    assert evaluation.status == 1


def test_a_second_else_is_warned_about(evaluate: Evaluate) -> None:
    evaluation = evaluate(".if 0\n.else\nV=1\n.else\nV=2\n.endif\n")
    assert evaluation.value("V") == "1"
    assert [(m.text, line_of(m.place)) for m in evaluation.messages] == [("extra else", 4)]


def test_make_looks_at_the_targets_asked_for(evaluate: Evaluate) -> None:
    text = ".if make(inst*)\nV=yes\n.else\nV=no\n.endif\n.ifmake all\nW=yes\n.endif\n"
    assert evaluate(text, targets=["install"]).value("V") == "yes"
    assert evaluate(text).value("V") == "no"
    assert evaluate(text, targets=["all"]).value("W") == "yes"


def test_exists_asks_with_absolute_paths(evaluate: Evaluate) -> None:
    evaluation = evaluate(
        ".if exists(sub/x) && exists(/y)\nV=1\n.endif\n", files={"/src/sub/x": ""}
    )
    assert evaluate.world.asked == ["/src/sub/x", "/y"]
    assert evaluation.value("V") is None


def test_what_a_condition_sets_belongs_to_the_command_line(evaluate: Evaluate) -> None:
    text = ".if ${:Ua b:_:[#]} == 2 && !${N::=1}\n.endif\n_=x\nN=2\nV=${_} ${N} ${.MAKEOVERRIDES}"
    assert evaluate(text).value("V") == "a b 1  _ N"
    loop = ".if !${:U:@O@@}\n.endif\nO=own\nV=${O}"
    assert evaluate(loop, overrides={"O": "given"}).value("V") == "own"


def test_a_word_that_turns_out_to_be_compared_is_expanded_twice(evaluate: Evaluate) -> None:
    text = 'C=x$${N::+=1}\n.if ${${C} == "x":?yes:no} == yes\nV:=${N}\n.endif\n'
    assert evaluate(text).value("V") == "1 1"
