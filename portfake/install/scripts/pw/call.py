"""What a verb of pw(8) is called with, and how it finds users and groups."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from portfake.errors import Refused
from portfake.formats.passwd import Group, User
from portfake.install.scripts.account_files import AccountFiles
from portfake.shell.command import CommandFailure, Invocation, Parsed

__all__ = ["BAD_DATA", "AccountConflict", "Call", "names_in", "need_number"]

BAD_DATA, _NO_USER, _FULL = 65, 67, 70
_NO_PASSWORD = {"-": "*", "no": "*", "none": ""}
_NOT_IN_NAMES = set(' ,\t:+&#%^()!@~*?<>=|\\/"\n')


class AccountConflict(Refused):
    """A script wants an id or name that the root gives to another."""


@dataclass(slots=True)
class Call:
    """One call of pw; `name` or `number` is whom it is for."""

    run: Invocation
    files: AccountFiles
    given: Parsed
    name: str | None
    number: int | None

    def print(self, text: str) -> None:
        """Write lines to the standard output."""
        self.run.print(text.removesuffix("\n"))

    def wanted_name(self, what: str) -> str:
        """Return the name of what is to be made; CommandFailure if it cannot be one."""
        name = self.name
        if name is None:
            raise CommandFailure(f"{what} required", BAD_DATA)
        if not name or name.startswith("-") or set(name) & _NOT_IN_NAMES:
            raise CommandFailure(f"invalid character in {what} `{name}'", BAD_DATA)
        return name

    def need_user(self) -> User:
        """Return the user that the call is for; CommandFailure if there is none."""
        user = self.files.user(self.name, self.number)
        if user is None:
            raise CommandFailure(f"no such user `{self.name or self.number}'", _NO_USER)
        return user

    def need_group(self) -> Group:
        """Return the group that the call is for; CommandFailure if there is none."""
        group = self.files.group(self.name, self.number)
        if group is None:
            raise CommandFailure(f"unknown group `{self.name or self.number}'", BAD_DATA)
        return group

    def group_named(self, text: str) -> Group:
        """Return the group of a name or number in an option."""
        group = self.files.group(text) or self.files.group(gid=_number(text))
        if group is None:
            raise CommandFailure(f"group `{text}' does not exist", BAD_DATA)
        return group

    def members_named(self, text: str) -> list[str]:
        """Return the names of the users that an option lists by name or number."""
        return [self._user_named(word).name for word in names_in(text)]

    def _user_named(self, text: str) -> User:
        user = self.files.user(text) or self.files.user(uid=_number(text))
        if user is None:
            raise CommandFailure(f"user `{text}' does not exist", _NO_USER)
        return user

    def free_uid(self, name: str, uid: int | None) -> int:
        """Return the id that a user asks for, or the next one; AccountConflict if it is taken."""
        return self._free("user", name, uid, self.files.uids(), self.files.next_uid)

    def free_gid(self, name: str, gid: int | None) -> int:
        """Return the id that a group asks for, or the next one; AccountConflict if it is taken."""
        return self._free("group", name, gid, self.files.gids(), self.files.next_gid)

    def _free(
        self,
        kind: str,
        name: str,
        wanted: int | None,
        taken: Mapping[int, str],
        next_one: Callable[[], int | None],
    ) -> int:
        if wanted is None:
            wanted = next_one()
        if wanted is None:
            raise CommandFailure("unable to allocate a new id - range fully used", _FULL)
        owner = taken.get(wanted, name)
        if owner != name and "o" not in self.given:
            raise AccountConflict(
                f"the {kind} {name} is to have the id {wanted}, which the root gives to {owner}",
                hint=f"give {owner} another id in the root, or {name} an account of its own there",
            )
        return wanted

    def id_of(self, letter: str) -> int | None:
        """Return the id that an option gives."""
        text = self.given.get(letter)
        return None if text is None else need_number(text)

    def password(self) -> str:
        """Return the password field that -h and -w ask for; a real one cannot be made here."""
        for letter in "wh":
            text = self.given.get(letter)
            if text is not None and text not in _NO_PASSWORD:
                raise self.run.refuse(f"-{letter} {text}")
            if text is not None:
                return _NO_PASSWORD[text]
        return "*"


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 11 else None


def need_number(text: str) -> int:
    """Return an id; CommandFailure for what is none."""
    number = _number(text)
    if number is None:
        raise CommandFailure(f"Bad id '{text}': invalid", 64)
    return number


def names_in(text: str) -> list[str]:
    """Return the words of a list that commas or blanks part."""
    return text.replace(",", " ").split()
