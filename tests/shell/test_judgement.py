"""What can be told of a script before it runs."""

from __future__ import annotations

import pytest

from portfake.errors import Place
from portfake.shell.commands import base_commands
from portfake.shell.judgement import Reason, judge

COMMANDS = base_commands()

KNOWN = r"""
install -m 555 $SRC $DST; /usr/bin/sed -i '' -e 's/a/b/' $FILES
find . -type f -name '*.in' -exec sed -i.bak "s,x,$Y,g" {} + -o -type d -print
f() { g; }; g() { :; }; f $x | while read a; do echo $a; done
cd x && tar -xf $FILE -C $DIR --strip-components 1 || exit 1
env A=b C="$D" sh -c 'echo "$1"' sh x; echo $(ls $x) `dirname $y`
xargs -n 1 dirname; xargs -0 -I % cp % d; nice -n 5 true; command -v nosuchtool
eval 'echo a; cat b'; exec true; if test -f x; then rm -f x; fi
cp -R $A/ $B; [ -d x -a ! -f y ] && gzip -nf -9 z; case $x in a) mv a b;; esac
sh -c '(/usr/bin/find -Ed $1 $3 | /usr/bin/cpio -dumpl $2 >/dev/null 2>&1)' COPYTREE . d
"""

OBJECTED = [
    ("perl -pi -e s/a/b/ x", Reason.COMMAND, "perl"),
    ("/usr/bin/python3 x", Reason.COMMAND, "/usr/bin/python3"),
    ("echo a && (cd x; gmake install)", Reason.COMMAND, "gmake"),
    ("echo $(pod2man x)", Reason.COMMAND, "pod2man"),
    ("x=`rustc x`", Reason.COMMAND, "rustc"),
    ("for i in $(svn ls); do :; done", Reason.COMMAND, "svn"),
    ("echo ${x:-$(perl y)} >f", Reason.COMMAND, "perl"),
    ("cat <f >$(perl z)", Reason.COMMAND, "perl"),
    ("cat <<E\n$(perl z)\nE", Reason.COMMAND, "perl"),
    ("case $(perl x) in a) :;; esac", Reason.COMMAND, "perl"),
    ("f() { perl x; }", Reason.COMMAND, "perl"),
    ("find . -exec perl {} \\;", Reason.COMMAND, "perl"),
    ("find . | xargs -n1 perl", Reason.COMMAND, "perl"),
    ("env A=$B perl x", Reason.COMMAND, "perl"),
    ("sh -c 'cd x && perl y'", Reason.COMMAND, "perl"),
    ("sh -c 'sh -c \"perl y\"'", Reason.COMMAND, "perl"),
    ("eval 'perl x'", Reason.COMMAND, "perl"),
    ("command perl x", Reason.COMMAND, "perl"),
    ("exec perl x", Reason.COMMAND, "perl"),
    ("cd w && ./configure --prefix=x", Reason.PROGRAM, "./configure"),
    ("/usr/local/share/x/tool y", Reason.PROGRAM, "/usr/local/share/x/tool"),
    ("$CMD x", Reason.RUN_TIME, "$CMD"),
    ('"${A}/bin/x" y', Reason.RUN_TIME, '"${A}/bin/x"'),
    ("eval $x", Reason.RUN_TIME, "eval"),
    ("find . -exec $TOOL {} +", Reason.RUN_TIME, "$TOOL"),
    ("install --mode=644 a b", Reason.OPTION, "install"),
    ("find . -printf %p", Reason.OPTION, "find"),
    ("sed 's/a/b' f", Reason.OPTION, "sed"),
    ("sed -z s/a/b/ f", Reason.OPTION, "sed"),
    ("tar --wildcards -xf x", Reason.OPTION, "tar"),
    ("awk '{ print | \"sort\" }'", Reason.OPTION, "awk"),
    ("if true; then", Reason.SYNTAX, ""),
    ("make_it & wait", Reason.SYNTAX, ""),
]


@pytest.mark.parametrize("script", KNOWN.strip().split("\n"))
def test_no_objection_to_what_is_known(script: str) -> None:
    assert judge(script, COMMANDS) == []


@pytest.mark.parametrize(("script", "reason", "word"), OBJECTED)
def test_objections_name_reason_and_word(script: str, reason: Reason, word: str) -> None:
    objection = judge(script, COMMANDS)[0]
    assert (objection.reason, objection.word) == (reason, word)


def test_every_objection_has_its_place() -> None:
    script = "echo a\nperl b\nif x; then\n  echo $(python c)\nfi\n"
    found = judge(script, COMMANDS, where=Place("Makefile", 10))
    assert [(str(one.place), one.word) for one in found] == [
        ("Makefile:11", "perl"),
        ("Makefile:12", "x"),
        ("Makefile:13", "python"),
    ]
