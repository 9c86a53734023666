"""Values of variables: tables of hard cases, which bmake judges where it is installed."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.make.conftest import Evaluate, failure, line_of

# Each case: makefile lines, and what V is then.

LINES = [
    ("V=a \\\n   b", "a  b"),
    ("V=a \\\n", "a"),
    ("# c \\\nV=1\nV?=2", "2"),
    ('V="x # y"', '"x'),
    ("V=a\\#b", "a#b"),
    ("V=${A:[#]}\nA=1 2", "2"),
    ("V=a\\\\# b", "a\\\\"),
    ("V=x\\y", "x\\y"),
    ("V=a ;B=2", "a ;B=2"),
    ("  V = indented", "indented"),
    ("V=a\\\\", "a\\\\"),
]

ASSIGNMENTS = [
    ("A=a\nA+=\nA+=b\nV=${A}", "a  b"),
    ("V+=first", "first"),
    ("F+ =1\nV=${F+}", "1"),
    ("V=\nV?=x", ""),
    ("U=set\nX:=$$A ${U}/a\nU=later\nA=1\nV=${X}", "1 set/a"),
    ("ARCH=amd64\nX:=${O_${ARCH}:S/a/${ARCH}/}\nO_amd64=xa\nV=${X}", "xamd64"),
    ("B=x\nX:=${B:S/x/${U}/}\nU=late\nV=${X}", ""),
    ("N=S,a,q,\nA=abc\n${A:${N}}=2\nV=${qbc}", "2"),
    ("A=1\nB=${A}\nA=2\nV:=${B}\nA=3", "2"),
    ("B=x\nY=${B} ${U}\nX:=${Y}\nU=now\nV=${X}", "x now"),
]

EXPANSION = [
    ("V=$$", "$"),
    ("a=1\nab=2\nV=$ab", "1b"),
    ("V=$(A) ${A}\nA=x", "x x"),
    ("A=x\nBx=y\nV=${B${A}}", "y"),
    ("N=A\nA=deep\nV=${${N}}", "deep"),
    ("A=x${.TARGET}y\nV=${A}", "x${.TARGET}y"),
    ("A=x$@y\nV=${A}", "x$(.TARGET)y"),
    ("MV=/bin/mv\nV=${MV$}", "/bin/mv"),
    ("V=${x:L:${:US}${:U,x,y,}}", "S,x,y,}"),
    ("V=${x:L:${:UM*}S,x,y,}", "M*S,x,y,}"),
    ("V=${x:L:${:D}S,x,y,}", "y"),
    ("V=${x:L:${:D}${:Utu}:S,X,=,}", "="),
    ("E=\nV=${E:tA}", ""),
]

WORDS = [
    ("A=\"a b\" 'c d' e\\ f g\nV=${A:[#]}", "4"),
    ("A=it's x y\nV=${A:[#]}", "1"),
    ("A=a b${.newline}c d\nV=${A:[#]}", "2"),
    ("A=\nV=${A:[#]}", "1"),
    ("V=${U:[#]}", ""),
    ("A=\nV=${A:S/^/x/}", "x"),
    ("V=${U:S/^/x/}", ""),
    ("A=a\nV=${A:Mx:S/^/y/}", "y"),
    ("A=  a \t b\nV=${A:M*}", "a b"),
    ("A=a\x0cb c\nV=${A:[#]}", "2"),
    ("A=b a b c\nV=${A:O}|${A:Or}|${A:O:u}", "a b b c|c b b a|a b c"),
]

SELECTION = [
    ("A=a.c b.h c.c\nV=${A:M*.c} ${A:N*.c}", "a.c c.c b.h"),
    ("A=a:b c\nV=${A:Ma\\:b}", "a:b"),
    ("A=a b c d\nV=${A:[2]} ${A:[-1]} ${A:[2..3]} ${A:[3..1]}", "b d b c c b a"),
    ("A=a b c\nV=${A:[9]}x${A:[2..9]}", "xb c"),
    ("A=a b c\ni=2\nV=${A:[$i]}", "b"),
    ("A=a b\nV=${A:range} ${A:range=3}", "1 2 1 2 3"),
    ("A=a$$b c\nV=${A:Ma$$b}", "a$b"),
    ("A=ax bx cx\nV=${A:M[ab]x} ${A:M[^ab]x}", "ax bx cx"),
    ("P=b*\nA=ab bc\nV=${A:M${P}}", "bc"),
    ("A={a} b\nV=${A:M{a}}", "{a}"),
]

SUBSTITUTION = [
    ("A=aaa baa\nV=${A:S/a/x/} ${A:S/a/x/g} ${A:S/a/x/1}", "xaa bxa xxx bxx xaa baa"),
    ("A=foo bar\nV=${A:S/^f/F/:S/r$/R/:S/^Foo$/z/}", "z baR"),
    ("A=a\nV=${A:S/a/[&\\&]/}", "[a&]"),
    ("A=a b c\nV=${A:S/ /_/gW}", "a_b_c"),
    ("A=31\nV=${A:S/1/.1/:S/./ /g:[1..2]:ts}", "31"),
    ("A=3.9 3.11\nM=C/^([1-9]\\.)([0-9])$$/\\10\\2/\nV=${A:${M}}", "3.09 3.11"),
    ("A=foo123\nV=${A:C/x*/-/g}", "-f-o-o-1-2-3"),
    ("A=abcabc\nV=${A:C/b|bc/X/g}", "aXaX"),
    ("A=a1 b22\nV=${A:C/[[:digit:]]{2}/N/}", "a1 bN"),
    ("A=x\nV=${A:C/(y)?x/[\\1]/}", "[]"),
    ("A=a/b/c 2022/Jan/18\nV=${A:C/\\//./g}", "a.b.c 2022.Jan.18"),
    ("A=python:run,build\nV=${A:C/^[^\\:]*(\\:|\\$)//:S/,/ /g}", "run build"),
    ("A=python\nV=x${A:C/^[^\\:]*(\\:|\\$)//:S/,/ /g}", "x"),
    ("A=2022/Jan/01\nV=${A:C/Jan/01/S/01$/18/:S,/,.,g}", "2022.01.18"),
    ("A=a.c b.c\nV=${A:.c=.o} ${A:%.c=x-%.y} ${A:=.z}", "a.o b.o x-a.y x-b.y a.c.z b.c.z"),
    ("A=a.c\nV=${A:.c=.o:S/a/z/}", "a.o:S/a/z/"),
    ("A=HI10P HI12P\nV=${A:C/HI([0-9]+)P/x265_\\1bit/:C/ /;/gW}", "x265_10bit;x265_12bit"),
    ("A=a b\nV=${A:C/^/XXXX/1:MXXXX*:C/^XXXX//}", "a"),
    ("A=ab\nx=b\nV=${A:S/b/$$x/}|${A:S/a$$x/q/}", "ab|q"),
    ("A=abc\nV=${A:S/c$/d/:S|b|x|}", "axd"),
    ("A=/a,b\nV=${A:S,/,\\,,}", ",a,b"),
]

PATHS = [
    ("A=a/b.c d\nV=${A:H}|${A:T}|${A:E}|${A:R}", "a .|b.c d|c|a/b d"),
    ("A=a.b/c\nV=${A:E} ${A:R}", "b/c a"),
    ("A=Ab cD\nV=${A:tu} ${A:tl}", "AB CD ab cd"),
    ("A=a b c\nV=${A:ts,} ${A:ts} ${A:ts\\n:S/b/x/} ${A:ts\\x2d}", "a,b,c abc a a-b-c"),
    ("A=a b\nV=${A:tW:S/ /_/} ${A:tW:tw:S/$/x/}", "a_b ax bx"),
    ("A=a'b $${c}\nV=${A:Q}", "a\\'b\\ \\$\\{c\\}"),
    ("A=a${.newline}b\nV=${A:Q}", "a'\n'b"),
    ("V=${abc:L:hash} ${:U:hash}", "9ca87054 b2af338b"),
    ("V=${%Y-%m-%d:L:gmtime=86400}", "1970-01-02"),
]

CONTROL = [
    ("V=${U:Ux y} ${U:Dz}", "x y "),
    ("A=1\nV=${A:Ux} ${A:Dz}", "1 z"),
    ("C=a:b\nV=${U:U${C}}", "a:b"),
    ("A=1\nV=${A:D:Uz}", ""),
    ("V=${a/b:L:H}", "a"),
    ("A=1\nV=${A:?yes:no} ${B:?yes:no}", "yes no"),
    ("A=1\nV=${${A} == 1:?y:n} ${empty(A):?e:f}", "y f"),
    ("A=x\nV=${${A} == x :? y : n}", " y "),
    ('L=geoid\nV=${"${L:Mgeo*}" != "":?found:}', "found"),
    ("A=1 2 3\nV=${A:@v@<$v>@}", "<1> <2> <3>"),
    ("A=1 2\nx=q\nV=${A:@v@$$x\\$x@}", "$xq $xq"),
    ("A=1 2\nV=${A:@v@${v}a ${v}b@:[#]}", "4"),
    ("V=${A:@c@${L.${c}}@:O:u}\nA=b a\nL.a=x y\nL.b=x", "x y"),
    ("A=0 4 0\nV=${A:_:[#]} $_", "3 0 4 0"),
    ("A=a\nV=${A::=b}${A::+=c}${A}${B::?=d}${B}", "b cd"),
    ("D=52\nV=${:U:range=54:@v@${$v > ${D}:?$v:}@}", "53 54"),
    ("M=tu:S/A/b/\nA=xa\nV=${A:${M}}", "Xb"),
    ("E=\nA=x\nV=${A:${E}:tu}", "X"),
    ('P=a b\nV=${P:@o@${"${P:M${o}}":?:${o}}@}', ""),
    ("V=${BIN:S/$/${SUF}:amd64,i386/}\nSUF=.rpm", ""),
    ('F=-g -O\nV=${F:C/ *(-[^ ]*) */ -x \\"\\1 \\"/gW}', ' -x \\"-g \\" -x \\"-O \\"'),
]

ALL = LINES + ASSIGNMENTS + EXPANSION + WORDS + SELECTION + SUBSTITUTION + PATHS + CONTROL


@pytest.mark.parametrize(("text", "value"), ALL)
def test_the_value_is(evaluate: Evaluate, text: str, value: str) -> None:
    evaluation = evaluate(text + "\n")
    assert evaluation.error is None
    assert evaluation.value("V") == value


def test_bmake_says_the_same(
    tool: Callable[[str], str], tmp_path: Path, evaluate: Evaluate
) -> None:
    bmake = tool("bmake")
    for text, _ in ALL:
        (tmp_path / "Makefile").write_text(text + "\nall:\n", encoding="utf-8")
        said = subprocess.run(
            [bmake, "-r", "-v", "V"],
            cwd=tmp_path,
            env={"PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert said.stdout.removesuffix("\n") == evaluate(text + "\n").value("V"), text


RAW = [
    ("A=x ${B} $$", "x ${B} $$"),
    ("A:=$$A ${U}/a", "$A ${U}/a"),
    ("ARCH=amd64\nA:=${O_${ARCH}:S/a/${ARCH}/}", "${O_amd64:S/a/amd64/}"),
    (".for i in a:b\nA+=${i} $(i:H)\n.endfor", "${:Ua\\:b} $(:Ua\\:b:H)"),
    ("D=${X:O:u}\nA:=${D}", "${X:O:u}"),
    ("F=\nG=py39\nA:= ${G} ${F:N${G}}", "py39 "),
]


@pytest.mark.parametrize(("text", "raw"), RAW)
def test_what_is_stored(evaluate: Evaluate, text: str, raw: str) -> None:
    assert evaluate(text + "\n").raw("A") == raw


def test_undefined_is_not_empty(evaluate: Evaluate) -> None:
    evaluation = evaluate("A=\n")
    assert (evaluation.value("A"), evaluation.value("B")) == ("", None)
    assert (evaluation.defined("A"), evaluation.defined("B")) == (True, False)
    assert evaluation.expand("<${A}${B}>") == "<>"


def test_a_variable_that_contains_itself_ends_the_evaluation(evaluate: Evaluate) -> None:
    evaluation = evaluate("A=${B}\nB=${A}\nC:=${A}\n")
    assert "recursive" in failure(evaluation).message
    assert (evaluation.status, line_of(failure(evaluation).where)) == (2, 3)


def test_bytes_that_are_no_text_survive(evaluate: Evaluate) -> None:
    assert evaluate("A=x\udcffy z\n").value("A:tu") is None
    assert evaluate("A=x\udcffy z\nV=${A:tu:S/Z/q/}\n").value("V") == "X\udcffY q"
