"""passwd(5), master.passwd and group(5): lines as values and back.

FreeBSD's files: seven fields, ten with class, change and expire in master.passwd, four for
groups. Lines that are no account (comments, blank lines, NIS entries that begin with ``+`` or
``-``) are kept, and so is their order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from portfake.errors import InputError, Place, Problems

__all__ = [
    "Group",
    "OtherLine",
    "User",
    "format_group",
    "format_master_passwd",
    "format_passwd",
    "parse_group",
    "parse_master_passwd",
    "parse_passwd",
]

_MAX_ID = 2**32 - 1
_NO_PASSWORD = "*"  # noqa: S105 - what stands where nobody may log in


@dataclass(frozen=True, slots=True)
class OtherLine:
    """A line that names no account of its own, without its newline."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """One account; `change` and `expire` are seconds since the epoch, 0 for never."""

    name: str
    uid: int
    gid: int
    password: str = _NO_PASSWORD
    login_class: str = ""
    change: int = 0
    expire: int = 0
    gecos: str = ""
    home: str = ""
    shell: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One group and the names of those who belong to it besides by their passwd entry."""

    name: str
    gid: int
    password: str = _NO_PASSWORD
    members: tuple[str, ...] = ()


def parse_master_passwd(text: str, where: str) -> tuple[User | OtherLine, ...]:
    """Return the lines of a master.passwd; InputError with every bad line."""
    return _parse(text, where, 10, _master_user)


def parse_passwd(text: str, where: str) -> tuple[User | OtherLine, ...]:
    """Return the lines of a passwd; InputError with every bad line."""
    return _parse(text, where, 7, _user)


def parse_group(text: str, where: str) -> tuple[Group | OtherLine, ...]:
    """Return the lines of a group file; InputError with every bad line."""
    return _parse(text, where, 4, _group)


def format_master_passwd(lines: Iterable[User | OtherLine]) -> str:
    """Return the text of a master.passwd."""
    return _format(lines, _master_line)


def format_passwd(lines: Iterable[User | OtherLine]) -> str:
    """Return the text of a passwd, where every password is ``*``."""
    return _format(lines, _user_line)


def format_group(lines: Iterable[Group | OtherLine]) -> str:
    """Return the text of a group file."""
    return _format(lines, _group_line)


def _master_user(fields: list[str], where: Place) -> User:
    name, password, uid, gid, login_class, change, expire, gecos, home, shell = fields
    return User(
        name=name,
        password=password,
        uid=_id(uid, where),
        gid=_id(gid, where),
        login_class=login_class,
        change=_seconds(change, where),
        expire=_seconds(expire, where),
        gecos=gecos,
        home=home,
        shell=shell,
    )


def _user(fields: list[str], where: Place) -> User:
    name, password, uid, gid, gecos, home, shell = fields
    return User(
        name=name,
        password=password,
        uid=_id(uid, where),
        gid=_id(gid, where),
        gecos=gecos,
        home=home,
        shell=shell,
    )


def _group(fields: list[str], where: Place) -> Group:
    name, password, gid, members = fields
    return Group(
        name=name,
        password=password,
        gid=_id(gid, where),
        members=tuple(filter(None, members.split(","))),
    )


def _master_line(user: User) -> str:
    return (
        f"{user.name}:{user.password}:{user.uid}:{user.gid}:{user.login_class}"
        f":{user.change}:{user.expire}:{user.gecos}:{user.home}:{user.shell}"
    )


def _user_line(user: User) -> str:
    return f"{user.name}:*:{user.uid}:{user.gid}:{user.gecos}:{user.home}:{user.shell}"


def _group_line(group: Group) -> str:
    return f"{group.name}:{group.password}:{group.gid}:{','.join(group.members)}"


_Account = TypeVar("_Account", User, Group)


def _parse(
    text: str, where: str, width: int, make: Callable[[list[str], Place], _Account]
) -> tuple[_Account | OtherLine, ...]:
    lines: list[_Account | OtherLine] = []
    problems: list[InputError] = []
    for number, line in enumerate(text.removesuffix("\n").split("\n") if text else [], 1):
        if not line.strip() or line.lstrip().startswith("#") or line[0] in "+-":
            lines.append(OtherLine(line))
            continue
        place = Place(where, number)
        try:
            lines.append(make(_fields(line, width, place), place))
        except InputError as problem:
            problems.append(problem)
    Problems.check(problems)
    return tuple(lines)


def _format(lines: Iterable[_Account | OtherLine], account_line: Callable[[_Account], str]) -> str:
    return "".join(
        (line.text if isinstance(line, OtherLine) else account_line(line)) + "\n" for line in lines
    )


def _fields(line: str, width: int, where: Place) -> list[str]:
    fields = line.split(":")
    if len(fields) != width:
        raise InputError(f"{len(fields)} fields instead of {width}", where=where)
    if not fields[0]:
        raise InputError("an entry without a name", where=where)
    return fields


def _id(text: str, where: Place) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 10 or int(text) > _MAX_ID:
        raise InputError(f"{text!r} is no id", where=where)
    return int(text)


def _seconds(text: str, where: Place) -> int:
    """pwd_mkdb(8) reads these by atol(3), where nothing is 0."""
    if not text:
        return 0
    if not (text.isascii() and text.isdigit()) or len(text) > 19:
        raise InputError(f"{text!r} is no time", where=where)
    return int(text)
