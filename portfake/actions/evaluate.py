"""`eval`: variables of ports, as make -V gives them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from portfake.actions.request import TargetRequest
from portfake.actions.roots import profile_of
from portfake.errors import PortfakeError
from portfake.ports.evaluation import PortsEvaluator, printed

__all__ = ["Values", "evaluate"]


@dataclass(frozen=True, slots=True)
class Values:
    """The answer for one origin."""

    origin: str
    status: int
    """make's: 0 unless the evaluation stopped."""
    values: dict[str, str]
    """Expression as it was asked -> its value."""
    error: str | None = None
    unknown_commands: tuple[str, ...] = ()
    """Commands whose output nobody knows; values that need it are as if it were empty."""


def evaluate(
    request: TargetRequest, expressions: Sequence[str], origins: Sequence[str]
) -> Iterator[Values]:
    """Yield an answer for each origin in turn; a port that fails does not stop the rest."""
    profile = profile_of(request)
    with request.open_tree() as tree:
        evaluator = request.evaluator(tree, profile)
        for text in origins:
            try:
                yield _values(evaluator, text, expressions)
            except PortfakeError as error:
                yield Values(text, 1, {}, str(error))


def _values(evaluator: PortsEvaluator, text: str, expressions: Sequence[str]) -> Values:
    origin = evaluator.tree.find(text)
    evaluation = evaluator.evaluate(evaluator.folder(origin), flavor=origin.flavor)
    if evaluation.error is not None:
        return Values(str(origin), evaluation.status, {}, str(evaluation.error))
    return Values(
        str(origin),
        evaluation.status,
        {expression: printed(evaluation, expression) for expression in expressions},
        unknown_commands=tuple(unknown.command for unknown in evaluation.unknown_commands),
    )
