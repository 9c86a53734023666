"""`.for` means substitution in the text; here it must not be seen that it is done otherwise."""

from __future__ import annotations

from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfake.make import Evaluator
from tests.make.conftest import Evaluate, Everywhere, failure

LOOPS = [
    (".for i in a b\nV+=${i}\n.endfor", "a b"),
    (".for i j in 1 2 3 4\nV+=$i-$j\n.endfor", "1-2 3-4"),
    (".for i in a b\n.for j in 1 2\nV+=$i$j\n.endfor\n.endfor", "a1 a2 b1 b2"),
    (".for i in\nV=1\n.endfor\nV?=none", "none"),
    ("L=x y\n.for i in ${L}\nV+=<${i}>\n.endfor", "<x> <y>"),
    ('.for i in "a b" c\nV+=[${i}]\n.endfor', '["a b"] [c]'),
    (".for i in a\ni=global\nV=$i ${i}\n.endfor", "a a"),
    (".for i in a\n.if defined(i)\nV=yes\n.else\nV=no\n.endif\n.endfor", "no"),
    ("i=g\n.for i in a\n.if !empty(i:Mg)\nV=global\n.endif\n.endfor", "global"),
    (".for i in a b\n.if ${i} == b\nV=found\n.endif\n.endfor", "found"),
    (".for i in a\nV=$$i $${i}\n.endfor", "$i ${i}"),
    ("x=1\n.for i in $$x\nV=${i}\n.endfor", "1"),
    (".for i in a:b c}d (e\nV+=${i:tu}\n.endfor", "A:B C}D (E"),
    (".for o in A B\n${o}_X=1\nV+=${o} ${${o}_X}\n.endfor", "A 1 B 1"),
    (".for i in a b\nV:=${V} ${i:S/^/x/}\n.endfor", " xa xb"),
    (".for i in 1 2\n.for i in 3 4\nV+=$i\n.endfor\n.endfor", "1 1 2 2"),
    (".for a.b-c in x\nV=${a.b-c}\n.endfor", "x"),
    (".for i in a b\n.for j in ${i}1 ${i}2\nV+=$j\n.endfor\n.endfor", "a1 a2 b1 b2"),
    (".for i in x\nV=${A:@v@${v}${i}@}\n.endfor\nA=1 2", "1x 2x"),
    (".for i in x\nV=${Ax Ay:L:M*${i}}\n.endfor", "Ax"),
    (".for i in b\nV=${:Uabc:S/\\${i}/q/:C/${i}/z/}\n.endfor", "azc"),
    (".for i in a b c\n.if ${i} == b\n.break\n.endif\nV+=$i\n.endfor", "a"),
    (".for i in a\\b\nV=${i}\n.endfor", "a\\b"),
]


def test_a_newline_in_an_item_is_an_error_where_it_is_used(evaluate: Evaluate) -> None:
    loop = 'N= "${.newline}"\n.for i in ${N}\n.info %s\n.endfor\n'
    for body, count in [("no", 0), ("$i", 1), ("$i ${i:Q}", 2)]:
        messages = evaluate(loop % body).messages
        assert sum("newline in .for value" in each.text for each in messages) == count


def test_a_dot_alone_on_its_line_ends_no_loop(evaluate: Evaluate) -> None:
    evaluation = evaluate(".for i in 1\n.\\\n  endfor\nV=1\n.endfor\n")
    assert "for-less endfor" in failure(evaluation).message
    assert evaluation.value("V") == "1"


@pytest.mark.parametrize(("text", "value"), LOOPS)
def test_loops(evaluate: Evaluate, text: str, value: str) -> None:
    evaluation = evaluate(text + "\n")
    assert evaluation.error is None, evaluation.error
    assert evaluation.value("V") == value


def test_an_included_file_does_not_see_the_variable(evaluate: Evaluate) -> None:
    text = '.for i in a b\n.include "x.mk"\n.endfor\n'
    evaluation = evaluate(text, files={"/src/x.mk": "V+=<${i}>\n.for i in q\nV+=$i\n.endfor\n"})
    assert evaluation.value("V") == "<> q <> q"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (".for i j in a b c\n.endfor\n", "Wrong number of words (3)"),
        (".for i\n.endfor\n", "missing `in'"),
        (".for in a\n.endfor\n", "no iteration variables"),
        (".endfor\n", "for-less endfor"),
        (".for i in a\n", "Unexpected end of file"),
        (".for i in a#b\nV=${i}\n.endfor\nW:=${V}\n", None),
        (".for i in a\\#b\nV:=${i}\n.endfor\n", "Unclosed"),
    ],
)
def test_loops_that_go_wrong(evaluate: Evaluate, text: str, problem: str | None) -> None:
    evaluation = evaluate(text)
    said = " ".join(message.text for message in evaluation.messages)
    assert (problem in said) if problem else not said


_ITEMS = st.text("ab:\\}'x/.$ ", min_size=1, max_size=5).filter(
    lambda item: not item.endswith("\\")
)
_BODIES = st.lists(
    st.sampled_from(
        [
            "V+=${i} $(i)",
            "V+=${i:tu}$i",
            "V:=${V}${i:S/a/b/}",
            ".if ${i:Ma*}\nV+=yes\n.endif",
            "X_${i}=1",
            "V+=${X_${i}:Uq}",
            "V+=${:Uabc:S/a/${i}/}",
            "V+=$${i}",
        ]
    ),
    min_size=1,
    max_size=4,
)


@given(st.lists(_ITEMS, max_size=3), _BODIES)
def test_slots_and_substitution_agree(items: list[str], lines: list[str]) -> None:
    """The fast way, and what it stands for: writing every item into the text of the body."""
    text = "\n".join([f".for i in {' '.join(items)}", *lines, ".endfor", ""])
    fast = _outcome(text)
    with mock.patch("portfake.make.statements.changes_syntax", return_value=True):
        assert _outcome(text) == fast


def _outcome(text: str) -> tuple[list[str], dict[str, str | None]]:
    evaluation = Evaluator().evaluate("/Makefile", Everywhere(text), curdir="/")
    messages = [message.text for message in evaluation.messages]
    return messages, {name: evaluation.raw(name) for name in evaluation.variables()}
