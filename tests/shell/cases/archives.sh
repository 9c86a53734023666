# Each paragraph is a script of its own, run on the tree of test_commands.py.

tar -cf t.tar d a hard link
mkdir o
tar -xf t.tar -C o
tar -tf t.tar | sed 's,/$,,' | sort
rm t.tar

tar cf - d | (mkdir o && cd o && tar xf -)
tar -czf t.tgz a
mkdir p
tar -xzf t.tgz -C p
tar -xf t.tgz -C p
rm t.tgz

tar -cf t.tar -C d .
mkdir o
tar -xf t.tar -C o ./sub
tar --strip-components=1 -xf t.tar -C o
rm t.tar

tar -cf t.tar --exclude='*.txt' d
tar -tf t.tar | sed 's,/$,,' | sort
mkdir o
tar -xf t.tar -C o --exclude x
rm t.tar
tar -xOf nothere 2>/dev/null || echo no

gzip -n c
gzip -dc c.gz
gunzip c.gz
gzip -nk a
rm a.gz
bzip2 -k a
bzcat a.bz2
rm a.bz2
gzip -c a | gunzip
xz -k c
xzcat c.xz
rm c.xz
gzip -nf a
zcat a.gz
rm a.gz
