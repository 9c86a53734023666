"""`show` and `files`: what a port is, and what it installs."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from portfake.actions.many import Question, answers, told
from portfake.actions.places import told_as_on_host
from portfake.actions.request import TargetRequest, profile_of
from portfake.errors import PortfakeError
from portfake.model.manifest import Manifest
from portfake.model.origin import Origin
from portfake.model.port import Port
from portfake.ports.dependencies import run_dependencies
from portfake.ports.evaluation import PortsEvaluator
from portfake.stage.forecast import Outlook, forecast
from portfake.stage.native import STAGE_ENVIRONMENT, NativeStager
from portfake.stage.packaging import package
from portfake.stage.workspace import DISTFILES, PORTS, open_workspace

__all__ = ["Description", "describe", "packaged"]


@dataclass(frozen=True, slots=True)
class Description:
    """A port for one target."""

    origin: str
    port: Port | None
    staging: Outlook | None = None
    """How it can be had; None where that was not judged."""
    reason: str | None = None
    """Why it cannot be staged natively."""
    place: str | None = None
    """The recipe line that says so."""
    at_run_time: tuple[str, ...] = ()
    """Words of recipes that only show when they run, with their places."""
    error: str | None = None
    """Why there is no port to show."""


def describe(
    request: TargetRequest, words: Iterable[str], *, jobs: int = 1
) -> Iterator[Description]:
    """Yield a description of each port in turn; one that fails does not stop the rest."""
    question = Question(_describe, _failed, STAGE_ENVIRONMENT)
    return answers(request, question, words, jobs=jobs)


def _failed(word: str, error: PortfakeError) -> Description:
    return Description(word, None, error=told(error))


def _describe(evaluator: PortsEvaluator, origin: Origin) -> Description:
    evaluated = evaluator.evaluated(origin)
    told_before = forecast(evaluated, evaluator.profile)
    return Description(
        str(evaluated.port.origin),
        evaluated.port,
        told_before.outlook,
        told_before.reason,
        str(told_before.place) if told_before.place else None,
        tuple(dict.fromkeys(map(str, told_before.at_run_time))),
    )


def packaged(
    request: TargetRequest, origins: Sequence[str], *, workdir: str | None = None
) -> Iterator[Manifest]:
    """Yield the manifest of each port, staged in a temporary folder."""
    clock = int(time.time())
    profile = profile_of(request)
    with (
        request.open_tree(seen_as=PORTS) as tree,
        told_as_on_host({PORTS: tree.directory, DISTFILES: request.distdir or ""}),
        open_workspace(request.distdir or "", below=workdir) as workspace,
    ):
        evaluator = request.evaluator(
            tree, profile, mounts=workspace.mounts, environment=STAGE_ENVIRONMENT
        )
        stager = NativeStager(evaluator, workspace, clock=clock)
        for text in origins:
            main = stager.stage(tree.find(text))
            for staged in (main, *main.subpackages):
                needed = run_dependencies(staged.port, profile, evaluator.port)
                yield package(staged, needed.records, profile, latest=clock).manifest
