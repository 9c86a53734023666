"""A world of a few files, and a short way to evaluate a makefile in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from portfake.limits import DEFAULT
from portfake.make import Evaluation, Evaluator


@dataclass
class World:
    """An Outside that answers from dictionaries, and remembers what it was asked."""

    files: Mapping[str, str]
    commands: Mapping[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    environments: list[dict[str, str]] = field(default_factory=list)

    def text(self, path):
        return self.files.get(path)

    def exists(self, path):
        self.asked.append(path)
        return path in self.files

    def realpath(self, path):
        return "/real" + path if path in self.files else None

    def output(self, command, environ):
        self.environments.append(dict(environ))
        return self.commands.get(command)


@pytest.fixture
def evaluate():
    """Evaluate the text as /src/Makefile; more files and commands on request."""

    def run(text, *, files=(), commands=(), limits=DEFAULT, **options) -> Evaluation:
        world = World({"/src/Makefile": text, **dict(files)}, dict(commands))
        evaluation = Evaluator(limits).evaluate("/src/Makefile", world, curdir="/src", **options)
        evaluation.world = world
        return evaluation

    return run
