"""Which entries of a VuXML file can affect certain packages, told without parsing them all.

An entry that no name asked for stands in is not looked at. Where one does, its package has a plain
shape in nearly all entries, and patterns read its ranges. If they hold none of the versions, the
entry is passed over, once expat has found it well-formed. Everything else is for the parser: so
patterns decide only what is left out, and only where they read what the parser would.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from xml.parsers import expat

from portfake.model.advisory import Affected, Bound, Relation

__all__ = ["Packages", "Question"]

Packages = Mapping[str, Collection[str | None]]
"""Name -> versions of it; None stands for every version."""

# Empty for a name unlike others: a glob, references, blanks, letters beyond ASCII or an element in
# it, a tag written in another way.
_NAME = re.compile(rb"<name(?:>([!-%'-)+-;=@-Z\]-~]++)(?=</name>))?")
_ANY = b""
# No attributes, references, comments, nor anything else but what is read from it.
_PACKAGE = re.compile(
    rb"<package>(?:\s*<name>[!-%'-;=?-~]++</name>)++"
    rb"((?:\s*<range>(?:\s*<(?:lt|le|eq|ge|gt)>\s*[!-%'-;=?-~]++\s*</[a-z]+>)*+\s*</range>)*+)"
    rb"\s*</package>"
)
_BOUND = re.compile(rb"<(lt|le|eq|ge|gt)>\s*([^<\s]++)")
_RELATIONS = {relation.value.encode(): relation for relation in Relation}


class Question:
    """Packages that are asked for, and what an entry has to do with them."""

    def __init__(self, packages: Packages) -> None:
        self._packages = {
            name.encode("utf-8", "surrogateescape"): versions for name, versions in packages.items()
        }
        self._names = frozenset((_ANY, *self._packages))

    def candidates(self, entries: Sequence[bytes]) -> Iterator[tuple[int, frozenset[bytes]]]:
        """Yield the number of each entry that has names asked for or unlike others, and which.

        Comments and CDATA in the entries have to be blank.
        """
        for at, told in enumerate(map(_NAME.findall, entries)):
            if not self._names.isdisjoint(told):
                yield at, self._names.intersection(told)

    def passes_over(self, entry: bytes, names: frozenset[bytes]) -> bool:
        """Whether an entry with these names affects none of the packages, and is well-formed."""
        return (
            _ANY not in names
            and not any(self._may_affect(entry, name) for name in names)
            and _is_xml(entry)
        )

    def _may_affect(self, entry: bytes, name: bytes) -> bool:
        versions = self._packages[name]
        return any(
            affected is None or not affected.ranges or _holds(affected, versions)
            for affected in _affected(entry, name)
        )


def _holds(affected: Affected, versions: Collection[str | None]) -> bool:
    return any(version is None or affected.range_of(version) is not None for version in versions)


def _affected(entry: bytes, name: bytes) -> Iterator[Affected | None]:
    """Yield the ranges wherever the name stands, None where that is no package in plain shape."""
    tag = b"<name>%b<" % name
    at = entry.find(tag)
    while at >= 0:
        start = entry.rfind(b"<package>", 0, at)
        package = _PACKAGE.match(entry, start) if start >= 0 else None
        if package is None or package.end() < at:
            yield None
            return
        yield Affected((), tuple(map(_range, package[1].split(b"</range>")[:-1])))
        at = entry.find(tag, package.end())


def _range(text: bytes) -> tuple[Bound, ...]:
    return tuple(
        Bound(_RELATIONS[tag], version.decode("ascii")) for tag, version in _BOUND.findall(text)
    )


def _is_xml(entry: bytes) -> bool:
    parser = expat.ParserCreate("utf-8")
    # As the parser of entries has it.
    parser.UseForeignDTD(True)
    try:
        parser.Parse(entry, True)
    except expat.ExpatError:
        return False
    return True
