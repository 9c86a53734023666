"""distinfo: the sizes and checksums that a port states for its distfiles."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from portfake.errors import InputError, Place, Problems

__all__ = ["DistfileSum", "parse_distinfo"]

_LINE = re.compile(r"(?P<kind>[A-Z0-9]+) \((?P<file>.+)\) = (?P<value>\S+)")
_HEX = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class DistfileSum:
    """What one distfile must be; None where distinfo does not say."""

    sha256: str | None
    size: int | None
    """Bytes."""


def parse_distinfo(text: str, file: str) -> Mapping[str, DistfileSum]:
    """Return path below DISTDIR -> sum; raises every malformed line of `file` together.

    TIMESTAMP and kinds that nobody checks any more (MD5, SHA1) are passed over, as
    Mk/Scripts/functions.sh does.
    """
    sums: dict[str, str] = {}
    sizes: dict[str, int] = {}
    problems = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip() or line.startswith(("#", "TIMESTAMP ")):
            continue
        match = _LINE.fullmatch(line.strip())
        problem = _read(match, sums, sizes) if match else f"not a distinfo line: {line!r}"
        if problem:
            problems.append(InputError(problem, where=Place(file, number)))
    Problems.check(problems)
    names = dict.fromkeys([*sums, *sizes])
    return {name: DistfileSum(sums.get(name), sizes.get(name)) for name in names}


def _read(match: re.Match[str], sums: dict[str, str], sizes: dict[str, int]) -> str | None:
    kind, name, value = match["kind"], match["file"], match["value"]
    if kind == "SHA256":
        if not _HEX.fullmatch(value.lower()):
            return f"SHA256 of {name} is not 64 hexadecimal digits"
        if sums.setdefault(name, value.lower()) != value.lower():
            return f"two different SHA256 sums for {name}"
    elif kind == "SIZE":
        if not value.isascii() or not value.isdigit():
            return f"SIZE of {name} is not a number"
        if sizes.setdefault(name, int(value)) != int(value):
            return f"two different sizes for {name}"
    return None
