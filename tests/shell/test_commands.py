"""Commands against the host's tools, in what both share; trees must come out equal."""

from __future__ import annotations

import pytest

TREE = {
    "a": "one\ntwo\nthree\n",
    "b#755": "#!/bin/sh\necho b\n",
    "c": "no newline",
    "empty": "",
    "d": None,
    "d/x": "x\n",
    "d/y#600": "y\n",
    "d/sub#700": None,
    "d/sub/z.txt": "z\n",
    "d/.hidden": "h\n",
    "link": "-> a",
    "dlink": "-> d",
    "broken": "-> nowhere",
    "hard": "= a",
    "with space": "w\n",
    "words": "b 2\na 10\nc 1\na 9\n",
}

COPY = [
    "cp a n; cp a d; cp a b d; cp -p b n2; cp link n3; cp -P link n4; cp a d/x",
    "cp -R d n; cp -R d n",
    "cp -R d/. n 2>/dev/null; mkdir n; cp -R d/. n",
    "cp -R a b d n || echo fail",
    "cp -R . ../w2 2>/dev/null; cp -R dlink n; cp -RL dlink n2; cp -RH dlink n3; cp -RP d n4",
    "cp -f a link; cp -n a b; cp nothere n 2>/dev/null; echo $?",
    "cp d n 2>/dev/null; echo $?; cp a nodir/n 2>/dev/null; echo $?; cp a b n 2>/dev/null; echo $?",
    "cp b d/x; cp a b; chmod 644 b; cp -a d n; cp -l a n2; cp -s a n3",
    "cp a a 2>/dev/null; echo $?; cp a hard 2>/dev/null; echo $?;",
    "umask 077; cp a n; cp -R d n2; cp b n3",
    "mv a n; mv n d; mv d n2; mv b n2; mv link n3; mv nothere x 2>/dev/null; echo $?",
    "mv a b d; mv d/a d/b .; mv -n a b; mv a b; mv d/sub d/new; mv dlink d2",
    "mkdir n; mv d n; mv n/d/x n/d/y; mkdir d; mkdir n/d/d; mv d n/d 2>/dev/null; echo $?",
    "mv a link; mv c broken; mv 'with space' n; mv a b nodir 2>/dev/null; echo $?",
    "ln a n; ln -s a n2; ln -s ../a d/n; ln -s a d; ln a d; ln a b 2>/dev/null; echo $?; ln -f a b",
    "ln -s a b 2>/dev/null; echo $?; ln -sf a b; ln -sf x link; ln -s x dlink; ln -sfn x dlink; ln -s a b c d",
    "ln -sf a d; ln -s nowhere/x n; ln d n2 2>/dev/null; echo $?; cd d; ln -s ../a ../b .; ln ../c",
    "ln -s a 'n w'; ln -sfh y dlink 2>/dev/null || ln -sfn y dlink; echo",
    "rm a; rm -f nothere; rm nothere 2>/dev/null; echo $?; rm d 2>/dev/null; echo $?; rm -r d; rm -rf dlink link",
    "rm -rf d/sub d/x; rm -d d/sub 2>/dev/null; echo $?; rm -f a b hard; rm -r -- 'with space'",
    "rm dlink/x; rm -rf d/.h*; rm -rf . 2>/dev/null; echo $?; rm broken",
    "rmdir d 2>/dev/null; echo $?; mkdir -p n/o/p; rmdir n/o/p; rmdir -p n/o; mkdir -p n/o; rmdir n 2>/dev/null; echo $?",
    "mkdir n; mkdir n 2>/dev/null; echo $?; mkdir -p n/o/p n/q; mkdir x/y 2>/dev/null; echo $?; mkdir -m 700 m; mkdir -p -m 711 r/s",
    "mkdir -p a/b 2>/dev/null; echo $?; mkdir -p d/sub/; mkdir -p ./n/../o; mkdir -p dlink/new; umask 027; mkdir -p u/v",
    "touch n; touch a; touch -c none; touch d/new 'x y'; touch nodir/x 2>/dev/null; echo $?",
    "chmod 600 a; chmod u+x,g-r c; chmod a=rx b; chmod -R go-rwx d; chmod +x empty; chmod 4755 b; chmod g=u d/x",
    "chmod -R u+w,a+rX d; chmod -R ug-s d; chmod 755 link; chmod -w c; chmod u=rwx,go= d; chmod o=g words; chmod -R a-x+X d",
    "umask 077; chmod +w a; chmod =r b; chmod +x c; chmod 1777 d; chmod nothing a 2>/dev/null; echo $?",
    "install -m 644 a n; install a d; install -d -m 750 p/q; install -c -m 0555 b d/bb; install a b d; install -m u=rwx,go=rx a n3",
    "install -m 600 a link; install -m 755 a b; install nothere n 2>/dev/null || echo no; install a nodir/n 2>/dev/null || echo no",
    "install -d x/y z; install -m 444 b hard; install -p -m 640 a n; install -v -m 600 a q >/dev/null; install /dev/null e",
    "cp /dev/null a; cat a; mv a /dev/null/x 2>/dev/null || echo no",
]

