"""What reaches the terminal: results on stdout, notes and errors on stderr, text or JSON."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TextIO

from portfake.errors import PortfakeError, Problems

__all__ = ["Output", "add_output_options", "output_of", "report_error"]


@dataclass(frozen=True, slots=True)
class Output:
    """How this call wants to be answered."""

    json: bool = False
    quiet: bool = False

    def result(self, value: object, lines: Iterable[str]) -> None:
        """Print the value as one JSON line, or the lines."""
        if self.json:
            _write(sys.stdout, _document(value))
            return
        for line in lines:
            _write(sys.stdout, line)

    def line(self, text: str) -> None:
        """Print one line, or one document that is complete in itself."""
        _write(sys.stdout, text)

    def note(self, text: str) -> None:
        """Say on stderr what a person may want to know; not for --quiet."""
        if not self.quiet:
            _write(sys.stderr, text)

    def progress(self, line: str) -> None:
        """Say on a terminal what long work is at."""
        if sys.stderr.isatty():
            self.note(line)


def add_output_options(parser: argparse.ArgumentParser) -> None:
    """--json and --quiet."""
    parser.add_argument("--json", action="store_true", help="answer with JSON, one document a line")
    parser.add_argument("-q", "--quiet", action="store_true", help="leave out notes and progress")


def output_of(arguments: argparse.Namespace) -> Output:
    """How the call wants to be answered."""
    return Output(json=arguments.json, quiet=arguments.quiet)


def _document(value: object) -> str:
    from portfake.formats.json import dumps  # noqa: PLC0415  # start-up time

    return dumps(value)


def report_error(error: PortfakeError, *, json: bool) -> None:
    """Print ``place: what`` and the hint on the next line, or an object for each problem."""
    problems = error.problems if isinstance(error, Problems) else (error,)
    for problem in problems:
        if json:
            _write(sys.stderr, _document(_told(problem)))
            continue
        _write(sys.stderr, f"portfake: {problem}")
        for place in problem.where.includers if problem.where else ():
            _write(sys.stderr, f"    included from {place}")
        if problem.hint:
            _write(sys.stderr, f"    {problem.hint}")
    if not json and isinstance(error, Problems) and error.hint:
        _write(sys.stderr, f"    {error.hint}")


def _told(problem: PortfakeError) -> Mapping[str, str | None]:
    return {
        "error": problem.message,
        "kind": type(problem).__name__,
        "where": str(problem.where) if problem.where else None,
        "hint": problem.hint,
    }


def _write(stream: TextIO, text: str) -> None:
    """Names on disk need not be UTF-8, and what is not is shown as such, half a character too."""
    print(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"), file=stream)
