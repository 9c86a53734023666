"""The accounts that a generated users-and-groups script declares, held against the root's.

The script itself takes an existing name as it finds it (Mk/Scripts/do-users-groups.sh), so that
files would belong to an id that the package does not mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from portfake.formats.passwd import Group, User, parse_group, parse_master_passwd
from portfake.install.scripts.account_files import GROUP, MASTER
from portfake.install.scripts.pw.call import AccountConflict
from portfake.shell.files import Files

__all__ = ["declared_conflicts"]

_GROUP = re.compile(r"\bgroupadd (?P<name>[^\s\"'$]+) -g (?P<id>[0-9]{1,10})\b")
_USER = re.compile(r"\buseradd (?P<name>[^\s\"'$]+) -u (?P<id>[0-9]{1,10})\b")


def declared_conflicts(script: str, files: Files) -> Iterator[AccountConflict]:
    """Yield one conflict for each name that the root knows by another id."""
    for kind, pattern, known in (
        ("group", _GROUP, _groups(files)),
        ("user", _USER, _users(files)),
    ):
        for found in pattern.finditer(script):
            name, wanted = found["name"], int(found["id"])
            there = known.get(name, wanted)
            if there != wanted:
                yield AccountConflict(
                    f"the {kind} {name} is to have the id {wanted}, in the root it is {there}",
                    hint="--force takes the root's",
                )


def _groups(files: Files) -> dict[str, int]:
    lines = parse_group(_text(files, GROUP), GROUP)
    return {line.name: line.gid for line in reversed(lines) if isinstance(line, Group)}


def _users(files: Files) -> dict[str, int]:
    lines = parse_master_passwd(_text(files, MASTER), MASTER)
    return {line.name: line.uid for line in reversed(lines) if isinstance(line, User)}


def _text(files: Files, path: str) -> str:
    try:
        return files.read(path).decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        return ""
