"""Python's search for garbage in cycles, where very many objects live long."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["without_collector"]


@contextmanager
def without_collector() -> Iterator[None]:
    """Keep Python from looking for garbage in cycles, which evaluation hardly ever leaves.

    Compiled makefiles are very many small objects that live long; to look at them over and over
    took a fifth of all time (3 ms of each port).
    """
    usual = gc.isenabled()
    gc.disable()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
        if usual:
            gc.enable()