TEXT = [
    "cat a b; cat -n a; cat c a; cat nothere a 2>/dev/null; echo $?; cat - <a; cat <a - ",
    "head -1 a; head -n 2 a; head -c 5 a; echo; head -n 0 a; head a b; head -2 <a; cat a | head -n1",
    "tail -1 a; tail -n 2 a; tail -n +2 a; tail -c 4 a; tail -c +3 c; tail -n1 c; tail -q -n1 a b; tail a words",
    "sort words; sort -r words; sort -k2 -n words; sort -u -k1,1 words; sort -k2,2n -k1,1 words; sort -t' ' -k 2 words",
    "printf '10\\n9\\n-1\\n1.5\\n' | sort -n; printf 'b\\nA\\na\\nB\\n' | sort -f; printf 'b\\na\\nb\\n' | sort -u; printf 'a:3\\nb:1\\n' | sort -t: -k2",
    "printf 'x 1\\nx 1\\ny 2\\n' | sort -c; echo $?; printf 'b\\na\\n' | sort -c 2>/dev/null; echo $?; sort -o words words; printf ' b\\na\\n' | sort -b",
    "printf 'a b 1\\na a 2\\n' | sort -s -k1,1; printf 'aXc\\nab\\n' | sort -k1.2; printf 'a  z\\na b\\n' | sort -k2; printf 'a\\0b\\0' | sort -z -r | tr '\\0' ,",
    "printf 'a\\na\\nb\\na\\n' | uniq; printf 'a\\na\\nb\\n' | uniq -d; printf 'a\\na\\nb\\n' | uniq -u; printf 'a\\na\\nb\\n' | uniq -c | sed 's/^ *//'",
    "printf 'A\\na\\n' | uniq -i; printf '1 a\\n2 a\\n' | uniq -f 1; printf 'xa\\nya\\n' | uniq -s 1; uniq a n",
    "printf 'a\\nb\\nc\\n' >p; printf 'b\\nc\\nd\\n' >q; comm p q; comm -12 p q; comm -3 p q; comm -23 p q",
    "cut -d' ' -f2 words; cut -c1-2 a; cut -c2- a; cut -d' ' -f1,2 words; echo a:b:c | cut -d: -f2-; echo abc | cut -b2; echo none | cut -d: -f2; echo none | cut -sd: -f1; printf 'a\\tb\\n' | cut -f2; echo a:b:c:d | cut -d: -f-2,4",
    "echo hello | tr a-y b-z; echo hello | tr -d l; echo aabbcc | tr -s a-b; echo abc | tr -cd 'ab\\n'; echo a.b | tr . ' '; echo Hello | tr '[:upper:]' '[:lower:]'; echo 'a b' | tr ' ' '\\n'; echo abc | tr abc x; echo a-b | tr -- - _; echo 'ab\\' | tr '\\\\' /; printf 'a\\0b' | tr '\\000' n; echo; echo hi | tr -dc '[:alnum:]'",
    "echo aabbc | tr -s '[:alpha:]'; echo abc | tr 'a-c' 'A-C'; echo 12 | tr '[:digit:]' x; echo '[a]' | tr '[]' '()'; echo a/b | tr / -; echo abc | tr -c 'a\\n' x; echo '  a   b ' | tr -s ' '",
    "wc -l <a | tr -d ' '; wc -c <c | tr -d ' '; wc -w <words | tr -d ' '; wc a | tr -s ' ' | sed 's/^ //'; printf 'no' | wc -l | tr -d ' '",
    "printf 'abcdefghij\\nshort\\n' | fold -w 4; printf 'aa bb cc dd\\n' | fold -s -w 6; echo abc | rev",
    "paste a words; paste -d: a words; paste -s a; paste -sd, a",
    "nl -ba a; nl words; nl -w2 -s: -nln a", "echo a | tee t1 t2; echo b | tee -a t1; cat t1 t2",
    "printf '%s\\n' a b; printf '%d-%s\\n' 1 x 2; printf '%5s|%-5s|%05d|%x|%o|%c\\n' a b 42 255 8 xyz; printf 'a\\tb\\n\\101\\n'; printf '%%\\n'; printf '%b' 'x\\ny\\n'; printf 'no args\\n' ; printf '%s' ; echo; printf '%.2s\\n' abc; printf '%3d|%-3d|%+d\\n' 5 5 5; printf '%*d\\n' 5 3; printf '%i\\n' 0x10",
    "basename /a/b/c.d .d; basename /a/b/; basename /; basename a; dirname /a/b/c; dirname a; dirname /a; dirname a/b/; dirname /; basename -a x/y z/w; basename .c .c",
    "readlink link; readlink a; echo $?; realpath -q nothere/x; echo $?; cd d; realpath ../link | sed 's,.*/,,'; readlink -f ../link | sed 's,.*/,,'; readlink -n ../dlink; echo",
    "grep o a; grep -c o a; grep -v o a; grep -n t a; grep -i ONE a; grep -l one a b; grep -q zzz a; echo $?; grep -x two a; grep -w t a; echo $?; grep -e one -e two a; grep o a words; grep -h o a b; grep -H one a; grep -L one a b; echo $?",
    "grep -E '(one|two)' a; grep 'o\\{1\\}' a; grep -F '.' a b; egrep 't(w|h)' a; fgrep o a; grep '^t' a; grep 'e$' a; grep '[[:space:]]' words; grep -o 't.' a; grep -s x nothere; echo $?; grep -m1 o a; grep -A1 one a; grep -B1 three a; grep -C1 two a; printf 'a.b\\naxb\\n' | grep -F a.b; grep '' empty; echo $?; grep -f p a 2>/dev/null; echo $?",
    "grep -r x d | sort; grep -rl . d | sort; grep -R --include='*.txt' z d; grep -rh h d | sort; echo a | grep -v a; echo $?; grep -qs one a nothere && echo q; grep -xF 'one' a; grep -E '^(a|b) [0-9]+$' words; grep -vE '^#|^$' b",
    "echo b | xargs echo a; printf 'a b\\nc\\n' | xargs -n1 echo x; printf 'a\\nb\\n' | xargs -I{} echo '<{}>'; printf 'a b\\0c\\0' | xargs -0 -n1 echo; echo \"'a b' \\\"c d\\\" e\\\\ f\" | xargs -n1 echo; printf 'a\\nb\\n' | xargs; printf '1\\n2\\n3\\n' | xargs -n2 echo; echo x | xargs false; echo $?",
    "md5sum a; sha256sum a | cut -d' ' -f1; cksum a; cksum <empty; cmp a hard; echo $?; cmp -s a b; echo $?; cmp a c >/dev/null; echo $?; cmp -s a nothere; echo $?",
    "expr 1 + 2; expr 3 \\* 4; expr 7 / 2; expr 7 % 3; expr a : 'a'; expr abc : 'a\\(.\\)c'; expr 2 \\> 1; expr a = b; echo $?; expr '' \\| x; expr 0 \\& 1; expr \\( 1 + 2 \\) \\* 3; expr 10 \\< 9; expr abcd : '.*'; expr 5 - 7; expr abc : x; echo $?",
    "seq 3; seq 2 4; seq 1 2 6; seq -w 8 10",
    "env -i A=1 env; env -u HOME sh -c 'echo ${HOME-none}'; true; false; echo $?; sleep 0; which sh | sed 's,.*/,,'; ls; ls -1 d; ls -a d; ls -A d; ls -d d; ls d/sub a; ls -p | head -3; ls -r d; ls -F d",
    "test -x b && test -r a && test -s a && ! test -s empty && test -L link && test -h dlink && test -e link && ! test -e broken && echo ok; [ a -ef hard ] && echo same; test -d dlink && echo dir; [ -f link ] && echo file",
]  # fmt: skip

