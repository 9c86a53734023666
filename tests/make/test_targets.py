"""Targets, sources, attributes and recipes as data."""

from __future__ import annotations

import pytest

from portfake.make import Operator
from tests.make.conftest import Evaluate, failure, line_of


def test_what_a_dependency_line_says(evaluate: Evaluate) -> None:
    evaluation = evaluate("S=b c\nall all2: ${S} .PHONY d\n\t@echo 1 # kept\n\techo 2\n\nx! y\n")
    target = evaluation.targets["all"]
    assert target.operator is Operator.DEPENDS
    assert target.sources == ("b", "c", "d")
    assert target.attributes == {".PHONY"}
    assert [line.text for line in target.recipes] == ["@echo 1 # kept", "echo 2"]
    assert [line.place.line for line in target.recipes] == [3, 4]
    assert evaluation.targets["all2"].recipes == target.recipes
    assert evaluation.targets["x"].operator is Operator.FORCE
    assert evaluation.targets["b"].operator is None
    assert evaluation.main_target == "all"


def test_a_source_with_a_dollar_is_expanded_when_it_is_asked_for(evaluate: Evaluate) -> None:
    evaluation = evaluate("a: $${S} x{1,2} b\n\techo $>\nS=late words\n")
    assert evaluation.targets["a"].sources[0] == "${S}"
    assert evaluation.sources("a") == ("late", "words", "x1", "x2", "b")
    assert [line.text for line in evaluation.recipe("a")] == ["echo late words x1 x2 b"]


ARCHIVES = [
    ("lib.a(x.o y.o): z", {"lib.a(x.o)", "lib.a(y.o)", "z"}),
    ("all: lib.a(x.o y.o) z", {"all", "lib.a(x.o)", "lib.a(y.o)", "z"}),
]


@pytest.mark.parametrize(("line", "names"), ARCHIVES)
def test_members_of_archives_are_targets(evaluate: Evaluate, line: str, names: set[str]) -> None:
    assert set(evaluate(line).targets) == names


def test_an_archive_that_does_not_end_is_an_error(evaluate: Evaluate) -> None:
    assert evaluate("lib.a ${E}\nE=").error is None
    assert "Invalid line" in failure(evaluate("lib.a(x) y")).message
    assert "Unknown directive" in failure(evaluate(".foo (x)")).message
    for line in ("lib.a(x: y", "all: lib.a(x"):
        evaluation = evaluate(line)
        assert "No closing parenthesis" in failure(evaluation).message
        assert [line_of(message.place) for message in evaluation.messages] == [1, 1]


def test_what_is_left_of_expressions_among_targets_is_expanded(evaluate: Evaluate) -> None:
    assert "Unknown modifier" in failure(evaluate("$$$${:U:Z}: x")).message


def test_the_path_of_a_target(evaluate: Evaluate) -> None:
    text = ".PATH: dir\na: .PHONY\nV=${a:P} ${b:P}\n"
    files = {"/src/dir/a": "", "/src/dir/b": ""}
    assert evaluate(text, files=files).value("V") == "dir/a b"
    assert evaluate("a: .NOPATH\n" + text, files=files).value("V") == "a b"


def test_double_colons_keep_every_block(evaluate: Evaluate) -> None:
    evaluation = evaluate("a:: b\n\tone\na:: c\n\ttwo\n")
    assert evaluation.targets["a"].sources == ("b", "c")
    assert [line.text for line in evaluation.targets["a"].recipes] == ["one", "two"]


def test_a_second_recipe_is_ignored_with_a_warning(evaluate: Evaluate) -> None:
    evaluation = evaluate("a: b\n\tone\na: c\n\ttwo\n")
    assert [line.text for line in evaluation.targets["a"].recipes] == ["one"]
    assert evaluation.targets["a"].sources == ("b", "c")
    said = [(message.text, line_of(message.place)) for message in evaluation.messages]
    assert said == [
        ('duplicate script for target "a" ignored', 4),
        ('using previous script for "a" defined here', 2),
    ]


