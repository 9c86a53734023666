"""Hostile makefiles end in bounded time and memory; unknown commands are never guessed at."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping
from dataclasses import replace

import pytest

from portfake.errors import PortfakeError
from portfake.limits import DEFAULT, LimitExceeded
from portfake.make import Evaluator
from tests.make.conftest import Evaluate, Everywhere, failure, line_of

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
    "text by text": "A=${:U:range=9000:S/1/x/g}\nV:=${A:S/x/${A}/g}\n",
    "prefix by word": "A=${:U:range=9000}\nV:=${A:S/^/${A}/}\n",
    "suffix by word": "A=${:U:range=9000}\nV:=${A:=${A}}\n",
    "match by match": "A=${:U:range=9000}\nV:=${A:C/[0-9]/${A}/g}\n",
    "groups": f"A=${{:U:range=9000}}\nV:=${{A:C/.*/{'&' * 200}/W}}\n",
    "quotes": f"V:=${{:U'{':Q' * 45}}}\n",
    "many expressions": "A=${:U:range=9000}\nB:=${A} ${A} ${A}\nV=" + "${B}" * 900 + "\n",
    "time format": "A=${:U:range=9000}\nV:=${A:S/^/%c/:gmtime=1}\n",
    "targets by sources": "${:U:range=9000}: ${:U:range=9000}\n",
    "orders": ".ORDER: ${:U:range=9000}\n" * 20,
    "files that exist": ".for a in ${:U:range=900}\n.for b in ${:U:range=900}\n"
    ".if exists($a)\n.endif\n.endfor\n.endfor\n",
    "search path": ".PATH: ${:U:range=9000}\n.for a in ${:U:range=900}\n"
    ".if exists($a)\n.endif\n.endfor\n",
    "commands": ".for a in ${:U:range=9000}\nV!= x\n.endfor\n",
    "globs": "A=${:U:range=9000}\nV:=${A:@a@${A:M*$a*}@}\n",
    "nested loops": ".for i in 1\n" * 900 + ".endfor\n" * 900,
    "large file": "V=1\n" * 600_000,
}
"""Each costs too much."""

LIGHT = {
    "undefined in undefined": "V:=" + "${" * 60 + "x" + "}" * 60 + "\n",
    "indirect modifiers": "V=${A:" + "${B}S,x,y," * 60 + "}\n",
    "choices": "a" + "{b,c,d,e,f,g,h,i,j,k}" * 4 + ": x\n",
    "suffixes": ".SUFFIXES: ${:U:range=9000:S/^/./}\n" * 3 + "a: b\n",
    "open conditions": ".if 0\n" * 30_000,
    "closed conditions": ".if 1\n" * 30_000 + ".endif\n" * 30_000,
    "open loops": ".for\n" * 30_000,
    "negations": ".if " + "!" * 30_000 + "1\n.endif\n",
    "conjunctions": ".if " + "1 && " * 30_000 + "1\n.endif\n",
    "large numbers": f"V=${{A:[{'9' * 5000}]}}${{:U{'9' * 5000} 1:On}}${{:Ux:range={'9' * 5000}}}\n"
    f"V+=${{A:gmtime={'0' * 5000}1}}\n.if {'9' * 5000} > 1e999\n.endif\n",
    "continued lines": "V=a \\\n" * 30_000,
    "backslashes": "V=" + "\\" * 90_000 + "#\n",
    "open expressions": "V:=" + "${A:S/" * 3000 + "\n",
}
"""Each looks dear and is not: it ends at once, with an error or without."""


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


@pytest.mark.parametrize("case", LIGHT)
def test_what_looks_like_a_bomb_ends_soon(evaluate: Evaluate, case: str) -> None:
    began = time.monotonic()
    evaluation = evaluate(LIGHT[case])
    with contextlib.suppress(PortfakeError):
        evaluation.value("V")
    assert time.monotonic() - began < 10


def test_an_evaluation_ends_with_its_time(evaluate: Evaluate) -> None:
    evaluation = evaluate("A!= x\nB=1\n", limits=replace(SMALL, seconds=-1))
    assert "seconds" in failure(evaluation).message


class Endless(Everywhere):
    """Every command takes too long."""

    def output(self, command: str, environ: Mapping[str, str]) -> str | None:
        raise LimitExceeded("too long", where="sh")


def test_a_command_that_takes_too_much_is_named_with_its_place() -> None:
    evaluation = Evaluator().evaluate("/m", Endless("\nV!= sleep\n"), curdir="/")
    assert failure(evaluation).message == "too long, in the command sleep"
    assert line_of(failure(evaluation).where) == 2


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
