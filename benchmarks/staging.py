"""A port of 2,000 files, each with its own install(1) line, staged natively from evaluation to
packing list, against its install lines alone run by sh with the host's tools: at most half."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shlex import quote
from tempfile import TemporaryDirectory

from benchmarks.ratio import Ratio, measure
from portfake.actions.request import TargetRequest
from portfake.stage.native import STAGE_ENVIRONMENT, NativeStager
from portfake.stage.workspace import PORTS, open_workspace

BOUND = 0.5
FILES = 2_000
TREE = Path(__file__).parent.parent / "tests" / "fixtures" / "ports"
ORIGIN = "misc/many"
MAKEFILE = """\
PORTNAME=	many
PORTVERSION=	1.0
CATEGORIES=	misc
DISTFILES=
MAINTAINER=	demo@example.org
COMMENT=	Files, each with a line of its own
WWW=	https://example.org/
NO_ARCH=	yes
NO_BUILD=	yes
PLIST_FILES=	${NAMES:S,^,%%DATADIR%%/,}

do-install:
	@${MKDIR} ${STAGEDIR}${DATADIR}
.for name in ${NAMES}
	${INSTALL_DATA} ${FILESDIR}/${name} ${STAGEDIR}${DATADIR}/${name}
.endfor

.include <bsd.port.mk>
"""


def run() -> Ratio:
    # tmpfs, so that no disk is measured
    with TemporaryDirectory(dir="/dev/shm") as name, TemporaryDirectory() as empty:
        folder = Path(name)
        port = folder / "overlay" / ORIGIN
        write_port(port)
        script = folder / "recipe.sh"
        with staging(folder, empty) as stager:
            evaluated = stager.evaluator.evaluated(stager.evaluator.tree.find(ORIGIN))
            lines = [line.text for line in evaluated.evaluation.recipe("do-install")]
            stagedir = evaluated.evaluation.value("STAGEDIR") or ""
        target = folder / "stage"
        script.write_text(
            "".join(f"sh -ec {quote(line.replace(stagedir, str(target)))}\n" for line in lines)
        )
        return measure(
            f"native staging of {FILES} install lines / sh with the host's tools (at most {BOUND})",
            lambda: stage(folder, empty),
            lambda: with_sh(script, target),
        )


def write_port(folder: Path) -> None:
    names = [f"file{number:04}.dat" for number in range(FILES)]
    (folder / "files").mkdir(parents=True)
    for name in names:
        (folder / "files" / name).write_text(f"the content of {name}\n" * 20)
    (folder / "Makefile").write_text(f"NAMES=\t{' '.join(names)}\n{MAKEFILE}")
    (folder / "pkg-descr").write_text("A port of the benchmarks\n")


@contextmanager
def staging(folder: Path, distdir: str) -> Iterator[NativeStager]:
    request = TargetRequest(
        ports=str(TREE), overlays=[str(folder / "overlay")], abi="FreeBSD:14:amd64", distdir=distdir
    )
    with (
        request.open_tree(seen_as=PORTS) as tree,
        open_workspace(distdir, below=str(folder)) as workspace,
    ):
        evaluator = request.evaluator(
            tree, request.profile(), mounts=workspace.mounts, environment=STAGE_ENVIRONMENT
        )
        yield NativeStager(evaluator, workspace, clock=1_750_000_000)


def stage(folder: Path, distdir: str) -> None:
    with staging(folder, distdir) as stager:
        staged = stager.stage(stager.evaluator.tree.find(ORIGIN))
        assert sum(path.endswith(".dat") for path in staged.listing) == FILES


def with_sh(script: Path, target: Path) -> None:
    subprocess.run(["sh", "-e", str(script)], check=True)
    assert sum(1 for path in target.rglob("*.dat")) == FILES
    shutil.rmtree(target)
