"""The shell's constructs, judged by dash; then what FreeBSD's shell does otherwise."""

from __future__ import annotations

import pytest

from portfake.errors import InputError
from portfake.limits import LimitExceeded, Limits
from portfake.shell import Interpreter, ShellSyntaxError, UnknownCommand, base_commands, parse
from portfake.shell.memory import MemoryFiles

CONSTRUCTS = [
    # words and quoting
    "echo a  'b  c' \"d  e\" f\\ g \\\\ '\\'",
    'x="a b"; echo $x "$x" \'$x\' "\\$x" ${x}c',
    'echo "a\\b\\\\c\\"d" `echo \\\\x` "`echo \\"q  r\\"`"',
    "echo a'b'\"c\"d$(echo e)`echo f`$((1+1))",
    'x=; y=""; set -- $x "$y" $z "$z"; echo $#',
    "echo ~ ~/x a~ x=~ '~' ~nobodyhere",
    'x=~/a:~/b; echo "$x"',
    "echo a#b # comment",
    "echo a \\\n  b",
    "echo 'one\ntwo'",
    'set -- 1 2 3; echo $# $1 ${2} $* "$@"; shift 2; echo $1 $#',
    'set -- \'a b\' c; for i in "$@"; do echo "<$i>"; done; for i in $@; do echo "<$i>"; done',
    'set -- \'a b\' c; IFS=:; echo "$*" $*; echo "x$@y"',
    "set -- a b c d e f g h i j k; echo $10 ${10} ${11}",
    # parameters
    "x=abc; echo ${x:-d} ${y:-d} ${y-d} ${x:+s} ${y:+s} ${x+s} ${#x} ${#y}",
    'x=; echo ${x:-d} ${x-d} "${x:+s}" "${x+s}"; : ${y:=v}; echo $y; : ${x=w}; echo "$x"',
    "x=/usr/local/lib/a.tar.gz; echo ${x%.*} ${x%%.*} ${x#*/} ${x##*/} ${x%/*} ${x#/usr}",
    'x="a*b"; echo "${x%\\*b}" "${x%"*b"}" ${x#a"*"}',
    "x='a b'; echo ${y:-$x} \"${y:-$x}\" ${y:-'p  q'} \"${y:-p  q}\"",
    'x=file.c; p=\'*.c\'; echo ${x%$p} "${x%"$p"}" ${x%.c}.o',
    'echo "${x:-`echo in`}" ${x:-$(echo out)}',
    'set -- ; echo "${1-none}" ${@:-empty}; set -- a; echo ${1+"$@"}',
    # splitting
    "x='  a   b  '; set -- $x; echo $#; IFS=:; x=a::b:; set -- $x; echo $# $2",
    "IFS=' :'; x=' a : b  c :: d'; for i in $x; do echo \"[$i]\"; done",
    "IFS=; x='a b'; set -- $x; echo $#",
    'x=\'a b\'; for i in p$x"q r"s; do echo "[$i]"; done',
    # arithmetic
    "echo $((1+2*3)) $(( (1+2)*3 )) $((7/2)) $((-7/2)) $((-7%3)) $((1<<4|3)) $((5>3&&2<1))",
    "x=5; echo $((x+1)) $(($x*2)) $((x+=2)) $x $((x==7?10:20)) $((!x)) $((~0))",
    "echo $((010)) $((0x1f))",
    "x=0; while [ $((x+=1)) -lt 4 ]; do echo $x; done",
    # lists and status
    "true && echo a || echo b; false && echo a || echo b; ! true; echo $?; ! false; echo $?",
    "(exit 3); echo $?; { false; true; }; echo $?; false; echo $?; x=$(exit 4); echo $?",
    "true; x=1; echo $?; false; x=2; echo $?; x=$(false) y=$(true); echo $?",
    "if false; then echo a; elif true; then echo b; else echo c; fi; if false; then :; fi; echo $?",
    "for i in a b c; do case $i in b) continue;; c) break;; esac; echo $i; done; echo $?",
    "for i in 1 2; do for j in 1 2; do [ $j = 2 ] && continue 2; echo $i$j; done; done",
    "i=0; until [ $i = 3 ]; do i=$((i+1)); done; echo $i; while :; do break; done; echo $?",
    "case abc in a*) echo 1;; *) echo 2;; esac; case x in [a-c]|y) echo n;; ?) echo q;; esac",
    "x='*'; case '*' in \"$x\") echo lit;; esac; case abc in $x) echo glob;; esac",
    "case a in b) false;; esac; echo $?",
    'echo a | cat | sed s/a/b/; echo x | { read y; echo "<$y>"; }; false | true; echo $?',
    "printf '1\\n2\\n3\\n' | while read n; do echo \"n$n\"; done",
    "! echo a | grep -q b; echo $?",
    # functions
    'f() { echo "$1-$#"; return 3; }; f a b; echo $?; f; echo $# $?',
    "f() { local x=2 y; y=3; echo $x$y; }; x=1; y=9; f; echo $x$y",
    "f() ( cd /; exit 5 ); f; echo $?; pwd | sed 's,.*/,,;s/.*/ok/'",
    "f() { g() { echo inner; }; }; f; g",
    "f() { for i; do echo $i; done; }; f x 'y z'",
    # subshells
    "x=1; (x=2; echo $x); echo $x; y=$(x=3; echo $x); echo $x$y; { x=4; }; echo $x",
    'echo $(echo a; echo b) "$(echo a; echo b; echo; echo)"',
    "echo $(cd /; pwd); set -- $(echo 1 2 3); echo $#",
    # redirections
    "echo a >f; echo b >>f; cat f; cat <f; { echo c; echo d; } >f; cat f; >f; cat f",
    "echo out; echo err >&2; { echo a; echo b >&2; } 2>&1 | sort; cat /nonexistent 2>/dev/null",
    "exec 3>f; echo x >&3; echo y >&3; exec 3>&-; cat f",
    "echo hidden >/dev/null; cat /dev/null; cat </dev/null; echo $?",
    "cat <nothere 2>/dev/null; echo $?; (: >nodir/x; echo no) 2>/dev/null; echo $?",
    "read x <<E\nhello\nE\necho $x",
    "y=1; cat <<E\na $y $(echo b) \\$y `echo c`\nE\ncat <<'E'\na $y\nE\ncat <<-E\n\tx\n\t\ty\n\tE",
    "cat <<A; cat <<B\n1\nA\n2\nB\necho end",
    "if true; then cat <<E\nin\nE\nfi",
    "echo a >f 2>&1; { echo b; } >>f; cat f | tr a-z A-Z",
    'for i in 1 2; do echo $i; done >f; while read l; do echo "l$l"; done <f',
    "(echo sub) >f; cat f; if true; then echo y; fi >g; cat g",
    # pathname expansion
    "echo *; echo d/*; echo */; echo .*x; echo [ab]*; echo nomatch*; echo '*'; echo \"*\"",
    "x='*'; echo $x \"$x\"; set -f; echo *; set +f; echo d/.h* d/?",
    'cd d; echo *; echo ../*; for i in *; do echo "<$i>"; done',
    # builtins
    "eval 'x=1; echo $x'; eval; echo $?; eval \"echo 'a  b'\"",
    "echo 'v=7; echo sourced $#' >s; . ./s; echo $v; set -- a b; . ./s",
    "export A=1; sh -c 'echo $A$B'; B=2 sh -c 'echo $B'; echo $B; env -i sh -c 'echo x$A'",
    "A=1 B=2 env | grep '^[AB]=' | sort; unset A; echo ${A-unset}",
    "set -u; x=1; echo $x; echo ${y-ok}; (echo $y) 2>/dev/null; echo $?",
    "trap 'echo bye' EXIT; echo hi",
    "(trap 'echo sub' EXIT; echo in); echo out",
    "trap 'echo t' 0; exit 3",
    "readonly R=1; (R=2) 2>/dev/null; echo $? $R",
    "umask 077; umask; echo a >f; mkdir m; umask 022",
    "while getopts ab:c o -a -b val -c rest; do echo $o $OPTARG; done; echo $OPTIND",
    "f() { OPTIND=1; while getopts :xy: o; do echo $o,$OPTARG; done; }; f -xy v; f -z; f -y",
    "command echo hi; command -v cd; command -v nosuchthing; echo $?; type nosuch >/dev/null 2>&1; echo $?",
    "echo 'a b  c' | { read x y; echo \"[$x][$y]\"; }; echo ' a  ' | { read x; echo \"[$x]\"; }",
    "printf 'a\\\\ b c\\n' | { read x y; echo \"[$x][$y]\"; }; printf 'a\\\\b\\n' | { read -r x; printf '%s\\n' \"$x\"; }",
    "printf 'a:b:c:\\n' | { IFS=: read x y; echo \"[$x][$y]\"; }; printf 'last' | { read x; echo $? $x; }",
    "printf 'p1 p2\\\\\\np3\\n' | { read a b c; echo \"$a-$b-$c\"; }",
    "cd d && pwd | sed 's,.*/,,'; cd ..; cd nowhere 2>/dev/null; echo $?; cd d/e/../..; ls",
    "exit 7",
    "false",
    "sh -c 'exit 9'; echo $?",
    "exec echo replaced; echo never",
    "set -- -x y; echo $1; set a b; echo $2; set --; echo $#",
    "x=1 y=2; echo $x$y; x=a:b; echo ${x%%:*}",
    "test -f f; echo $?; [ -d d ] && echo d; [ ! -e zz ] && echo none; [ a = a -a b != c ] && echo and",
    "[ 1 -lt 2 ] && [ 3 -ge 3 ] && [ -z '' ] && [ -n a ] && [ a ] && ! [ '' ] && echo ok",
    "[ \\( a = b -o c = c \\) -a ! -f nofile ] && echo ok; [ -f = -f ]; echo $?; [ ! ]; echo $?; test; echo $?",
    "test '(' = '('; echo $?; [ -n -a ]; echo $?",
]
TREE = {"a": "1\n", "b": "2\n", "d": None, "d/e": None, "d/f": "x", "d/.h": "y", "sp ace": "s"}


