"""From a plan's steps to objects under temporary names, and to the operations that show them."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from portfake.install.candidate import Candidate
from portfake.install.journal import Journal
from portfake.install.operations import (
    Attributes,
    MakeFolder,
    MoveAside,
    Operation,
    Put,
    RemoveFolder,
    Temporaries,
)
from portfake.install.plan import Plan, Step, StepKind
from portfake.model.entry import Entry, EntryType
from portfake.model.paths import folder_of
from portfake.model.payload import Reader
from portfake.root.confined import Root
from portfake.root.placing import TempFile

__all__ = ["Placement", "missing_folders"]


@dataclass(slots=True)
class Placement:
    """Objects under temporary names, and what will give them their own."""

    lines: Journal
    plan: Plan
    temps: dict[str, TempFile] = field(default_factory=dict)
    """By the payload's path, or that of the step."""
    names: dict[str, str] = field(default_factory=dict)
    """Path of the step, or of what it saves -> temporary name."""
    config_texts: dict[str, dict[str, str | None]] = field(default_factory=dict)
    new_folders: set[str] = field(default_factory=set)
    """Folders of this run, in which nothing lies but what it puts there."""
    swept: set[str] = field(default_factory=set)
    """Folders in which temporary names were announced."""
    made_room: set[str] = field(default_factory=set)
    """Files that went early, since a folder takes their place."""
    went_whole: set[str] = field(default_factory=set)
    """Folders that go with all in them, since a file takes their place."""

    @property
    def root(self) -> Root:
        """Where."""
        return self.lines.root

    def room(self) -> Iterator[Operation]:
        """Yield the folders to be made, and before them what lies in their way."""
        folders = {step.path: step for step in self.plan.steps if step.kind is StepKind.FOLDER}
        for step in self.plan.steps:
            if step.kind is StepKind.REMOVE and step.path in folders:
                self.made_room.add(step.path)
                yield from self._names_in(folder_of(step.path))
                yield MoveAside(step.path, self.lines.temporary(step.path))
                yield self._folder(folders.pop(step.path))
        below = (f"{step.path}/." for step in folders.values())
        names = (step.path for step in self.plan.steps if step.kind in _NAMED)
        for made in missing_folders(self.root, (*below, *names)):
            own = folders.get(made.path)
            self.new_folders.add(made.path)
            yield self._folder(own) if own is not None else made

    def _folder(self, step: Step) -> MakeFolder:
        return MakeFolder(step.path, _or(step.mode, 0o755), step.owner, step.group)

    def temporaries(self) -> Iterator[Operation]:
        """Yield what says where temporary names will lie."""
        changing = (*_NAMED, StepKind.REMOVE)
        folders = {folder_of(each.path) for each in self.plan.steps if each.kind in changing}
        for folder in sorted(folders):
            yield from self._names_in(folder)

    def _names_in(self, folder: str) -> Iterator[Operation]:
        """Once a folder: undone, it comes after all that is given its name back."""
        if folder not in self.swept:
            self.swept.add(folder)
            yield Temporaries(folder, self.lines.token)

    def write(self) -> None:
        """Make the objects of the steps' own content, and second names of what is saved."""
        for step in self.plan.steps:
            if step.saved_as is not None:
                temporary = self._name(step.saved_as)
                self.root.link(step.path, f"{folder_of(step.saved_as)}/{temporary}")
            if step.kind is StepKind.WRITE:
                data = step.content.data if step.content is not None else b""
                entry = Entry(path=step.path, type=step.type, mode=step.mode, owner=step.owner,
                              group=step.group, mtime=step.mtime, target=step.target)  # fmt: skip
                reader = io.BytesIO(data) if step.type is EntryType.FILE else None
                self.temps[step.path] = self.root.place(
                    entry, reader, temporary=self._name(step.path)
                )

    def place(self, candidate: Candidate) -> None:
        """Make a package's objects, and read its configuration files' texts."""
        name = candidate.manifest.name
        config = set(candidate.manifest.config)
        texts = self.config_texts.setdefault(name, {})
        steps = {
            step.payload_path or step.path: step
            for step in self.plan.steps
            if step.kind is StepKind.PLACE and step.package == name
        }
        with candidate.open_payload() as payload:
            for entry, reader in payload:
                if entry.path in config and reader is not None:
                    data = reader.read()
                    reader = io.BytesIO(data)
                    texts[entry.path] = _text(data)
                step = steps.get(entry.path)
                if step is not None and entry.type is not EntryType.DIRECTORY:
                    self._place(step, entry, reader)

    def _place(self, step: Step, entry: Entry, reader: Reader | None) -> None:
        original = self.temps.get(entry.link_of) if entry.link_of is not None else None
        named = entry if entry.path == step.path else replace(entry, path=step.path)
        self.temps[entry.path] = self.root.place(named, reader, original, self._name(step.path))

    def _name(self, path: str) -> str:
        name = self.names.get(path)
        if name is None:
            name = self.names[path] = self.lines.temporary(path)
        return name

    def operations(self) -> Iterator[Operation]:
        """Yield what makes all of it visible, in the order of the steps."""
        for step in self.plan.steps:
            if step.saved_as is not None:
                yield from self._put(step.saved_as)
            if step.kind in _NAMED:
                yield from self._put(step.path)
            elif step.kind is StepKind.REMOVE:
                yield from self._remove(step.path)
            elif step.kind is StepKind.FOLDER:
                yield from self._attributes(step)
        for step in self.plan.steps:
            if step.kind is StepKind.REMOVE_FOLDER:
                yield RemoveFolder(step.path)

    def _put(self, path: str) -> Iterator[Operation]:
        fresh = folder_of(path) in self.new_folders
        there = None if fresh else self.root.stat(path, follow=False)
        aside = self.lines.temporary(path) if there is not None else None
        if there is not None and aside is not None and there.type is EntryType.DIRECTORY:
            self.went_whole.add(path)
            yield MoveAside(path, aside)
            aside = None
        yield Put(path, self.names[path], aside)

    def _remove(self, path: str) -> Iterator[Operation]:
        if path in self.made_room or any(path.startswith(f"{each}/") for each in self.went_whole):
            return
        there = self.root.stat(path, follow=False)
        if there is not None and there.type is not EntryType.DIRECTORY:
            yield MoveAside(path, self.lines.temporary(path))

    def _attributes(self, step: Step) -> Iterator[Operation]:
        """As pkg-add(8): of folders that were there before as well (pkg_extract_finalize())."""
        there = self.root.stat(step.path)
        mode = _or(step.mode, 0o755)
        if there is None or (there.mode, there.owner, there.group) == (
            mode, step.owner, step.group
        ):  # fmt: skip
            return
        yield Attributes(step.path, mode, step.owner, step.group,
                         there.mode, there.owner, there.group)  # fmt: skip


_NAMED = (StepKind.PLACE, StepKind.WRITE)


def _or(mode: int | None, default: int) -> int:
    return default if mode is None else mode


def _text(content: bytes) -> str | None:
    """SQLite's text ends at a NUL, and a text cut short would spoil later merges."""
    return None if b"\0" in content else content.decode("utf-8", "surrogateescape")


def missing_folders(root: Root, paths: Iterable[str]) -> Iterator[MakeFolder]:
    """Yield what makes the folders above the paths that are not there, upper ones first."""
    missing = set()
    for parent in {folder_of(path) for path in paths}:
        while parent != "/" and parent not in missing and root.stat(parent) is None:
            missing.add(parent)
            parent = folder_of(parent)
    for folder in sorted(missing):
        yield MakeFolder(folder, 0o755, "root", "wheel")
