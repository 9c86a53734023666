"""A against B, alternating on one machine: medians, spread, and their ratio."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["ROUNDS", "Ratio", "measure"]

ROUNDS = 9


@dataclass(frozen=True)
class Ratio:
    """Seconds of both sides, a round each."""

    name: str
    ours: tuple[float, ...]
    peer: tuple[float, ...]

    @property
    def value(self) -> float:
        return statistics.median(self.ours) / statistics.median(self.peer)

    def __str__(self) -> str:
        return (
            f"{self.name}: ratio {self.value:.2f}; "
            f"ours {_spread(self.ours)}, peer {_spread(self.peer)} ms"
        )


def measure(
    name: str,
    ours: Callable[[], object],
    peer: Callable[[], object],
    *,
    rounds: int = ROUNDS,
    prepare: tuple[Callable[[], object], Callable[[], object]] = (int, int),
) -> Ratio:
    """`prepare` is called before each call of either side, and its time is not counted."""
    prepare[0]()
    ours()
    prepare[1]()
    peer()
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for side, call, before in zip(times, (ours, peer), prepare, strict=True):
            before()
            start = time.perf_counter()
            call()
            side.append(time.perf_counter() - start)
    return Ratio(name, tuple(times[0]), tuple(times[1]))


def _spread(seconds: tuple[float, ...]) -> str:
    milliseconds = sorted(1000 * second for second in seconds)
    return f"{statistics.median(milliseconds):.1f} ({milliseconds[0]:.1f}-{milliseconds[-1]:.1f})"
