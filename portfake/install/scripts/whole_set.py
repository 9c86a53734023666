"""The scripts and triggers of a whole set, and the accounts that they bring."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from portfake.errors import InputError, NotFound, PortfakeError
from portfake.formats.passwd import Group, User, parse_group, parse_master_passwd
from portfake.formats.pwd_db_writer import PasswordDatabases, make_databases
from portfake.install.ledger import LedgerEntry, LedgerState, ScriptKind
from portfake.install.plan import Action, PlannedPackage
from portfake.install.scripts.account_files import GROUP, MASTER
from portfake.install.scripts.outcome import (
    Contents,
    MakeDatabases,
    ScriptOutcome,
    UnknownScripts,
)
from portfake.install.scripts.rehearsal import Rehearsal
from portfake.install.scripts.trigger_file import TRIGGERS, file_name
from portfake.install.scripts.triggers import Trigger, cleanups, touched_folders, triggers
from portfake.model.manifest import Manifest, Phase
from portfake.root.accounts import read_accounts
from portfake.shell.edits import Edit
from portfake.shell.files import Files
from portfake.shell.overlay import Overlay

__all__ = ["rehearse_set"]

_DATABASES = {"/etc/pwd.db": 0o644, "/etc/spwd.db": 0o600}


def rehearse_set(
    packages: Sequence[PlannedPackage],
    installed: Mapping[str, Manifest],
    contents: Mapping[str, Contents],
    root: Files,
    *,
    unknown: UnknownScripts,
    accept_accounts: bool,
    clock: int,
    databases: MakeDatabases | None,
) -> ScriptOutcome:
    """Do what outcome.rehearse promises."""
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
