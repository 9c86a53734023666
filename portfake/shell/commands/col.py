"""col(1) with -b: text as a printer would leave it, of characters struck over only the last."""

from __future__ import annotations

from collections.abc import Iterator

from portfake.shell.command import Command, Invocation, Options
from portfake.shell.view import text_of

__all__ = ["COMMANDS"]

_TAB = 8
_MOVES = frozenset("\x1b\v\x0e\x0f")
"""What moves by lines or changes the character set."""


def _col(run: Invocation) -> int:
    if "b" not in run.given:
        raise run.refuse("without -b")
    text = text_of(run.stdin.read())
    if not text.isascii() or _MOVES & set(text):
        raise run.refuse("moves between lines, or characters beyond ASCII")
    lines = [_struck(line) for line in text.split("\n")]
    # What stands behind the last newline is a line only if there is something in it, or no other.
    for cells in lines if lines[-1] or len(lines) == 1 else lines[:-1]:
        run.print("".join(_printed(cells, tabs="x" not in run.given)))
    return 0


def _struck(line: str) -> dict[int, str]:
    """Column -> the last character there."""
    cells: dict[int, str] = {}
    column = 0
    for char in line:
        match char:
            case "\b":
                column = max(column - 1, 0)
            case "\r":
                column = 0
            case "\t":
                column += _TAB - column % _TAB
            case " ":
                column += 1
            case _ if char.isprintable():
                cells[column] = char
                column += 1
            case _:
                pass
    return cells


def _printed(cells: dict[int, str], *, tabs: bool) -> Iterator[str]:
    at = 0
    for column, char in sorted(cells.items()):
        # One blank stays one, also where a tab would reach as far.
        while tabs and column - at > 1 and (stop := at + _TAB - at % _TAB) <= column:
            yield "\t" if stop - at > 1 else " "
            at = stop
        yield " " * (column - at) + char
        at = column + 1


COMMANDS = (Command("col", _col, Options(flags="bfhpx", valued="l")),)
