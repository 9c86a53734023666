"""Mounts of the union method in the root's own journal, so that `recover` finds them."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from portfake.host.mounting import Mounting
from portfake.install import journal
from portfake.install.journal import Journal
from portfake.install.operations import Mount
from portfake.root.confined import Root

__all__ = ["JournaledMounts"]


class JournaledMounts:
    """See MountLog: the journal is there from the first mount until the last is gone."""

    def __init__(self, root: Root, verb: str) -> None:
        self._root = root
        self._verb = verb
        self._journal: Journal | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let go of the journal; where a mount is left, it stays open for `recover`."""
        if self._journal is not None:
            self._journal.__exit__(kind, error, trace)
            self._journal = None

    def mounting(self, what: Mounting) -> None:
        """See MountLog; Busy or Refused where somebody else's journal is open."""
        if self._journal is None:
            self._journal = journal.begin(self._root, self._verb)
        self._journal.write([Mount.of(what)])

    def unmounted(self) -> None:
        """See MountLog."""
        if self._journal is not None:
            with self._journal:
                self._journal.undo()
            self._journal = None
