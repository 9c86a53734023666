"""pwd.db and spwd.db: master.passwd as the databases that FreeBSD's getpwnam(3) looks in.

Every account stands there three times, by name, by line and by id (usr.sbin/pwd_mkdb), in
records of version 4, which every FreeBSD since 5.1 reads.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass

from portfake.errors import InputError, Place
from portfake.formats.hash_database_writer import write_hash_database
from portfake.formats.passwd import OtherLine, User

__all__ = ["PasswordDatabases", "make_databases"]

_VERSION = 4
_VERSION_KEY = b"\xffVERSION"
_BY_NAME, _BY_LINE, _BY_UID, _HAS_NIS, _NIS_BY_LINE = (
    bytes([number | _VERSION << 4]) for number in range(1, 6)
)
# include/pwd.h, _PWF_*: which fields are not empty.
_FIELDS = ("name", "password", "uid", "gid", "change", "class", "gecos", "home", "shell", "expire")
_FLAG = {field: 1 << number for number, field in enumerate(_FIELDS)}
_LINE_ORDER = (
    "name", "password", "uid", "gid", "class", "change", "expire", "gecos", "home", "shell",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PasswordDatabases:
    """The two files' bytes."""

    insecure: bytes
    """pwd.db, without passwords, for everybody (mode 0644)."""
    secure: bytes
    """spwd.db, for root alone (mode 0600)."""


def make_databases(lines: Iterable[User | OtherLine]) -> PasswordDatabases:
    """Return the databases of the lines of a master.passwd.

    Raises InputError for NIS lines of another shape, LimitExceeded for what does not fit.
    """
    insecure: dict[bytes, bytes] = {_VERSION_KEY: bytes([_VERSION])}
    secure = dict(insecure)
    number = nis = 0
    for line in lines:
        fields = _fields(line)
        if fields is None:
            continue
        number += 1
        name = _raw(fields["name"])
        keys = [_BY_NAME + name, _BY_LINE + _word(number), _BY_UID + _id(fields["uid"])]
        if name[:1] in {b"+", b"-"}:
            nis += 1
            keys.append(_NIS_BY_LINE + _word(nis))
        for records, password in ((insecure, "*"), (secure, fields["password"])):
            data = _record(fields, password)
            for key in keys:
                records.setdefault(key, data)
    if nis:
        insecure[_HAS_NIS] = secure[_HAS_NIS] = b"\x03"
    return PasswordDatabases(write_hash_database(insecure), write_hash_database(secure))


def _fields(line: User | OtherLine) -> dict[str, str] | None:
    """A line's texts by name; None for comments."""
    if isinstance(line, User):
        texts = [
            line.name,
            line.password,
            str(line.uid),
            str(line.gid),
            line.login_class,
            str(line.change),
            str(line.expire),
            line.gecos,
            line.home,
            line.shell,
        ]
    elif line.text[:1] in {"+", "-"}:
        texts = line.text.split(":")
        if len(texts) != len(_LINE_ORDER):
            message = f"{line.text!r} has {len(texts)} fields instead of {len(_LINE_ORDER)}"
            raise InputError(message, where=Place("master.passwd"))
    else:
        return None
    return dict(zip(_LINE_ORDER, texts, strict=True))


def _record(fields: dict[str, str], password: str) -> bytes:
    return b"".join(
        (
            _raw(fields["name"]) + b"\0",
            _raw(password) + b"\0",
            _id(fields["uid"]),
            _id(fields["gid"]),
            _time(fields["change"]),
            *(_raw(fields[field]) + b"\0" for field in ("class", "gecos", "home", "shell")),
            _time(fields["expire"]),
            _word(_flags(fields)),
        )
    )


def _flags(fields: dict[str, str]) -> int:
    flags = sum(_FLAG[field] for field, text in fields.items() if text)
    # `+name` picks an entry of NIS (pw_scan.c).
    picks = fields["name"].startswith("+") and fields["name"] != "+"
    return flags & ~_FLAG["name"] if picks else flags


def _raw(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _word(number: int) -> bytes:
    return struct.pack(">I", number & 0xFFFFFFFF)


def _id(text: str) -> bytes:
    return _word(int(text) if text.isascii() and text.isdigit() else 0)


_time = _id
