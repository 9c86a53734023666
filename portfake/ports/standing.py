"""What evaluation asks anew for every port and what stays the same meanwhile.

These are the framework's files (Mk and Templates of the tree and of overlays), the base system's
paths and the commands that the profile answers: each is looked up once for an evaluator's life.
The folders of ports are not among them, they are looked at whenever they are asked for. An
ordinary port asks for 20 framework files, 15 paths and 18 commands; remembering them saves 2 ms
of each evaluation.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from portfake.make.caches import Cache
from portfake.ports.profile import Profile
from portfake.root.mounts import MountTable

__all__ = ["Standing"]


class Standing:
    """A view of files and a target's base system, with a memory of what does not change."""

    def __init__(self, view: MountTable, profile: Profile, frameworks: Iterable[str] = ()) -> None:
        """`frameworks` are folders of the view whose files are taken to stay as they are."""
        self.view = view
        self.profile = profile
        self._frameworks = tuple(f"{folder}/" for folder in frameworks)
        self._texts: Cache[str, str | None] = Cache(self._read, 1000)
        self._there: Cache[str, bool] = Cache(self._look, 5000)
        self._in_base: Cache[str, bool] = Cache(profile.exists, 5000)
        self._answers: Cache[str, str | None] = Cache(profile.answer, 1000)

    def text(self, path: str) -> str | None:
        """Return a file's text, None if there is no such file."""
        return self._texts[path] if path.startswith(self._frameworks) else self._read(path)

    def exists(self, path: str) -> bool:
        """Whether the base system or the view has something at this path."""
        if self._in_base[path]:
            return True
        return self._there[path] if path.startswith(self._frameworks) else self._look(path)

    def names(self, folder: str) -> AbstractSet[str]:
        """Return the names in a folder; none if that would not tell all that is below it."""
        if self.view.has_mounts_below(folder):
            return frozenset()
        try:
            return frozenset(self.view.listdir(folder))
        except OSError:
            return frozenset()

    def answer(self, command: str) -> str | None:
        """Return what the target prints for a command, None if the profile does not say."""
        return self._answers[command]

    def _read(self, path: str) -> str | None:
        try:
            return self.view.read(path).decode("utf-8", "surrogateescape")
        except OSError:
            return None

    def _look(self, path: str) -> bool:
        return self.view.exists(path)
