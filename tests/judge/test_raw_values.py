"""Every global variable as it is stored, unexpanded, against what `bmake -dg1` lists."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from pathlib import Path

import pytest

from portfake.make import Evaluation
from portfake.model.origin import Origin
from portfake.ports.evaluation import PortsEvaluator
from portfake.ports.tree import PortsTree
from tests.judge.agreement import ENVIRONMENT, PROFILE, some_origins
from tests.judge.cell import Cell

pytestmark = pytest.mark.judge

BOOKKEEPING = {
    *(".MAKE.DEPENDFILE", ".MAKE.JOBS", ".MAKE.MODE", ".MAKE.OS", ".MAKE.PID", ".MAKE.PPID"),
    *(
        ".MAKE.JOB.PREFIX",
        ".MAKE",
        ".MAKEFLAGS",
        ".ALLTARGETS",
        ".PATH",
        ".TARGETS",
        "MAKE",
        "MAKE_VERSION",
        "MFLAGS",
    ),
}
"""What make notes of itself: its process, its options, its own name."""
_VARIABLE = re.compile(r"(?P<name>\S.*?) *(?<=.{16}) = (?P<value>.*)")


def listed(dump: str) -> dict[str, str]:
    """The variables of a listing, those of the command line above global ones."""
    text = dump.partition("#*** Global Variables:\n")[2]
    both, _, above = text.partition("#*** Command-line Variables:\n")
    return section(both) | section(above.partition("\n#***")[0])


def section(text: str) -> dict[str, str]:
    """One scope of a listing; names come in order, and values may have many lines."""
    found: dict[str, list[str]] = {}
    last = ""
    for line in text.splitlines():
        begins = _VARIABLE.fullmatch(line)
        if begins is not None and begins["name"] > last:
            last = begins["name"]
            found[last] = [begins["value"]]
        elif last:
            found[last].append(line)
    return {name: "\n".join(lines) for name, lines in found.items()}


def differences(evaluation: Evaluation, environment: Collection[str], dump: str) -> list[str]:
    """What is stored otherwise here, or only on one side."""
    real = listed(dump)
    assert len(real) > 100
    told = []
    for name, value in real.items():
        here = evaluation.raw(name)
        if name not in BOOKKEEPING and (here is None or here.rstrip("\n") != value.rstrip("\n")):
            told.append(f"{name}: {value!r:.100}, here {here!r:.100}")
    own = {*real, *environment, *BOOKKEEPING}
    return told + [f"{name}: only here" for name in evaluation.variables() if name not in own]


def test_raw_values_are_those_of_make(judged: Callable[[str], str], tmp_path: Path) -> None:
    directory, bmake = judged("PORTFAKE_TREE"), judged("PORTFAKE_BMAKE")
    told = {}
    with PortsTree(directory, seen_as="/usr/ports") as tree:
        evaluator = PortsEvaluator(tree, PROFILE, environment=ENVIRONMENT)
        cell = Cell(tmp_path, tree.directory, PROFILE, make=bmake)
        for origin in some_origins(directory, 20, seed=14):
            folder = evaluator.folder(Origin.parse(origin))
            environment = evaluator.environment()
            ran = cell.make(folder, ["-dg1", "-V", "x"], environment)
            dump = ran.stdout + ran.stderr
            told[origin] = differences(evaluator.evaluate(folder), environment, dump)
    assert not {origin: lines for origin, lines in told.items() if lines}
