"""Ports that mean harm: told with the recipe's place, bounded, and nothing outside is touched."""

from __future__ import annotations

import hashlib
import io
import tarfile
import time
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pytest

from portfake.errors import PortfakeError, Problems
from portfake.limits import Limits
from portfake.stage.native import STAGE_ENVIRONMENT, NativeStager
from portfake.stage.workspace import PORTS, open_workspace
from tests.command_line import snapshot
from tests.sample_ports import CLOCK, request

LIMITS = Limits(
    steps=20_000, depth=64, text=4 << 20, bytes=8 << 20, entries=500, seconds=3,
    regex_seconds=0.3,
)  # fmt: skip
LONGEST = 20.0
"""Seconds that anything here may take; most of it takes none."""

HEAD = """\
PORTNAME=	demo
PORTVERSION=	1.0
CATEGORIES=	misc
MAINTAINER=	demo@example.org
COMMENT=	One of the tests
WWW=	https://example.org/
NO_ARCH=	yes
NO_BUILD=	yes
"""
PLACE = HEAD.count("\n") + 4
"""The line of the recipe: behind DISTFILES, A, and the target."""


class World:
    """A port, its distfile, and folders of the host that have to stay as they are."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = folder / "overlay/misc/demo"
        self.distdir = folder / "distfiles"
        for each in (self.port / "files", self.distdir, folder / "work", folder / "outside"):
            each.mkdir(parents=True)
        (folder / "outside/canary").write_text("it sings\n")
        (self.port / "files/a").write_text("a\n")
        (self.port / "pkg-descr").write_text("A port of the tests\n")

    def write(self, recipe: str, *, lines: str = "DISTFILES=") -> None:
        (self.port / "Makefile").write_text(
            f"{HEAD}{lines}\ndo-install:\n\t{recipe}\n.include <bsd.port.mk>\n"
        )

    def distfile(self, name: str, data: bytes) -> None:
        (self.distdir / name).write_bytes(data)
        sum_of = hashlib.sha256(data).hexdigest()
        (self.port / "distinfo").write_text(
            f"TIMESTAMP = 1\nSHA256 ({name}) = {sum_of}\nSIZE ({name}) = {len(data)}\n"
        )

    def stage(self) -> PortfakeError:
        """Stage it; the error, once it is sure that nothing else came of it."""
        before = snapshot(self.folder)
        target = request(overlays=[str(self.folder / "overlay")])
        start = time.monotonic()
        with (
            target.open_tree(seen_as=PORTS) as tree,
            open_workspace(str(self.distdir), below=str(self.folder / "work")) as workspace,
        ):
            evaluator = target.evaluator(
                tree, target.profile(), mounts=workspace.mounts, environment=STAGE_ENVIRONMENT
            )
            stager = NativeStager(evaluator, workspace, clock=CLOCK, limits=LIMITS)
            with pytest.raises(PortfakeError) as caught:
                stager.stage(tree.find("misc/demo"))
        assert time.monotonic() - start < LONGEST
        after = snapshot(self.folder)
        work = {"work", "."}  # a folder came and went, which its own times tell
        assert {k: v for k, v in after.items() if k not in work} == {
            k: v for k, v in before.items() if k not in work
        }
        error = caught.value
        return error.problems[0] if isinstance(error, Problems) else error


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


UP = "../" * 40
RECIPES = {
    # climbing out
    "a redirection": f"echo x > {UP}etc/planted",
    "a redirection by name": "echo x > /etc/planted",
    "an appended line": "echo x >> /root/.profile",
    "a folder": "${MKDIR} /planted/deep",
    "a copy": "${CP} ${FILESDIR}/a /etc/passwd",
    "a copied tree": f"${{CP}} -R ${{FILESDIR}} {UP}usr",
    "a move": "${MV} ${.CURDIR} /tmp/gone",
    "an installed file": "${INSTALL_SCRIPT} ${FILESDIR}/a /usr/bin/a",
    "a link in place": "${LN} -sf ${FILESDIR}/a ${.CURDIR}/planted",
    "a hard link to the port's file": "${LN} ${FILESDIR}/a ${WRKDIR}/b && echo x >> ${WRKDIR}/b",
    "an edit of the port": "${SED} -i '' s/a/b/ ${FILESDIR}/a",
    "an edit of the framework": "${SED} -i '' s/a/b/ ${PORTSDIR}/Mk/bsd.port.mk",
    "a distfile": "echo x > ${DISTDIR}/planted",
    "a touch": "${TOUCH} ${.CURDIR}/planted",
    "a mode": "${CHMOD} -R 777 ${.CURDIR}",
    "an owner": "chown nobody ${FILESDIR}/a",
    "everything removed": "${RM} -rf /",
    "the tree removed": "${RM} -rf ${PORTSDIR}",
    "what is above removed": f"cd ${{WRKDIR}} && ${{RM}} -rf {UP}usr/ports",
    "find's removal": "${FIND} / -delete",
    "xargs' removal": "${FIND} ${.CURDIR} -type f | xargs ${RM}",
    "tar elsewhere": "${TAR} -C ${FILESDIR} -cf - a | ${TAR} -C /etc -xf -",
    "cpio elsewhere": "cd ${FILESDIR} && ${FIND} . | cpio -pdmu /etc",
    "an archive in the port": "cd ${.CURDIR} && ${TAR} -cf planted.tar files",
    "gzip in the port": "${GZIP_CMD} ${FILESDIR}/a",
    "a patch": "printf -- '--- a\\n+++ a\\n@@ -1 +1 @@\\n-a\\n+b\\n' | ${PATCH} -d ${FILESDIR}",
    "a program of the host": "/bin/busybox sh",
    # linking out
    "a link up": f"cd ${{WRKDIR}} && ${{LN}} -s {UP}etc l && echo x > l/planted",
    "a link to the top": "cd ${WRKDIR} && ${LN} -s / l && echo x > l/etc/planted",
    "a link to the port": "cd ${WRKDIR} && ${LN} -s ${FILESDIR} l && echo x > l/a",
    "links in a row": (
        "cd ${WRKDIR} && ${LN} -s / a && ${LN} -s a/usr b && ${LN} -s b/ports c && echo x > c/x"
    ),
    "a link that a move puts there": (
        "cd ${WRKDIR} && ${MKDIR} d && ${LN} -s /etc l && ${RM} -r d && ${MV} l d && echo x > d/x"
    ),
    "a folder behind a link": "cd ${WRKDIR} && ${LN} -s /etc l && ${MKDIR} l/planted",
    "a removal behind a link": "cd ${WRKDIR} && ${LN} -s ${.CURDIR} l && ${RM} -r l/files",
    "a link to itself": "cd ${WRKDIR} && ${LN} -s l l && echo x > l",
    "links in a circle": "cd ${WRKDIR} && ${LN} -s a b && ${LN} -s b a && ${CAT} a",
    # without end
    "a loop": "while :; do :; done",
    "a loop that prints": "while :; do echo x; done",
    "a loop of commands": "until ${TEST} -e ${WRKDIR}/never; do ${TRUE}; done",
    "a function that calls itself": "f() { f; }; f",
    "functions that call each other": "f() { g | g; }; g() { f | f; }; f",
    "a trap": "trap 'while :; do :; done' EXIT",
    "eval of itself": "x='eval \"$$x\"'; eval \"$$x\"",
    "sh of itself": "echo 'sh ${WRKDIR}/s' > ${WRKDIR}/s; ${SH} ${WRKDIR}/s",
    "make of itself": "cd ${.CURDIR} && ${MAKE} do-install",
    "sed that branches": "echo x | ${SED} ':a' -e 'ba'",
    "sed that grows": "echo x | ${SED} -e ':a' -e 's/x/xx/' -e 'ta'",
    "expr that backtracks": "expr ${A} : '\\(a*\\)*\\(a*\\)*b'",
    "a glob that backtracks": "case ${A} in *a*a*a*a*a*a*a*a*a*a*a*a*b) ;; *) exit 1;; esac",
    # without measure
    "a word that doubles": "x=aaaaaaaaaaaaaaaa; while :; do x=$$x$$x; done",
    "many words": "x='a a a a a a a a'; while :; do x=\"$$x $$x\"; set -- $$x; done",
    "a file that doubles": "cd ${WRKDIR}; echo x > a; while :; do "
    "${CAT} a a > b; ${CAT} b > a; done",
    "a line at a time": "while :; do echo ${A} >> ${WRKDIR}/a; done",
    "a wide field": "printf '%999999999s' x > ${WRKDIR}/a",
    "a wide string": "printf '%0999999999d' 1 | ${CAT} > ${WRKDIR}/a",
    "100 GB at once": "truncate -s 100G ${WRKDIR}/a",
    "100 GB of zeros": "${HEAD} -c 107374182400 /dev/zero > ${WRKDIR}/a && exit 1",
    "100 GB by dd": "dd if=/dev/zero of=${WRKDIR}/a bs=1m count=102400",
    "a deep folder": "cd ${WRKDIR}; while :; do ${MKDIR} d; cd d; done",
    "many files": "cd ${WRKDIR}; i=0; while :; do i=$$((i+1)); : > f$$i; done",
    "a copy into itself": "cd ${WRKDIR}; ${MKDIR} d; while :; do ${CP} -R d d/d; done",
    "a tar of itself": "cd ${WRKDIR}; echo x > a; while :; do ${TAR} -cf b .; ${CP} b a; done",
    "a here-document in a loop": 'while :; do x="$$x$$(echo ${A})"; done',
    "a number": "x=1; while :; do x=$$((x * 1000000007)); done",
    "deep parentheses": "(" * 5000 + ":" + ")" * 5000,
    "deep substitutions": "echo " + "$$(echo " * 500 + ")" * 500,
    "deep arithmetic": "echo $$((" + "(" * 5000 + "1" + ")" * 5000 + "))",
    "deep quotes": "eval " * 5000 + ":",
}  # fmt: skip

ELSEWHERE = {"sh of itself", "make of itself"}
"""What is told with the place of the script or makefile that it came to."""


@pytest.mark.parametrize("case", RECIPES)
def test_recipes(case: str, world: World) -> None:
    world.write(RECIPES[case], lines=f"DISTFILES=\nA=\t{'a' * 60}")
    error = world.stage()
    assert error.message
    if case not in ELSEWHERE:
        assert str(error.where).endswith(f"misc/demo/Makefile:{PLACE}")


# Archives


def tar(*members: tuple[str, bytes, dict[str, object]], mode: str = "w:gz") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as book:  # type: ignore[call-overload]  # one of two
        for name, content, fields in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            for key, value in fields.items():
                setattr(info, key, value)
            book.addfile(info, io.BytesIO(content))
    data: bytes = out.getvalue()
    return data


def link(
    name: str, target: str, kind: bytes = tarfile.SYMTYPE
) -> tuple[str, bytes, dict[str, object]]:
    return name, b"", {"type": kind, "linkname": target}


def file(name: str, content: bytes = b"x") -> tuple[str, bytes, dict[str, object]]:
    return name, content, {}


def zipped(members: Iterable[tuple[str, bytes]]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in members:
            book.writestr(name, content)
    return out.getvalue()


ARCHIVES = {
    "a name that climbs": tar(file(f"{UP}etc/planted")),
    "an absolute name": tar(file("/etc/planted")),
    "a link up, and a file below it": tar(link("l", f"{UP}etc"), file("l/planted")),
    "a link to the top": tar(link("l", "/"), file("l/etc/planted")),
    "a hard link out": tar(link("l", "/etc/passwd", tarfile.LNKTYPE), file("l")),
    "a hard link up": tar(link("l", f"{UP}etc/passwd", tarfile.LNKTYPE)),
    "links in a row": tar(link("a", "."), link("a/b", ".."), file("a/b/planted")),
    "a file and then a folder": tar(file("a"), file("a/b")),
    "a bomb": tar(file("zeros", bytes(64 << 20))),
    "a bomb in a bomb": tar(file("x.tar", tar(file("zeros", bytes(32 << 20)), mode="w"))),
    "many files": tar(*(file(f"f{number}", b"") for number in range(501))),
    "a deep folder": tar(file("d/" * 100 + "f")),
    "a size that is not there": tar(file("a"))[:-40],
    "noise": bytes(range(256)) * 64,
}
ZIPS = {
    "a name that climbs": zipped([(f"{UP}etc/planted", b"x")]),
    "an absolute name": zipped([("/etc/planted", b"x")]),
    "a bomb": zipped([("zeros", bytes(64 << 20))]),
    "many files": zipped((f"f{number}", b"") for number in range(501)),
    "cut short": zipped([("a", b"x" * 100)])[:-30],
}


@pytest.mark.parametrize("case", ARCHIVES)
def test_archives(case: str, world: World) -> None:
    world.distfile("demo.tar.gz", ARCHIVES[case])
    world.write("@${TRUE}", lines="DISTFILES=\tdemo.tar.gz\nMASTER_SITES=\thttps://example.org/")
    error = world.stage()
    assert "distfiles/demo.tar.gz" in str(error) or "make more than 500" in str(error)


@pytest.mark.parametrize("case", ZIPS)
def test_zip_archives(case: str, world: World) -> None:
    world.distfile("demo.zip", ZIPS[case])
    world.write(
        "@${TRUE}",
        lines="DISTFILES=\tdemo.zip\nMASTER_SITES=\thttps://example.org/\n"
        "EXTRACT_CMD=\tunzip\nEXTRACT_BEFORE_ARGS=\t-qo\nEXTRACT_AFTER_ARGS=",
    )
    error = world.stage()
    assert "distfiles/demo.zip" in str(error) or "make more than 500" in str(error)


@pytest.mark.parametrize(
    "name", [f"{UP}etc/planted", "/etc/planted", "${FILESDIR}/a", "/dev/null/x"]
)
def test_patches_of_files_outside(name: str, world: World) -> None:
    (world.port / "files/patch-a").write_text(f"--- {name}\n+++ {name}\n@@ -0,0 +1 @@\n+x\n")
    world.write("@${TRUE}")
    assert world.stage().message
