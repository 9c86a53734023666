"""Names and ids of owners, as the root's own files give them, never the host's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final, TypeVar

from portfake.errors import InputError, NotFound
from portfake.formats.passwd import (
    Group,
    OtherLine,
    User,
    parse_group,
    parse_master_passwd,
    parse_passwd,
)

__all__ = ["Accounts", "read_accounts"]

_MASTER_FILE: Final = "/etc/master.passwd"
_USER_FILE: Final = "/etc/passwd"
_GROUP_FILE: Final = "/etc/group"


class Accounts:
    """The users and groups of one root; root and wheel are 0 by definition, files or not."""

    __slots__ = ("_group_names", "_user_names", "groups", "problem", "users")

    def __init__(
        self,
        users: Iterable[User | OtherLine] = (),
        groups: Iterable[Group | OtherLine] = (),
        problem: InputError | None = None,
    ) -> None:
        """Take the lines of passwd and group; of two of one name or id the first counts.

        `problem` tells that a file could not be read: numbers then stay numbers, and asking for
        a name raises it.
        """
        self.problem = problem
        known_users = [(user.name, user.uid) for user in users if isinstance(user, User)]
        known_groups = [(group.name, group.gid) for group in groups if isinstance(group, Group)]
        self.users = _first([("root", 0), *known_users])
        self.groups = _first([("wheel", 0), *known_groups])
        self._user_names = _first((uid, name) for name, uid in self.users.items())
        self._group_names = _first((gid, name) for name, gid in self.groups.items())

    def expecting(self, users: Mapping[str, int], groups: Mapping[str, int]) -> Accounts:
        """Return these accounts and some that are about to be added."""
        more = Accounts((), (), self.problem)
        more.users = {**users, **self.users}
        more.groups = {**groups, **self.groups}
        more._user_names = self._user_names
        more._group_names = self._group_names
        return more

    def uid(self, name: str) -> int:
        """Return a user's id, decimal text standing for itself; NotFound for an unknown name."""
        return self._id(self.users, name, "user", _MASTER_FILE)

    def gid(self, name: str) -> int:
        """Return a group's id, decimal text standing for itself; NotFound for an unknown name."""
        return self._id(self.groups, name, "group", _GROUP_FILE)

    def user(self, uid: int) -> str:
        """Return the first user with this id, the number as text if there is none."""
        return self._user_names.get(uid) or str(uid)

    def group(self, gid: int) -> str:
        """Return the first group with this id, the number as text if there is none."""
        return self._group_names.get(gid) or str(gid)

    def _id(self, known: Mapping[str, int], name: str, kind: str, file: str) -> int:
        found = known.get(name)
        if found is not None:
            return found
        if name.isascii() and name.isdigit() and len(name) <= 10:
            return int(name)
        if self.problem is not None:
            raise self.problem
        raise NotFound(
            f"the root has no {kind} {name!r}",
            where=file,
            hint=f"a {kind} is looked up in the root's own {file}, never on this machine",
        )


def read_accounts(read: Callable[[str], bytes]) -> Accounts:
    """Return the accounts of the root that `read` reads files of; nothing is raised here."""
    problem = None

    def lines(path: str, parse: Callable[[str, str], tuple[_Line, ...]]) -> tuple[_Line, ...]:
        nonlocal problem
        try:
            return parse(read(path).decode("utf-8", "surrogateescape"), path)
        except FileNotFoundError:
            return ()
        except OSError as error:
            problem = InputError(f"cannot be read: {error.strerror}", where=path)
        except InputError as error:
            problem = error
        return ()

    users = lines(_MASTER_FILE, parse_master_passwd) or lines(_USER_FILE, parse_passwd)
    return Accounts(users, lines(_GROUP_FILE, parse_group), problem)


_Line = TypeVar("_Line")
_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


def _first(pairs: Iterable[tuple[_Key, _Value]]) -> dict[_Key, _Value]:
    first: dict[_Key, _Value] = {}
    for key, value in pairs:
        first.setdefault(key, value)
    return first
