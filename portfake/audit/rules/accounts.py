"""The account files, and the accounts that packages need."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from portfake.audit.finding import Severity
from portfake.audit.inventory import Inventory
from portfake.audit.rule import Needs, Observation, rule
from portfake.formats.passwd import User

__all__ = ["RULES"]

_MASTER: Final = "/etc/master.passwd"
_GROUP: Final = "/etc/group"
_PUBLIC, _SECRET = "/etc/pwd.db", "/etc/spwd.db"
_NO_LOGIN: Final = frozenset({"", "/nonexistent", "/usr/sbin/nologin", "/sbin/nologin"})
_MODES: Final = {_MASTER: 0o600, _SECRET: 0o600}
_ACCOUNTS: Final = Needs.WHOLE | Needs.BASE


@rule(
    "user-missing",
    Severity.ERROR,
    "The users that packages need are in the root's master.passwd.",
    needs=_ACCOUNTS,
    fix="pw -R ROOT useradd, with the id of the ports tree's UIDs",
)
def _users(inventory: Inventory) -> Iterator[Observation]:
    known = {user.name for user in inventory.accounts.users}
    for package in inventory.packages:
        for name in package.manifest.users:
            if name not in known:
                yield Observation(
                    message=f"needs the user {name}, which the root does not have",
                    package=package.manifest.full_name,
                    evidence={"user": name},
                )


@rule(
    "group-missing",
    Severity.ERROR,
    "The groups that packages need are in the root's group file.",
    needs=_ACCOUNTS,
    fix="pw -R ROOT groupadd, with the id of the ports tree's GIDs",
)
def _groups(inventory: Inventory) -> Iterator[Observation]:
    known = {group.name for group in inventory.accounts.groups}
    for package in inventory.packages:
        for name in package.manifest.groups:
            if name not in known:
                yield Observation(
                    message=f"needs the group {name}, which the root does not have",
                    package=package.manifest.full_name,
                    evidence={"group": name},
                )


@rule(
    "account-id",
    Severity.WARNING,
    "Accounts of packages have the ids that the ports tree's UIDs and GIDs give them.",
    needs=_ACCOUNTS | Needs.IDS,
)
def _ids(inventory: Inventory) -> Iterator[Observation]:
    users = {user.name: user.uid for user in inventory.accounts.users}
    groups = {group.name: group.gid for group in inventory.accounts.groups}
    for package in inventory.packages:
        manifest = package.manifest
        for kind, names, there in (
            ("users", manifest.users, users),
            ("groups", manifest.groups, groups),
        ):
            wanted = inventory.registered_ids.get(kind, {})
            for name in names:
                if name in there and name in wanted and there[name] != wanted[name]:
                    yield Observation(
                        message=f"{kind[:-1]} {name} has id {there[name]}, not {wanted[name]}",
                        package=manifest.full_name,
                        evidence={"registered": str(wanted[name]), "found": str(there[name])},
                    )


@rule(
    "account-file-bad",
    Severity.ERROR,
    "The account files can be read, line by line.",
    needs=_ACCOUNTS,
    fix="mend the line with vipw -d",
)
def _bad_files(inventory: Inventory) -> Iterator[Observation]:
    for path, problem in inventory.accounts.problems:
        yield Observation(message=problem, path=path)


@rule(
    "account-duplicate",
    Severity.ERROR,
    "Every name stands once in its file.",
    needs=_ACCOUNTS,
    fix="remove the second line; the first counts",
)
def _duplicates(inventory: Inventory) -> Iterator[Observation]:
    for path, names in (
        (_MASTER, [user.name for user in inventory.accounts.users]),
        (_GROUP, [group.name for group in inventory.accounts.groups]),
    ):
        for name, count in Counter(names).items():
            if count > 1:
                yield Observation(message=f"{name} stands there {count} times", path=path)


@rule(
    "account-database-missing",
    Severity.ERROR,
    "The databases that the C library looks accounts up in were made of master.passwd.",
    needs=_ACCOUNTS,
    fix="pwd_mkdb -d ROOT/etc -p ROOT/etc/master.passwd",
)
def _no_database(inventory: Inventory) -> Iterator[Observation]:
    for path in (_PUBLIC, _SECRET):
        if inventory.at(path) is None:
            yield Observation(message="is missing: nobody can log in", path=path)


@rule(
    "account-database-stale",
    Severity.ERROR,
    "The databases hold the accounts of master.passwd.",
    needs=_ACCOUNTS,
    fix="pwd_mkdb -d ROOT/etc -p ROOT/etc/master.passwd",
)
def _stale(inventory: Inventory) -> Iterator[Observation]:
    wanted = _by_name(inventory.accounts.users)
    for path, found in inventory.accounts.databases.items():
        if isinstance(found, str):
            yield Observation(message=f"cannot be read: {found}", path=path)
            continue
        there = _by_name(found)
        for name in sorted(wanted.keys() | there.keys()):
            before, after = wanted.get(name), there.get(name)
            if path == _PUBLIC and before and after:
                before, after = (replace(each, password="*") for each in (before, after))  # noqa: S106 - no password
            if before != after:
                state = "differs" if before and after else "is missing" if before else "is too much"
                yield Observation(message=f"{name} {state}", path=path, evidence={"user": name})


def _by_name(users: tuple[User, ...]) -> Mapping[str, User]:
    found: dict[str, User] = {}
    for user in users:
        found.setdefault(user.name, user)
    return found


@rule(
    "account-file-mode",
    Severity.ERROR,
    "Nobody but root reads passwords.",
    needs=_ACCOUNTS,
    fix="chmod 0600",
)
def _modes(inventory: Inventory) -> Iterator[Observation]:
    for path, wanted in _MODES.items():
        entry = inventory.at(path)
        if entry is not None and (entry.mode or 0) & ~wanted & 0o777:
            yield Observation(message=f"has mode {entry.mode:04o}, not {wanted:04o}", path=path)


@rule(
    "shell-unlisted",
    Severity.WARNING,
    "The shell of every user who can log in is in etc/shells.",
    needs=_ACCOUNTS,
    fix="add it to ROOT/etc/shells",
)
def _unlisted(inventory: Inventory) -> Iterator[Observation]:
    shells = inventory.accounts.shells
    if shells is None:
        return
    for user in inventory.accounts.users:
        if user.shell not in shells | _NO_LOGIN and inventory.at(user.shell, follow=True):
            yield Observation(
                message=f"{user.name} has the shell {user.shell}, which is not listed",
                path="/etc/shells",
                evidence={"user": user.name, "shell": user.shell},
            )


@rule(
    "shell-missing",
    Severity.ERROR,
    "The shell of every user is in the root.",
    needs=_ACCOUNTS,
    fix="install the shell, or give the user another one",
)
def _no_shell(inventory: Inventory) -> Iterator[Observation]:
    for user in inventory.accounts.users:
        if user.shell not in _NO_LOGIN and inventory.at(user.shell, follow=True) is None:
            yield Observation(
                message=f"{user.name} has the shell {user.shell}, which is not there",
                path=_MASTER,
                evidence={"user": user.name, "shell": user.shell},
            )


@rule(
    "owner-unknown",
    Severity.WARNING,
    "Every file belongs to a user and a group that the root knows.",
    needs=_ACCOUNTS,
    fix="make the account, or chown the file",
)
def _unknown(inventory: Inventory) -> Iterator[Observation]:
    for path, entry in inventory.entries.items():
        for what, name in (("user", entry.owner), ("group", entry.group)):
            if name is not None and name.isdigit():
                yield Observation(
                    message=f"belongs to {what} {name}, whom nobody knows",
                    package=inventory.owners.get(path),
                    path=path,
                    evidence={what: name},
                )


RULES = (
    *(_users, _groups, _ids, _bad_files, _duplicates, _no_database, _stale, _modes),
    *(_unlisted, _no_shell, _unknown),
)
