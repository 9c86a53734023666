"""From wanted packages and facts of the root to a plan, or to everything that speaks against it.

Pure: what it needs to know stands in RootFacts.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from portfake.errors import InputError, NotFound, PortfakeError, Problems, Refused
from portfake.install.candidate import Candidate
from portfake.install.facts import RootFacts
from portfake.install.foreign_code import foreign_code, payload_notes
from portfake.install.ledger import scripts_ledger
from portfake.install.plan import Action, Plan, PlannedPackage, Step, StepKind
from portfake.model.entry import EntryType
from portfake.model.manifest import Manifest, PackagedDirectory, PackagedFile

__all__ = ["Policy", "make_plan"]


@dataclass(frozen=True, slots=True)
class Policy:
    """What the user allowed."""

    no_deps: bool = False
    automatic: bool = False
    """Record what was asked for as if only others needed it."""
    force: bool = False
    """Take over unowned files that differ, keeping each as NAME.pkgsave, as pkg-add(8) does."""
    allow_foreign: tuple[str, ...] = ()
    """Globs over paths whose machine code passes."""


def make_plan(candidates: Sequence[Candidate], facts: RootFacts, policy: Policy) -> Plan:
    """Return what would be done; raises all that speaks against it together (Problems)."""
    ordered = _in_order(candidates)
    new = [candidate for candidate in ordered if not _kept(candidate, facts)]
    missing = _missing(ordered, facts)
    problems: list[PortfakeError] = []
    if not policy.no_deps:
        problems.extend(_missing_problems(missing))
    for candidate in new:
        problems.extend(_package_problems(candidate, facts))
        problems.extend(foreign_code(candidate, facts.abi, facts.osversion, policy.allow_foreign))
    problems.extend(_twice(new))
    steps: list[Step] = []
    for candidate in new:
        for file in candidate.manifest.files:
            planned, problem = _file(file, candidate.manifest, facts, policy)
            steps.append(planned)
            if problem:
                problems.append(problem)
        steps.extend(_own_folders(candidate.manifest))
        problems.extend(_folders(candidate.manifest, facts))
    Problems.check(problems)
    return Plan(
        root=facts.root,
        abi=str(facts.abi),
        osversion=facts.osversion,
        packages=tuple(_planned(candidate, facts, policy) for candidate in ordered),
        steps=tuple(steps),
        missing=tuple(sorted({name for names in missing.values() for name in names})),
        ledger=tuple(entry for candidate in new for entry in scripts_ledger(candidate.manifest)),
        notes=(*_source_notes(new), *payload_notes(new)),
    )


def _in_order(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Depth first over dependencies; a circle is broken where it was entered."""
    by_name = {candidate.manifest.name: candidate for candidate in candidates}
    done: dict[str, Candidate] = {}
    visiting: set[str] = set()
    stack = [(candidate, False) for candidate in reversed(candidates)]
    while stack:
        candidate, ready = stack.pop()
        name = candidate.manifest.name
        if ready:
            done.setdefault(name, candidate)
            continue
        if name in visiting:
            continue
        visiting.add(name)
        stack.append((candidate, True))
        needed = (by_name.get(dependency.name) for dependency in candidate.manifest.deps)
        stack.extend((other, False) for other in needed if other is not None)
    return list(done.values())


def _kept(candidate: Candidate, facts: RootFacts) -> bool:
    installed = facts.installed.get(candidate.manifest.name)
    return (
        installed is not None
        and installed.manifest.version == candidate.manifest.version
        and installed.digest == candidate.digest
    )


def _planned(candidate: Candidate, facts: RootFacts, policy: Policy) -> PlannedPackage:
    return PlannedPackage(
        action=Action.KEEP if _kept(candidate, facts) else Action.INSTALL,
        manifest=candidate.manifest,
        digest=candidate.digest,
        source=candidate.source,
        automatic=candidate.automatic or policy.automatic,
    )


def _missing(candidates: Iterable[Candidate], facts: RootFacts) -> Mapping[str, list[str]]:
    """Package -> the dependencies (name-version) that neither the root nor the set has."""
    candidates = list(candidates)
    there = {candidate.manifest.name for candidate in candidates} | facts.installed.keys()
    return {
        candidate.manifest.full_name: [
            f"{dependency.name}-{dependency.version}"
            for dependency in candidate.manifest.deps
            if dependency.name not in there
        ]
        for candidate in candidates
    }


