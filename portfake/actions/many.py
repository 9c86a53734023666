"""One question asked of many ports: answers in order, as they come, one bad port stops nobody."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, Generic, Self, TypeVar, cast

from portfake.actions.garbage import without_collector
from portfake.actions.request import TargetRequest, profile_of
from portfake.errors import PortfakeError
from portfake.model.origin import Origin
from portfake.ports.evaluation import PortsEvaluator

__all__ = ["Question", "answers", "told"]

T = TypeVar("T")
_BATCH = 8
_COLLECTED = 4_096
"""Answers of a worker between two looks for garbage in cycles."""


@dataclass(frozen=True, slots=True)
class Question(Generic[T]):
    """What is asked of each port; both functions are of a module, so that workers find them."""

    ask: Callable[[PortsEvaluator, Origin], T]
    failed: Callable[[str, PortfakeError], T]
    """Makes an answer of the word that was asked for and what went wrong."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """What evaluation finds in its environment besides."""


def answers(
    request: TargetRequest, question: Question[T], words: Iterable[str], *, jobs: int = 1
) -> Iterator[T]:
    """Yield the answers for origins in their order; ``origin@all`` is every flavor of a port.

    `words` may be endless: they are taken as answers are. With several `jobs` worker processes
    share the work. Raises only what concerns all ports: no tree, no target.
    """
    if jobs <= 1:
        with without_collector(), _Worker(request, question.environment) as worker:
            for word in words:
                yield from worker.answer(question, word)
        return
    # The tree and the target are tried here first, where an error can be raised plainly.
    with _Worker(request, question.environment):
        pass
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415  # start-up time
    from multiprocessing import get_context  # noqa: PLC0415  # as above

    initial: Any = (request, question)
    with ProcessPoolExecutor(
        jobs, mp_context=get_context("fork"), initializer=_start, initargs=initial
    ) as pool:
        for found in pool.map(_answer, words, chunksize=_BATCH):
            yield from cast("list[T]", found)


def told(error: PortfakeError) -> str:
    """Return an error as one text: what, where it was included from, and the hint in brackets."""
    places = error.where.includers if error.where else ()
    chain = "".join(f", included from {place}" for place in places)
    return f"{error}{chain} ({error.hint})" if error.hint else f"{error}{chain}"


class _Worker:
    """A tree and an evaluator, kept for many ports."""

    def __init__(self, request: TargetRequest, environment: Mapping[str, str]) -> None:
        self._stack = ExitStack()
        tree = self._stack.enter_context(request.open_tree())
        self._evaluator = request.evaluator(tree, profile_of(request), environment=environment)
        self._answered = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()

    def answer(self, question: Question[T], word: str) -> list[T]:
        self._answered += 1
        if self._answered % _COLLECTED == 0:
            gc.collect()
        try:
            origins = self._evaluator.origins(word)
        except PortfakeError as error:
            return [question.failed(word, error)]
        found = []
        for origin in origins:
            try:
                found.append(question.ask(self._evaluator, origin))
            except PortfakeError as error:
                found.append(question.failed(str(origin), error))
        return found


_worker: _Worker
_question: Question[object]


def _start(request: TargetRequest, question: Question[object]) -> None:
    """Set up a worker process, which collects seldom for all its life."""
    global _worker, _question
    gc.disable()
    gc.freeze()
    _worker, _question = _Worker(request, question.environment), question


def _answer(word: str) -> list[object]:
    return _worker.answer(_question, word)
