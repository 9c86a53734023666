"""A world of a few files, and a short way to evaluate a makefile in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from portfake.errors import InputError, Place
from portfake.limits import DEFAULT, Limits
from portfake.make import Evaluation, Evaluator, Nowhere


@dataclass
class World:
    """An Outside that answers from dictionaries, and remembers what it was asked."""

    files: Mapping[str, str]
    commands: Mapping[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    environments: list[dict[str, str]] = field(default_factory=list)

    def text(self, path: str) -> str | None:
        return self.files.get(path)

    def exists(self, path: str) -> bool:
        self.asked.append(path)
        return path in self.files

    def realpath(self, path: str) -> str | None:
        return "/real" + path if path in self.files else None

    def output(self, command: str, environ: Mapping[str, str]) -> str | None:
        self.environments.append(dict(environ))
        return self.commands.get(command)


class Everywhere(Nowhere):
    """Every file is this text."""

    def __init__(self, content: str) -> None:
        self.content = content

    def text(self, path: str) -> str | None:
        return self.content


def failure(evaluation: Evaluation) -> InputError:
    """The error that the evaluation must have ended with."""
    assert evaluation.error is not None
    return evaluation.error


def line_of(place: Place | str | None) -> int:
    """The line of a place that must be known."""
    assert isinstance(place, Place)
    return place.line


class Evaluate:
    """`evaluate(text)` evaluates it as /src/Makefile; `world` is where it was done last."""

    world: World

    def __call__(
        self,
        text: str,
        *,
        files: Mapping[str, str] | None = None,
        commands: Mapping[str, str] | None = None,
        limits: Limits = DEFAULT,
        **options: Any,
    ) -> Evaluation:
        self.world = World({"/src/Makefile": text, **(files or {})}, commands or {})
        return Evaluator(limits).evaluate("/src/Makefile", self.world, curdir="/src", **options)


@pytest.fixture
def evaluate() -> Evaluate:
    return Evaluate()
