"""Python distributions inside packages, by the names of their metadata (PEP 376, PEP 427)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

__all__ = ["Distribution", "distributions"]

# site-packages/NAME-VERSION.dist-info/METADATA, or NAME-VERSION-py3.9.egg-info[/PKG-INFO].
_METADATA = re.compile(
    r".*/(?:site|dist)-packages/(?P<name>[^/]+?)-(?P<version>[0-9][^/-]*)(?:-py[0-9.]+)?"
    r"\.(?:dist-info/METADATA|egg-info|egg-info/PKG-INFO)"
)


@dataclass(frozen=True, slots=True)
class Distribution:
    """One distribution as PyPI would name it."""

    name: str
    version: str
    path: str
    """Of its metadata."""


def distributions(paths: Iterable[str]) -> Iterator[Distribution]:
    """Yield what the paths of a package tell, in their order."""
    for path in paths:
        match = _METADATA.fullmatch(path)
        if match is None:
            continue
        try:
            version = str(Version(match["version"]))
        except InvalidVersion:
            version = match["version"]
        yield Distribution(canonicalize_name(match["name"]), version, path)
