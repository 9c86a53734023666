"""What FreeBSD's tools do otherwise than GNU's (spec/ports.md 1.4, the manual pages)."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
import zlib

import pytest

from portfake.errors import Refused
from portfake.shell import UnknownCommand, UnknownOption

CASES = [
    # install -l: relative ones go from the real folder of the link to the real file
    (
        "mkdir -p s/bin s/lib/x; echo a >s/lib/x/f; install -l rs $PWD/s/lib/x/f s/bin/l; "
        "install -l s ../lib s/bin/m; install -l rs ../rel s/bin/n; install -l as s/lib/x/f s/bin/o; "
        "install -l h s/lib/x/f s/bin/p; for i in l m n o; do readlink s/bin/$i; done; cat s/bin/l s/bin/p",
        "../lib/x/f\n../lib\n../rel\n/w/s/lib/x/f\na\na\n",
    ),
    ("mkdir d; echo a >a; install -l rs $PWD/a d; readlink d/a", "../a\n"),
    ("mkdir d; echo a >d/real; ln -s real d/l; install -l rs $PWD/d/l x; readlink x", "d/real\n"),
    ("echo a >a; echo b >b; install -b a b; cat b b.old; install -m 600 -o nobody -g 0 a c; stat -f '%Lp %Su %Sg' c",
     "a\nb\n600 nobody wheel\n"),
    # cp: a trailing slash means the content
    ("mkdir -p s/t d; echo x >s/t/f; cp -R s/ d; ls d; cp -R s d; ls d; cp -R s/ n; ls n", "t\ns\nt\nt\n"),
    ("mkdir s d; echo x >s/f; cp -R s/. d; cp -R s/../s d; ls d d/s", "f\ns\n\nd/s:\nf\n"[:0] + "d:\nf\ns\n\nd/s:\nf\n"),
    # sed
    ("echo a >f; sed -i '' s/a/b/ f; ls; cat f; sed -i .bak s/b/c/ f; ls; cat f f.bak", "f\nb\nf\nf.bak\nc\nb\n"),
    ("echo a >f; ln f g; sed -i '' s/a/b/ f; cat f g", "b\na\n"),
    ("echo 'foo food' | sed 's/[[:<:]]foo[[:>:]]/X/g'", "X food\n"),
    ("printf 'a\\nb\\n' | sed -n '$p;N;p'", "a\nb\n"),
    ("printf 'a\\nb\\nc\\n' | sed 'N;s/\\n/-/'", "a-b\n"),
    ("printf 'a' | sed p", "aa"),
    # find
    ("mkdir -p d/b d/a; echo >d/a/2; echo >d/a/1; find -ds d; find -s d -type f", "d/a/1\nd/a/2\nd/a\nd/b\nd\nd/a/1\nd/a/2\n"),
    ("echo >a.txt; echo >b.TXT; echo >c; find -E . -iregex '.*/[ab]\\.(txt|doc)'; find . -regex './[bc]'", "./a.txt\n./b.TXT\n./c\n"),
    ("mkdir -p d/e; echo >d/f; find d -empty; find d -type f -delete; find d -delete; ls", "d/e\n"),
    ("mkdir d; echo >d/a; echo >d/b; find -Ed d -name '*' ! -name a | sort; find d -depth 1 -name b", "d\nd/b\nd/b\n"),
    ("mkdir d; echo >d/a; ln d/a d/b; i=$(stat -f %i d/a); find d -inum $i; find d -type f -links 2", "d/a\nd/b\nd/a\nd/b\n"),
    # xargs
    ("printf 'a\\nb\\n' | xargs -J % echo 1 % 2; printf 'a b' | xargs -J % -n1 echo x % y; xargs echo </dev/null", "1 a b 2\nx a y\nx b y\n"),
    # text
    ("printf 'a\\nb\\n' >f; head -1 f; tail -r f; tail -1 f; wc -l f; printf 'a\\na\\n' | uniq -c", "a\nb\na\nb\n       2 f\n   2 a\n"),
    ("printf 'x 1\\n' | cut -w -f2; echo a | md5; echo a >f; md5 f; md5 -q f; sha256 -q f; md5 -r f; sha256 -s a",
     "1\n60b725f10c9c85c70d97880dfe8191b3\nMD5 (f) = 60b725f10c9c85c70d97880dfe8191b3\n"
     "60b725f10c9c85c70d97880dfe8191b3\n"
     "87428fc522803d31065e7bce3cf03fe475096631e5e07bbd7a0fde60c4cf25c7\n"
     "60b725f10c9c85c70d97880dfe8191b3 f\n"
     'SHA256 ("a") = ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb\n'),
    ("jot 3; jot 3 5; jot - 1 9 4; jot -w file%d 2; jot -b x 2; jot -s, 3 0", "1\n2\n3\n5\n6\n7\n1\n5\n9\nfile1\nfile2\nx\nx\n0,1,2\n"),
    ("date +%Y; date -u +%s; date -r 0 +%F; date -j -f %Y-%m-%d 2020-02-03 +%d/%m", "2023\n1700000000\n1970-01-01\n03/02\n"),
    ("which sh ls nosuch; echo $?; whereis -bq less; which -s sed && echo yes; command -v sed", "/bin/sh\n/bin/ls\n1\n/usr/bin/less\nyes\n/usr/bin/sed\n"),
    ("f=$(mktemp -t lic); case $f in /tmp/lic.*) echo ok;; esac; test -f $f && echo file", "ok\nfile\n"),
    ("id -u; id -un; id -gn; uname; UNAME_m=arm64 uname -m; hostname >/dev/null", "0\nroot\nwheel\nFreeBSD\narm64\n"),
    ("mkdir d; touch -t 202001020304.05 d/f; touch -r d/f g; stat -f '%m %N' d/f g; stat -f '%z %Sp' nothere 2>/dev/null; echo $?", "1577934245 d/f\n1577934245 g\n1\n"),
    ("ln -s x l; ln -sfh y l; readlink l; mkdir d; ln -s d k; ln -shf e k; readlink k; ls d", "y\ne\n"),
    # strip and owners are notes, nothing more
    ("echo >f; strip f; chown root:wheel f; chown 0:0 f; chgrp games f; stat -f '%Su:%Sg' f", "root:games\n"),
    # pax and cpio
    ("mkdir -p s/a d; echo x >s/a/f; ln -s f s/a/l; (cd s && pax -rw -pe . ../d); find d | sort", "d\nd/a\nd/a/f\nd/a/l\n"),
    ("mkdir -p s d; echo x >s/f; echo y >s/g.c; cd s; pax -rw -s ',.*\\.c$,,' . ../d; pax -rwl f ../d/; cd ..; ls d; test d/f -ef s/f && echo same", "f\nsame\n"),
    ("mkdir -p s/a d; echo x >s/a/f; chmod 711 s/a; cd s; find . | cpio -pdmu --quiet ../d; find . -type f | cpio -dumpl ../e; cd ..; find d e | sort; stat -f %Lp d/a; test e/a/f -ef s/a/f && echo same",
     "d\nd/a\nd/a/f\ne\ne/a\ne/a/f\n711\nsame\n"),
]  # fmt: skip


@pytest.mark.parametrize(("script", "output"), CASES)
def test_as_freebsd(world, script, output):
    here = world()
    here.files.mkdir("/tmp")
    outcome = here.run(script)
    assert outcome.output == output, here.errors


def test_copytree_links_and_sets_modes(world):
    """COPYTREE_SHARE of bsd.port.mk, as make hands it to the shell."""
    here = world(
        {
            "src": None,
            "src/doc": None,
            "src/doc/a#600": "a",
            "src/doc/b.bak": "b",
            "src/l": "-> doc",
        }
    )
    copytree = (
        "/bin/sh -c '(/usr/bin/find -Ed $1 $3 | /usr/bin/cpio -dumpl $2 >/dev/null 2>&1) && "
        "/usr/bin/find -Ed $1 $3 \\(   -type d -exec /bin/sh -c '\\''cd '\\''$2'\\'' && "
        "chmod 755 \"$@\"'\\'' . {} + -o -type f -exec /bin/sh -c '\\''cd '\\''$2'\\'' && "
        "chmod 0644 \"$@\"'\\'' . {} + \\)' COPYTREE_SHARE"
    )
    outcome = here.run(f'cd src && {copytree} . /w/stage "! -name *\\.bak"', errexit=True)
    assert outcome.status == 0, here.errors
    assert [line for line in outcome.tree if line.startswith("stage/")] == [
        "stage/ 755",
        "stage/doc/ 755",
        "stage/doc/a 644 #0 b'a'",
        "stage/l -> doc",
    ]


def test_mtree_makes_the_folders_of_a_dist_file(world):
    dist = """
