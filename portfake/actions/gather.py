"""From what was asked for to a set of packages: ports staged, package files opened.

What cannot be had is refused before anything is staged, all of it together.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

from portfake.errors import PortfakeError, Problems, Refused
from portfake.install.candidate import Candidate
from portfake.install.plan import Source
from portfake.model.manifest import Manifest
from portfake.model.origin import Origin
from portfake.model.payload import Payload
from portfake.model.port import Port
from portfake.packages.digest import manifest_digest
from portfake.packages.machine_code import survey
from portfake.packages.pool import PackageFile, Pool
from portfake.ports.dependencies import Needed, run_dependencies
from portfake.ports.evaluation import PortsEvaluator
from portfake.ports.stageability import why_not_native
from portfake.stage.native import NativeStager
from portfake.stage.packaging import StagedPackage, package

__all__ = ["Wish", "Wishes", "resolve", "stage_all"]


@dataclass(frozen=True, slots=True)
class Wish:
    """One package of the set, before it is made: a port to be staged, or a file."""

    name: str
    made_of: Port | PackageFile
    automatic: bool


@dataclass(slots=True)
class Wishes:
    """Collects the set with what it needs, and everything that stands in its way."""

    evaluator: PortsEvaluator | None
    """None where only package files are wanted."""
    pool: Pool
    installed: Container[str]
    """Names of packages that the root records."""
    with_dependencies: bool
    found: dict[str, Wish] = field(default_factory=dict)
    problems: list[PortfakeError] = field(default_factory=list)

    def want_port(self, origin: Origin) -> None:
        """Add a port that was asked for."""
        assert self.evaluator is not None
        try:
            port = self.evaluator.port(origin)
        except PortfakeError as error:
            self.problems.append(error)
            return
        self._add_port(port, needed_by="")

    def want_file(self, file: PackageFile) -> None:
        """Add a package file that was asked for."""
        self._add_file(file, automatic=False)

    def _add_port(self, port: Port, needed_by: str) -> None:
        if port.name in self.found:
            return
        automatic = bool(needed_by)
        file = self.pool.find(port.name)
        reason = port.ignore or why_not_native(port)
        if file is not None and (reason or automatic):
            self._add_file(file, automatic=automatic)
        elif reason:
            self.problems.append(_refusal(port, needed_by, reason, self.evaluator))
        else:
            self.found[port.name] = Wish(port.name, port, automatic)
            self._add_needed(port)

    def _add_needed(self, port: Port) -> None:
        assert self.evaluator is not None
        if not self.with_dependencies:
            return
        try:
            needed = self.dependencies(port)
        except PortfakeError as error:
            self.problems.append(error)
            return
        for other in needed.ports:
            if other.name not in self.installed:
                self._add_port(other, needed_by=str(port.origin))

    def dependencies(self, port: Port) -> Needed:
        """Return what the port needs at run time."""
        assert self.evaluator is not None
        return run_dependencies(port, self.evaluator.profile, self.evaluator.port)

    def _add_file(self, file: PackageFile, *, automatic: bool) -> None:
        name = file.manifest.name
        if name in self.found:
            return
        self.found[name] = Wish(name, file, automatic)
        if not self.with_dependencies:
            return
        for dependency in file.manifest.deps:
            other = self.pool.find(dependency.name)
            if dependency.name not in self.installed and other is not None:
                self._add_file(other, automatic=True)


def _refusal(
    port: Port, needed_by: str, reason: str, evaluator: PortsEvaluator | None
) -> PortfakeError:
    assert evaluator is not None
    if port.ignore:
        what, hint = f"{port.full_name} {port.ignore}", "TRYBROKEN=yes and NO_IGNORE=yes are heard"
        if needed_by:
            hint = "--packages DIR with its package, or --no-deps to leave it out"
    else:
        what = f"{port.full_name} cannot be staged here: {reason}"
        hint = f"--packages DIR with its package for {evaluator.profile.abi}"
        if needed_by:
            hint += ", or --no-deps to leave it out"
    where = f"{port.origin} (needed by {needed_by})" if needed_by else str(port.origin)
    return Refused(what, where=where, hint=hint)


def resolve(wishes: Wishes, words: Sequence[str]) -> list[Wish]:
    """Return the set for what was asked; raises Problems for all that cannot be had."""
    for word in words:
        try:
            if word.endswith(".pkg"):
                wishes.want_file(PackageFile.open(word))
            elif wishes.evaluator is not None:
                wishes.want_port(wishes.evaluator.tree.find(word))
        except PortfakeError as error:
            wishes.problems.append(error)
    Problems.check(wishes.problems)
    return list(wishes.found.values())


def stage_all(
    wishes: Iterable[Wish],
    dependencies: Callable[[Port], Needed],
    stager: NativeStager | None,
    *,
    latest: int,
) -> Iterator[tuple[Candidate, tuple[str, ...]]]:
    """Yield each package of the set with the notes of its making."""
    for wish in wishes:
        if isinstance(wish.made_of, PackageFile):
            yield _from_file(wish, wish.made_of), ()
        else:
            assert stager is not None
            yield _from_port(wish, wish.made_of, dependencies(wish.made_of), stager, latest)


def _from_port(
    wish: Wish, port: Port, needed: Needed, stager: NativeStager, latest: int
) -> tuple[Candidate, tuple[str, ...]]:
    staged: StagedPackage = package(
        stager.stage(port.origin), needed.records, stager.profile, latest=latest
    )
    notes = [f"{staged.manifest.full_name}: {note}" for note in staged.notes]
    notes.extend(
        f"{staged.manifest.full_name}: the base system has {dependency.pattern}, "
        f"so {dependency.origin} is not recorded"
        for dependency in needed.in_base
    )
    candidate = Candidate(
        manifest=staged.manifest,
        digest=manifest_digest(staged.manifest),
        source=Source("port", str(port.origin), verified=True),
        open_payload=lambda: nullcontext(staged.payload),
        machine_code=staged.machine_code,
        automatic=wish.automatic,
    )
    return candidate, tuple(notes)


def _from_file(wish: Wish, file: PackageFile) -> Candidate:
    def opened() -> AbstractContextManager[Payload]:
        return file.payload()

    manifest: Manifest = file.manifest
    with opened() as payload:
        machine_code = tuple(survey(payload))
    return Candidate(
        manifest=manifest,
        digest=manifest_digest(manifest),
        source=Source("file", file.path, verified=False),
        open_payload=opened,
        machine_code=machine_code,
        automatic=wish.automatic,
    )
