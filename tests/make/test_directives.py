"""Includes, messages, exports and the scopes of variables."""

from __future__ import annotations

import pytest

from portfake.errors import Place
from portfake.make import FailedOutput, MessageKind
from tests.make.conftest import Evaluate, failure, line_of


def test_where_an_included_file_is_looked_for(evaluate: Evaluate) -> None:
    files = {
        "/src/sub/a.mk": 'A=1\n.include "b.mk"\n.include "../c.mk"\n'
        '.include <s.mk>\n.include "i.mk"\n',
        "/src/sub/b.mk": "B=${.PARSEDIR} ${.PARSEFILE} ${.INCLUDEDFROMFILE}\nB:=${B}\n",
        "/src/c.mk": "C=1\n",
        "/src/b.mk": "B=wrong\n",
        "/sys/s.mk": "S=1\n",
        "/inc/i.mk": "I=1\n",
        "/src/s.mk": "S=wrong\n",
    }
    evaluation = evaluate(
        '.include "sub/a.mk"\nP:=${.PARSEFILE}\n',
        files=files,
        system_dirs=["/sys"],
        include_dirs=["/inc"],
    )
    assert evaluation.error is None
    assert [evaluation.value(name) for name in "ACSIP"] == ["1", "1", "1", "1", "Makefile"]
    assert evaluation.value("B") == "/src/sub b.mk a.mk"
    assert evaluation.files_read == (
        "/src/Makefile",
        "/src/sub/a.mk",
        "/src/sub/b.mk",
        "/src/c.mk",
        "/sys/s.mk",
        "/inc/i.mk",
    )


def test_a_system_include_may_lie_in_the_current_folder(evaluate: Evaluate) -> None:
    files = {"/src/here.mk": "H=1\n", "/src/sub/a.mk": ".include <here.mk>\n.-include <b.mk>\n",
             "/src/sub/b.mk": "B=beside\n"}  # fmt: skip
    evaluation = evaluate('.include "sub/a.mk"\n', files=files, system_dirs=["/sys"])
    assert evaluation.error is None
    assert evaluation.value("H") == "1"
    assert evaluation.value("B") is None


def test_a_missing_file_is_fatal_unless_it_may_be_missing(evaluate: Evaluate) -> None:
    assert evaluate('.sinclude <x>\n.-include "x"\n.dinclude "x"\n-include x\n').error is None
    evaluation = evaluate('.include "x"\nV=1\n')
    assert "Could not find x" in failure(evaluation).message
    assert evaluation.value("V") == "1"


def test_an_error_names_the_chain_of_includes(evaluate: Evaluate) -> None:
    evaluation = evaluate(
        'A=1\n.include "a.mk"\n', files={"/src/a.mk": ".for i in 1\n\n.error no ${A}\n.endfor\n"}
    )
    assert failure(evaluation).message == "no 1"
    assert failure(evaluation).where == Place("/src/a.mk", 3, Place("/src/Makefile", 2))
    assert evaluation.status == 1


def test_makeflags_may_name_another_makefile(evaluate: Evaluate) -> None:
    files = {"/src/b.mk": "B=${MAKEFILE}\nB:=${B}\n"}
    evaluation = evaluate(".MAKEFLAGS: -f b.mk\nB=before\n", files=files)
    assert (evaluation.value("B"), evaluation.value("MAKEFILE")) == ("b.mk", "b.mk")
    assert "cannot open c.mk" in failure(evaluate(".MAKEFLAGS: -f c.mk\n")).message


def test_makeflags_pass_from_make_to_make(evaluate: Evaluate) -> None:
    evaluation = evaluate(".MAKEFLAGS: -k -DD A='1 2'\n", overrides={"B": "x"})
    assert evaluation.exported["MAKEFLAGS"].split() == ["-k", "-D", "D", "A=1\\", "2", "B=x"]
    inner = evaluate("A=own\nV=${A} ${D}\n", environment=evaluation.exported)
    assert inner.value("V") == "1 2 1"
    assert evaluate("V=${.MAKEFLAGS}", environment={"MAKEFLAGS": "ik"}).value("V") == " -i -k"


def test_makeflags_keep_a_quoted_blank_at_the_end(evaluate: Evaluate) -> None:
    evaluation = evaluate("A=x${:U }\n.MAKEFLAGS: B=${A:Q}\n")
    assert evaluation.value("B") == "x "


