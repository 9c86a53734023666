# Each paragraph is a script of its own, run on the tree of test_commands.py.

cat a b
cat -n a
cat c a
cat nothere a 2>/dev/null
echo $?
cat - <a
cat <a -

head -1 a
head -n 2 a
head -c 5 a
echo
head -n 0 a
head a b
head -2 <a
cat a | head -n1

tail -1 a
tail -n 2 a
tail -n +2 a
tail -c 4 a
tail -c +3 c
tail -n1 c
tail -q -n1 a b
tail a words

sort words
sort -r words
sort -k2 -n words
sort -u -k1,1 words
sort -k2,2n -k1,1 words
sort -t' ' -k 2 words

printf '10\n9\n-1\n1.5\n' | sort -n
printf 'b\nA\na\nB\n' | sort -f
printf 'b\na\nb\n' | sort -u
printf 'a:3\nb:1\n' | sort -t: -k2

printf 'x 1\nx 1\ny 2\n' | sort -c
echo $?
printf 'b\na\n' | sort -c 2>/dev/null
echo $?
printf ' b\na\n' | sort -b

printf 'a b 1\na a 2\n' | sort -s -k1,1
printf 'aXc\nab\n' | sort -k1.2
printf 'a  z\na b\n' | sort -k2
printf 'a\0b\0' | sort -z -r | tr '\0' ,

printf 'a\na\nb\na\n' | uniq
printf 'a\na\nb\n' | uniq -d
printf 'a\na\nb\n' | uniq -u
printf 'a\na\nb\n' | uniq -c | sed 's/^ *//'

printf 'A\na\n' | uniq -i
printf '1 a\n2 a\n' | uniq -f 1
printf 'xa\nya\n' | uniq -s 1
uniq a n

printf 'a\nb\nc\n' >p
printf 'b\nc\nd\n' >q
comm p q
comm -12 p q
comm -3 p q
comm -23 p q

cut -d' ' -f2 words
cut -c1-2 a
cut -c2- a
cut -d' ' -f1,2 words
echo a:b:c | cut -d: -f2-
echo abc | cut -b2
echo none | cut -d: -f2
echo none | cut -sd: -f1
printf 'a\tb\n' | cut -f2
echo a:b:c:d | cut -d: -f-2,4

echo hello | tr a-y b-z
echo hello | tr -d l
echo aabbcc | tr -s a-b
echo abc | tr -cd 'ab\n'
echo a.b | tr . ' '
echo Hello | tr '[:upper:]' '[:lower:]'
echo 'a b' | tr ' ' '\n'
echo abc | tr abc x
echo a-b | tr -- - _
echo 'ab\' | tr '\\' /
printf 'a\0b' | tr '\000' n
echo
echo hi | tr -dc '[:alnum:]'

echo aabbc | tr -s '[:alpha:]'
echo abc | tr 'a-c' 'A-C'
echo 12 | tr '[:digit:]' x
echo '[a]' | tr '[]' '()'
echo a/b | tr / -
echo abc | tr -c 'a\n' x
echo '  a   b ' | tr -s ' '

wc -l <a | tr -d ' '
wc -c <c | tr -d ' '
wc -w <words | tr -d ' '
wc a | tr -s ' ' | sed 's/^ //'
printf 'no' | wc -l | tr -d ' '

printf 'abcdefghij\nshort\n' | fold -w 4
printf 'aa bb cc dd\n' | fold -s -w 6
echo abc | rev

paste a words
paste -d: a words
paste -s a
paste -sd, a

nl -ba a
nl words
nl -w2 -s: -nln a

echo a | tee t1 t2
echo b | tee -a t1
cat t1 t2

printf '%s\n' a b
printf '%d-%s\n' 1 x 2
printf '%5s|%-5s|%05d|%x|%o|%c\n' a b 42 255 8 xyz
printf 'a\tb\n\101\n'
printf '%%\n'
printf '%b' 'x\ny\n'
printf 'no args\n'
printf '%s'
echo
printf '%.2s\n' abc
printf '%3d|%-3d|%+d\n' 5 5 5
printf '%*d\n' 5 3
printf '%i\n' 0x10

basename /a/b/c.d .d
basename /a/b/
basename /
basename a
dirname /a/b/c
dirname a
dirname /a
dirname a/b/
dirname /
basename -a x/y z/w
basename .c .c

readlink link
readlink a
echo $?
realpath -q nothere/x
echo $?
cd d
realpath ../link | sed 's,.*/,,'
readlink -f ../link | sed 's,.*/,,'
readlink -n ../dlink
echo

grep o a
grep -c o a
grep -v o a
grep -n t a
grep -i ONE a
grep -l one a b
grep -q zzz a
echo $?
grep -x two a
grep -w t a
echo $?
grep -e one -e two a
grep o a words
grep -h o a b
grep -H one a
grep -L one a b
echo $?

grep -E '(one|two)' a
grep 'o\{1\}' a
grep -F '.' a b
egrep 't(w|h)' a
fgrep o a
grep '^t' a
grep 'e$' a
grep '[[:space:]]' words
grep -o 't.' a
grep -s x nothere
echo $?
grep -m1 o a
grep -A1 one a
grep -B1 three a
grep -C1 two a
printf 'a.b\naxb\n' | grep -F a.b
grep '' empty
echo $?
grep -f p a 2>/dev/null
echo $?

grep -r x d | sort
grep -rl . d | sort
grep -R --include='*.txt' z d
grep -rh h d | sort
echo a | grep -v a
echo $?
grep -qs one a nothere && echo q
grep -xF 'one' a
grep -E '^(a|b) [0-9]+$' words
grep -vE '^#|^$' b

echo b | xargs echo a
printf 'a b\nc\n' | xargs -n1 echo x
printf 'a\nb\n' | xargs -I{} echo '<{}>'
printf 'a b\0c\0' | xargs -0 -n1 echo
echo "'a b' \"c d\" e\\ f" | xargs -n1 echo
printf 'a\nb\n' | xargs
printf '1\n2\n3\n' | xargs -n2 echo
echo x | xargs false || echo failed

md5sum a
sha256sum a | cut -d' ' -f1
cksum a
cksum <empty
cmp a hard
echo $?
cmp -s a b
echo $?
cmp a c >/dev/null
echo $?
cmp -s a nothere
echo $?

expr 1 + 2
expr 3 \* 4
expr 7 / 2
expr 7 % 3
expr a : 'a'
expr abc : 'a\(.\)c'
expr 2 \> 1
expr a = b
echo $?
expr '' \| x
expr 0 \& 1
expr \( 1 + 2 \) \* 3
expr 10 \< 9
expr abcd : '.*'
expr 5 - 7
expr abc : x
echo $?

seq 3
seq 2 4
seq 1 2 6
seq -w 8 10

env -i A=1 env
env -u HOME sh -c 'echo ${HOME-none}'
true
false
echo $?
sleep 0
which sh | sed 's,.*/,,'
ls
ls -1 d
ls -a d
ls -A d
ls -d d
ls d/sub a
ls -p | head -3
ls -r d
ls -F d

test -x b && test -r a && test -s a && ! test -s empty && test -L link && test -h dlink && test -e link && ! test -e broken && echo ok
[ a -ef hard ] && echo same
test -d dlink && echo dir
[ -f link ] && echo file
