# Each paragraph is a script of its own, run on the tree of test_commands.py.

sed s/o/0/ a
sed s/e/E/g a
sed 's/\(t\)\(.\)/\2\1/' a
sed -n 2p a
sed 2d a
sed '$d' a
sed -n '$=' a
sed 1,2d a
sed '/two/d' a
sed -n '/one/,/two/p' a
sed 's/t/&&/' a
sed 2q a

sed -e s/o/0/ -e s/t/T/ a
sed 's,o,/,' a
sed 's/e$/X/;s/^/> /' a
sed -E 's/(o)(n)/\2\1/' a
sed '1!d' a
sed -n '/t/!p' a
sed 's/o/x/2' a
sed 's/e/x/2g' a
sed 's/E/x/I' a
sed y/abc/xyz/ a
sed = a
sed -n l b

sed '1a\
after' a
sed '2i\
before' a
sed '2c\
changed' a
sed '1,2c\
range' a
sed 'a\
x\
y' a
sed '$a\
end' a
sed -e '1a\' -e '  lead' a
sed '/one/{s/o/0/
s/n/N/
}' a
sed '/t/{ s/t/T/; p; }' a

sed 'N;s/\n/-/' words
sed -n 'h;n;G;p' words
sed 'x;$G' a
sed -n 'H;${x;s/\n/,/g;p;}' a
sed '$!N;P;D' a
sed ':a
$!N
s/\n/+/
ta' a
sed 's/x*/-/g' a
sed 's/b*/X/' words
sed -n '/o/s/o/0/p' a
sed 't
s/o/1/;t
s/e/2/' a

sed -i.bak s/one/1/ a
cat a.bak
sed -i.o -e 2d -- words
printf 'x\n' | sed w\ out
sed -n 's/o/0/w w2' a
sed 'r c' a
sed '$r a' words
echo 's/a/b/' >s
echo aa | sed -f s
printf 's/a/b/\n# c\n\np\n' >s
echo a | sed -nf s

sed 's/[/]/x/;s/a[^b]*b/Y/' b
echo a/b | sed 's|/|\||'
echo 'a|b' | sed 's|a\|b|x|'
echo abc | sed 's/\(a\)\|z/<\1>/'
echo aXb | sed 's/X/\
/'
echo 'a.b' | sed 's/\./\&/'
echo tab | sed 's/a/\t/'
echo '/usr/x' | sed -e 's,/usr,/opt,;s,x$,y,'
echo 'a b' | sed 's/[[:space:]]/_/g'

echo aaa | sed 's/a/b/3'
echo hello | sed 's/l*/<&>/g'
echo abcabc | sed 's/b/[&]/2'
printf 'a\nb\nc\nd\n' | sed -n '2,3p;3q'
printf '1\n2\n3\n4\n5\n' | sed '2,4!d;/3/d'
printf 'a\nb\n' | sed '/a/,/a/d'
printf '1\n2\n3\n' | sed '2,1p'
printf '1\n2\n3\n4\n' | sed '/2/,+1d'
sed n\;d words

sed '' a
sed -n '' a
printf 'a' | sed 's/a/b/'
sed p empty
sed -n '$p' a words
sed '1~2d' a 2>/dev/null >/dev/null
sed -s 1d a words 2>/dev/null >/dev/null
printf 'x=1\ny=2\n' | sed -e '/^x=/s/=.*/=9/'
printf 'a\n' | sed 's/a/x&y\&z/'

printf '%s\n' 'foo bar' | sed -e 's/\([^ ]*\) \([^ ]*\)/\2 \1/' -e 's/^/[/' -e 's/$/]/'
printf 'path=%%%%P%%%%\n' | sed -e 's!%%P%%!/usr/local!g'
printf 'a\nb\nc\n' | sed -e '1{' -e 's/a/X/' -e '}' -e '/b/,$ s/^/#/'
printf 'AB\n' | sed 's/\(.\)\(.\)/\2\1\2/'