STRICT = [
    (".if 1 & 1\n.endif", "Unknown operator '&'"),
    (".if 0 | 1\n.endif", "Unknown operator '|'"),
    ("V= $(A\n", 'Unclosed variable "A"'),
    ("V= 1\nV+= ${A\n", 'Unclosed variable "A"'),
    ("A=a\nV:= ${A:S,a,b,S,b,c,}", "Missing delimiter ':'"),
    ('.if ${:Ux:M\\$} != ""\n.endif', "Dollar followed by nothing"),
]


@pytest.mark.parametrize(("text", "problem"), STRICT)
def test_strict_mode_passes_nothing_over(evaluate: Evaluate, text: str, problem: str) -> None:
    evaluation = evaluate(text, options="-dL")
    assert problem in failure(evaluation).message
    assert evaluation.status
    assert evaluate(text).error is None


def test_a_command_that_fails(evaluate: Evaluate) -> None:
    commands = {"no": FailedOutput("said\n"), "nul": "a\0b\n"}
    evaluation = evaluate("A!= no\nB=old\nC:=${B::!=no}${:!no!}\nN!= nul\n", commands=commands)
    assert [evaluation.value(name) for name in "ABCN"] == ["said", "old", "said", "a"]
    assert [message.text for message in evaluation.messages] == ['"no" returned non-zero status']


def test_messages_are_kept(evaluate: Evaluate) -> None:
    evaluation = evaluate(".info i ${A}\n.warning w\nA=1\n")
    assert [(m.kind, m.text, line_of(m.place)) for m in evaluation.messages] == [
        (MessageKind.INFO, "i ", 1),
        (MessageKind.WARNING, "w", 2),
    ]
    assert evaluation.error is None


def test_undef_takes_several_names_and_spares_the_command_line(evaluate: Evaluate) -> None:
    evaluation = evaluate("A=1\nB=2\nC=3\nL=A B\n.undef ${L} C D\n", overrides={"C": "cmd"})
    assert [evaluation.value(name) for name in "ABCD"] == [None, None, "cmd", None]


def test_command_line_environment_and_defaults(evaluate: Evaluate) -> None:
    text = "A=mk\nA+=more\nE?=mk\nE+=more\nD?=mk\nX=mk\n"
    evaluation = evaluate(
        text, overrides={"A": "cmd"}, environment={"E": "env", "X": "env"}, defines=["D"]
    )
    assert [evaluation.value(name) for name in "AEDX"] == ["cmd", "env more", "1", "mk"]
    assert evaluation.value(".MAKEOVERRIDES") == " A"


def test_makeflags_are_arguments(evaluate: Evaluate) -> None:
    evaluation = evaluate(".MAKEFLAGS: -DX V='a b' W:=${X}\nV=mk\nX+=2\n")
    assert [evaluation.value(name) for name in "VWX"] == ["a b", "", "1 2"]


def test_exports_reach_commands_and_recipes(evaluate: Evaluate) -> None:
    text = """\
A=1
B=${A} late
.export A B
A=2
C!= env
.unexport A
D!= env
"""
    evaluation = evaluate(text, commands={"env": "x\n"}, environment={"HOME": "/root"})
    first, second = evaluate.world.environments
    assert (first["A"], first["B"], first["HOME"]) == ("2", "2 late", "/root")
    assert "A" not in second
    assert evaluation.exported["B"] == "2 late"


@pytest.mark.parametrize(
    ("output", "value"), [("a\nb\n", "a b"), ("a\n\n", "a "), ("$A\n", "1"), ("", "")]
)
def test_output_of_commands(evaluate: Evaluate, output: str, value: str) -> None:
    evaluation = evaluate("A=1\nV!= cmd $A\n", commands={"cmd 1": output})
    assert evaluation.value("V") == value


def test_read_only_variables(evaluate: Evaluate) -> None:
    evaluation = evaluate("V=1\n.READONLY: V\nV=2\n.NOREADONLY: V\nV+=3\n")
    assert evaluation.value("V") == "1 3"


def test_the_list_of_files_names_each_once(evaluate: Evaluate) -> None:
    evaluation = evaluate('.include "a"\n.include "a"\n', files={"/src/a": "N+=1\n"})
    assert (evaluation.value(".MAKE.MAKEFILES") or "").split() == ["/src/Makefile", "/src/a"]
    assert evaluation.value("N") == "1 1"
