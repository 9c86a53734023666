"""argparse with portfake's words and exit statuses."""

from __future__ import annotations

import argparse
import os
import sys
from typing import NoReturn

__all__ = ["Formatter", "Parser"]


class Formatter(argparse.HelpFormatter):
    """argparse's own, which loads shutil and three compressors to learn of the terminal's width.

    One is made for every option that is declared, not for --help alone.
    """

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_columns() - 2)


def _columns() -> int:
    """The width that shutil.get_terminal_size tells."""
    told = os.environ.get("COLUMNS", "")
    if told.isdecimal() and int(told):
        return int(told)
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or 80
    except (OSError, ValueError):
        return 80


class Parser(argparse.ArgumentParser):
    """A parser that ends a call that makes no sense as every other failure ends."""

    json = False
    """Whether the call asked for errors as objects."""

    def error(self, message: str) -> NoReturn:
        """Report the UsageError and exit with its status, where argparse would exit with 2."""
        from portfake.cli.output import report_error  # noqa: PLC0415  # start-up time
        from portfake.cli.status import status_of  # noqa: PLC0415  # as above
        from portfake.errors import UsageError  # noqa: PLC0415  # as above

        error = UsageError(message, hint=f"'{self.prog} --help' tells what there is")
        report_error(error, json=self.json)
        self.exit(status_of(error))
