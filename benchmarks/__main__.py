"""Runs every benchmark and prints a line for each."""

from __future__ import annotations

from benchmarks import startup

for benchmark in (startup,):
    print(benchmark.run(), flush=True)
