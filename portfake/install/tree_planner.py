"""What happens to the tree: the steps for the files of new packages, and of those they replace."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from portfake.errors import PortfakeError, Refused
from portfake.install.candidate import Candidate
from portfake.install.config_files import Outcome, decide
from portfake.install.facts import RootFacts
from portfake.install.plan import Content, Step, StepKind
from portfake.install.removal import leaving
from portfake.model.entry import Entry, EntryType
from portfake.model.manifest import Manifest, PackagedFile
from portfake.model.paths import folder_of

__all__ = ["TreePlanner"]


@dataclass(slots=True)
class TreePlanner:
    """Steps, and everything in the tree that speaks against them."""

    facts: RootFacts
    candidates: Sequence[Candidate]
    replaced: Sequence[Manifest]
    """The installed versions of the same packages."""
    force: bool
    problems: list[PortfakeError] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    _new: frozenset[str] = field(init=False)
    _old: frozenset[str] = field(init=False)
    _leaving: frozenset[str] = field(init=False)
    """Files of the replaced packages that no new one has."""
    _swapped: dict[str, str] = field(default_factory=dict)
    """Such a file that becomes a folder -> the package that wants one."""
    _fine: set[str] = field(default_factory=set)
    """Folders that were looked at, with those above them."""

    def __post_init__(self) -> None:
        new = (file.path for each in self.candidates for file in each.manifest.files)
        self._new = frozenset(new)
        self._old = frozenset(file.path for each in self.replaced for file in each.files)
        self._leaving = self._old - self._new

    def steps(self) -> Iterator[Step]:
        """Yield the steps; `problems` is complete afterwards."""
        for candidate in self.candidates:
            yield from self._folders(candidate.manifest)
            for file in candidate.manifest.files:
                yield self._file(file, candidate.manifest)
        yield from self._room()
        kept = {path for path, owners in self.facts.folder_owners.items()
                if owners - {manifest.name for manifest in self.replaced}}  # fmt: skip
        kept |= {folder.path for each in self.candidates for folder in each.manifest.directories}
        yield from leaving(self.replaced, kept, self._new)

    def _file(self, file: PackagedFile, manifest: Manifest) -> Step:
        there = self.facts.entries.get(file.path)
        config = self.facts.config.get(file.path)
        owner = self.facts.owners.get(file.path)
        if config is not None and owner in {None, manifest.name}:
            outcome, merged = decide(config, self.facts.installed.get(manifest.name))
        else:
            outcome, merged = self._plain(file, manifest, there, owner), None
        self._check_parents(file.path, manifest.name)
        if outcome is Outcome.BESIDE:
            self.notes.append(f"{file.path} was changed: what is new lies in {file.path}.pkgnew")
        elif outcome is Outcome.SAVE:
            self.notes.append(f"{file.path} is replaced, and kept as {file.path}.pkgsave")
        return Step(
            kind=StepKind.PLACE if merged is None else StepKind.WRITE,
            path=f"{file.path}.pkgnew" if outcome is Outcome.BESIDE else file.path,
            package=manifest.name,
            type=EntryType.FILE if file.target is None else EntryType.SYMLINK,
            mode=file.mode,
            owner=file.owner,
            group=file.group,
            mtime=file.mtime if merged is not None else None,
            target=file.target,
            content=None if merged is None else Content.of(merged),
            payload_path=file.path if outcome is Outcome.BESIDE else None,
            saved_as=f"{file.path}.pkgsave" if outcome is Outcome.SAVE else None,
        )

    def _plain(
        self, file: PackagedFile, manifest: Manifest, there: Entry | None, owner: str | None
    ) -> Outcome:
        """What becomes of what is in the way of a file that is no edited configuration."""
        if owner is not None and owner != manifest.name:
            if file.path in self._old:
                return Outcome.REPLACE
            self.problems.append(Refused(f"{file.path} belongs to the installed package {owner}"))
        elif there is not None and there.type is EntryType.DIRECTORY:
            if self.facts.inside.get(file.path, frozenset({""})) <= self._leaving:
                return Outcome.REPLACE
            self.problems.append(
                Refused(f"{file.path} is a folder in the root, a file in {manifest.full_name}")
            )
        elif there is not None and owner is None and file.path not in self.facts.same:
            if self.force:
                return Outcome.SAVE
            self.problems.append(
                Refused(
                    f"{file.path} is in the root, of no package, and differs",
                    hint=f"move it away, or keep it as {file.path}.pkgsave with --force",
                )
            )
        return Outcome.REPLACE

    def _folders(self, manifest: Manifest) -> Iterator[Step]:
        for folder in manifest.directories:
            there = self.facts.entries.get(folder.path)
            if there is not None and not self._makes_room(folder.path, there):
                self.problems.append(
                    Refused(f"{folder.path} is no folder in the root, but in {manifest.full_name}")
                )
            self._check_parents(folder.path, manifest.name)
            yield Step(
                kind=StepKind.FOLDER,
                path=folder.path,
                package=manifest.name,
                type=EntryType.DIRECTORY,
                mode=folder.mode,
                owner=folder.owner,
                group=folder.group,
            )

    def _makes_room(self, path: str, there: Entry) -> bool:
        return there.type is EntryType.DIRECTORY or path in self._leaving

    def _room(self) -> Iterator[Step]:
        """Yield folders where the replaced packages had files or links."""
        own = {folder.path for each in self.candidates for folder in each.manifest.directories}
        for path, package in sorted(self._swapped.items()):
            if path in own:
                continue
            yield Step(kind=StepKind.FOLDER, path=path, package=package,
                       type=EntryType.DIRECTORY, owner="root", group="wheel")  # fmt: skip

    def _check_parents(self, path: str, package: str) -> None:
        parent = folder_of(path)
        while parent != "/" and parent not in self._fine:
            there = self.facts.parents.get(parent)
            if parent in self._leaving:
                self._swapped[parent] = package
            elif there is not None and there.type is not EntryType.DIRECTORY:
                self.problems.append(
                    Refused(f"{parent} is no folder in the root, and {path} lies below it")
                )
            else:
                self._fine.add(parent)
            parent = folder_of(parent)
