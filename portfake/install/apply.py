"""Doing what a plan says: files under temporary names, renames, and the records last.

A kill at any moment leaves no record of a file that is not there; an error takes back what was
done.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from portfake.errors import PortfakeError
from portfake.install.candidate import Candidate
from portfake.install.plan import Action, Plan
from portfake.model.entry import Entry, EntryType
from portfake.model.manifest import InstalledPackage
from portfake.pkgdb.interface import Transaction
from portfake.root.confined import Root
from portfake.root.placing import TempFile

__all__ = ["apply_plan"]


def apply_plan(
    plan: Plan,
    candidates: Iterable[Candidate],
    root: Root,
    transaction: Transaction,
    *,
    time: int,
    progress: Callable[[str], None] = lambda line: None,
) -> None:
    """Put the files of the plan's packages in place and record them.

    The transaction counts when the caller ends it. `time` is the records' install time.
    """
    by_name = {candidate.manifest.name: candidate for candidate in candidates}
    wanted = [package for package in plan.packages if package.action is Action.INSTALL]
    changes = _Changes(root, {file.path: file.saved_as for file in plan.files if file.saved_as})
    try:
        config_texts: dict[str, dict[str, str | None]] = {}
        for package in wanted:
            progress(f"placing {package.manifest.full_name}")
            candidate = by_name[package.manifest.name]
            config_texts[package.manifest.name] = changes.place(candidate)
        changes.commit()
        root.sync(changes.paths)
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
    except BaseException:
        changes.undo()
        raise


@dataclass(slots=True)
class _Changes:
    """What was changed in the root so far, so that it can be taken back."""

    root: Root
    save_as: Mapping[str, str]
    """Unowned files in the way -> the names that keep them."""
    temps: list[TempFile] = field(default_factory=list)
    committed: list[TempFile] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    saved: list[tuple[str, str]] = field(default_factory=list)
    directories: list[Entry] = field(default_factory=list)
    """The packages' own folders, which exist from the start and get their attributes last."""
    attributes_before: list[Entry] = field(default_factory=list)

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
                self.temps.append(temp)
                originals[entry.path] = temp
                if entry.path in config:
                    texts[entry.path] = self._config_text(temp)
        return texts

    def _config_text(self, temp: TempFile) -> str | None:
        content = self.root.read(temp.temporary)
        # SQLite's text ends at a NUL, and a text cut short would spoil later merges.
        return None if b"\0" in content else content.decode("utf-8", "surrogateescape")

    def commit(self) -> None:
        """Give every object its name, and every folder its attributes."""
        for temp in self.temps:
            keep = self.save_as.get(temp.path)
            if keep is not None:
                self.root.rename(temp.path, keep)
                self.saved.append((temp.path, keep))
            temp.commit()
            self.committed.append(temp)
        for entry in self.directories:
            self._set_attributes(entry)

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
        for temp in self.temps[len(self.committed) :]:
            with suppress(OSError):
                temp.discard()
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
