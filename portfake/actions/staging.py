"""The stager of a call: evaluator, work folder and recipes' view opened together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from portfake.actions.places import told_as_on_host
from portfake.actions.request import TargetRequest
from portfake.ports.evaluation import PortsEvaluator
from portfake.ports.profile import Profile
from portfake.stage.fetching import Fetcher
from portfake.stage.native import STAGE_ENVIRONMENT, NativeStager
from portfake.stage.workspace import DISTFILES, PORTS, open_workspace

__all__ = ["open_stager"]


@contextmanager
def open_stager(
    target: TargetRequest,
    profile: Profile,
    *,
    clock: int,
    workdir: str | None = None,
    fetch: bool = False,
    progress: Callable[[str], None] = lambda line: None,
) -> Iterator[tuple[PortsEvaluator, NativeStager]]:
    """Open tree and work folder; errors that leave the block name places as on the host."""
    distdir = target.distdir or ""
    with (
        target.open_tree(seen_as=PORTS) as tree,
        told_as_on_host({PORTS: tree.directory, DISTFILES: distdir}),
        open_workspace(distdir, below=workdir) as workspace,
    ):
        evaluator = target.evaluator(
            tree, profile, mounts=workspace.mounts, environment=STAGE_ENVIRONMENT
        )
        fetcher = Fetcher(distdir, progress) if fetch else None
        yield (
            evaluator,
            NativeStager(evaluator, workspace, clock=clock, progress=progress, fetcher=fetcher),
        )
