"""argparse with portfake's words and exit statuses."""

from __future__ import annotations

import argparse
from typing import NoReturn

__all__ = ["Parser"]


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
