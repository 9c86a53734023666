"""The other stagers, on request: the same package as the native one, and their confinement."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.bmake_judge import evaluate_with_bmake, stage_with_bmake
from tests.command_line import Scene, files_of, rows

Tool = Callable[[str], str]
USAGE, DATA, MISSING, UNAVAILABLE, REFUSED = 64, 65, 66, 69, 77
PORTS = ["sysutils/ec2-demo", "misc/fieldguide", "textproc/notes", "editors/jotter@nox"]
# A command that portfake does not know, and every machine has.
UNKNOWN = "@${ECHO_CMD} demo | od -c > ${STAGEDIR}${PREFIX}/bin/demo"
RECORD = "SELECT path, sha256, perm, uname, gname FROM files ORDER BY path"


@pytest.fixture
def native(tmp_path: Path, empty: Scene) -> Callable[[str], Scene]:
    """Install a port natively into a root of its own."""

    def install(origin: str) -> Scene:
        folder = tmp_path / "native"
        folder.mkdir()
        scene = Scene(folder)
        answer = scene.install("--no-deps", origin)
        assert answer.status == 0, answer.err
        return scene

    del empty
    return install


def contents(scene: Scene) -> dict[str, bytes]:
    paths = [(name, scene.root / name[1:]) for name in files_of(scene.root)]
    return {
        name: str(path.readlink()).encode() if path.is_symlink() else path.read_bytes()
        for name, path in paths
        if not name.endswith(".gz")
    }


def same(ours: Scene, theirs: Scene) -> None:
    """The same files and records; gzip's own bytes are another tool's affair."""
    assert files_of(ours.root) == files_of(theirs.root)
    assert contents(ours) == contents(theirs)
    records = [
        [row for row in rows(scene.root, RECORD) if not row[0].endswith(".gz")]
        for scene in (ours, theirs)
    ]
    assert records[0] == records[1]


@pytest.mark.parametrize("origin", PORTS)
@pytest.mark.parametrize("stager", ["make", "sandbox"])
def test_the_same_package(
    stager: str, origin: str, empty: Scene, native: Callable[[str], Scene], tool: Tool
) -> None:
    for name in ("bmake", "dash", "mtree") if stager == "make" else ("bwrap",):
        tool(name)
    answer = empty.install("--no-deps", "--stage-with", stager, origin)
    assert answer.status == 0, answer.err
    same(empty, native(origin))


# sandbox


@pytest.fixture
def sandbox(empty: Scene, tool: Tool) -> Scene:
    tool("bwrap")
    return empty


def test_the_sandbox_runs_what_is_not_interpreted(sandbox: Scene) -> None:
    origin = sandbox.port(UNKNOWN)
    assert sandbox.install("--no-deps", origin).status == REFUSED
    answer = sandbox.install("--no-deps", "--stage-with", "sandbox", origin)
    assert answer.status == 0, answer.err
    assert (sandbox.root / "usr/local/bin/demo").read_text().startswith("0000000   d   e   m   o")


def test_modes_that_the_sandbox_sets_count(sandbox: Scene) -> None:
    origin = sandbox.port(
        f"{UNKNOWN}\n@${{TOUCH}} ${{STAGEDIR}}${{PREFIX}}/bin/a\n"
        "@od -c /dev/null; chmod 0751 ${STAGEDIR}${PREFIX}/bin/a",
        lines="DISTFILES=\nPLIST_FILES=\tbin/demo bin/a",
    )
    answer = sandbox.install("--no-deps", "--stage-with", "sandbox", origin)
    assert answer.status == 0, answer.err
    assert rows(sandbox.root, "SELECT perm FROM files WHERE path LIKE '%/a'") == [(0o751,)]


@pytest.mark.parametrize(
    "recipe",
    [
        "od -c /dev/null > /usr/ports/planted",
        "od -c /dev/null > ${.CURDIR}/planted",
        "od -c /dev/null > /etc/planted",
        "od -c /dev/null > /usr/bin/planted",
        "od -c /dev/null; mount -t tmpfs none /mnt",
        "od -c /dev/null; chown 12 ${WRKDIR}",
        "od -c /dev/null; exec 3<>/dev/tcp/127.0.0.1/9",
    ],
)
def test_the_sandbox_lets_nothing_out(recipe: str, sandbox: Scene) -> None:
    origin = sandbox.port(recipe)
    error = sandbox.refused("--stage-with", "sandbox", origin, status=DATA)
    assert "misc/demo/Makefile:" in error["where"]
    assert not list(sandbox.overlay.rglob("planted"))
    assert not [path for path in ("/etc", "/usr/bin") if Path(path, "planted").exists()]


def test_without_bubblewrap_nothing_runs(empty: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name, path=None: None)
    error = empty.refused("--stage-with", "sandbox", empty.port(UNKNOWN), status=UNAVAILABLE)
    assert "bwrap" in error["error"]


# make


@pytest.fixture
def in_the_open(tool: Tool, empty: Scene) -> Iterator[Scene]:
    """Ports of one's own that nobody may read too, unlike those below pytest's folder."""
    tool("bmake")
    tool("mtree")
    del empty
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Scene(Path(folder))


def test_make_s_own_words_are_told(in_the_open: Scene) -> None:
    origin = in_the_open.port("@echo it cannot be; exit 3")
    error = in_the_open.refused("--stage-with", "make", origin, status=DATA)
    assert (error["hint"], "status" in error["error"]) == ("it cannot be", True)


def test_make_is_not_the_root_user(in_the_open: Scene) -> None:
    origin = in_the_open.port("@id -u > ${STAGEDIR}${PREFIX}/bin/demo")
    answer = in_the_open.install("--no-deps", "--stage-with", "make", origin)
    assert answer.status == 0, answer.err
    assert (in_the_open.root / "usr/local/bin/demo").read_text() != "0\n"


# staged by somebody else


def test_a_work_folder_that_make_left(
    empty: Scene, tmp_path: Path, native: Callable[[str], Scene], tool: Tool
) -> None:
    for name in ("bmake", "dash", "mtree"):
        tool(name)
    stage_with_bmake("sysutils/ec2-demo", tmp_path)
    folder = evaluate_with_bmake("sysutils/ec2-demo", tmp_path, ["WRKDIR"])["WRKDIR"]
    answer = empty.install("--no-deps", "--staged", folder, "sysutils/ec2-demo")
    assert answer.status == 0, answer.err
    same(empty, native("sysutils/ec2-demo"))


def test_a_folder_that_was_not_staged_in(empty: Scene, tmp_path: Path) -> None:
    error = empty.refused("--staged", tmp_path, "sysutils/ec2-demo", status=MISSING)
    assert "it has no stage" in error["error"]


@pytest.mark.parametrize(
    "words",
    [
        ["--staged", "x", "misc/fieldguide", "textproc/notes"],
        ["--method", "union", "--stage-with", "make", "misc/fieldguide"],
        ["--method", "union", "--staged", "x", "misc/fieldguide"],
    ],
)
def test_options_that_make_no_sense_together(words: list[str], empty: Scene) -> None:
    assert empty.refused(*words, status=USAGE)