def _missing_problems(missing: Mapping[str, list[str]]) -> Iterator[PortfakeError]:
    for package, names in missing.items():
        for name in names:
            yield NotFound(
                f"{package} needs {name}, which is neither in the root nor in the set",
                hint="--packages DIR with its package, or --no-deps to install without it",
            )


def _package_problems(candidate: Candidate, facts: RootFacts) -> Iterator[PortfakeError]:
    manifest = candidate.manifest
    if not facts.abi.accepts(manifest.abi):
        yield Refused(
            f"{manifest.full_name} is a package for {manifest.abi}, the root is {facts.abi}",
            where=candidate.source.name,
        )
    installed = facts.installed.get(manifest.name)
    if installed is not None and not _kept(candidate, facts):
        yield Refused(
            f"{installed.manifest.full_name} is installed, {manifest.full_name} would replace it",
            hint=f"delete {manifest.name} first; portfake does not replace packages yet",
        )
    attributed: tuple[PackagedFile | PackagedDirectory, ...]
    attributed = (*manifest.files, *manifest.directories)
    for kind, known, names in (
        ("user", facts.users, {item.owner for item in attributed}),
        ("group", facts.groups, {item.group for item in attributed}),
    ):
        for name in sorted(name for name in names if name and name not in known):
            yield InputError(
                f"{manifest.full_name} has files of the {kind} {name}, whom the root does not know",
                hint=f"add the {kind} to the root's own /etc first; the host's does not count",
            )


def _twice(candidates: Iterable[Candidate]) -> Iterator[PortfakeError]:
    owners: dict[str, str] = {}
    for candidate in candidates:
        for file in candidate.manifest.files:
            other = owners.setdefault(file.path, candidate.manifest.name)
            if other != candidate.manifest.name:
                yield Refused(f"{file.path} is in both {other} and {candidate.manifest.name}")


def _file(
    file: PackagedFile, manifest: Manifest, facts: RootFacts, policy: Policy
) -> tuple[Step, PortfakeError | None]:
    there = facts.entries.get(file.path)
    owner = facts.owners.get(file.path)
    saved_as = None
    problem: PortfakeError | None = None
    if owner is not None and owner != manifest.name:
        problem = Refused(f"{file.path} belongs to the installed package {owner}")
    elif there is not None and there.type is EntryType.DIRECTORY:
        problem = Refused(f"{file.path} is a folder in the root, a file in {manifest.full_name}")
    elif there is not None and owner is None and file.path not in facts.same:
        saved_as = f"{file.path}.pkgsave"
        if not policy.force:
            problem = Refused(
                f"{file.path} is in the root, of no package, and differs",
                hint=f"move it away, or keep it as {saved_as} with --force",
            )
    problem = problem or _parent_problem(file.path, facts)
    planned = Step(
        kind=StepKind.PLACE,
        path=file.path,
        package=manifest.name,
        type=EntryType.FILE if file.target is None else EntryType.SYMLINK,
        mode=file.mode,
        owner=file.owner,
        group=file.group,
        target=file.target,
        saved_as=saved_as if policy.force else None,
    )
    return planned, problem


def _own_folders(manifest: Manifest) -> Iterator[Step]:
    for folder in manifest.directories:
        yield Step(
            kind=StepKind.FOLDER,
            path=folder.path,
            package=manifest.name,
            type=EntryType.DIRECTORY,
            mode=folder.mode,
            owner=folder.owner,
            group=folder.group,
        )


def _folders(manifest: Manifest, facts: RootFacts) -> Iterator[PortfakeError]:
    for folder in manifest.directories:
        there = facts.entries.get(folder.path)
        if there is not None and there.type is not EntryType.DIRECTORY:
            yield Refused(f"{folder.path} is no folder in the root, but in {manifest.full_name}")
        problem = _parent_problem(folder.path, facts)
        if problem:
            yield problem


def _parent_problem(path: str, facts: RootFacts) -> PortfakeError | None:
    parent = posixpath.dirname(path)
    while parent != "/":
        there = facts.parents.get(parent)
        if there is not None and there.type is not EntryType.DIRECTORY:
            return Refused(f"{parent} is no folder in the root, and {path} lies below it")
        parent = posixpath.dirname(parent)
    return None


def _source_notes(candidates: Iterable[Candidate]) -> Iterator[str]:
    for candidate in candidates:
        if not candidate.source.verified:
            yield (
                f"{candidate.manifest.full_name}: taken from {candidate.source.name}, "
                "unverified (no signature was checked)"
            )
