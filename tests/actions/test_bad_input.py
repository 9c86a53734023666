"""What cannot be installed: told with its place, its status, and a root that stays as it was."""

from __future__ import annotations

import gzip
import hashlib
import io
import lzma
import tarfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.command_line import Scene, snapshot
from tests.sample_ports import TREE

DATA, MISSING, TEMPORARY, REFUSED = 65, 66, 75, 77
FETCHED = "EXTRACT_SUFX?=\t.tar.gz\nMASTER_SITES=\thttps://example.org/\nPLIST_FILES=\tbin/demo"
INSTALLED = "${INSTALL_SCRIPT} ${WRKSRC}/demo ${STAGEDIR}${PREFIX}/bin"


def has(error: dict[str, Any], *, where: str = "", message: str = "", hint: str = "") -> None:
    """Check that an error has these words, and that it says more than nothing everywhere."""
    assert message in error["error"]
    assert where in (error["where"] or "")
    assert hint in (error["hint"] or "")


# Trees and origins


def test_a_missing_tree(scene: Scene, tmp_path: Path) -> None:
    scene.tree = tmp_path / "nowhere"
    error = scene.refused("misc/fieldguide", status=MISSING)
    has(error, where=str(scene.tree), message="no such ports tree", hint="--ports DIR")


def test_a_folder_that_is_no_tree(scene: Scene, tmp_path: Path) -> None:
    scene.tree = tmp_path
    error = scene.refused("misc/fieldguide", status=MISSING)
    has(error, where=str(tmp_path), message="has no Mk/bsd.port.mk", hint="--ports DIR")


@pytest.mark.parametrize(
    ("origin", "near"),
    [
        ("misc/feildguide", "misc/fieldguide"),
        ("textproc/fieldguide", "misc/fieldguide"),
        ("sysutils/ec2demo", "sysutils/ec2-demo"),
    ],
)
def test_an_unknown_origin_has_near_matches(origin: str, near: str, scene: Scene) -> None:
    has(
        scene.refused(origin, status=MISSING),
        message=f"no port {origin}",
        where=str(TREE),
        hint=near,
    )


@pytest.mark.parametrize("text", ["fieldguide", "a/b/c", "../etc/passwd", "misc/..", "a/b@", "/"])
def test_what_is_no_origin(text: str, scene: Scene) -> None:
    has(scene.refused(text, status=DATA), message="is not an origin", hint="category/port")


def test_an_unknown_flavor_is_refused_with_the_framework_s_text(scene: Scene) -> None:
    error = scene.refused("editors/jotter@gui", status=REFUSED)
    has(error, where="editors/jotter@gui", message="has no flavor gui, but full nox")


def test_a_makefile_that_make_stops_at(scene: Scene) -> None:
    origin = scene.port(lines=".if\nDISTFILES=\n.endif")
    has(scene.refused(origin, status=DATA), where="misc/demo/Makefile:9")


def test_all_that_cannot_be_had_is_named_together(scene: Scene) -> None:
    answer = scene.install("--json", "misc/none", "emulators/vaxbox", "net/gopherhole")
    assert [error["kind"] for error in answer.errors] == ["NotFound", "Refused", "Refused"]


# Distfiles


def distinfo(name: str, content: bytes) -> str:
    digest = hashlib.sha256(content).hexdigest()
    return f"TIMESTAMP = 1\nSHA256 ({name}) = {digest}\nSIZE ({name}) = {len(content)}\n"


