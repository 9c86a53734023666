"""What an evaluator keeps of the ports that it evaluated."""

from __future__ import annotations

import weakref
from pathlib import Path

from portfake.model.abi import Abi
from portfake.model.origin import Origin
from portfake.ports.evaluation import PortsEvaluator
from portfake.ports.profile import Profile
from portfake.ports.tree import PortsTree
from tests.ports.test_tree import plant


def test_evaluations_of_long_ago_are_let_go(tmp_path: Path) -> None:
    origins = [Origin("misc", f"port{number}") for number in range(120)]
    tree = plant(tmp_path / "tree", *(origin.path for origin in origins))
    with PortsTree(str(tree)) as opened:
        evaluator = PortsEvaluator(opened, Profile.compose(Abi.parse("FreeBSD:14:amd64")))
        for origin in origins:
            folder = tree / origin.path
            (folder / "Makefile").write_text(
                f"PKGBASE={origin.name}\nPKGVERSION=1\nPREFIX=/usr/local\nCATEGORIES=misc\n"
                f"PKGNAME={origin.name}-1\nPORTNAME={origin.name}\nPKGORIGIN={origin.path}\n"
            )
        first = weakref.ref(evaluator.evaluated(origins[0]).evaluation)
        assert evaluator.evaluated(origins[0]).evaluation is first()
        for origin in origins[1:]:
            evaluator.evaluated(origin)
        assert first() is None
