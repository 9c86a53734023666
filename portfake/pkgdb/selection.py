"""Which installed packages the words of a command line mean, as pkg(8) takes them."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from portfake.errors import UsageError
from portfake.model.manifest import Manifest
from portfake.model.version import PortVersion
from portfake.patterns import PatternError, ere, glob

__all__ = ["Match", "Matcher", "matcher", "within"]


class Match(Enum):
    """How a word is held against names."""

    EXACT = "exact"
    GLOB = "glob"
    REGEX = "regex"
    """An extended regular expression, found anywhere."""


Matcher = Callable[[Manifest], bool]


@dataclass(frozen=True, slots=True)
class _Named:
    """Whether one of a package's names fits."""

    word: str
    fits: Callable[[str], bool]

    def __call__(self, manifest: Manifest) -> bool:
        return any(map(self.fits, _names(manifest, self.word)))


def matcher(word: str, match: Match, *, ignore_case: bool = False) -> Matcher:
    """Return what tells whether a word means a package; UsageError for one that means nothing.

    A word is held against name and name-version; with a slash against the origin, also under
    the port's other categories; with an ``@`` after it against origin@flavor
    (libpkg/pkgdb_query.c, pkgdb_get_pattern_query()).
    """
    if not word:
        raise UsageError("an empty word names no package")
    if match is Match.EXACT:
        wanted = word.lower() if ignore_case else word
        return _Named(word, lambda name: (name.lower() if ignore_case else name) == wanted)
    if match is Match.GLOB:
        pattern = glob(word, escape=False, ignore_case=ignore_case)
        return _Named(word, lambda name: pattern.match(name) is not None)
    try:
        expression = ere(word, ignore_case=ignore_case)
    except PatternError as error:
        raise UsageError(f"{word}: {error.message}") from error
    return _Named(word, lambda name: expression.search(name) is not None)


_BOUND = re.compile(r"([<>]=?|==?)([^<>=]*)")
_SIGNS: Mapping[str, Callable[[PortVersion, PortVersion], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "==": operator.eq,
}


def within(word: str) -> tuple[str, Matcher]:
    """Split ``name>=1.0<2`` into the word and what tells whether a version is in the bounds."""
    name = re.split("[<>=]", word, maxsplit=1)[0]
    bounds = [
        (_SIGNS[sign], PortVersion(version)) for sign, version in _BOUND.findall(word[len(name) :])
    ]

    def fits(manifest: Manifest) -> bool:
        version = PortVersion(manifest.version)
        return all(sign(version, bound) for sign, bound in bounds)

    return name, fits


def _names(manifest: Manifest, word: str) -> Iterator[str]:
    _, slash, rest = word.partition("/")
    if not slash:
        yield manifest.name
        yield manifest.full_name
        return
    port = manifest.origin.partition("/")[2]
    in_categories = [f"{category}/{port}" for category in manifest.categories]
    if "@" not in rest:
        yield from (manifest.origin, *in_categories)
    elif "flavor" in manifest.annotations:
        flavor = manifest.annotations["flavor"]
        yield from (f"{origin}@{flavor}" for origin in in_categories)
