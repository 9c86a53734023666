"""A Listing of a tree whose objects are looked at when they are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from portfake.model.entry import Entry
from portfake.root.confined import Root

__all__ = ["ListingOnDemand"]


class ListingOnDemand(Mapping[str, Entry]):
    """path -> Entry for paths inside a root; iterating gives those that were asked for.

    It serves where a list names what matters of a large tree. A file with several names has the
    first one that was asked for as its `link_of`, that one itself included.
    """

    def __init__(self, root: Root) -> None:
        self._root = root
        self._seen: dict[str, Entry | None] = {}
        self._first_names: dict[tuple[int, int], str] = {}

    def __getitem__(self, path: str) -> Entry:
        if path not in self._seen:
            self._seen[path] = self._look(path)
        entry = self._seen[path]
        if entry is None:
            raise KeyError(path)
        return entry

    def __iter__(self) -> Iterator[str]:
        return (path for path, entry in self._seen.items() if entry is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _look(self, path: str) -> Entry | None:
        entry, identity = self._root.named(path)
        if entry is None or identity is None:
            return entry
        return replace(entry, link_of=self._first_names.setdefault(identity, path))
