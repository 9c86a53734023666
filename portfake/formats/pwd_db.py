"""etc/pwd.db and etc/spwd.db: the accounts that FreeBSD's C library looks up.

Entries of version 4, which is the same on every machine (include/pwd.h; pwd_mkdb(8)).
"""

from __future__ import annotations

import struct

from portfake.errors import InputError
from portfake.formats.hash_database import pairs
from portfake.formats.passwd import User

__all__ = ["parse_pwd_db"]

_BY_NAME = b"\x41"
"""_PW_KEYBYNAME in version 4; the other keys lead to the same entries."""


def parse_pwd_db(data: bytes, where: str) -> tuple[User, ...]:
    """Return the users in the order of their names; InputError for damage."""
    try:
        users = [_user(value) for key, value in pairs(data, where) if key.startswith(_BY_NAME)]
    except (ValueError, struct.error):
        raise InputError("an entry is cut off", where=where) from None
    return tuple(sorted(users, key=lambda user: user.name))


def _user(value: bytes) -> User:
    name, password, rest = value.split(b"\0", 2)
    uid, gid, change = struct.unpack_from(">III", rest)
    login_class, gecos, home, shell, rest = rest[12:].split(b"\0", 4)
    (expire,) = struct.unpack_from(">I", rest)
    return User(
        name=_text(name),
        password=_text(password),
        uid=uid,
        gid=gid,
        login_class=_text(login_class),
        change=change,
        expire=expire,
        gecos=_text(gecos),
        home=_text(home),
        shell=_text(shell),
    )


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")
