# What FreeBSD's tools do otherwise than GNU's: each paragraph is a script and, behind "> ",
# its output.

mkdir -p s/bin s/lib/x
echo a >s/lib/x/f
install -l rs $PWD/s/lib/x/f s/bin/l
install -l s ../lib s/bin/m
install -l rs ../rel s/bin/n
install -l as s/lib/x/f s/bin/o
install -l h s/lib/x/f s/bin/p
for i in l m n o; do readlink s/bin/$i; done
cat s/bin/l s/bin/p
> ../lib/x/f
> ../lib
> ../rel
> /w/s/lib/x/f
> a
> a

mkdir d
echo a >a
install -l rs $PWD/a d
readlink d/a
> ../a

mkdir d
echo a >d/real
ln -s real d/l
install -l rs $PWD/d/l ./x
readlink x
install -l rs $PWD/d/l y
readlink y
> d/real
> ../w/d/real

echo a >a
echo b >b
install -b a b
cat b b.old
install -m 600 -o nobody -g 0 a c
stat -f '%Lp %Su %Sg' c
> a
> b
> 600 nobody wheel

mkdir -p s/t d
echo x >s/t/f
cp -R s/ d
ls d
cp -R s d
ls d
cp -R s/ n
ls n
> t
> s
> t
> t

echo a >f
sed -i '' s/a/b/ f
ls
cat f
sed -i .bak s/b/c/ f
ls
cat f f.bak
> f
> b
> f
> f.bak
> c
> b

echo a >f
ln f g
sed -i '' s/a/b/ f
cat f g
> b
> a

echo 'foo food' | sed 's/[[:<:]]foo[[:>:]]/X/g'
> X food

printf 'a\nb\n' | sed -n '$p;N;p'
> a
> b

printf 'a\nb\nc\n' | sed 'N;s/\n/-/'
> a-b

mkdir -p d/b d/a
echo >d/a/2
echo >d/a/1
find -ds d
find -s d -type f
> d/a/1
> d/a/2
> d/a
> d/b
> d
> d/a/1
> d/a/2

echo >a.txt
echo >b.TXT
echo >c
find -E . -iregex '.*/[ab]\.(txt|doc)'
find . -regex './[bc]'
> ./a.txt
> ./b.TXT
> ./c

mkdir -p d/e
echo >d/f
find d -empty
find d -type f -delete
find d -delete
ls
> d/e

mkdir d
echo >d/a
echo >d/b
find -Ed d -name '*' ! -name a | sort
find d -depth 1 -name b
> d
> d/b
> d/b

mkdir d
echo >d/a
ln d/a d/b
i=$(stat -f %i d/a)
find d -inum $i
find d -type f -links 2
> d/a
> d/b
> d/a
> d/b

printf 'a\nb\n' | xargs -J % echo 1 % 2
printf 'a b' | xargs -J % -n1 echo x % y
xargs echo </dev/null
> 1 a b 2
> x a y
> x b y

printf 'a\nb\n' >f
head -1 f
tail -r f
tail -1 f
wc -l f
printf 'a\na\n' | uniq -c
> a
> b
> a
> b
>        2 f
>    2 a

printf 'x 1\n' | cut -w -f2
echo a | md5
echo a >f
md5 f
md5 -q f
sha256 -q f
md5 -r f
sha256 -s a
> 1
> 60b725f10c9c85c70d97880dfe8191b3
> MD5 (f) = 60b725f10c9c85c70d97880dfe8191b3
> 60b725f10c9c85c70d97880dfe8191b3
> 87428fc522803d31065e7bce3cf03fe475096631e5e07bbd7a0fde60c4cf25c7
> 60b725f10c9c85c70d97880dfe8191b3 f
> SHA256 ("a") = ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb

jot 3
jot 3 5
jot - 1 9 4
jot -w file%d 2
jot -b x 2
jot -s, 3 0
> 1
> 2
> 3
> 5
> 6
> 7
> 1
> 5
> 9
> file1
> file2
> x
> x
> 0,1,2

date +%Y
date -u +%s
date -r 0 +%F
date -j -f %Y-%m-%d 2020-02-03 +%d/%m
> 2023
> 1700000000
> 1970-01-01
> 03/02

which sh ls nosuch
echo $?
whereis -bq less
which -s sed && echo yes
command -v sed
> /bin/sh
> /bin/ls
> 1
> /usr/bin/less
> yes
> /usr/bin/sed

f=$(mktemp -t lic)
case $f in /tmp/lic.*) echo ok;; esac; test -f $f && echo file
> ok
> file