def archive(entries: Iterable[tuple[tarfile.TarInfo, bytes]]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for entry, content in entries:
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return gzip.compress(stream.getvalue(), mtime=0)


def entry(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.mode = kind, target, 0o755
    return info


GOOD = archive([(entry("demo-1.0/demo"), b"#!/bin/sh\n")])


def fetched(
    scene: Scene, content: bytes | None, *, stated: bytes | None = None, suffix: str = ".tar.gz"
) -> str:
    """Write a port with a distfile, and distinfo as for `stated`."""
    scene.distfiles = scene.folder / "distfiles"
    scene.distfiles.mkdir()
    name = f"demo-1.0{suffix}"
    if content is not None:
        (scene.distfiles / name).write_bytes(content)
    said = stated if stated is not None else content or b""
    return scene.port(
        INSTALLED,
        lines=f"EXTRACT_SUFX=\t{suffix}\n{FETCHED}",
        files={"distinfo": distinfo(name, said)},
    )


def test_a_good_archive_is_installed(scene: Scene) -> None:
    answer = scene.install(fetched(scene, GOOD))
    assert answer.status == 0, answer.err
    assert (scene.root / "usr/local/bin/demo").read_bytes() == b"#!/bin/sh\n"


def test_a_missing_distfile(scene: Scene) -> None:
    error = scene.refused(fetched(scene, None), status=MISSING)
    assert error["where"] == str(scene.distfiles / "demo-1.0.tar.gz")
    has(error, message="distfile is not there", hint="--distdir")


def test_a_wrong_checksum(scene: Scene) -> None:
    other = GOOD[:-1] + bytes([GOOD[-1] ^ 1])
    error = scene.refused(fetched(scene, other, stated=GOOD), status=DATA)
    assert error["where"] == str(scene.distfiles / "demo-1.0.tar.gz")
    has(error, message=hashlib.sha256(GOOD).hexdigest(), hint="distinfo")


def test_a_wrong_size(scene: Scene) -> None:
    error = scene.refused(fetched(scene, GOOD + b"\0", stated=GOOD), status=DATA)
    has(error, where="demo-1.0.tar.gz", message=f"distinfo says {len(GOOD)}", hint="distinfo")


@pytest.mark.parametrize(
    ("text", "where", "message"),
    [
        ("", "distinfo", "no SHA256 is recorded for demo-1.0.tar.gz"),
        ("SHA256 (demo-1.0.tar.gz) = 12ab\n", "distinfo:1", "not 64 hexadecimal digits"),
        ("TIMESTAMP = 1\nnonsense\n", "distinfo:2", "not a distinfo line"),
        ("SIZE (demo-1.0.tar.gz) = many\n", "distinfo:1", "is not a number"),
    ],
)
def test_a_bad_distinfo(text: str, where: str, message: str, scene: Scene) -> None:
    origin = fetched(scene, GOOD)
    (scene.overlay / origin / "distinfo").write_text(text)
    has(scene.refused(origin, status=DATA), where=where, message=message)


def test_no_distinfo(scene: Scene) -> None:
    origin = fetched(scene, GOOD)
    (scene.overlay / origin / "distinfo").unlink()
    has(scene.refused(origin, status=MISSING), where="misc/demo/distinfo")


# Archives


@pytest.mark.parametrize(
    "content",
    [b"no archive at all", GOOD[:-20], GOOD[:30], gzip.compress(b"\0" * 100)],
    ids=["text", "cut at its end", "cut early", "no tar"],
)
def test_a_broken_archive(content: bytes, scene: Scene) -> None:
    has(scene.refused(fetched(scene, content), status=DATA), where="demo-1.0.tar.gz")


@pytest.mark.parametrize("content", [b"", gzip.compress(b"\0" * 512)], ids=["no bytes", "zeros"])
def test_an_archive_of_nothing(content: bytes, scene: Scene) -> None:
    """bsdtar takes it; what the recipes then look for is not there."""
    error = scene.refused(fetched(scene, content), status=DATA)
    has(error, where="misc/demo/Makefile:14", message="the recipe ended with status 1")


OUT = "/".join([".."] * 20)
"""Up from wherever it is."""

HOSTILE = {
    "absolute": [entry("/etc/planted")],
    "climbing": [entry(f"{OUT}/etc/planted")],
    "climbing later": [entry(f"demo-1.0/{OUT}/etc/planted")],
    "through a link": [entry("out", tarfile.SYMTYPE, "/etc"), entry("out/planted")],
    "through a climbing link": [
        entry("out", tarfile.SYMTYPE, f"{OUT}/etc"),
        entry("out/planted"),
    ],
    "through two links": [
        entry("one", tarfile.SYMTYPE, "."),
        entry("one/two", tarfile.SYMTYPE, f"one/{OUT}/etc"),
        entry("two/planted"),
    ],
    "hard link out": [entry("passwd", tarfile.LNKTYPE, "/etc/passwd")],
    "climbing hard link": [entry("passwd", tarfile.LNKTYPE, f"{OUT}/etc/passwd")],
    "hard link to what comes later": [entry("early", tarfile.LNKTYPE, "demo-1.0/demo")],
    "device": [entry("null", tarfile.CHRTYPE)],
    "fifo": [entry("pipe", tarfile.FIFOTYPE)],
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_archive(name: str, scene: Scene) -> None:
    before = snapshot(Path("/etc"))
    members = [*HOSTILE[name], entry("demo-1.0/demo")]
    origin = fetched(scene, archive([(member, b"") for member in members]))
    error = scene.refused(origin, status=REFUSED)
    places = (f"{scene.distfiles}/demo-1.0.tar.gz", f"{TREE}/Mk/bsd.port.mk:")
    assert error["where"].startswith(places)
    assert snapshot(Path("/etc")) == before


def test_an_archive_that_is_a_bomb(scene: Scene) -> None:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        zeros = b"\0" * (20 << 20)
        info = entry("demo-1.0/demo")
        info.size = len(zeros)
        tar.addfile(info, io.BytesIO(zeros))
    packed = lzma.compress(stream.getvalue(), preset=0)
    error = scene.refused(fetched(scene, packed, suffix=".tar.xz"), status=DATA)
    has(error, where="demo-1.0.tar.xz", message="unpacks to more than 2000 times its size")


# Recipes


@pytest.mark.parametrize(
    ("recipe", "message"),
    [
        ("${CC} -o demo demo.c", "cc"),
        ("${INSTALL_SCRIPT} ${FILESDIR}/a ${STAGEDIR}\nmystery --now", "mystery"),
        ("${LN} -Z a b", "-Z"),
        ("python3 setup.py install", "python3"),
        ("cd ${STAGEDIR}${PREFIX} && ./bin/demo", "./bin/demo"),
        ("eval $$(${CAT} ${FILESDIR}/a)", "reboot"),
    ],
)
def test_a_recipe_that_cannot_be_interpreted(recipe: str, message: str, scene: Scene) -> None:
    origin = scene.port(recipe, files={"files/a": "reboot\n"})
    error = scene.refused(origin, status=REFUSED)
    has(error, where="misc/demo/Makefile:", message=message, hint="--packages DIR")


@pytest.mark.parametrize(
    "path",
    ["/etc/planted", "/usr/ports/planted", "${PORTSDIR}/planted", "${.CURDIR}/planted",
     "/distfiles/planted", f"${{WRKDIR}}/{OUT}/etc/planted"],
)  # fmt: skip
def test_a_recipe_that_writes_outside_its_work_folder(path: str, scene: Scene) -> None:
    origin = scene.port(f"${{ECHO_CMD}} x > {path}")
    before = snapshot(scene.overlay)
    has(scene.refused(origin, status=REFUSED), where="misc/demo/Makefile:", message="outside")
    assert snapshot(scene.overlay) == before


def test_a_recipe_that_fails(scene: Scene) -> None:
    origin = scene.port("${ECHO_CMD} it cannot be >&2; exit 3")
    error = scene.refused(origin, status=DATA)
    has(error, where="misc/demo/Makefile:", message="status 3", hint="it cannot be")


def test_a_recipe_without_end(scene: Scene) -> None:
    origin = scene.port("x=a; while :; do x=$$x$$x; done")
    has(scene.refused(origin, status=DATA), where="misc/demo/Makefile:")


# Packing lists


@pytest.mark.parametrize(
    ("plist", "where", "message"),
    [
        ("bin/demo\n@mystery 1\n", "misc/demo packing list:2", "mystery"),
        ("bin/demo\nbin/other\n", "misc/demo packing list:2", "bin/other"),
        ("bin/demo\n@sample etc/demo.conf.sample\n", "packing list:2", "demo.conf.sample"),
        ("bin/demo\n@dir share/none\n", "packing list:2", "share/none"),
        ("bin/demo\n@owner nobody here\n@mode u+x\nbin/demo\n", "packing list", ""),
        ("bin/demo\n../../../etc/passwd\n", "packing list:2", ""),
    ],
)
def test_a_bad_packing_list(plist: str, where: str, message: str, scene: Scene) -> None:
    origin = scene.port(lines="DISTFILES=", files={"pkg-plist": plist})
    has(scene.refused(origin, status=DATA), where=where, message=message)
