"""Values of many ports, here and in real make: how many are equal, and where the others differ.

    python -m tests.judge.agreement --tree DIR --values FILE      what real make said once
    python -m tests.judge.agreement --tree DIR --bmake PROGRAM    real make beside it, in a cell

It ends with 1 if a port differs that docs/agreement.md does not name.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import re
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import TextIO

from portfake.model.abi import Abi
from portfake.model.origin import Origin
from portfake.ports.evaluation import PortsEvaluator, printed
from portfake.ports.profile import Profile
from portfake.ports.tree import PortsTree
from tests.judge.cell import Cell

__all__ = [
    "Agreement",
    "Difference",
    "Expected",
    "agreement",
    "from_bmake",
    "from_file",
    "known_differences",
    "some_origins",
]

PROFILE = Profile.compose(Abi.parse("FreeBSD:14:amd64"), 1400097)
FAILED = "it fails"
"""What stands for the values of a port that make refuses."""
ENVIRONMENT = {"WRKDIRPREFIX": "/wrk", "DISTDIR": "/distfiles", "PACKAGES": "/packages"}
_DOCUMENT = Path(__file__).parents[2] / "docs" / "agreement.md"
_ROW = re.compile(r"\| (?P<ports>[\w., +-]+/[\w/., +-]+) \| (?P<what>[^|]*) \|")

_NAMES = """
ALLFILES ALL_OPTIONS BINARY_ALIAS BROKEN BUILD_DEPENDS CATEGORIES COMMENT COMPLETE_OPTIONS_LIST
CONFLICTS CONFLICTS_BUILD CONFLICTS_INSTALL CPE_STR DEPRECATED DESCR DESKTOP_ENTRIES DEV_ERROR
DEV_WARNING DISTFILES DIST_SUBDIR ERROR EXPIRATION_DATE EXTRACT_CMD EXTRACT_DEPENDS EXTRACT_ONLY
FETCH_DEPENDS FILESDIR FLAVOR FLAVORS FORBIDDEN GH_TUPLE GNU_CONFIGURE GROUPS HAS_CONFIGURE
IA32_BINARY_PORT IGNORE INFO IS_INTERACTIVE LEGAL LIB_DEPENDS LICENSE LICENSE_COMB MAINTAINER
MANUAL_PACKAGE_BUILD MASTERDIR MASTER_SITES MASTER_SITE_SUBDIR NOT_FOR_ARCHS NO_ARCH NO_BUILD
NO_CDROM NO_INSTALL NO_MTREE NO_PACKAGE NO_WRKSUBDIR ONLY_FOR_ARCHS OPTIONS_DEFAULT OPTIONS_GROUP
OPTIONS_MULTI OPTIONS_RADIO OPTIONS_SINGLE OPTIONS_SUB PATCHDIR PATCHFILES PATCH_DEPENDS PKGBASE
PKGDEINSTALL PKGINSTALL PKGNAME PKGNAMEPREFIX PKGNAMESUFFIX PKGORIGIN PKGPOSTDEINSTALL
PKGPOSTINSTALL PKGPREDEINSTALL PKGPREINSTALL PKGVERSION PKG_DEPENDS PKG_NOTES PLIST PLIST_DIRS
PLIST_FILES PLIST_SUB PORTDATA PORTDOCS PORTEXAMPLES PORTNAME PORT_OPTIONS POST_PLIST PREFIX
RESTRICTED RUN_DEPENDS SHEBANG_FILES SHEBANG_GLOB SHEBANG_REGEX SLAVE_PORT SUB_FILES SUB_LIST
TARGET_ORDER_OVERRIDE TEST_DEPENDS USERS USES USE_GECKO USE_GITHUB USE_GITLAB USE_GNOME USE_JAVA
USE_KDE USE_LDCONFIG USE_LINUX_PREFIX USE_LINUX_RPM USE_OCAML USE_PERL5 USE_PYTHON USE_RC_SUBR
USE_SUBMAKE WARNING WRKSRC WWW _BUILD_REAL_SEQ _CONFIGURE_REAL_SEQ _EXTRACT_REAL_SEQ
_FETCH_REAL_SEQ _LICENSE_STATUS _PACKAGE_REAL_SEQ _PATCH_REAL_SEQ _PKGMESSAGES _SANITY_REAL_SEQ
_STAGE_REAL_SEQ _USES_POST
"""
VARIABLES = tuple(_NAMES.split())
"""The variables of the file of expected values, which are also asked of make beside."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What real make says of one port."""

    origin: str
    values: Mapping[str, str] | None
    """None where it fails."""
    errors: str = ""
    """What it said on stderr, if that is known."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One variable of one port, or whether it fails at all."""

    origin: str
    variable: str
    real: str
    here: str
    cause: str = ""
    """Why it is no fault of portfake's, if that is known."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """The outcome for many ports."""

    equal: int
    failing: int
    """How many ports make refuses."""
    known: tuple[Difference, ...]
    """The first variable of ports whose differences all have a cause that is known."""
    new: tuple[Difference, ...]
    """The first variable of each other port that differs."""

    def show(self, out: TextIO, *, first: int = 40) -> None:
        """Print the counts and the first differences side by side."""
        count = self.equal + len(self.known) + len(self.new)
        print(f"{self.equal} of {count} ports are equal ({self.failing} fail in make);", file=out)
        print(f"{len(self.known)} differ for known causes, {len(self.new)} otherwise", file=out)
        for difference in self.new[:first]:
            print(f"{difference.origin} {difference.variable}", file=out)
            print(f"    make     {_near(difference.real, difference.here)!r}", file=out)
            print(f"    portfake {_near(difference.here, difference.real)!r}", file=out)


def _near(text: str, other: str, *, size: int = 100) -> str:
    """The part of a text around the place where the other one begins to differ."""
    pairs = enumerate(zip(text, other, strict=False))
    at = next((at for at, (one, two) in pairs if one != two), min(len(text), len(other)))
    return text[max(0, at - size // 4) : at + size]


def known_differences() -> dict[str, str]:
    """Origin -> what differs, as docs/agreement.md has it for evaluation."""
    section = _DOCUMENT.read_text("utf-8").partition("\n## Evaluation")[2].partition("\n## ")[0]
    return {
        origin: row["what"] for row in _ROW.finditer(section) for origin in row["ports"].split(", ")
    }


def from_file(path: str) -> Iterator[Expected]:
    """The rows of a file of expected values, gzipped JSON lines: origin, status, variables."""
    with gzip.open(path, "rt", encoding="utf-8", errors="surrogateescape") as lines:
        for line in lines:
            row = json.loads(line)
            yield Expected(row["origin"], row["variables"] if row["status"] == 0 else None)


def from_bmake(cell: Cell, evaluator: PortsEvaluator, origin: str) -> Expected:
    """What bmake says of a port in a cell now."""
    asked = Origin.parse(origin)
    flavor = {"FLAVOR": asked.flavor} if asked.flavor else {}
    said = cell.printed(evaluator.folder(asked), VARIABLES, {**evaluator.environment(), **flavor})
    if said.status != 0:
        return Expected(origin, None, said.errors)
    return Expected(origin, dict(zip(VARIABLES, said.values, strict=True)), said.errors)


def _cause(known: Mapping[str, str], expected: Expected, variable: str) -> str:
    if "Regex compilation error" in expected.errors:
        return "the C library of this host lacks what FreeBSD's has, such as [[:>:]]"
    return "docs/agreement.md" if variable in known.get(expected.origin, "") else ""


def compare(
    evaluator: PortsEvaluator, expected: Expected, known: Mapping[str, str]
) -> list[Difference]:
    """The differences of one port; `known` are those of docs/agreement.md."""
    origin = expected.origin
    asked = Origin.parse(origin)
    evaluation = evaluator.evaluate(evaluator.folder(asked), flavor=asked.flavor)
    if (evaluation.error is None) != (expected.values is not None):
        real = "" if expected.values is not None else expected.errors or FAILED
        here = str(evaluation.error or "")
        cause = _cause(known, expected, "status")
        return [Difference(origin, "status", real, here, cause)]
    return [
        Difference(origin, name, real, here, _cause(known, expected, name))
        for name, real in (expected.values or {}).items()
        if (here := printed(evaluation, name)) != real
    ]


class _Worker:
    """A tree and an evaluator of one process, and the cell if make is to run beside."""

    current: _Worker

    def __init__(self, tree: PortsTree, cell: Cell | None) -> None:
        self.evaluator = PortsEvaluator(tree, PROFILE, environment=ENVIRONMENT)
        self.cell = cell
        self.known = known_differences()

    def judge(self, asked: Expected | str) -> tuple[Expected, list[Difference]]:
        """The differences of a port that is given with its values, or by name."""
        if isinstance(asked, str):
            assert self.cell is not None
            asked = from_bmake(self.cell, self.evaluator, asked)
        return asked, compare(self.evaluator, asked, self.known)


def _start(tree: PortsTree, cell: Cell | None) -> None:
    _Worker.current = _Worker(tree, cell)


def _judge(asked: Expected | str) -> tuple[bool, list[Difference]]:
    expected, differences = _Worker.current.judge(asked)
    return expected.values is None, differences


def agreement(
    directory: str, asked: Iterable[Expected | str], *, bmake: str | None = None, jobs: int = 2
) -> Agreement:
    """Compare ports that are given with their expected values, or by origin with bmake beside."""
    equal, failing, expected, new = 0, 0, [], []
    with ExitStack() as stack:
        tree = stack.enter_context(PortsTree(directory, seen_as="/usr/ports"))
        cell = None
        if bmake is not None:
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            cell = Cell(Path(folder), tree.directory, PROFILE, make=bmake)
        pool = stack.enter_context(
            ProcessPoolExecutor(
                jobs,
                mp_context=get_context("fork"),
                initializer=partial(_start, tree, cell),
            )
        )
        for failed, found in pool.map(_judge, asked, chunksize=8):
            failing += failed
            unknown = [each for each in found if not each.cause]
            equal += not found
            if unknown:
                new.append(unknown[0])
            elif found:
                expected.append(found[0])
    return Agreement(equal, failing, tuple(expected), tuple(new))


def some_origins(tree: str, count: int, seed: int) -> list[str]:
    """So many ports of a tree at random, the same ones for the same seed."""
    with PortsTree(tree) as opened:
        origins = sorted(str(origin) for origin in opened.origins())
    return random.Random(seed).sample(origins, min(count, len(origins)))


def main(arguments: list[str] | None = None) -> int:
    """The command; gives its exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.judge.agreement")
    parser.add_argument(
        "origins", nargs="*", help="ports; without them, all of FILE or random ones"
    )
    parser.add_argument("--tree", required=True)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--values", metavar="FILE", help="gzipped JSON lines")
    source.add_argument("--bmake", metavar="PROGRAM", help="run it beside, in a cell")
    parser.add_argument("--random", type=int, default=500, metavar="N")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args(arguments)
    asked: Iterable[Expected | str]
    if given.values:
        wanted = set(given.origins)
        asked = (row for row in from_file(given.values) if not wanted or row.origin in wanted)
    else:
        asked = given.origins or some_origins(given.tree, given.random, given.seed)
    outcome = agreement(given.tree, asked, bmake=given.bmake, jobs=given.jobs)
    outcome.show(sys.stdout)
    return 1 if outcome.new else 0


if __name__ == "__main__":
    sys.exit(main())
