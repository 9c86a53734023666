"""`eval`: variables of ports, as make -V gives them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from portfake.actions.many import Question, answers, told
from portfake.actions.request import TargetRequest
from portfake.errors import PortfakeError
from portfake.make import Evaluation, MakeStopped
from portfake.model.origin import Origin
from portfake.ports.evaluation import PortsEvaluator, printed

__all__ = ["EvalRequest", "RecipeText", "TargetText", "Values", "evaluate"]


@dataclass(frozen=True, slots=True)
class EvalRequest:
    """What is to be told of each port."""

    expressions: Sequence[str] = ()
    """Names of variables, and texts with expressions."""
    targets: bool = False
    """All targets with their sources."""
    recipes: Sequence[str] = ()
    """Targets whose recipes are to be shown, expanded."""


@dataclass(frozen=True, slots=True)
class TargetText:
    """A target as the makefiles left it."""

    name: str
    operator: str
    sources: tuple[str, ...]
    attributes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RecipeText:
    """One line of a recipe, expanded, its prefixes taken off."""

    target: str
    text: str
    place: str
    silent: bool
    ignore: bool
    always: bool


@dataclass(frozen=True, slots=True)
class Values:
    """The answer for one origin."""

    origin: str
    status: int
    """make's: 0 unless the evaluation stopped."""
    values: dict[str, str]
    """Expression as it was asked -> its value."""
    targets: tuple[TargetText, ...] = ()
    recipes: tuple[RecipeText, ...] = ()
    error: str | None = None
    messages: tuple[str, ...] = ()
    """What make would have said on stderr: .info, .warning and its own diagnostics."""
    unknown: tuple[str, ...] = ()
    """The expressions whose values hang on the output of a command that nobody knows."""
    unknown_commands: tuple[str, ...] = ()
    uncertain: tuple[str, ...] = ()
    """Decisions of the makefiles that hang on such a command, with their places."""


def evaluate(
    request: TargetRequest, wanted: EvalRequest, words: Iterable[str], *, jobs: int = 1
) -> Iterator[Values]:
    """Yield an answer for each origin in turn; a port that fails does not stop the rest."""
    return answers(request, Question(partial(_values, wanted=wanted), _failed), words, jobs=jobs)


def _failed(word: str, error: PortfakeError) -> Values:
    status = error.status if isinstance(error, MakeStopped) else 1
    return Values(word, status, {}, error=told(error))


def _values(evaluator: PortsEvaluator, origin: Origin, wanted: EvalRequest) -> Values:
    evaluation = evaluator.evaluate(evaluator.folder(origin), flavor=origin.flavor)
    error = evaluation.error
    said = Values(
        origin=str(origin),
        status=evaluation.status,
        values={},
        error=None if error is None else told(error),
        messages=tuple(f"{each.place}: {each.text}" for each in evaluation.messages),
        unknown_commands=tuple(unknown.command for unknown in evaluation.unknown_commands),
        uncertain=tuple(f"{each.place}: {each.what}" for each in evaluation.uncertain),
    )
    if error is not None:
        return said
    return replace(
        said,
        values={text: printed(evaluation, text) for text in wanted.expressions},
        targets=tuple(_targets(evaluation)) if wanted.targets else (),
        recipes=tuple(line for name in wanted.recipes for line in _recipe(evaluation, name)),
        unknown=tuple(
            text
            for text in wanted.expressions
            if "$" not in text and not evaluation.is_certain(text)
        ),
    )


def _targets(evaluation: Evaluation) -> Iterator[TargetText]:
    for target in evaluation.targets.values():
        if target.operator is not None:
            yield TargetText(
                target.name, target.operator.value, target.sources, tuple(sorted(target.attributes))
            )


def _recipe(evaluation: Evaluation, name: str) -> Iterator[RecipeText]:
    for line in evaluation.recipe(name) if name in evaluation.targets else ():
        yield RecipeText(name, line.text, str(line.place), line.silent, line.ignore, line.always)