id -u
id -un
id -gn
uname
UNAME_m=arm64 uname -m
hostname >/dev/null
> 0
> root
> wheel
> FreeBSD
> arm64

mkdir d
touch -t 202001020304.05 d/f
touch -r d/f g
stat -f '%m %N' d/f g
stat -f '%z %Sp' nothere 2>/dev/null
echo $?
> 1577934245 d/f
> 1577934245 g
> 1

ln -s x l
ln -sfh y l
readlink l
mkdir d
ln -s d k
ln -shf e k
readlink k
ls d
> y
> e

echo >f
strip f
chown root:wheel f
chown 0:0 f
chgrp games f
stat -f '%Su:%Sg' f
> root:games

mkdir -p s/a d
echo x >s/a/f
ln -s f s/a/l
(cd s && pax -rw -pe . ../d)
find d | sort
> d
> d/a
> d/a/f
> d/a/l

mkdir -p s d
echo x >s/f
echo y >s/g.c
cd s
pax -rw -s ',.*\.c$,,' . ../d
pax -rwl f ../d/
cd ..
ls d
test d/f -ef s/f && echo same
> f
> same

mkdir -p s/a d
echo x >s/a/f
ln -s f s/a/l
chmod 711 s/a
cd s
find . | cpio -pdmu --quiet ../d
find . ! -type d | cpio -dumpl ../e
cd ..
find d e | sort
stat -f %Lp d/a
test e/a/f -ef s/a/f && echo same
stat -f %l e/a/f e/a/l
> d
> d/a
> d/a/f
> d/a/l
> e
> e/a
> e/a/f
> e/a/l
> 711
> same
> 2
> 1

echo 'a\nb' -n
echo -n x
echo -e 'p\tq'
> a\nb -n
> xp	q

set -o pipefail
false | true
echo $?
> 1

set -o pipefail
(exit 3) | (exit 4) | true || echo $?
> 4

f() { local x; echo "[$x]"; x=2; }
x=1
f
echo $x
> [1]
> 1

case a in a) echo 1;& b) echo 2;; c) echo 3;; esac
> 1
> 2

setvar A 5
echo $A
> 5

if true; then fi
echo ok
> ok

echo $(</dev/null)x
> x

printf '\177ELF\2\1\1\0rest\n' >p
brandelf -t Linux p
tr '\003' '!' <p | tail -c 6
> !rest

mkdir d
touch d/f
find d -type file
> d/f

echo $'a\tb\x41\101\'c' | sed $'1s,^,#!x\\\n,'
> #!x
> a	bAA'c

touch a.bak b.bak 'c\.bak'
x='*\.bak' y='b\.bak'
echo $x $y
case b.bak in $y) echo yes;; *) echo no;; esac
> c\.bak b\.bak
> no

echo x >a
ln -s a link
install -m 600 a link || echo same
mkdir d
echo y >d/f
find . -name f -execdir echo {} \;
printf last >c
sed '$a\
end' c
> same
> f
> lastend

printf 'b\na\n' >words
ln words other
sort -o words words
stat -f '%Lp %l' words other
cat words
sort nothere words 2>/dev/null || echo $?
echo x | xargs false || echo $?
> 600 1
> 644 1
> a
> b
> 2
> 1

printf 'From: a\n\nbegin 755 some/dir/out\n3:&5L;&\\L('\''=O<FQD"F)I;@#_"@``\n`\nend\n' | uudecode
stat -f '%Lp %z' out
md5 -q out
> 644 19
> 114a9c6acb120b045d0970869c39bed9

printf 'begin-base64 600 out\naGVsbG8sIHdvcmxkCg==\n====\n' | uudecode -o other
cat other
ls
echo nothing | uudecode 2>/dev/null || echo $?
> hello, world
> other
> 1

printf 'N\bNA\bAM\bME\bE\n_\bx  y        z\r!\n\n' | col -b | sed -n 'l;p'
printf 'a\t b' | col -bx
> NAME$
> NAME
> !  y\t    z$
> !  y	    z
> $
> 
> a        b

printf 'x\n' >f
find . -and -type f -a -and -name f
find . -type f -or -name g
> ./f
> ./f

mkdir -p in/x; echo 1 > in/x/f; cp -R in in; cp -R in/x in/x/new; find in | sort
> in
> in/in
> in/in/x
> in/in/x/f
> in/x
> in/x/f
> in/x/new
> in/x/new/f

echo 1 > same; cp -n same same || echo failed
> failed

mkdir into; echo 1 > into/f; install -m 600 into/f into; cat into/f
install -m 644 into/f into/f 2>/dev/null || echo same
> 1
> same
