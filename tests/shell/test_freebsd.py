"""What FreeBSD's tools do otherwise than GNU's (spec/ports.md 1.4, the manual pages)."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
import zlib
from typing import Literal

import pytest

from portfake.errors import Refused
from portfake.shell.command import Command, Invocation, UnknownCommand, UnknownOption
from portfake.stage.unmakeself import UNMAKESELF
from tests.shell.worlds import MakeWorld, paragraphs


@pytest.mark.parametrize("case", paragraphs("freebsd.sh"))
def test_as_freebsd(world: MakeWorld, case: str) -> None:
    lines = case.split("\n")
    script = "\n".join(line for line in lines if not line.startswith("> "))
    output = "".join(f"{line[2:]}\n" for line in lines if line.startswith("> "))
    here = world()
    here.files.mkdir("/tmp")
    outcome = here.run(script)
    assert outcome.output == output, here.errors


def test_copytree_links_and_sets_modes(world: MakeWorld) -> None:
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


def test_mtree_makes_the_folders_of_a_dist_file(world: MakeWorld) -> None:
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


def test_gzip_gives_the_bytes_of_freebsd(world: MakeWorld) -> None:
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
def test_fmt(world: MakeWorld, options: str, text: str, filled: str) -> None:
    assert world({"f": text}).run(f"fmt {options} <f").output == filled


def archive(*names: str, mode: Literal["w", "w:gz"] = "w:gz") -> bytes:
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


TOP, F, S = "top/ 775", "top/f 775 #0 b'top/f'", "top/s/ 775"
EXTRACTED = [
    ("-xf a.tgz", [TOP, F, S, "top/s/g 775 #1 b'top/s/g'"]),
    (
        "-xf a.tgz --no-same-owner --no-same-permissions",
        ["top/ 755", "top/f 755 #0 b'top/f'", "top/s/ 755", "top/s/g 755 #1 b'top/s/g'"],
    ),
    ("xzf a.tgz --strip-components 1", ["f 775 #0 b'top/f'", "s/ 775", "s/g 775 #1 b'top/s/g'"]),
    ("-xf a.tgz --exclude s", [TOP, F]),
    ("-xf a.tgz --exclude '*/g'", [TOP, F, S]),
    ("-xf a.tgz top/s", ["top/ 755", S, "top/s/g 775 #0 b'top/s/g'"]),
    (
        "-xf a.tgz -s ,^top,new,",
        ["new/ 775", "new/f 775 #0 b'top/f'", "new/s/ 775", "new/s/g 775 #1 b'top/s/g'"],
    ),
]


@pytest.mark.parametrize(("options", "names"), EXTRACTED)
def test_tar_as_bsdtar(world: MakeWorld, options: str, names: list[str]) -> None:
    here = world({"a.tgz": archive("top/", "top/f", "top/s/", "top/s/g")})
    outcome = here.run(f"tar {options} && rm a.tgz")
    assert (outcome.tree, here.errors) == (tuple(names), "")


def test_tar_keeps_times(world: MakeWorld) -> None:
    here = world({"a.tar": archive("top/", "top/f", mode="w")})
    here.run("tar -xf a.tar", errexit=True)
    entries = here.files.tree("/w/top")
    assert {entry.mtime for entry in entries.values()} == {1_600_000_000}


def test_unzip(world: MakeWorld) -> None:
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


def test_tar_refuses_to_go_through_a_link_that_was_there(world: MakeWorld) -> None:
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
        ("awk '{ print | \"sort\" }' a", UnknownCommand),
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
def test_what_is_not_known_is_never_pretended(
    world: MakeWorld, script: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        world({"a": "x", "configure#755": "#! /usr/bin/perl\n"}).run(script)


def test_notes_say_what_was_not_done(world: MakeWorld) -> None:
    here = world({"prog#755": b"\x7fELF....", "text": "x"})
    here.run("install -s prog p2; strip text; chflags schg text")
    assert [note.text for note in here.shell.notes] == [
        "p2: symbols not stripped",
        "text: not an ELF file, not stripped",
        "chflags schg text: file flags are not set",
    ]


def test_scripts_of_the_view_run_in_the_same_shell(world: MakeWorld) -> None:
    here = world({"s#755": '#!/bin/sh\necho "$0 $# $1 $X${Y-none}"\nexit 4\n'})
    outcome = here.run("Y=1; export X=x; ./s 'a b'; echo $?; sh s; sh ./s c d || echo $?")
    assert outcome.output == "./s 1 a b xnone\n4\ns 0  xnone\n./s 2 c xnone\n4\n"


def test_framework_scripts_are_found_by_the_end_of_their_path(world: MakeWorld) -> None:
    here = world()
    seen = []

    def script(run: Invocation) -> int:
        seen.append((run.arguments, run.environment["dp_A"]))
        return 3

    here.commands["Mk/Scripts/x.sh"] = Command("x.sh", script, None)
    outcome = here.run("/usr/bin/env dp_A=1 /bin/sh /usr/ports/Mk/Scripts/x.sh a 'b c'; echo $?")
    assert (outcome.output, seen) == ("3\n", [(["a", "b c"], "1")])


PY3KPLIST = r"""/usr/bin/awk '\
		/\.py[co]$/ && !($0 ~ "/" pc "/") {id = match($0, /\/[^\/]+\.py[co]$/); \
		if (id != 0) {d = substr($0, 1, RSTART - 1); dirs[d] = 1}; sub(/\.pyc$/,  "." mt "&"); \
		sub(/\.pyo$/, "." mt "." pyo); sub(/[^\/]+\.py[co]$/, pc "/&"); print; next} \
		/^@dirrm / {d = substr($0, 8); if (d in dirs) {print $0 "/" pc}; print $0; next} \
		/^@dirrmtry / {d = substr($0, 11); if (d in dirs) {print $0 "/" pc}; print $0; next} \
		{print} \
		' pc="__pycache__" mt="cpython-39" pyo="opt-1.pyc" plist"""


def test_awk_of_python_mk_moves_compiled_files(world: MakeWorld) -> None:
    plist = (
        "lib/a.py\nlib/a.pyc\nlib/a.pyo\nlib/__pycache__/b.pyc\nc.pyc\n@dirrm lib\n@dirrmtry x\n"
    )
    assert world({"plist": plist}).run(PY3KPLIST).output.split("\n") == [
        "lib/a.py",
        "lib/__pycache__/a.cpython-39.pyc",
        "lib/__pycache__/a.cpython-39.opt-1.pyc",
        "lib/__pycache__/b.pyc",
        "__pycache__/c.cpython-39.pyc",
        "@dirrm lib/__pycache__",
        "@dirrm lib",
        "@dirrmtry x",
        "",
    ]


def ar_archive(**members: bytes) -> bytes:
    """An ar(5) archive with these members, a dot in place of each underscore."""
    whole = b"!<arch>\n"
    for name, content in members.items():
        shown = name.replace("_", ".") + "/"
        header = f"{shown:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(content):<10}`\n"
        whole += header.encode() + content + b"\n" * (len(content) % 2)
    return whole


def test_ar_reads_archives(world: MakeWorld) -> None:
    here = world({"p.deb": ar_archive(control_tar=b"odd", data_tar=b"even")})
    assert here.run("ar -t p.deb").output == "control.tar\ndata.tar\n"
    assert here.run("ar -p p.deb data.tar").output == "even"
    assert here.run("ar -p").status == 64
    done = here.run("ar x p.deb control.tar; ar -p p.deb nothing || echo $?")
    assert done.output == "1\n"
    assert "control.tar 644 #0 b'odd'" in done.tree


def test_a_makeself_archive_is_what_stands_behind_the_script(world: MakeWorld) -> None:
    script = b"#!/bin/sh\n# BZh\nexit 0\n"
    with io.BytesIO() as out:
        with tarfile.open(fileobj=out, mode="w:gz") as book:
            info = tarfile.TarInfo("d/f")
            info.size = 3
            book.addfile(info, io.BytesIO(b"abc"))
        packed = out.getvalue()
    here = world({"a.run": script + packed, "b.run": script})
    here.commands["unmakeself"] = UNMAKESELF
    done = here.run("unmakeself a.run; unmakeself b.run || echo $?")
    assert done.output == "1\n"
    assert "d/f 644 #2 b'abc'" in done.tree