@pytest.mark.parametrize("script", CONSTRUCTS)
def test_as_dash(same, script):
    same(script, TREE)


ERREXIT = [
    "false; echo no",
    "false || echo a; false && echo b; echo c",
    "if false; then :; fi; echo a; while false; do :; done; ! true; echo b; false",
    "(false; echo no); echo no",
    "x=$(false); echo no",
    "echo $(false) a; x=a$(echo b); echo $x",
    "f() { false; echo in; }; f || echo out; f; echo no",
    "f() { false; echo in; }; if f; then echo then; fi; echo end",
    "{ false; echo in; } && echo x; echo end",
    "! { false; echo in; }; echo end",
    "true | false; echo no",
    "false | true; echo a",
    "for i in 1 2; do false; echo no; done",
    "false && true; echo a; { false && true; }; echo b; (false && true); echo no",
    "set +e; false; echo a; set -e; false; echo no",
    "eval 'false' || echo a; eval false; echo no",
    "cd nowhere 2>/dev/null; echo no",
    "case a in a) false;; esac; echo no",
    "test -f nofile || exit 4",
    "[ -f nofile ] && echo a; echo b",
    "while true; do false; echo no; done",
    "trap 'echo trap' EXIT; false; echo no",
    "f() { return 1; }; f; echo no",
    'x=$(echo a; false; echo b) || echo "[$x]"',
]


