"""A dictionary that makes what it lacks and forgets what was not asked for lately."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar

__all__ = ["Cache"]

Key = TypeVar("Key", bound=Hashable)
Made = TypeVar("Made")


class Cache(dict[Key, Made]):
    """`cache[key]` is `make(key)`, remembered; two generations of `size` entries are kept.

    A generation that is full becomes the old one; what is asked for again moves back into the
    young one, and the rest goes when the next generation is full. So a lookup costs no more than
    a dictionary's, and memory stays bounded.
    """

    def __init__(self, make: Callable[[Key], Made], size: int) -> None:
        super().__init__()
        self._make = make
        self._size = size
        self._old: dict[Key, Made] = {}

    def __missing__(self, key: Key) -> Made:
        made = self._old.pop(key) if key in self._old else self._make(key)
        self.add(key, made)
        return made

    def add(self, key: Key, made: Made) -> None:
        """Remember what somebody else made."""
        if len(self) >= self._size:
            self._old = dict(self)
            self.clear()
        self[key] = made
