"""The ignore file: which vulnerabilities are passed over, why, and until when.

TOML, a table for each::

    [[ignore]]
    id = "CVE-2023-39151"        # vid, CVE or OSV id; a glob
    package = "jenkins"          # a glob; every package without it
    reason = "the plugin is not installed"
    expires = 2026-12-31
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from portfake.errors import InputError, Problems
from portfake.model.advisory import Advisory

__all__ = ["Ignore", "parse_ignores"]

_KEYS = {"id", "package", "reason", "expires"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignore:
    """One table of the file."""

    id: str
    package: str
    reason: str
    expires: str
    """YYYY-MM-DD, the last day it counts."""

    def fits(self, name: str, advisory: Advisory) -> bool:
        """Whether it is about this vulnerability of this package."""
        names = (advisory.id, *advisory.aliases)
        return fnmatchcase(name, self.package) and any(fnmatchcase(each, self.id) for each in names)


def parse_ignores(text: str, where: str) -> tuple[Ignore, ...]:
    """Raise InputError with every table that lacks an id, a reason or a date, or says more."""
    import tomli  # noqa: PLC0415  # start-up time

    try:
        document = tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        raise InputError(f"is no TOML: {error}", where=where) from None
    tables = document.pop("ignore", [])
    problems = [InputError(f"unknown key {key!r}", where=where) for key in document]
    ignores = []
    for number, table in enumerate(tables if isinstance(tables, list) else [tables], 1):
        try:
            ignores.append(_ignore(table))
        except InputError as error:
            problems.append(InputError(f"ignore {number}: {error.message}", where=where))
    Problems.check(problems)
    return tuple(ignores)


def _ignore(table: Mapping[str, Any]) -> Ignore:
    if not isinstance(table, dict) or table.keys() - _KEYS:
        raise InputError("says something else than id, package, reason and expires")
    texts = {key: table.get(key, "*" if key == "package" else "") for key in _KEYS - {"expires"}}
    if not all(isinstance(text, str) and text.strip() for text in texts.values()):
        raise InputError("id and reason have to be texts")
    expires = table.get("expires")
    if not isinstance(expires, dt.date):
        raise InputError("expires has to be a date", hint="such as expires = 2026-12-31")
    return Ignore(**texts, expires=expires.isoformat()[:10])
