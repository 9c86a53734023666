"""The account files of a root, read line by line: a bad line does not hide the others."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, TypeVar

from portfake.audit.inventory import AccountFiles
from portfake.errors import InputError
from portfake.formats.passwd import (
    Group,
    OtherLine,
    User,
    parse_group,
    parse_master_passwd,
    parse_passwd,
)
from portfake.formats.pwd_db import parse_pwd_db
from portfake.root.confined import Root

__all__ = ["read_account_files"]

_DATABASES: Final = ("/etc/pwd.db", "/etc/spwd.db")
_RC_CONF: Final = ("/etc/defaults/rc.conf", "/etc/rc.conf", "/etc/rc.conf.local")
_ENABLE: Final = re.compile(r"^[ \t]*([A-Za-z_]\w*)_enable=[\"']?(\w+)", re.MULTILINE)
_YES: Final = frozenset({"yes", "true", "on", "1"})


def read_account_files(root: Root) -> AccountFiles:
    """Return what the files say; what cannot be read is a problem of the file."""
    reader = _Reader(root)
    users = reader.lines("/etc/master.passwd", parse_master_passwd) or reader.lines(
        "/etc/passwd", parse_passwd
    )
    groups = reader.lines("/etc/group", parse_group)
    shells = reader.text("/etc/shells")
    return AccountFiles(
        users=users,
        groups=groups,
        shells=None if shells is None else _shells(shells),
        databases=reader.databases(),
        services=_services(reader),
        problems=tuple(reader.problems),
    )


_Account = TypeVar("_Account", User, Group)


class _Reader:
    def __init__(self, root: Root) -> None:
        self.root = root
        self.problems: list[tuple[str, str]] = []

    def data(self, path: str) -> bytes | None:
        try:
            return self.root.read(path)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            self.problems.append((path, error.strerror or "cannot be read"))
        except InputError as error:
            self.problems.append((path, error.message))
        return None

    def text(self, path: str) -> str | None:
        data = self.data(path)
        return None if data is None else data.decode("utf-8", "surrogateescape")

    def lines(
        self, path: str, parse: Callable[[str, str], tuple[_Account | OtherLine, ...]]
    ) -> tuple[_Account, ...]:
        accounts: list[_Account] = []
        for number, line in enumerate((self.text(path) or "").split("\n"), 1):
            try:
                found = parse(line, path)
            except InputError as error:
                self.problems.append((path, f"line {number}: {error.message}"))
            else:
                accounts += [each for each in found if not isinstance(each, OtherLine)]
        return tuple(accounts)

    def databases(self) -> dict[str, tuple[User, ...] | str]:
        found: dict[str, tuple[User, ...] | str] = {}
        for path in _DATABASES:
            data = self.data(path)
            if data is None:
                continue
            try:
                found[path] = parse_pwd_db(data, path)
            except InputError as error:
                found[path] = error.message
        return found


def _shells(text: str) -> frozenset[str]:
    lines = (line.partition("#")[0].strip() for line in text.split("\n"))
    return frozenset(line for line in lines if line)


def _services(reader: _Reader) -> frozenset[str]:
    """The last word counts, as in sh(1); what is computed there is not known."""
    enabled: dict[str, bool] = {}
    for path in _RC_CONF:
        for name, value in _ENABLE.findall(reader.text(path) or ""):
            enabled[name] = value.lower() in _YES
    return frozenset(name for name, yes in enabled.items() if yes)