#
/set type=dir uname=root gname=wheel mode=0755
.
    bin
    ..
    etc
        devd
        ..
        rc.d            mode=0750
        ..
    ..
    man             uname=man
        man1
        ..
    ..
    share   nochange
    ..
..
"""
    here = world({"stage": None, "stage/etc": None, "dist": dist})
    outcome = here.run("/usr/sbin/mtree -U -f dist -d -e -p stage >/dev/null", errexit=True)
    assert (outcome.status, here.errors) == (0, "")
    assert [line for line in outcome.tree if line.startswith("stage/")] == [
        "stage/ 755",
        "stage/bin/ 755",
        "stage/etc/ 755",
        "stage/etc/devd/ 755",
        "stage/etc/rc.d/ 750",
        "stage/man/ 755",
        "stage/man/man1/ 755",
        "stage/share/ 755",
    ]
    entry = here.files.stat("/w/stage/man")
    assert entry is not None
    assert entry.owner == "man"


def test_gzip_gives_the_bytes_of_freebsd(world):
    page = b".Dd x\n" * 5000
    here = world({"a.1": page})
    here.run("/usr/bin/gzip -nf -9 a.1", errexit=True)
    data = here.files.read("/w/a.1.gz")
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    assert data[:10] == bytes.fromhex("1f8b0800000000000203")
    assert data[10:-8] == deflate.compress(page) + deflate.flush()
    assert gzip.decompress(data) == page


FMT = [
    ("", "This package has a single license: BSD2CLAUSE (BSD 2-clause Simplified License).\n",
     "This package has a single license: BSD2CLAUSE (BSD 2-clause Simplified\nLicense).\n"),
    ("", "a\n\n  b c\n  d\n.x y\nz\n", "a\n\n  b c d\n.x y\nz\n"),
    ("", "one.\ntwo\n", "one.  two\n"),
    ("20", "aaaa bbbb cccc dddd eeee ffff\n", "aaaa bbbb cccc dddd\neeee ffff\n"),
    ("20 21", "aaaa bbbb cccc dddd eeee ffff\n", "aaaa bbbb cccc dddd\neeee ffff\n"),
    ("-w 10", "aaaa bbbb cccc\n", "aaaa bbbb\ncccc\n"),
    ("5 8", "supercalifragilistic a b\n", "supercalifragilistic\na b\n"),
]  # fmt: skip


@pytest.mark.parametrize(("options", "text", "filled"), FMT)
def test_fmt(world, options, text, filled):
    assert world({"f": text}).run(f"fmt {options} <f").output == filled


def archive(*names, mode="w:gz"):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as book:
        for name in names:
            info = tarfile.TarInfo(name)
            info.mode, info.mtime = 0o775, 1_600_000_000
            if name.endswith("/"):
                info.type = tarfile.DIRTYPE
            info.size = 0 if name.endswith("/") else len(name)
            book.addfile(info, io.BytesIO(name.encode()))
    return out.getvalue()


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ("-xf a.tgz", ["top/ 775", "top/f 775 #0 b'top/f'", "top/s/ 775", "top/s/g 775 #1 b'top/s/g'"]),
        ("-xf a.tgz --no-same-owner --no-same-permissions",
         ["top/ 755", "top/f 755 #0 b'top/f'", "top/s/ 755", "top/s/g 755 #1 b'top/s/g'"]),
        ("xzf a.tgz --strip-components 1", ["f 775 #0 b'top/f'", "s/ 775", "s/g 775 #1 b'top/s/g'"]),
        ("-xf a.tgz --exclude s", ["top/ 775", "top/f 775 #0 b'top/f'"]),
        ("-xf a.tgz --exclude '*/g'", ["top/ 775", "top/f 775 #0 b'top/f'", "top/s/ 775"]),
        ("-xf a.tgz top/s", ["top/ 755", "top/s/ 775", "top/s/g 775 #0 b'top/s/g'"]),
        ("-xf a.tgz -s ,top/,new/, -s ,^top$,new,", ["new/ 775", "new/f 775 #0 b'top/f'", "new/s/ 775", "new/s/g 775 #1 b'top/s/g'"]),
    ],
)  # fmt: skip
def test_tar_as_bsdtar(world, options, names):
    here = world({"a.tgz": archive("top/", "top/f", "top/s/", "top/s/g")})
    outcome = here.run(f"tar {options} && rm a.tgz")
    assert (outcome.tree, here.errors) == (tuple(names), "")


def test_tar_keeps_times(world):
    here = world({"a.tar": archive("top/", "top/f", mode="w")})
    here.run("tar -xf a.tar", errexit=True)
    times = {here.files.stat(f"/w/{name}").mtime for name in ("top", "top/f")}
    assert times == {1_600_000_000}


def test_unzip(world):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as book:
        for name in ("d/", "d/f", "d/g"):
            book.writestr(name, "" if name.endswith("/") else name)
    here = world({"a.zip": out.getvalue()})
    outcome = here.run(
        "/usr/bin/unzip -qo a.zip -d x && unzip -qjo a.zip d/g && unzip -p a.zip d/f", errexit=True
    )
    assert outcome.output == "d/f"
    assert [line for line in outcome.tree if not line.startswith("a.zip")] == [
        "g 600 #1 b'd/g'", "x/ 755", "x/d/ 755", "x/d/f 600 #2 b'd/f'", "x/d/g 600 #3 b'd/g'"
    ]  # fmt: skip


def test_tar_refuses_to_go_through_a_link_that_was_there(world):
    here = world({"a.tar": archive("d/f", mode="w"), "d": "-> /etc"})
    here.files.mkdir("/etc")
    with pytest.raises(Refused, match="link"):
        here.run("tar -xf a.tar")
    assert here.files.listdir("/etc") == []


@pytest.mark.parametrize(
    ("script", "error"),
    [
        ("install --parents a b", UnknownOption),
        ("find . -printf %p", UnknownOption),
        ("awk '{ print length }' a", UnknownCommand),
        ("/usr/local/bin/python3 x", UnknownCommand),
        ("./configure", UnknownCommand),
        ("python -c x || true", UnknownCommand),
        ("sed --in-place s/a/b/ a", UnknownOption),
        ("uname -r", Refused),
        ("echo a | xargs perl", UnknownCommand),
        ("find . -exec perl {} +", UnknownCommand),
        ("sh -c 'perl x'", UnknownCommand),
        ("env A=b perl x", UnknownCommand),
    ],
)
def test_what_is_not_known_is_never_pretended(world, script, error):
    with pytest.raises(error):
        world({"a": "x", "configure#755": "#! /usr/bin/perl\n"}).run(script)


def test_notes_say_what_was_not_done(world):
    here = world({"prog#755": b"\x7fELF....", "text": "x"})
    here.run("install -s prog p2; strip text; chflags schg text")
    assert [note.text for note in here.shell.notes] == [
        "p2: symbols not stripped",
        "text: not an ELF file, not stripped",
        "chflags schg text: file flags are not set",
    ]


def test_scripts_of_the_view_run_in_the_same_shell(world):
    here = world({"s#755": '#!/bin/sh\necho "$0 $# $1 $X${Y-none}"\nexit 4\n'})
    outcome = here.run("Y=1; export X=x; ./s 'a b'; echo $?; sh s; sh ./s c d || echo $?")
    assert outcome.output == "./s 1 a b xnone\n4\ns 0  xnone\n./s 2 c xnone\n4\n"


def test_framework_scripts_are_found_by_the_end_of_their_path(world):
    from portfake.shell import Command

    here = world()
    seen = []
    here.shell.commands["Mk/Scripts/x.sh"] = Command(
        "x.sh", lambda run: seen.append((run.arguments, run.environment["dp_A"])) or 3, None
    )
    outcome = here.run("/usr/bin/env dp_A=1 /bin/sh /usr/ports/Mk/Scripts/x.sh a 'b c'; echo $?")
    assert (outcome.output, seen) == ("3\n", [(["a", "b c"], "1")])