FIND = [
    "find . | sort; find d | sort; find d -type f | sort; find . -name '*.txt'; find . -type l | sort; find a",
    "find . -maxdepth 1 | sort; find . -mindepth 2 | sort; find d -depth -name 's*'; find . -name d -prune -o -print | sort; find d ! -type d | sort",
    "find . -type f -name 'a*' -o -type d | sort; find . \\( -name a -o -name b \\) -print | sort; find . -not -name '*' ; find . -empty | sort; find . -size 0 | sort; find d -path '*sub*' | sort; find . -iname A | sort",
    "find d -type f -exec cat {} \\; | sort; find d -type f -exec echo {} + | tr ' ' '\\n' | sort; find . -name x -exec sh -c 'echo $0 $1' a {} \\; ; find d -type f -delete; find d; find . -newer a -name nothing",
    "find . -perm 600 | sort; find . -perm -100 -type f | sort; find . -links 2 | sort; find -L . -type f -name x | sort; find dlink | sort; find -H dlink | sort; find dlink/ | sort; find nothere 2>/dev/null; echo $?; find . -samefile a | sort",
    "find d -name sub -exec rm -rf {} + ; find d | sort; find . -type f -print0 | sort -z | tr '\\0' '\\n'; find . -name x -exec false \\; -o -name y -print; find d -type f | xargs chmod 611; find d -type d -exec chmod 711 {} \\;",
    "find . -regex '.*/[ab]' | sort; find . -false; find . -maxdepth 0 -true; find d -type f -a -name x; find . -type f ! -name '*.txt' ! -path './d/*' | sort; find d -quit; find d -name '.*' | sort; cd d; find . -name 's*' | sort; find .. -maxdepth 1 -name a",
    "find . -name z.txt -execdir echo {} \\; ; find d -type d -empty; mkdir e; find . -type d -empty",
]  # fmt: skip

