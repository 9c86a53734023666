"""Every case of tests/shell, and generated command lines, by FreeBSD's own sh and utilities."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given

from tests.shell.test_commands import TREE as COMMANDS
from tests.shell.test_generated import COMMAND, MODERATE, trees
from tests.shell.test_interpreter import TREE as CONSTRUCTS
from tests.shell.worlds import Outcome, Tree, World, described, lay_out, paragraphs

pytestmark = pytest.mark.judge

FILES = ["archives", "constructs", "copying", "errexit", "find", "freebsd", "sed", "text"]
CASES = [
    pytest.param(name, text, id=f"{name}-{number}")
    for name in FILES
    for number, text in enumerate(paragraphs(f"{name}.sh"))
]
# Words of cases whose difference is the machine's, not FreeBSD's, and why.
KNOWN = {
    "[[:<:]]": "glibc's regcomp",
    "iregex": "the order of the file system",
    "-inum": "the same",
    "wc -l": "no wc in that userland",
    "sha256 -s": "chimerautils' md5",
    "jot 3": "chimerautils' jot",
    "date -u": "the clock",
    "whereis": "folders of programs",
    "uname": "the machine",
    "brandelf": "not there",
    "md5sum": "not there",
    "uudecode": "not there under its name",
    "chmod -R": "glibc's fts",
    "ls -d d": "whoever is root sees dot files; packages are staged by nobody",
    "grep -L": "its status",
    "s/e/x/2g": "FreeBSD's sed takes no number and g",
    "-e '1a": "FreeBSD's sed joins no -e",
}
TREES = {"constructs": CONSTRUCTS, "errexit": {}, "freebsd": {}}
"""What the scripts find; the rest find that of the commands."""

Real = Callable[..., Outcome]


@pytest.fixture(scope="session")
def real(tool: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Real:
    """Run a script by FreeBSD's sh, in a jail that has nothing but its utilities."""
    bwrap = tool("bwrap")
    etc = tmp_path_factory.mktemp("etc")
    (etc / "passwd").write_text("root:*:0:0::/:/bin/sh\nnobody:*:65534:65534::/:/bin/sh\n")
    (etc / "group").write_text("wheel:*:0:\ngames:*:13:\nnobody:*:65534:\n")

    def run(userland: str, script: str, tree: Tree, *, errexit: bool) -> Outcome:
        top = Path(tempfile.mkdtemp())
        try:
            lay_out(top, tree)
            done = subprocess.run(
                [
                    *(bwrap, "--unshare-net", "--die-with-parent", "--clearenv"),
                    *("--ro-bind", f"{userland}/bin", "/bin", "--ro-bind", f"{userland}/bin"),
                    *("/usr/bin", "--ro-bind", "/lib", "/lib", "--ro-bind", "/lib64", "/lib64"),
                    *("--ro-bind", "/usr/lib", "/usr/lib", "--bind", str(top), "/w"),
                    *("--tmpfs", "/tmp", "--dev", "/dev", "--ro-bind", str(etc), "/etc"),
                    *("--chdir", "/w"),
                    *("--setenv", "PATH", "/usr/bin:/bin", "--setenv", "HOME", "/nonexistent"),
                    *("/bin/sh", "-ec" if errexit else "-c", script),
                ],
                capture_output=True,
                text=True,
                errors="surrogateescape",
                timeout=60,
                check=False,
            )
            return Outcome(done.returncode, done.stdout, tuple(described(top)))
        finally:
            shutil.rmtree(top)

    return run


def ours(script: str, tree: Tree, *, errexit: bool) -> Outcome:
    world = World(tree)
    world.files.mkdir("/tmp")
    return world.run(script, errexit=errexit)


@pytest.mark.parametrize(("name", "text"), CASES)
def test_cases(name: str, text: str, real: Real, judged: Callable[[str], str]) -> None:
    if any(word in text for word in KNOWN):
        pytest.skip("the machine's own")
    script = "\n".join(line for line in text.split("\n") if not line.startswith("> "))
    errexit = name == "errexit"
    tree = TREES.get(name, COMMANDS)
    found = ours(script, tree, errexit=errexit)
    wanted = real(judged("PORTFAKE_USERLAND"), script, tree, errexit=errexit)
    assert (found.output, bool(found.status), found.tree) == (
        wanted.output,
        bool(wanted.status),
        wanted.tree,
    )


@MODERATE
@given(tree=trees(), command=COMMAND.filter(lambda line: not any(word in line for word in KNOWN)))
def test_commands(tree: Tree, command: str, real: Real, judged: Callable[[str], str]) -> None:
    found = ours(command, tree, errexit=False)
    wanted = real(judged("PORTFAKE_USERLAND"), command, tree, errexit=False)
    assert (found.output, bool(found.status), found.tree) == (
        wanted.output,
        bool(wanted.status),
        wanted.tree,
    )
