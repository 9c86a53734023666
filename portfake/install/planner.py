"""From wanted packages and facts of the root to a plan, or to everything that speaks against it.

Pure: what it needs to know stands in RootFacts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from portfake import __version__
from portfake.errors import InputError, NotFound, PortfakeError, Problems, Refused
from portfake.install.candidate import Candidate
from portfake.install.capacity import capacity_problems
from portfake.install.conflicts import conflict_problems
from portfake.install.facts import RootFacts
from portfake.install.foreign_code import foreign_code, payload_notes
from portfake.install.plan import Action, Plan, PlannedPackage
from portfake.install.scripts.outcome import (
    ScriptOutcome,
    UnknownScripts,
    kept_config_problems,
    with_scripts,
)
from portfake.install.tree_planner import TreePlanner
from portfake.model.manifest import InstalledPackage, Manifest, PackagedDirectory, PackagedFile
from portfake.model.version import PortVersion

__all__ = ["Policy", "make_plan", "planned_packages"]


_NO_SCRIPTS = ScriptOutcome()


@dataclass(frozen=True, slots=True)
class Policy:
    """What the user allowed."""

    no_deps: bool = False
    automatic: bool = False
    """Record what was asked for as if only others needed it."""
    force: bool = False
    """Install again what is there already, and take over unowned files that differ, keeping each
    as NAME.pkgsave, as pkg-add(8) does."""
    allow_foreign: tuple[str, ...] = ()
    """Globs over paths whose machine code passes."""
    annotate: bool = True
    """Record that portfake made the record, and of what."""
    unknown_scripts: UnknownScripts = UnknownScripts.REFUSE


def planned_packages(
    candidates: Sequence[Candidate], facts: RootFacts, policy: Policy
) -> tuple[PlannedPackage, ...]:
    """Return what happens to each package of the set, in the order of the work."""
    return tuple(_planned(candidate, facts, policy) for candidate in _in_order(candidates))


def make_plan(
    candidates: Sequence[Candidate],
    facts: RootFacts,
    policy: Policy,
    scripts: ScriptOutcome = _NO_SCRIPTS,
    obstacles: Iterable[PortfakeError] = (),
) -> Plan:
    """Return what would be done; raises all that speaks against it together (Problems).

    `scripts` is what the scripts of `planned_packages` came to, `obstacles` what stands in the
    way of writing the records.
    """
    ordered = _in_order(candidates)
    new = [candidate for candidate in ordered if policy.force or not _kept(candidate, facts)]
    missing = _missing(ordered, facts)
    problems = list(obstacles) if new else []
    if not policy.no_deps:
        problems.extend(_missing_problems(missing))
    for candidate in new:
        problems.extend(_package_problems(candidate, facts, scripts))
        problems.extend(foreign_code(candidate, facts.abi, facts.osversion, policy.allow_foreign))
    problems.extend(conflict_problems(new, facts.beside))
    problems.extend(_twice(new))
    replaced = [facts.installed[name].manifest for name in _names(new) if name in facts.installed]
    tree = TreePlanner(facts, new, replaced, force=policy.force)
    steps = list(tree.steps())
    problems.extend(tree.problems)
    problems.extend(capacity_problems(new, facts.spaces))
    problems.extend(scripts.problems)
    problems.extend(kept_config_problems(steps, [each.manifest for each in new], scripts))
    Problems.check(problems)
    plan = Plan(
        root=facts.root,
        abi=str(facts.abi),
        osversion=facts.osversion,
        packages=planned_packages(candidates, facts, policy),
        steps=tuple(steps),
        missing=tuple(sorted({name for names in missing.values() for name in names})),
        ledger=(),
        notes=(*_source_notes(new), *payload_notes(new), *tree.notes),
    )
    return with_scripts(plan, scripts)


def _names(candidates: Iterable[Candidate]) -> Iterator[str]:
    return (candidate.manifest.name for candidate in candidates)


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
    installed = facts.installed.get(candidate.manifest.name)
    automatic = candidate.automatic or policy.automatic
    if installed is not None and not policy.automatic:
        # What somebody asked for once stays so when only another needs its new version.
        automatic = automatic and installed.automatic
    return PlannedPackage(
        action=_action(candidate, installed, facts, policy),
        manifest=_annotated(candidate) if policy.annotate else candidate.manifest,
        digest=candidate.digest,
        source=candidate.source,
        automatic=automatic,
        replaces=installed.manifest.version if installed is not None else None,
    )


def _annotated(candidate: Candidate) -> Manifest:
    """The manifest as it is recorded; no digest that pkg compares covers annotations."""
    said = {"portfake_version": __version__, **candidate.provenance}
    return replace(candidate.manifest, annotations={**candidate.manifest.annotations, **said})


def _action(
    candidate: Candidate, installed: InstalledPackage | None, facts: RootFacts, policy: Policy
) -> Action:
    if installed is None:
        return Action.INSTALL
    if _kept(candidate, facts) and not policy.force:
        return Action.KEEP
    old, new = PortVersion(installed.manifest.version), PortVersion(candidate.manifest.version)
    if old == new:
        return Action.REINSTALL
    return Action.UPGRADE if old < new else Action.DOWNGRADE


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


def _package_problems(
    candidate: Candidate, facts: RootFacts, scripts: ScriptOutcome
) -> Iterator[PortfakeError]:
    manifest = candidate.manifest
    if not facts.abi.accepts(manifest.abi):
        yield Refused(
            f"{manifest.full_name} is a package for {manifest.abi}, the root is {facts.abi}",
            where=candidate.source.name,
        )
    installed = facts.installed.get(manifest.name)
    if installed is not None and installed.locked:
        yield Refused(
            f"{installed.manifest.full_name} is locked, {manifest.full_name} would replace it",
            hint="unlock it with pkg-unlock(8)",
        )
    attributed: tuple[PackagedFile | PackagedDirectory, ...]
    attributed = (*manifest.files, *manifest.directories)
    for kind, known, names in (
        ("user", facts.users | scripts.users.keys(), {item.owner for item in attributed}),
        ("group", facts.groups | scripts.groups.keys(), {item.group for item in attributed}),
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


def _source_notes(candidates: Iterable[Candidate]) -> Iterator[str]:
    for candidate in candidates:
        if not candidate.source.verified:
            yield (
                f"{candidate.manifest.full_name}: taken from {candidate.source.name}, "
                "unverified (no signature was checked)"
            )