def test_an_assignment_ends_a_recipe(evaluate: Evaluate) -> None:
    evaluation = evaluate("a:\n\tone\n# comment\n\n.if 1\n\ttwo\n.endif\nV=1\n\tthree\n")
    assert [line.text for line in evaluation.targets["a"].recipes] == ["one", "two"]
    assert "Unassociated shell command" in failure(evaluation).message
    assert line_of(failure(evaluation).where) == 9


def test_a_recipe_expands_late_and_with_local_variables(evaluate: Evaluate) -> None:
    text = """\
.SUFFIXES: .c .o
X=early
CC=cc
dir/a.o: dir/a.c b.h
\t@-${CC} -c $> -o ${.TARGET} ${.ALLSRC:M*.c} $*
\t + echo ${X} ${@:T} ${@D} ${@F} $$HOME
X=late
"""
    one, two = evaluate(text).recipe("dir/a.o")
    assert one.text == "cc -c dir/a.c b.h -o dir/a.o dir/a.c dir/a"
    assert (one.silent, one.ignore, one.always) == (True, True, False)
    assert two.text == "echo late a.o dir a.o $HOME"
    assert (two.silent, two.ignore, two.always) == (False, False, True)


def test_loops_make_targets(evaluate: Evaluate) -> None:
    text = ".for i in a b\ndo-$i: pre-$i\n\techo ${i} ${.TARGET}\n.endfor\n"
    evaluation = evaluate(text)
    assert evaluation.targets["do-b"].sources == ("pre-b",)
    assert [line.text for line in evaluation.recipe("do-a")] == ["echo a do-a"]


def test_used_recipes_stand_around_the_own_one(evaluate: Evaluate) -> None:
    text = """\
before: .USEBEFORE
\tbefore ${.TARGET}
after: .USE
\tafter ${.TARGET}
all: after before x
\town $>
"""
    assert [line.text for line in evaluate(text).recipe("all")] == [
        "before all",
        "own x",
        "after all",
    ]


def test_recipes_leave_no_traces(evaluate: Evaluate) -> None:
    evaluation = evaluate("all:\n\techo ${V::=1}${V}\n")
    assert evaluation.recipe("all")[0].text == "echo 1"
    assert evaluation.value("V") is None


@pytest.mark.parametrize(
    ("text", "name", "attributes"),
    [
        (".PHONY: a b\na:\n", "a", {".PHONY"}),
        (".SILENT: a\n.IGNORE: a\na: b\n", "a", {".SILENT", ".IGNORE"}),
        ("a: b .USE .NOTMAIN\n", "a", {".USE", ".NOTMAIN"}),
    ],
)
def test_attributes(evaluate: Evaluate, text: str, name: str, attributes: set[str]) -> None:
    assert evaluate(text).targets[name].attributes == attributes


def test_special_targets(evaluate: Evaluate) -> None:
    evaluation = evaluate(".MAIN: all\n.ORDER: a b\na:\nall: a b\n.POSIX:\n.PATH: /x y\n")
    assert evaluation.wanted == ("all",)
    assert evaluation.value(".TARGETS") == " all"
    assert evaluation.orders == (("a", "b"),)
    assert evaluation.value("%POSIX") == "1003.2"
    assert evaluation.main_target == "a"


def test_commands_behind_a_semicolon(evaluate: Evaluate) -> None:
    evaluation = evaluate("a: b ; echo ${A:S/;/x/}\n\techo 2\n")
    assert [line.text for line in evaluation.targets["a"].recipes] == [
        "echo ${A:S/;/x/}",
        "echo 2",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: b\na:: c\n", "Inconsistent operator for a"),
        ("nothing\n", "Invalid line type"),
        (".nothing\n", 'Unknown directive "nothing"'),
        ("  .if 1\n", "Invalid line type"),
        ("<<<<<< HEAD\n", "unresolved"),
    ],
)
def test_lines_that_mean_nothing(evaluate: Evaluate, text: str, problem: str) -> None:
    assert problem in failure(evaluate(text)).message