SED = [
    "sed s/o/0/ a; sed s/e/E/g a; sed 's/\\(t\\)\\(.\\)/\\2\\1/' a; sed -n 2p a; sed 2d a; sed '$d' a; sed -n '$=' a; sed 1,2d a; sed '/two/d' a; sed -n '/one/,/two/p' a; sed 's/t/&&/' a; sed 2q a",
    "sed -e s/o/0/ -e s/t/T/ a; sed 's,o,/,' a; sed 's/e$/X/;s/^/> /' a; sed -E 's/(o)(n)/\\2\\1/' a; sed '1!d' a; sed -n '/t/!p' a; sed 's/o/x/2' a; sed 's/e/x/2g' a; sed 's/E/x/I' a; sed y/abc/xyz/ a; sed = a; sed -n l b",
    "sed '1a\\\nafter' a; sed '2i\\\nbefore' a; sed '2c\\\nchanged' a; sed '1,2c\\\nrange' a; sed 'a\\\nx\\\ny' c; sed '$a\\\nend' c; sed -e '1a\\' -e '  lead' a; sed '/one/{s/o/0/\ns/n/N/\n}' a; sed '/t/{ s/t/T/; p; }' a",
    "sed 'N;s/\\n/-/' words; sed -n 'h;n;G;p' words; sed 'x;$G' a; sed -n 'H;${x;s/\\n/,/g;p;}' a; sed '$!N;P;D' a; sed ':a\n$!N\ns/\\n/+/\nta' a; sed 's/x*/-/g' a; sed 's/b*/X/' words; sed -n '/o/s/o/0/p' a; sed 't\ns/o/1/;t\ns/e/2/' a",
    "sed -i.bak s/one/1/ a; cat a.bak; sed -i.o -e 2d -- words; printf 'x\\n' | sed w\\ out; sed -n 's/o/0/w w2' a; sed 'r c' a; sed '$r a' words; echo 's/a/b/' >s; echo aa | sed -f s; printf 's/a/b/\\n# c\\n\\np\\n' >s; echo a | sed -nf s",
    "sed 's/[/]/x/;s/a[^b]*b/Y/' b; echo a/b | sed 's|/|\\||'; echo 'a|b' | sed 's|a\\|b|x|'; echo abc | sed 's/\\(a\\)\\|z/<\\1>/' ; echo aXb | sed 's/X/\\\n/'; echo 'a.b' | sed 's/\\./\\&/'; echo tab | sed 's/a/\\t/'; echo '/usr/x' | sed -e 's,/usr,/opt,;s,x$,y,'; echo 'a b' | sed 's/[[:space:]]/_/g'",
    "echo aaa | sed 's/a/b/3'; echo hello | sed 's/l*/<&>/g'; echo abcabc | sed 's/b/[&]/2'; printf 'a\\nb\\nc\\nd\\n' | sed -n '2,3p;3q'; printf '1\\n2\\n3\\n4\\n5\\n' | sed '2,4!d;/3/d'; printf 'a\\nb\\n' | sed '/a/,/a/d'; printf '1\\n2\\n3\\n' | sed '2,1p'; printf '1\\n2\\n3\\n4\\n' | sed '/2/,+1d'; sed n\\;d words",
    "sed '' a; sed -n '' a; printf 'a' | sed 's/a/b/'; sed p empty; sed -n '$p' a words; sed '1~2d' a 2>/dev/null >/dev/null; sed -s 1d a words 2>/dev/null >/dev/null; printf 'x=1\\ny=2\\n' | sed -e '/^x=/s/=.*/=9/'; printf 'a\\n' | sed 's/a/x&y\\&z/'",
    "printf '%s\\n' 'foo bar' | sed -e 's/\\([^ ]*\\) \\([^ ]*\\)/\\2 \\1/' -e 's/^/[/' -e 's/$/]/'; printf 'path=%%%%P%%%%\\n' | sed -e 's!%%P%%!/usr/local!g'; printf 'a\\nb\\nc\\n' | sed -e '1{' -e 's/a/X/' -e '}' -e '/b/,$ s/^/#/'; printf 'AB\\n' | sed 's/\\(.\\)\\(.\\)/\\2\\1\\2/'",
]  # fmt: skip

