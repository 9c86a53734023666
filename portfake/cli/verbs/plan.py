"""portfake plan: what install would do."""

from __future__ import annotations

import argparse

from portfake.cli.verbs import install

__all__ = ["add_arguments", "run"]

add_arguments = install.add_arguments


def run(arguments: argparse.Namespace) -> int:
    """Plan, and tell."""
    return install.run(arguments, only_plan=True)