@pytest.mark.parametrize("script", ERREXIT)
def test_errexit_as_dash(same, script):
    same(script, TREE, errexit=True)


FREEBSD = [
    ("echo 'a\\nb' -n; echo -n x; echo -e 'p\\tq'", "a\\nb -n\nxp\tq\n"),
    ("set -o pipefail; false | true; echo $?", "1\n"),
    ("set -o pipefail; (exit 3) | (exit 4) | true || echo $?", "4\n"),
    ('f() { local x; echo "[$x]"; x=2; }; x=1; f; echo $x', "[1]\n1\n"),
    ("case a in a) echo 1;& b) echo 2;; c) echo 3;; esac", "1\n2\n"),
    ("setvar A 5; echo $A", "5\n"),
    ("if true; then fi; echo ok", "ok\n"),
    ("echo $(</dev/null)x", "x\n"),
]


@pytest.mark.parametrize(("script", "output"), FREEBSD)
def test_as_freebsd(world, script, output):
    assert world().run(script).output == output


@pytest.mark.parametrize(
    "text",
    ["if", "if x; then", "(", "echo 'a", 'echo "a', "echo `a", "a | | b", "a &&", "case x in a", ")",
     "do x; done", "for 1 in a; do b; done", "x() ", "${", "echo ${x", "echo $(a", "a;;", "a &",
     "cat <<E\nx", "} x", "((((" * 40, "$(" * 100, "{ a"],
)  # fmt: skip
def test_what_is_no_script_is_an_input_error(text):
    with pytest.raises(ShellSyntaxError) as caught:
        parse(text)
    assert isinstance(caught.value, InputError)
    assert caught.value.where is not None


def test_an_unknown_command_ends_everything(world):
    here = world()
    with pytest.raises(UnknownCommand) as caught:
        here.run("echo a >f\n\nif nosuch --x; then echo b; fi || true")
    assert str(caught.value.where) == "test:3"
    assert "nosuch" in caught.value.message


def test_places_of_sourced_files(world):
    here = world({"s": "echo a\necho b\nnosuch\n"})
    with pytest.raises(UnknownCommand) as caught:
        here.run(". ./s")
    assert str(caught.value.where) == "./s:3"


@pytest.mark.parametrize(
    "script",
    [
        "while :; do :; done",
        "f() { f; }; f",
        "f() { echo $(f); }; f",
        'sh -c \'x="sh -c \\"\\$x\\""; export x; eval $x\'',
        "x=a; while :; do x=$x$x; done",
        "while :; do echo aaaaaaaaaaaaaaaa; done | cat",
        "while :; do echo aaaaaaaaaaaaaaaa; done >f",
        "eval_() { eval 'eval_'; }; eval_",
        "printf '%999999999s' x",
        "echo '. ./s' >s; . ./s",
        "echo 'sh s' >s; sh s",
        "yes=1; until false; do yes=$((yes+1)); done",
        "jot 999999999 | cat; while :; do jot 100000; done | wc -l",
    ],
)
def test_hostile_scripts_stop_at_the_limits(world, script):
    limits = Limits(steps=20_000, text=200_000, bytes=300_000, seconds=20)
    with pytest.raises(LimitExceeded):
        world(limits=limits).run(script)


def test_interpreter_without_files_changes_nothing_outside():
    files = MemoryFiles()
    shell = Interpreter(files, base_commands())
    shell.run(
        "mkdir -p /a/b; echo x > /a/b/c; cd /a; rm -rf /a/b/../../a/b; cd ../..; echo y > ../../z"
    )
    assert sorted(files.tree()) == ["/a", "/z"]
