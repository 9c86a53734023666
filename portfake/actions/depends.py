"""`depends`: the words of a port's *_DEPENDS variables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from portfake.actions.many import Question, answers, told
from portfake.actions.request import TargetRequest
from portfake.errors import PortfakeError
from portfake.model.origin import Origin
from portfake.ports.evaluation import PortsEvaluator

__all__ = ["Dependencies", "DependencyWord", "depends"]


@dataclass(frozen=True, slots=True)
class DependencyWord:
    """One word: ``pattern:origin[@flavor][:target]``."""

    kind: str
    """PKG, FETCH, EXTRACT, PATCH, BUILD, LIB, RUN or TEST."""
    pattern: str
    origin: str
    target: str


@dataclass(frozen=True, slots=True)
class Dependencies:
    """The answer for one origin."""

    origin: str
    dependencies: tuple[DependencyWord, ...]
    error: str | None = None


def depends(
    request: TargetRequest, words: Iterable[str], *, jobs: int = 1
) -> Iterator[Dependencies]:
    """Yield an answer for each origin in turn; a port that fails does not stop the rest."""
    return answers(request, Question(_dependencies, _failed), words, jobs=jobs)


def _failed(word: str, error: PortfakeError) -> Dependencies:
    return Dependencies(word, (), told(error))


def _dependencies(evaluator: PortsEvaluator, origin: Origin) -> Dependencies:
    port = evaluator.port(origin)
    found = (
        DependencyWord(kind.value, each.pattern, str(each.origin), each.target)
        for kind, words in port.dependencies.items()
        for each in words
    )
    return Dependencies(str(port.origin), tuple(found))
