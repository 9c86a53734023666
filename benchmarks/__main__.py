"""Runs every benchmark and prints a line for each."""

from __future__ import annotations

from benchmarks import evaluation, startup

for benchmark in (startup, evaluation):
    print(benchmark.run(), flush=True)
