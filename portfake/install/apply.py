"""Doing what a plan says: files under temporary names, renames, and the records last.

A kill at any moment leaves no record of a file that is not there; an error takes back what was
done.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from portfake.errors import PortfakeError
from portfake.install.candidate import Candidate
from portfake.install.plan import Action, Plan
from portfake.model.entry import Entry, EntryType
from portfake.model.manifest import InstalledPackage
from portfake.pkgdb.interface import Transaction
from portfake.root.confined import Root
from portfake.root.placing import TempFile

__all__ = ["Changes", "apply_plan"]


def apply_plan(
    plan: Plan,
    candidates: Iterable[Candidate],
    changes: Changes,
    transaction: Transaction,
    *,
    time: int,
    progress: Callable[[str], None] = lambda line: None,
) -> None:
    """Put the files of the plan's packages in place and record them.

    The transaction counts when the caller ends it, and `changes` is to be ended after it.
    `time` is the records' install time.
    """
    by_name = {candidate.manifest.name: candidate for candidate in candidates}
    wanted = [package for package in plan.packages if package.action is Action.INSTALL]
    config_texts: dict[str, dict[str, str | None]] = {}
    for package in wanted:
        progress(f"placing {package.manifest.full_name}")
        candidate = by_name[package.manifest.name]
        config_texts[package.manifest.name] = changes.place(candidate)
    changes.commit({file.path: file.saved_as for file in plan.files if file.saved_as})
    for package in wanted:
        transaction.register(
            InstalledPackage(
                manifest=package.manifest,
                automatic=package.automatic,
                time=time,
                digest=package.digest,
                config_texts=config_texts[package.manifest.name],
            )
        )


@dataclass(slots=True)
class Changes:
    """What was changed in the root so far; leaving the block by an error takes it all back.

    The block has to hold the database's transaction, so that a commit that fails counts too.
    """

    root: Root
    temps: list[tuple[str, TempFile]] = field(default_factory=list)
    """By the path of the plan, which a link among its folders may lead elsewhere."""
    committed: list[TempFile] = field(default_factory=list)
    aside: list[TempFile] = field(default_factory=list)
    """Second names of what was replaced, until nothing can fail any more."""
    folders: list[str] = field(default_factory=list)
    saved: list[tuple[str, str]] = field(default_factory=list)
    directories: list[Entry] = field(default_factory=list)
    """The packages' own folders, which exist from the start and get their attributes last."""
    attributes_before: list[Entry] = field(default_factory=list)

    def __enter__(self) -> Self:
        # Made here, so that it goes last: folders of packages may lie beside the database's.
        self.folders.extend(self.root.make_database_folder())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            self.undo()
            return
        for temp in self.aside:
            with suppress(OSError):
                temp.discard()

    @property
    def paths(self) -> list[str]:
        """Where names were made or changed."""
        return [*(temp.path for temp in self.committed), *self.folders]

    def place(self, candidate: Candidate) -> dict[str, str | None]:
        """Make a package's objects beside their places; return its config files' texts."""
        config = set(candidate.manifest.config)
        texts: dict[str, str | None] = {}
        originals: dict[str, TempFile] = {}
        with candidate.open_payload() as payload:
            for entry, reader in payload:
                if entry.type is EntryType.DIRECTORY:
                    self.folders.extend(self.root.makedirs(entry.path))
                    self.directories.append(entry)
                    continue
                self.folders.extend(self.root.makedirs(posixpath.dirname(entry.path)))
                temp = self.root.place(entry, reader, originals.get(entry.link_of or ""))
                self.temps.append((entry.path, temp))
                originals[entry.path] = temp
                if entry.path in config:
                    texts[entry.path] = self._config_text(temp)
        return texts

    def _config_text(self, temp: TempFile) -> str | None:
        content = self.root.read(temp.temporary)
        # SQLite's text ends at a NUL, and a text cut short would spoil later merges.
        return None if b"\0" in content else content.decode("utf-8", "surrogateescape")

    def commit(self, save_as: Mapping[str, str]) -> None:
        """Give every object its name, every folder its attributes, and make both durable.

        `save_as` are the unowned files in the way, and the names that keep them.
        """
        for path, temp in self.temps:
            if path in save_as:
                self.root.rename(path, save_as[path])
                self.saved.append((path, save_as[path]))
            elif self.root.stat(path, follow=False) is not None:
                self.aside.append(self.root.set_aside(path))
            temp.commit()
            self.committed.append(temp)
        for entry in self.directories:
            self._set_attributes(entry)
        self.root.sync(self.paths)

    def _set_attributes(self, wanted: Entry) -> None:
        """As pkg-add(8): of folders that were there before as well (pkg_extract_finalize())."""
        there = self.root.stat(wanted.path)
        mode = 0o755 if wanted.mode is None else wanted.mode
        if there is None:
            return
        if (there.mode, there.owner, there.group) == (mode, wanted.owner, wanted.group):
            return
        self.attributes_before.append(there)
        self.root.chown(wanted.path, wanted.owner, wanted.group)
        self.root.chmod(wanted.path, mode)

    def undo(self) -> None:
        """Take back what was done, as far as the root still lets us."""
        for temp in self.committed:
            with suppress(OSError):
                self.root.unlink(temp.path)
        for _, temp in self.temps[len(self.committed) :]:
            with suppress(OSError):
                temp.discard()
        for temp in self.aside:
            with suppress(OSError):
                temp.commit()
        for path, keep in self.saved:
            with suppress(OSError):
                self.root.rename(keep, path)
        for entry in self.attributes_before:
            with suppress(OSError, PortfakeError):
                self.root.chown(entry.path, entry.owner, entry.group)
                self.root.chmod(entry.path, entry.mode or 0)
        for folder in reversed(self.folders):
            with suppress(OSError):
                self.root.rmdir(folder)
