"""Verbs that ask one question of many ports: their options, and how answers are told."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Protocol, TypeVar

from portfake.cli.options import required_words, split_assignments
from portfake.cli.output import Output
from portfake.cli.reading import read_text
from portfake.cli.status import Status

__all__ = ["Answer", "add_many_options", "origins_of", "tell"]


class Answer(Protocol):
    """What every answer about a port has."""

    @property
    def origin(self) -> str:
        """Which port was asked."""

    @property
    def error(self) -> str | None:
        """Why there is no other answer."""


A = TypeVar("A", bound=Answer)


def add_many_options(parser: argparse.ArgumentParser) -> None:
    """Many origins: from files, by several processes."""
    parser.add_argument("words", metavar="ORIGIN | NAME=value", nargs="*")
    parser.add_argument(
        "--files-from", metavar="FILE", help="read more origins from a file, - for standard input"
    )
    parser.add_argument("-j", "--jobs", metavar="N", type=int, default=1, help="processes to use")


def origins_of(arguments: argparse.Namespace) -> tuple[Iterator[str], dict[str, str]]:
    """Return the origins, those of --files-from as they come, and the assignments.

    Raises UsageError if there are none, NotFound for a file that is not there.
    """
    origins, variables = split_assignments(arguments.words)
    if arguments.files_from is None:
        return iter(required_words(origins, "origin")), variables
    if arguments.files_from == "-":
        return chain(origins, _lines(sys.stdin)), variables
    return chain(origins, read_text(arguments.files_from).split()), variables


def _lines(stream: Iterable[str]) -> Iterator[str]:
    for line in stream:
        yield from line.split()


def tell(answers: Iterable[A], output: Output, lines: Callable[[A], Iterable[str]]) -> Status:
    """Print answers as they come; the status is NO if a port failed."""
    status = Status.DONE
    for answer in answers:
        output.result(answer, lines(answer))
        if answer.error is not None:
            status = Status.NO
            if not output.json:
                output.note(f"portfake: {answer.origin}: {answer.error}")
    return status
