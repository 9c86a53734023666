"""What `make index` asks a tree: which ports it lists, and what `make describe` prints of each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from portfake.errors import InputError, NotFound
from portfake.model.origin import Origin
from portfake.ports.evaluation import PortsEvaluator
from portfake.shell.commands import base_commands
from portfake.shell.interpreter import Interpreter

__all__ = ["VARIABLES", "described", "listed"]

VARIABLES: Mapping[str, str] = {"_DESCRIBE_WITH_FLAVOR": "1"}
"""What an evaluator has to be given, so that it describes one flavor (Mk/bsd.port.mk)."""


def described(evaluator: PortsEvaluator, origin: Origin) -> str:
    """Return the line of one flavor; InputError where the recipe fails or prints another thing."""
    port = evaluator.evaluated(origin)
    text = ""
    for line in port.evaluation.recipe("describe"):
        shell = Interpreter(
            evaluator.view, base_commands(), cwd=port.folder, environment=evaluator.environment()
        )
        result = shell.run(line.text)
        if result.status:
            raise InputError(f"describe ends with {result.status}", where=line.place)
        text += result.output.decode("utf-8", "surrogateescape")
    if text.count("\n") != 1:
        raise InputError(f"describe prints {text.count(chr(10))} lines, not one", where=str(origin))
    return text.rstrip("\n")


_SUBDIR = re.compile(r"^SUBDIR[ \t]*\+?=[ \t]*([^#\n]*)", re.MULTILINE)


def listed(evaluator: PortsEvaluator) -> Iterator[str]:
    """Yield the ports that the categories list, as ``category/name``; NotFound without any.

    The tree's own Makefile is evaluated; those of categories, which have a line for each port,
    are only read: to evaluate one of thousands of ports takes as many steps as all its ports.
    """
    top = evaluator.evaluate(evaluator.tree.seen_as)
    categories = (top.value("SUBDIR") or "").split()
    if top.error is not None or not categories:
        raise NotFound("its Makefile lists no categories", where=evaluator.tree.directory)
    for category in categories:
        path = f"{evaluator.tree.seen_as}/{category}/Makefile"
        text = evaluator.view.read(path).decode("utf-8", "surrogateescape")
        for names in _SUBDIR.findall(text):
            yield from (f"{category}/{name}" for name in names.split())
