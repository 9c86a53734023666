"""Hostile makefiles end in bounded time and memory; unknown commands are never guessed at."""

from __future__ import annotations

import contextlib
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfake.errors import PortfakeError
from portfake.limits import DEFAULT, LimitExceeded
from portfake.make import Evaluator
from tests.make.conftest import Evaluate, Everywhere, line_of

SMALL = replace(DEFAULT, steps=200_000, text=1 << 20, regex_seconds=0.3, entries=10_000)

BOMBS = {
    "doubling": "A=x\n" + "A:=${A}${A}\n" * 40,
    "late doubling": "".join(f"A{n}=${{A{n + 1}}}${{A{n + 1}}}\n" for n in range(40))
    + "V:=${A0}\n",
    "loops": ".for a in ${:U:range=1000}\n" * 4 + "V=1\n" + ".endfor\n" * 4,
    "range": "V:=${:U:range=1000000000}\n",
    "include": '.include "Makefile"\n',
    "nested variables": "".join(f"A{n}=${{A{n + 1}}}\n" for n in range(400)) + "V:=${A0}\n",
    "nested text": "V:=" + "${" * 5000 + "\n",
    "nested modifiers": "V:=" + "${A:U" * 2000 + "}" * 2000 + "\n",
    "parentheses": ".if " + "(" * 3000 + "1" + ")" * 3000 + "\n.endif\n",
    "regex": "A=" + "ab" * 4000 + "c" + "x" * 700 + "\nV:=${A:C/(a|b|ab)*c(x*)*y//}\n",
    "messages": ".for i in ${:U:range=9999}\n.info x\n.info y\n.endfor\n",
    "appending": ".for a in ${:U:range=1000}\n.for b in ${:U:range=1000}\nV+="
    + "x" * 100
    + "\n.endfor\n.endfor\n",
    "modifier loops": "A=${:U:range=300}\nV:=${A:@a@${A:@b@${A:@c@$a$b$c@}@}@}\n",
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_ends_with_a_limit(evaluate: Evaluate, bomb: str) -> None:
    began = time.monotonic()
    evaluation = evaluate(BOMBS[bomb], limits=SMALL)
    error: PortfakeError | None = evaluation.error
    try:
        evaluation.value("V")
    except PortfakeError as raised:
        error = raised
    assert error is not None
    assert time.monotonic() - began < 10


def test_an_unknown_command_is_named_with_place_and_variable(evaluate: Evaluate) -> None:
    evaluation = evaluate("A=1\nV!= uname -q\nW=${:!date!}\n")
    (unknown,) = evaluation.unknown_commands
    assert (unknown.command, unknown.variable, line_of(unknown.place)) == ("uname -q", "V", 2)
    assert evaluation.value("V") == ""
    assert evaluation.value("W") == ""
    assert len(evaluation.unknown_commands) == 2


def test_what_depends_on_an_unknown_command_is_uncertain(evaluate: Evaluate) -> None:
    text = "V!= x\nLATE=a ${V}\nNOW:=b ${V}\nNOW+=c\nOTHER=d\n"
    evaluation = evaluate(text)
    names = ["V", "LATE", "NOW", "OTHER"]
    assert [evaluation.is_certain(name) for name in names] == [False, False, False, True]
    assert evaluation.value("NOW") == "b  c"
    assert evaluation.uncertain == ()


@pytest.mark.parametrize(
    "decision",
    [
        ".if ${V} == 1\n.endif",
        ".for i in ${V}\n.endfor",
        '.sinclude "${V}"',
        "A=${V:?1:2}\nB:=${${V}:?1:2}",
        "${V}: x",
        "X${V}=1",
    ],
)
def test_a_decision_on_an_unknown_command_marks_the_evaluation(
    evaluate: Evaluate, decision: str
) -> None:
    evaluation = evaluate(f"V!= x\n{decision}\n")
    assert evaluation.uncertain
    assert line_of(evaluation.uncertain[0].place) in {2, 3}


def test_setting_a_variable_anew_makes_it_certain(evaluate: Evaluate) -> None:
    evaluation = evaluate("V!= x\nV=known\n.if ${V} == known\nW=1\n.endif\n")
    assert evaluation.is_certain("V")
    assert not evaluation.uncertain


def test_an_evaluator_may_be_used_again_after_a_failure(evaluate: Evaluate) -> None:
    evaluator = Evaluator(SMALL)

    texts = [(BOMBS["late doubling"], True), ("V=1\n", False)]
    for text, failed in texts:
        evaluation = evaluator.evaluate("/Makefile", Everywhere(text), curdir="/")
        assert (evaluation.error is not None) is failed
    evaluation = evaluator.evaluate("/Makefile", Everywhere("V=${V}\n"), curdir="/")
    with pytest.raises(PortfakeError, match="recursive"):
        evaluation.value("V")


def test_limits_are_told_apart_from_errors_of_makefiles(evaluate: Evaluate) -> None:
    evaluation = evaluate(BOMBS["doubling"], limits=SMALL)
    assert isinstance(evaluation.error, LimitExceeded)
    assert evaluation.status == 2


_SCRAPS = """\
${ } $( ) : S/a/b/ C/(a|b)*/x/g M*.c N? @v@ ?a:b U D L P :: ::= := += = ! !x! [1] [# [* ts tW tA
hash range= _ Q gmtime O u R $a $$ $ \\ \\$ " ' # . .if .for .endfor .endif in == && || defined(
empty( exists( make( A B x ${A} ${B:Mx} % & 1 -1 .. .include < >"""
_PIECES = st.sampled_from([*_SCRAPS.split(), " ", "\t", "\n"])


@given(st.lists(_PIECES, max_size=14).map("".join))
def test_no_text_escapes_with_an_untyped_error(text: str) -> None:
    makefile = f"A=a b.c\nB=x\nV={text}\nW:={text}\n{text}\n"
    evaluation = Evaluator(SMALL).evaluate("/m", Everywhere(makefile), curdir="/")
    for name in ("V", "W"):
        with contextlib.suppress(PortfakeError):
            evaluation.value(name)


@given(st.lists(_PIECES, max_size=12).map(" ".join))
def test_no_condition_escapes_with_an_untyped_error(text: str) -> None:
    makefile = f"A=1\n.if {text}\nV=1\n.endif\n"
    Evaluator(SMALL).evaluate("/m", Everywhere(makefile), curdir="/")
