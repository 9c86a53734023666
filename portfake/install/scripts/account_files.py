"""The root's own master.passwd, passwd and group, read and rewritten through a view."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from portfake.errors import Refused
from portfake.formats.passwd import (
    Group,
    OtherLine,
    User,
    format_group,
    format_master_passwd,
    format_passwd,
    parse_group,
    parse_master_passwd,
)
from portfake.shell.view import View, text_of

__all__ = ["GROUP", "MASTER", "PASSWD", "AccountFiles"]

MASTER = "/etc/master.passwd"
PASSWD = "/etc/passwd"  # noqa: S105 - a path
GROUP = "/etc/group"
# pw(8)'s own limits, where pw.conf does not say otherwise (usr.sbin/pw/pw_conf.c).
_FIRST_ID, _LAST_ID = 1000, 32000


class AccountFiles:
    """Users and groups as lines in their order; whatever changes is written at once.

    Refused for a root without the files: no base system has been put there yet.
    """

    def __init__(self, view: View) -> None:
        self._view = view
        self._users = list(parse_master_passwd(self._text(MASTER), MASTER))
        self._groups = list(parse_group(self._text(GROUP), GROUP))

    def _text(self, path: str) -> str:
        try:
            return text_of(self._view.read(path))
        except FileNotFoundError:
            raise Refused(
                f"the root has no {path}, and a package wants to add accounts",
                hint="put the base system's files into the root first",
            ) from None

    # looking

    @property
    def users(self) -> list[User]:
        """The accounts, without other lines."""
        return [user for user in self._users if isinstance(user, User)]

    @property
    def groups(self) -> list[Group]:
        """The groups, without other lines."""
        return [group for group in self._groups if isinstance(group, Group)]

    def user(self, name: str | None = None, uid: int | None = None) -> User | None:
        """The first user of that name or id."""
        return next((user for user in self.users if user.name == name or user.uid == uid), None)

    def group(self, name: str | None = None, gid: int | None = None) -> Group | None:
        """The first group of that name or id."""
        return next(
            (group for group in self.groups if group.name == name or group.gid == gid), None
        )

    def next_uid(self) -> int | None:
        """The id behind the highest in use, as pw(8) chooses; None if all are taken."""
        return _next(user.uid for user in self.users)

    def next_gid(self) -> int | None:
        """The same for groups."""
        return _next(group.gid for group in self.groups)

    def uids(self) -> dict[int, str]:
        """Id -> the first user that has it."""
        return {user.uid: user.name for user in reversed(self.users)}

    def gids(self) -> dict[int, str]:
        """Id -> the first group that has it."""
        return {group.gid: group.name for group in reversed(self.groups)}

    # changing

    def add_user(self, user: User) -> None:
        """Append an account."""
        self._users.append(user)
        self._write_users()

    def add_group(self, group: Group) -> None:
        """Append a group."""
        self._groups.append(group)
        self._write_groups()

    def change_user(self, name: str, change: Callable[[User], User | None]) -> None:
        """Replace an account; None removes it."""
        lines = (
            change(line) if isinstance(line, User) and line.name == name else line
            for line in self._users
        )
        self._users = [line for line in lines if line is not None]
        self._write_users()

    def change_group(self, name: str, change: Callable[[Group], Group | None]) -> None:
        """Replace a group; None removes it."""
        lines = (
            change(line) if isinstance(line, Group) and line.name == name else line
            for line in self._groups
        )
        self._groups = [line for line in lines if line is not None]
        self._write_groups()

    def add_members(self, group: str, names: Iterable[str]) -> None:
        """Add users to a group, each once."""
        wanted = list(names)

        def joined(group: Group) -> Group:
            new = [name for name in dict.fromkeys(wanted) if name not in group.members]
            return replace(group, members=(*group.members, *new))

        self.change_group(group, joined)

    def remove_members(self, group: str, names: set[str]) -> None:
        """Take users out of a group."""

        def left(group: Group) -> Group:
            return replace(group, members=tuple(n for n in group.members if n not in names))

        self.change_group(group, left)

    def _write_users(self) -> None:
        self._write(MASTER, format_master_passwd(self._users), 0o600)
        self._write(PASSWD, format_passwd([_without_secrets(line) for line in self._users]), 0o644)

    def _write_groups(self) -> None:
        self._write(GROUP, format_group(self._groups), 0o644)

    def _write(self, path: str, text: str, mode: int) -> None:
        self._view.write(path, [text.encode("utf-8", "surrogateescape")], mode=mode)
        self._view.chmod(path, mode)


def _next(ids: Iterable[int]) -> int | None:
    used = {number for number in ids if _FIRST_ID <= number <= _LAST_ID}
    above = max(used, default=_FIRST_ID - 1) + 1
    if above <= _LAST_ID:
        return above
    return next((number for number in range(_FIRST_ID, _LAST_ID + 1) if number not in used), None)


def _without_secrets(line: User | OtherLine) -> User | OtherLine:
    """A line of passwd(5); pwd_mkdb(8) -p takes the fields of NIS entries apart as well."""
    if isinstance(line, OtherLine) and line.text[:1] in {"+", "-"}:
        fields = line.text.split(":")
        if len(fields) == 10:
            return OtherLine(":".join([fields[0], "*", *fields[2:4], *fields[7:]]))
    return line
