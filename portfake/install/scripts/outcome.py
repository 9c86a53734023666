"""What the scripts of a set come to: rehearsed in the plan's order, and put into its steps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from portfake.errors import InputError, NotFound, PortfakeError, Refused
from portfake.formats.passwd import Group, User, parse_group, parse_master_passwd
from portfake.formats.pwd_db_writer import PasswordDatabases, make_databases
from portfake.install.ledger import LedgerEntry, LedgerState, ScriptKind
from portfake.install.plan import Action, Content, Plan, PlannedPackage, Step, StepKind
from portfake.install.scripts.account_files import GROUP, MASTER
from portfake.install.scripts.rehearsal import Contents, Rehearsal, UnknownScripts
from portfake.install.scripts.trigger_file import TRIGGERS, file_name
from portfake.install.scripts.triggers import (
    TRIGGER_FOLDERS,
    Trigger,
    cleanups,
    touched_folders,
    triggers,
)
from portfake.model.entry import Entry, EntryType
from portfake.model.manifest import Manifest, Phase
from portfake.root.accounts import read_accounts
from portfake.shell.edits import Edit
from portfake.shell.files import Files
from portfake.shell.overlay import Overlay

__all__ = ["MakeDatabases", "ScriptOutcome", "kept_config_problems", "rehearse", "with_scripts"]

MakeDatabases = Callable[[str], PasswordDatabases]
"""From the text of master.passwd to pwd.db and spwd.db."""

_DATABASES = {"/etc/pwd.db": 0o644, "/etc/spwd.db": 0o600}


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
    rehearsal = Rehearsal(root, unknown=unknown, accept_accounts=accept_accounts, clock=clock)
    coming: list[Manifest] = []
    going: list[Manifest] = []
    pending: list[Trigger | InputError] = []
    for package in packages:
        name, old = package.manifest.name, installed.get(package.manifest.name)
        if package.action is Action.KEEP:
            continue
        if package.action is Action.DELETE:
            pending.extend(cleanups(rehearsal.view, [package.manifest]))
            rehearsal.delete(package.manifest)
            going.append(package.manifest)
            continue
        rehearsal.install(package.manifest, contents[name], replaced=old)
        coming.append(package.manifest)
    pending.extend(triggers(rehearsal.view, touched_folders([*coming, *going])))
    whose = coming[-1].name if coming else going[-1].name if going else ""
    ledger = list(rehearsal.ledger)
    problems = list(rehearsal.problems)
    for trigger in pending:
        _defer(trigger, rehearsal, whose, ledger)
    users, groups = _accounts(rehearsal, databases or _written)
    edits = tuple(rehearsal.edits())
    problems.extend(_unknown_owners(edits, rehearsal))
    return ScriptOutcome(
        edits=edits,
        origins=rehearsal.origins,
        ledger=tuple(ledger),
        problems=tuple(problems),
        users=users,
        groups=groups,
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


def _defer(
    trigger: Trigger | InputError, rehearsal: Rehearsal, whose: str, ledger: list[LedgerEntry]
) -> None:
    if isinstance(trigger, InputError):
        # pkg says so and passes it over, as a trigger that cannot run stops no package.
        ledger.append(_trigger_entry("", LedgerState.REFUSED, str(trigger), ""))
        return
    path = f"{TRIGGERS}/{file_name(trigger.text)}"
    reason = f"{path} holds it, as pkg defers a trigger in an alternate root"
    ledger.append(_trigger_entry(trigger.path, LedgerState.DEFERRED, reason, trigger.text))
    rehearsal.write(path, trigger.text.encode("utf-8", "surrogateescape"), whose)


def _trigger_entry(path: str, state: LedgerState, reason: str, text: str) -> LedgerEntry:
    left = "pkg triggers\n" if state is LedgerState.DEFERRED else ""
    return LedgerEntry(path, Phase.POST_INSTALL, ScriptKind.TRIGGER, state, reason, text, left)


def _accounts(
    rehearsal: Rehearsal, databases: MakeDatabases
) -> tuple[dict[str, int], dict[str, int]]:
    """The accounts that scripts bring; where users changed, the databases are made anew."""
    changed = {edit.path for edit in rehearsal.edits()}
    users: dict[str, int] = {}
    groups: dict[str, int] = {}
    if MASTER in changed:
        text = _text(rehearsal.view, MASTER)
        lines = parse_master_passwd(text, MASTER)
        users = {line.name: line.uid for line in reversed(lines) if isinstance(line, User)}
        made = databases(text)
        whose = rehearsal.origins[MASTER]
        for (path, mode), data in zip(
            _DATABASES.items(), (made.insecure, made.secure), strict=True
        ):
            rehearsal.write(path, data, whose, mode=mode)
    if GROUP in changed:
        found = parse_group(_text(rehearsal.view, GROUP), GROUP)
        groups = {line.name: line.gid for line in reversed(found) if isinstance(line, Group)}
    return users, groups


def _unknown_owners(edits: Iterable[Edit], rehearsal: Rehearsal) -> Iterator[PortfakeError]:
    """Say of each owner whom the root will not know that a script gives something to them."""
    known = read_accounts(rehearsal.view.read)
    for kind, names, ask in (
        ("user", {edit.after.owner for edit in edits if edit.after}, known.uid),
        ("group", {edit.after.group for edit in edits if edit.after}, known.gid),
    ):
        for name in sorted(name for name in names if name):
            try:
                ask(name)
            except (NotFound, InputError):
                yield InputError(
                    f"a script gives something to the {kind} {name}, whom the root does not know"
                )


def _written(master: str) -> PasswordDatabases:
    return make_databases(parse_master_passwd(master, MASTER))


def _text(files: Overlay, path: str) -> str:
    return files.read(path).decode("utf-8", "surrogateescape")


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
