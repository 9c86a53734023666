"""Runs every benchmark and prints a line for each."""

from __future__ import annotations

from benchmarks import audit, cold, create, evaluation, install, staging, startup

for benchmark in (startup, cold, evaluation, staging, create, audit):
    print(benchmark.run(), flush=True)
install.main()
