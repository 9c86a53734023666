"""Runs every benchmark and prints a line for each."""

from __future__ import annotations

from benchmarks import audit, create, evaluation, startup

for benchmark in (startup, evaluation, create, audit):
    print(benchmark.run(), flush=True)
