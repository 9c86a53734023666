"""What the scripts of a set come to, and how that becomes part of the plan's steps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import BinaryIO

from portfake.errors import PortfakeError, Refused
from portfake.formats.pwd_db_writer import PasswordDatabases
from portfake.install.ledger import LedgerEntry
from portfake.install.plan import Action, Content, Plan, PlannedPackage, Step, StepKind
from portfake.model.entry import Entry, EntryType
from portfake.model.manifest import Manifest
from portfake.shell.edits import Edit
from portfake.shell.files import Files

__all__ = [
    "TRIGGER_FOLDERS",
    "Contents",
    "MakeDatabases",
    "ScriptOutcome",
    "UnknownScripts",
    "kept_config_problems",
    "rehearse",
    "with_scripts",
]

Contents = Callable[[str], BinaryIO]
"""Opens a file of a package by its path."""
MakeDatabases = Callable[[str], PasswordDatabases]
"""From the text of master.passwd to pwd.db and spwd.db."""
TRIGGER_FOLDERS = ("/usr/share/pkg/triggers", "/usr/local/share/pkg/triggers")


class UnknownScripts(Enum):
    """What is done about a script that is of no known kind."""

    REFUSE = "refuse"
    DEFER = "defer"
    IGNORE = "ignore"


@dataclass(frozen=True, slots=True)
class ScriptOutcome:
    """What scripts change, what became of each, and what speaks against the plan."""

    edits: tuple[Edit, ...] = ()
    origins: Mapping[str, str] = field(default_factory=dict)
    """Path of an edit -> the package whose script made it."""
    ledger: tuple[LedgerEntry, ...] = ()
    problems: tuple[PortfakeError, ...] = ()
    users: Mapping[str, int] = field(default_factory=dict)
    """The accounts that the edits bring."""
    groups: Mapping[str, int] = field(default_factory=dict)


def rehearse(
    packages: Sequence[PlannedPackage],
    installed: Mapping[str, Manifest],
    contents: Mapping[str, Contents],
    root: Files,
    *,
    unknown: UnknownScripts = UnknownScripts.REFUSE,
    accept_accounts: bool = False,
    clock: int = 0,
    databases: MakeDatabases | None = None,
) -> ScriptOutcome:
    """Run the scripts of a plan's packages over a view of the root, which is only read.

    `installed` are the manifests of packages that are replaced or go, `contents` the files of
    those that come; both by name. `databases` makes pwd.db and spwd.db, by default as
    formats.pwd_db_writer does.
    """
    if not _anything_to_run(packages, installed, root):
        return ScriptOutcome()
    # The shell takes its time to load, and most packages have no scripts.
    from portfake.install.scripts.whole_set import rehearse_set  # noqa: PLC0415  # start-up time

    return rehearse_set(
        packages,
        installed,
        contents,
        root,
        unknown=unknown,
        accept_accounts=accept_accounts,
        clock=clock,
        databases=databases,
    )


def _anything_to_run(
    packages: Sequence[PlannedPackage], installed: Mapping[str, Manifest], root: Files
) -> bool:
    """Most packages have no scripts, and their files need not be looked at."""
    changing = [package.manifest for package in packages if package.action is not Action.KEEP]
    old = [installed[package.name] for package in changing if package.name in installed]
    return (
        any(package.scripts or package.lua_scripts for package in (*changing, *old))
        or any(root.stat(folder) is not None for folder in TRIGGER_FOLDERS)
        or any(file.path.startswith(TRIGGER_FOLDERS) for each in changing for file in each.files)
    )


# into the plan


def kept_config_problems(
    steps: Iterable[Step], packages: Iterable[Manifest], outcome: ScriptOutcome
) -> Iterator[PortfakeError]:
    """Say of each configuration file that its administrator's text and a script's are two.

    Scripts were tried on the packaged text; where that is not what will lie there, what the
    script would make of the other is not known.
    """
    placed = {step.path for step in steps if step.kind is StepKind.PLACE and not step.payload_path}
    for package in packages:
        edited = {edit.path for edit in outcome.edits} & set(package.config)
        for path in sorted(edited - placed):
            yield Refused(
                f"{package.full_name}: a script edits {path}, which was changed in the root",
                hint="put the packaged file there first, and merge the changes afterwards",
            )


def with_scripts(plan: Plan, outcome: ScriptOutcome) -> Plan:
    """Return the plan with what scripts change among its steps, and with their ledger."""
    edits = {edit.path: edit for edit in outcome.edits}
    steps = [_changed(step, edits.pop(step.path, None)) for step in plan.steps]
    steps.extend(_steps(edits.values(), outcome.origins))
    return replace(
        plan,
        steps=tuple(sorted(steps, key=_last_first)),
        ledger=outcome.ledger,
        users=outcome.users,
        groups=outcome.groups,
    )


def _last_first(step: Step) -> tuple[bool, int]:
    """Folders go at the end, inner ones before those around them."""
    goes = step.kind is StepKind.REMOVE_FOLDER
    return goes, -step.path.count("/") if goes else 0


def _changed(step: Step, edit: Edit | None) -> Step:
    """A step for a path that a script changes too."""
    if edit is None:
        return step
    after = edit.after
    if after is None:
        folder = step.kind in {StepKind.FOLDER, StepKind.REMOVE_FOLDER}
        kind = StepKind.REMOVE_FOLDER if folder else StepKind.REMOVE
        return Step(kind=kind, path=step.path, package=step.package)
    if after.type is EntryType.DIRECTORY:
        return replace(
            step, kind=StepKind.FOLDER, mode=after.mode, owner=after.owner, group=after.group
        )
    return replace(_write(edit, after, step.package), saved_as=step.saved_as)


def _steps(edits: Iterable[Edit], origins: Mapping[str, str]) -> Iterator[Step]:
    for edit in edits:
        whose = origins.get(edit.path, "")
        if edit.after is None:
            folder = edit.before is not None and edit.before.type is EntryType.DIRECTORY
            kind = StepKind.REMOVE_FOLDER if folder else StepKind.REMOVE
            yield Step(kind=kind, path=edit.path, package=whose)
        elif edit.after.type is EntryType.DIRECTORY:
            yield Step(
                kind=StepKind.FOLDER,
                path=edit.path,
                package=whose,
                type=EntryType.DIRECTORY,
                mode=edit.after.mode,
                owner=edit.after.owner,
                group=edit.after.group,
            )
        else:
            yield _write(edit, edit.after, whose)


def _write(edit: Edit, after: Entry, whose: str) -> Step:
    return Step(
        kind=StepKind.WRITE,
        path=edit.path,
        package=whose,
        type=after.type,
        mode=after.mode if after.type is EntryType.FILE else None,
        owner=after.owner,
        group=after.group,
        mtime=after.mtime,
        target=after.target,
        content=None if edit.content is None else Content.of(edit.content),
    )
