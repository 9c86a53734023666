"""`portfake --version` against the bare interpreter with argparse: at most 1.5 times."""

from __future__ import annotations

import subprocess
import sys

from benchmarks.ratio import Ratio, measure

BOUND = 1.5


def run() -> Ratio:
    def call(*arguments: str) -> None:
        subprocess.run([sys.executable, *arguments], check=True, capture_output=True)

    return measure(
        f"portfake --version / bare interpreter with argparse (at most {BOUND})",
        lambda: call("-c", "from portfake.cli.main import main; main(['--version'])"),
        lambda: call("-c", "import argparse; argparse.ArgumentParser().parse_args([])"),
        rounds=21,
    )
