# Each paragraph is a script of its own, run on the tree of test_interpreter.py.

echo a  'b  c' "d  e" f\ g \\ '\'

x="a b"
echo $x "$x" '$x' "\$x" ${x}c

echo "a\b\\c\"d" `echo \\x` "`echo \"q  r\"`"

echo a'b'"c"d$(echo e)`echo f`$((1+1))

x=
y=""
set -- $x "$y" $z "$z"
echo $#

echo ~ ~/x a~ x=~ '~' ~nobodyhere

x=~/a:~/b
echo "$x"

echo a#b # comment

echo a \
  b

echo 'one
two'

set -- 1 2 3
echo $# $1 ${2} $* "$@"
shift 2
echo $1 $#

set -- 'a b' c
for i in "$@"; do echo "<$i>"; done
for i in $@; do echo "<$i>"; done

set -- 'a b' c
IFS=:
echo "$*" $*
echo "x$@y"

set -- a b c d e f g h i j k
echo $10 ${10} ${11}

x=abc
echo ${x:-d} ${y:-d} ${y-d} ${x:+s} ${y:+s} ${x+s} ${#x} ${#y}

x=
echo ${x:-d} ${x-d} "${x:+s}" "${x+s}"
: ${y:=v}
echo $y
: ${x=w}
echo "$x"

x=/usr/local/lib/a.tar.gz
echo ${x%.*} ${x%%.*} ${x#*/} ${x##*/} ${x%/*} ${x#/usr}

x="a*b"
echo "${x%\*b}" "${x%"*b"}" ${x#a"*"}

x='a b'
echo ${y:-$x} "${y:-$x}" ${y:-'p  q'} "${y:-p  q}"

x=file.c
p='*.c'
echo ${x%$p} "${x%"$p"}" ${x%.c}.o

echo "${x:-`echo in`}" ${x:-$(echo out)}

set --
echo "${1-none}" ${@:-empty}
set -- a
echo ${1+"$@"}

x='  a   b  '
set -- $x
echo $#
IFS=:
x=a::b:
set -- $x
echo $# $2

IFS=' :'
x=' a : b  c :: d'
for i in $x; do echo "[$i]"; done

IFS=
x='a b'
set -- $x
echo $#

x='a b'
for i in p$x"q r"s; do echo "[$i]"; done

echo $((1+2*3)) $(( (1+2)*3 )) $((7/2)) $((-7/2)) $((-7%3)) $((1<<4|3)) $((5>3&&2<1))

x=5
echo $((x+1)) $(($x*2)) $((x+=2)) $x $((x==7?10:20)) $((!x)) $((~0))

echo $((010)) $((0x1f))

x=0
while [ $((x+=1)) -lt 4 ]; do echo $x; done

true && echo a || echo b
false && echo a || echo b
! true
echo $?
! false
echo $?

(exit 3)
echo $?
{ false; true; }
echo $?
false
echo $?
x=$(exit 4)
echo $?

true
x=1
echo $?
false
x=2
echo $?
x=$(false) y=$(true)
echo $?

if false; then echo a; elif true; then echo b; else echo c; fi
if false; then :; fi
echo $?

for i in a b c; do case $i in b) continue;; c) break;; esac; echo $i; done; echo $?

for i in 1 2; do for j in 1 2; do [ $j = 2 ] && continue 2; echo $i$j; done; done

i=0
until [ $i = 3 ]; do i=$((i+1)); done
echo $i
while :; do break; done
echo $?

case abc in a*) echo 1;; *) echo 2;; esac; case x in [a-c]|y) echo n;; ?) echo q;; esac

x='*'
case '*' in "$x") echo lit;; esac; case abc in $x) echo glob;; esac

case a in b) false;; esac; echo $?

echo a | cat | sed s/a/b/
echo x | { read y; echo "<$y>"; }
false | true
echo $?

printf '1\n2\n3\n' | while read n; do echo "n$n"; done

! echo a | grep -q b
echo $?

f() { echo "$1-$#"; return 3; }
f a b
echo $?
f
echo $# $?

f() { local x=2 y; y=3; echo $x$y; }
x=1
y=9
f
echo $x$y

f() ( cd /; exit 5 )
f
echo $?
pwd | sed 's,.*/,,;s/.*/ok/'

f() { g() { echo inner; }; }
f
g

