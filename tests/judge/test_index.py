"""`index` beside the tree's own: `make describe` of 50 ports, and Tools/make_index with sort(1)."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from portfake.errors import PortfakeError
from portfake.formats.index import index, parse_described
from portfake.model.origin import Origin
from portfake.ports.description import VARIABLES, described
from portfake.ports.evaluation import PortsEvaluator
from portfake.ports.tree import PortsTree
from tests.judge.agreement import ENVIRONMENT, PROFILE, some_origins
from tests.judge.cell import Cell

pytestmark = pytest.mark.judge
FLAVORED = ["devel/py-six", "editors/vim", "devel/git", "lang/python39"]


@pytest.mark.parametrize("tree", ["PORTFAKE_TREE", "PORTFAKE_OTHER_TREE"])
def test_lines_are_those_of_make_describe(
    tree: str, judged: Callable[[str], str], tmp_path: Path
) -> None:
    directory = judged(tree)
    equal, failing, lines = 0, 0, 0
    with PortsTree(directory, seen_as="/usr/ports") as opened:
        evaluator = PortsEvaluator(opened, PROFILE, environment=ENVIRONMENT, variables=VARIABLES)
        cell = Cell(tmp_path, opened.directory, PROFILE, make=judged("PORTFAKE_BMAKE"))
        origins = [*FLAVORED, *some_origins(directory, 46, seed=50)]
        for origin in origins:
            out = cell.folder / "tmp/lines"
            out.unlink(missing_ok=True)
            folder = evaluator.folder(Origin.parse(origin))
            # /dev/stdout, where it goes otherwise, is nothing without /proc.
            words = ["INDEX_OUT=/tmp/lines", "describe"]
            real = cell.make(folder, words, evaluator.environment())
            if real.returncode:
                failing += 1
                continue
            wanted = out.read_text(errors="surrogateescape").splitlines()
            found = [described(evaluator, each) for each in evaluator.origins(f"{origin}@all")]
            assert found == wanted, origin
            equal += 1
            lines += len(found)
    print(f"\n{equal} of {len(origins)} ports equal, {lines} lines; {failing} fail in make")
    assert equal > 40


def test_the_file_is_that_of_make_index(
    judged: Callable[[str], str], tool: Callable[[str], str], tmp_path: Path
) -> None:
    """The tree's own script and pipe, fed with the same lines; dependencies may be missing."""
    directory = judged("PORTFAKE_TREE")
    perl = tool("perl")
    with PortsTree(directory, seen_as="/usr/ports") as tree:
        evaluator = PortsEvaluator(tree, PROFILE, variables=VARIABLES)
        said = {
            str(each): described(evaluator, each)
            for origin in [*FLAVORED, *some_origins(directory, 300, seed=51)]
            for each in _origins(evaluator, origin)
        }
    script = (
        f"{perl} {directory}/Tools/make_index | sed -e 's/  */ /g' -e 's/|  */|/g' -e 's/  *|/|/g'"
        " | tr / '\\001' | sort -t '|' -k 2,3 | tr '\\001' /"
        " | sed -E -e ':a' -e 's|/[^/]+/\\.\\.||; ta'"
    )
    theirs = subprocess.run(
        ["sh", "-c", script], input="".join(f"{line}\n" for line in said.values()), text=True,
        capture_output=True, check=True, env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
        cwd=tmp_path,
    )  # fmt: skip
    entries, complaints = index(parse_described(line, origin) for origin, line in said.items())
    ours = [entry.line for entry in entries]
    print(f"\n{len(ours)} lines, {len(complaints)} dependencies without a line")
    assert ours == theirs.stdout.splitlines()
    assert len([each for each in complaints if "no entry" in each]) == theirs.stderr.count(
        "no entry"
    )


def _origins(evaluator: PortsEvaluator, word: str) -> list[Origin]:
    try:
        origins = evaluator.origins(f"{word}@all")
        for origin in origins:
            described(evaluator, origin)
    except PortfakeError:
        return []
    return origins
