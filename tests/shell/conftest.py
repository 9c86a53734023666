"""The same script run by the interpreter and by dash with the host's tools."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.shell.worlds import MakeWorld, Outcome, Same, Tree, World, described, lay_out


@pytest.fixture
def world() -> MakeWorld:
    """Make a tree in memory with a shell in it."""
    return World


PLAIN_ECHO = """echo() {
    local IFS=" "
    if [ "$1" = -n ]; then shift; printf %s "$*"; else printf "%s\\n" "$*"; fi
}
"""
"""FreeBSD's echo knows no backslashes, dash's does."""


@pytest.fixture(scope="session")
def same(tool: Callable[[str], str]) -> Same:
    """Run a script by both; they must agree in status, output and tree."""
    dash = tool("dash")

    def compare(script: str, tree: Tree = {}, *, errexit: bool = False) -> Outcome:  # noqa: B006
        top = Path(tempfile.mkdtemp(prefix="portfake-"))
        top.chmod(0o755)
        try:
            lay_out(top, tree)
            ours = World(tree, top=str(top)).run(script, errexit=errexit)
            done = subprocess.run(
                [dash, *(["-e"] if errexit else []), "-c", PLAIN_ECHO + script],
                cwd=top,
                env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "LC_ALL": "C"},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                umask=0o022,
                timeout=20,
                check=False,
            )
            output = done.stdout.decode("utf-8", "surrogateescape")
            theirs = Outcome(done.returncode, output, tuple(described(top)))
        finally:
            shutil.rmtree(top)
        missing = sorted(set(theirs.tree) - set(ours.tree))
        extra = sorted(set(ours.tree) - set(theirs.tree))
        assert (missing, extra) == ([], []), script
        assert (ours.output, ours.status) == (theirs.output, theirs.status), script
        assert ours == theirs, script
        return ours

    return compare