f() { for i; do echo $i; done; }; f x 'y z'

x=1
(x=2; echo $x)
echo $x
y=$(x=3; echo $x)
echo $x$y
{ x=4; }
echo $x

echo $(echo a; echo b) "$(echo a; echo b; echo; echo)"

echo $(cd /; pwd)
set -- $(echo 1 2 3)
echo $#

echo a >f
echo b >>f
cat f
cat <f
{ echo c; echo d; } >f
cat f
>f
cat f

echo out
echo err >&2
{ echo a; echo b >&2; } 2>&1 | sort
cat /nonexistent 2>/dev/null

exec 3>f
echo x >&3
echo y >&3
exec 3>&-
cat f

echo hidden >/dev/null
cat /dev/null
cat </dev/null
echo $?

cat <nothere 2>/dev/null
echo $?
(: >nodir/x; echo no) 2>/dev/null
echo $?

read x <<E
hello
E
echo $x

y=1
cat <<E
a $y $(echo b) \$y `echo c`
E
cat <<'E'
a $y
E
cat <<-E
	x
		y
	E

cat <<A; cat <<B
1
A
2
B
echo end

if true; then cat <<E
in
E
fi

echo a >f 2>&1
{ echo b; } >>f
cat f | tr a-z A-Z

for i in 1 2; do echo $i; done >f
while read l; do echo "l$l"; done <f

(echo sub) >f
cat f
if true; then echo y; fi >g
cat g

echo *
echo d/*
echo */
echo .*x
echo [ab]*
echo nomatch*
echo '*'
echo "*"

x='*'
echo $x "$x"
set -f
echo *
set +f
echo d/.h* d/?

cd d
echo *
echo ../*
for i in *; do echo "<$i>"; done

eval 'x=1; echo $x'
eval
echo $?
eval "echo 'a  b'"

echo 'v=7; echo sourced $#' >s
. ./s
echo $v
set -- a b
. ./s

export A=1
sh -c 'echo $A$B'
B=2 sh -c 'echo $B'
echo $B
env -i sh -c 'echo x$A'

A=1 B=2 env | grep '^[AB]=' | sort
unset A
echo ${A-unset}

set -u
x=1
echo $x
echo ${y-ok}
(echo $y) 2>/dev/null
echo $?

trap 'echo bye' EXIT
echo hi

(trap 'echo sub' EXIT; echo in)
echo out

trap 'echo t' 0
exit 3

readonly R=1
(R=2) 2>/dev/null
echo $? $R

umask 077
umask
echo a >f
mkdir m
umask 022

while getopts ab:c o -a -b val -c rest; do echo $o $OPTARG; done
echo $OPTIND

f() { OPTIND=1; while getopts :xy: o; do echo $o,$OPTARG; done; }; f -xy v; f -z; f -y

command echo hi
command -v cd
command -v nosuchthing
echo $?
type nosuch >/dev/null 2>&1
echo $?

echo 'a b  c' | { read x y; echo "[$x][$y]"; }
echo ' a  ' | { read x; echo "[$x]"; }

printf 'a\\ b c\n' | { read x y; echo "[$x][$y]"; }
printf 'a\\b\n' | { read -r x; printf '%s\n' "$x"; }

printf 'a:b:c:\n' | { IFS=: read x y; echo "[$x][$y]"; }
printf 'last' | { read x; echo $? $x; }

printf 'p1 p2\\\np3\n' | { read a b c; echo "$a-$b-$c"; }

cd d && pwd | sed 's,.*/,,'
cd ..
cd nowhere 2>/dev/null
echo $?
cd d/e/../..
ls

exit 7

false

sh -c 'exit 9'
echo $?

exec echo replaced
echo never

set -- -x y
echo $1
set a b
echo $2
set --
echo $#

x=1 y=2
echo $x$y
x=a:b
echo ${x%%:*}

test -f f
echo $?
[ -d d ] && echo d
[ ! -e zz ] && echo none
[ a = a -a b != c ] && echo and

[ 1 -lt 2 ] && [ 3 -ge 3 ] && [ -z '' ] && [ -n a ] && [ a ] && ! [ '' ] && echo ok

[ \( a = b -o c = c \) -a ! -f nofile ] && echo ok
[ -f = -f ]
echo $?
[ ! ]
echo $?
test
echo $?

test '(' = '('
echo $?
[ -n -a ]
echo $?