ARCHIVES = [
    "tar -cf t.tar d a hard link; mkdir o; tar -xf t.tar -C o; tar -tf t.tar | sed 's,/$,,' | sort; rm t.tar",
    "tar cf - d | (mkdir o && cd o && tar xf -); tar -czf t.tgz a; mkdir p; tar -xzf t.tgz -C p; tar -xf t.tgz -C p; rm t.tgz",
    "tar -cf t.tar -C d .; mkdir o; tar -xf t.tar -C o ./sub; tar --strip-components=1 -xf t.tar -C o; rm t.tar",
    "tar -cf t.tar --exclude='*.txt' d; tar -tf t.tar | sed 's,/$,,' | sort; mkdir o; tar -xf t.tar -C o --exclude x; rm t.tar; tar -xOf nothere 2>/dev/null || echo no",
    "gzip -n c; gzip -dc c.gz; gunzip c.gz; gzip -nk a; rm a.gz; bzip2 -k a; bzcat a.bz2; rm a.bz2; gzip -c a | gunzip; xz -k c; xzcat c.xz; rm c.xz; gzip -nf a; zcat a.gz; rm a.gz",
]


@pytest.mark.parametrize("script", COPY)
def test_copying_and_removing(same, script):
    same(script, TREE)


@pytest.mark.parametrize("script", TEXT)
def test_text_tools(same, script):
    same(script, TREE)


@pytest.mark.parametrize("script", FIND)
def test_find(same, script):
    same(script, TREE)


@pytest.mark.parametrize("script", SED)
def test_sed(same, script):
    same(script, TREE)


@pytest.mark.parametrize("script", ARCHIVES)
def test_archives(same, script):
    same(script, TREE)
