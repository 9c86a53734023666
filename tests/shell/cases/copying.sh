# Each paragraph is a script of its own, run on the tree of test_commands.py.

cp a n
cp a d
cp a b d
cp -p b n2
cp link n3
cp -P link n4
cp a d/x

cp -R d n
cp -R d n

cp -R d/. n 2>/dev/null
mkdir n
cp -R d/. n

cp -R a b d n || echo fail

cp -R dlink n
cp -RL dlink n2
cp -RH dlink n3
cp -RP d n4

cp -f a link
cp -n a b
cp nothere n 2>/dev/null
echo $?

cp d n 2>/dev/null
echo $?
cp a nodir/n 2>/dev/null
echo $?
cp a b n 2>/dev/null
echo $?

cp b d/x
cp a b
chmod 644 b
cp -a d n
cp -l a n2
cp -s a n3

cp a a 2>/dev/null
echo $?
cp a hard 2>/dev/null
echo $?

umask 077
cp a n
cp -R d n2
cp b n3

mv a n
mv n d
mv d n2
mv b n2
mv link n3
mv nothere x 2>/dev/null
echo $?

mv a b d
mv d/a d/b .
mv -n a b
mv a b
mv d/sub d/new
mv dlink d2

mkdir n
mv d n
mv n/d/x n/d/y
mkdir d
mkdir n/d/d
mv d n/d 2>/dev/null
echo $?

mv a link
mv c broken
mv 'with space' n
mv a b nodir 2>/dev/null
echo $?

ln a n
ln -s a n2
ln -s ../a d/n
ln -s a d
ln a d
ln a b 2>/dev/null
echo $?
ln -f a b

ln -s a b 2>/dev/null
echo $?
ln -sf a b
ln -sf x link
ln -s x dlink
ln -sfn x dlink
ln -s a b c d

ln -sf a d
ln -s nowhere/x n
ln d n2 2>/dev/null
echo $?
cd d
ln -s ../a ../b .
ln ../c

ln -s a 'n w'
ln -sfh y dlink 2>/dev/null || ln -sfn y dlink
echo

rm a
rm -f nothere
rm nothere 2>/dev/null
echo $?
rm d 2>/dev/null
echo $?
rm -r d
rm -rf dlink link

rm -rf d/sub d/x
rm -d d/sub 2>/dev/null
echo $?
rm -f a b hard
rm -r -- 'with space'

rm dlink/x
rm -rf d/.h*
rm -rf . 2>/dev/null
echo $?
rm broken

rmdir d 2>/dev/null
echo $?
mkdir -p n/o/p
rmdir n/o/p
rmdir -p n/o
mkdir -p n/o
rmdir n 2>/dev/null
echo $?

mkdir n
mkdir n 2>/dev/null
echo $?
mkdir -p n/o/p n/q
mkdir x/y 2>/dev/null
echo $?
mkdir -m 700 m
mkdir -p -m 711 r/s

mkdir -p a/b 2>/dev/null
echo $?
mkdir -p d/sub/
mkdir -p ./n/../o
mkdir -p dlink/new
umask 027
mkdir -p u/v

touch n
touch a
touch -c none
touch d/new 'x y'
touch nodir/x 2>/dev/null
echo $?

chmod 600 a
chmod u+x,g-r c
chmod a=rx b
chmod -R go-rwx d
chmod +x empty
chmod 4755 b
chmod g=u d/x

chmod -R u+w,a+rX d
chmod -R ug-s d
chmod 755 link
chmod -w c
chmod u=rwx,go= d
chmod o=g words
chmod -R a-x+X d

umask 077
chmod +w a
chmod =r b
chmod +x c
chmod 1777 d
chmod nothing a 2>/dev/null
echo $?

install -m 644 a n
install a d
install -d -m 750 p/q
install -c -m 0555 b d/bb
install a b d
install -m u=rwx,go=rx a n3

install -m 755 a b
install nothere n 2>/dev/null || echo no
install a nodir/n 2>/dev/null || echo no

install -d x/y z
install -m 444 b hard
touch -t 202001010000 a
install -p -m 640 a n
install -C -m 640 a n4
test a -nt n || test n -nt a || echo same time
test n4 -nt a && echo new
install -v -m 600 a q >/dev/null
install /dev/null e

cp /dev/null a
cat a
mv a /dev/null/x 2>/dev/null || echo no
