# As constructs.sh, under set -e.

false
echo no

false || echo a
false && echo b
echo c

if false; then :; fi
echo a
while false; do :; done
! true
echo b
false

(false; echo no)
echo no

x=$(false)
echo no

echo $(false) a
x=a$(echo b)
echo $x

f() { false; echo in; }
f || echo out
f
echo no

f() { false; echo in; }
if f; then echo then; fi
echo end

{ false; echo in; } && echo x
echo end

! { false; echo in; }
echo end

true | false
echo no

false | true
echo a

for i in 1 2; do false; echo no; done

false && true
echo a
{ false && true; }
echo b
(false && true)
echo no

set +e
false
echo a
set -e
false
echo no

eval 'false' || echo a
eval false
echo no

cd nowhere 2>/dev/null
echo no

case a in a) false;; esac; echo no

test -f nofile || exit 4

[ -f nofile ] && echo a
echo b

while true; do false; echo no; done

trap 'echo trap' EXIT
false
echo no

f() { return 1; }
f
echo no

x=$(echo a; false; echo b) || echo "[$x]"
