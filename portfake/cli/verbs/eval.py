"""portfake eval."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from portfake.actions.evaluate import EvalRequest, Values, evaluate
from portfake.cli.many import add_many_options, origins_of, tell
from portfake.cli.options import add_target_options, target_request
from portfake.cli.output import Output, add_output_options, output_of
from portfake.errors import UsageError

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "-V", dest="expressions", metavar="EXPRESSION", action="append", default=[],
        help="what to print: a name, or a text with expressions",
    )  # fmt: skip
    parser.add_argument("--targets", action="store_true", help="list the targets")
    parser.add_argument(
        "--recipe", metavar="TARGET", action="append", default=[], help="show this recipe"
    )
    parser.add_argument("-v", "--verbose", action="store_true", help="show .info and warnings")
    add_many_options(parser)
    add_target_options(parser)
    add_output_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the values, a line each; status 1 if a port failed."""
    wanted = EvalRequest(arguments.expressions, arguments.targets, arguments.recipe)
    if not wanted.expressions and not wanted.targets and not wanted.recipes:
        raise UsageError("nothing to evaluate", hint="name variables with -V")
    origins, variables = origins_of(arguments)
    output = output_of(arguments)
    request = target_request(arguments, variables)

    def noted() -> Iterator[Values]:
        for answer in evaluate(request, wanted, origins, jobs=arguments.jobs):
            yield answer
            _notes(answer, output, verbose=arguments.verbose)

    return tell(noted(), output, _lines)


def _lines(answer: Values) -> Iterator[str]:
    yield from answer.values.values()
    for target in answer.targets:
        yield f"{target.name} {target.operator} {' '.join(target.sources)}".rstrip()
    for line in answer.recipes:
        yield f"\t{line.text}"


def _notes(answer: Values, output: Output, *, verbose: bool) -> None:
    for name in answer.unknown:
        output.note(f"portfake: {answer.origin}: {name} hangs on a command that nobody knows")
    for place in answer.uncertain:
        output.note(f"portfake: {answer.origin}: uncertain: {place}")
    for command in answer.unknown_commands:
        output.note(f"portfake: {answer.origin}: nobody knows what this prints: {command}")
    for message in answer.messages if verbose else ():
        output.note(message)
