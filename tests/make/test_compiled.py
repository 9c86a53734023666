"""The language compiled by mypyc says what its sources say uncompiled."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import portfake
from portfake.make import machine

EVALUATE = """
import json, sys
from portfake.make import machine
from portfake.model.abi import Abi
from portfake.ports.evaluation import PortsEvaluator
from portfake.ports.profile import Profile
from portfake.ports.tree import PortsTree

answers = {}
with PortsTree(sys.argv[1]) as tree:
    evaluator = PortsEvaluator(tree, Profile.compose(Abi.parse("FreeBSD:14:aarch64")))
    for origin in tree.origins():
        port = evaluator.evaluate(evaluator.folder(origin))
        values = {name: [port.raw(name), port.value(name)] for name in sorted(port.variables())}
        rules = {name: [rule.text for rule in each.recipes] for name, each in port.targets.items()}
        messages = [str(each) for each in port.messages]
        answers[str(origin)] = [str(port.error), messages, values, rules]
print(json.dumps([machine.__file__, answers]))
"""


def evaluated(package: Path, tree: Path) -> tuple[Path, object]:
    """The module that answered, and all it says of every port of the tree."""
    done = subprocess.run(
        [sys.executable, "-c", EVALUATE, str(tree)],
        cwd=package,
        env={**os.environ, "PYTHONPATH": str(package)},
        check=True,
        capture_output=True,
        text=True,
        errors="surrogateescape",
    )
    module, answers = json.loads(done.stdout)
    return Path(module), answers


def test_every_port_of_the_sample_tree_is_evaluated_the_same(
    tmp_path: Path, sample_tree: Path
) -> None:
    if not machine.__file__.endswith(".so"):
        if os.environ.get("CI") == "true":
            pytest.fail("portfake.make is not compiled, and make setup should have done it")
        pytest.skip("portfake.make is not compiled here")
    package = Path(portfake.__file__).parent
    shutil.copytree(package, tmp_path / "portfake", ignore=shutil.ignore_patterns("*.so"))
    compiled, expected = evaluated(package.parent, sample_tree)
    interpreted, answers = evaluated(tmp_path, sample_tree)
    assert (compiled.suffix, interpreted.suffix) == (".so", ".py")
    assert answers == expected


# Texts in texts: each would need a stack of its own size if nothing counted.
DEEP = {
    "an expression's name": "A=" + "${" * 30_000 + "X" + "}" * 30_000,
    "defaults": "A=" + "${X:D" * 5_000 + "x" + "}" * 5_000,
    "loops of a modifier": "A=${X:Ux" + ":@v@${v" * 3_000 + "}@" * 3_000 + "}",
    "variables": "\n".join(f"V{at}=${{V{at + 1}}}" for at in range(5_000)) + "\nA=${V0}",
    "modifiers out of a variable": "M=:${M:L}\nN=$${X:$${N}}\nA=${X:Ux:${N}}",
    "modifiers if a variable is empty": "A=${X:" + ":".join(["${M}x"] * 10_000) + "}",
    "conditions of conditions": "\n".join(
        f'V{at}=${{"${{V{at + 1}}}" == x && {"(1 == 1 && " * 120}1{")" * 120}:?a:b}}'
        for at in range(200)
    )
    + "\nA=${V0}",
}


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP)
def test_texts_nest_as_deep_as_the_stack_bears(text: str) -> None:
    """A process of its own, since a stack that overflows takes the process with it."""
    source = (
        "import sys\n"
        "from portfake.limits import LimitExceeded\n"
        "from portfake.make import Evaluator, Nowhere\n"
        "class Disk(Nowhere):\n"
        "    def text(self, path): return sys.stdin.read()\n"
        "try:\n"
        "    print(Evaluator().evaluate('/m', Disk(), curdir='/').value('A'))\n"
        "except LimitExceeded as error:\n"
        "    print(error)\n"
    )
    path = os.pathsep.join([str(Path(portfake.__file__).parents[1]), *sys.path])
    done = subprocess.run(
        [sys.executable, "-c", source],
        input=text + "\n",
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "nest" in done.stdout
