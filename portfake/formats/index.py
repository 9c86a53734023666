"""INDEX: a line for each port of a tree, made of what `make describe` says of each.

The rules are those of the tree's Makefile (target index) and Tools/make_index.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from portfake.errors import InputError

__all__ = ["PORTSDIR", "Described", "IndexEntry", "index", "parse_described"]

PORTSDIR = "/usr/ports"
"""Where an INDEX says that the tree is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """What `make describe` says of a port in one flavor; dependencies are folders of the tree."""

    origin: str
    name: str
    """The package's, with its version."""
    path: str
    prefix: str
    comment: str
    descr: str
    """The file of the description."""
    maintainer: str
    categories: str
    extract: tuple[str, ...]
    patch: tuple[str, ...]
    fetch: tuple[str, ...]
    build: tuple[str, ...]
    run: tuple[str, ...]
    www: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexEntry:
    """A line of INDEX; dependencies are names of packages, with what those need to run."""

    origin: str
    """With the flavor, which the line does not tell."""
    name: str
    path: str
    prefix: str
    comment: str
    descr: str
    maintainer: str
    categories: tuple[str, ...]
    build: tuple[str, ...]
    run: tuple[str, ...]
    www: str
    extract: tuple[str, ...]
    patch: tuple[str, ...]
    fetch: tuple[str, ...]

    @property
    def line(self) -> str:
        """As it stands in the file."""
        fields = (
            *(self.name, self.path, self.prefix, self.comment, self.descr, self.maintainer),
            *map(" ".join, (self.categories, self.build, self.run)),
            self.www,
            *map(" ".join, (self.extract, self.patch, self.fetch)),
        )
        line = re.sub(r" *\| *", "|", re.sub(" +", " ", "|".join(fields)))
        while (shorter := re.sub(r"/[^/]+/\.\.", "", line, count=1)) != line:
            line = shorter
        return line


def parse_described(line: str, origin: str) -> Described:
    """Return what a line says; InputError for one that has not its 13 fields."""
    fields = line.split("|", 12)
    if len(fields) != 13:
        raise InputError(f"describe says {len(fields)} fields, not 13", where=origin)
    lists = [tuple(filter(None, each.split(" "))) for each in fields[7:12]]
    return Described(
        origin=origin,
        name=fields[0],
        path=fields[1],
        prefix=fields[2],
        comment=fields[3],
        descr=fields[4],
        maintainer=fields[5],
        categories=fields[6],
        extract=lists[0],
        patch=lists[1],
        fetch=lists[2],
        build=lists[3],
        run=lists[4],
        www=fields[12],
    )


def index(described: Iterable[Described]) -> tuple[list[IndexEntry], list[str]]:
    """Return the entries in the order of the file, and what make_index would complain about.

    A folder stands for the package of its last flavor. Of two lines of one name the last is
    taken. A dependency on a folder without a line is left out.
    """
    book = _Book()
    for each in described:
        book.add(each)
    entries = [book.entry(name) for name in book.ports]
    return sorted(entries, key=_place), book.complaints


def _place(entry: IndexEntry) -> tuple[bytes, bytes]:
    """As sort(1) by fields 2 and 3 in the C locale, a slash coming first."""
    line = entry.line.replace("/", "\1")
    fields = "|".join(line.split("|")[1:3])
    return fields.encode(errors="surrogateescape"), line.encode(errors="surrogateescape")


@dataclass(slots=True)
class _Needs:
    """A port's dependencies by kind, each package once; they grow while they are closed."""

    extract: dict[str, None]
    patch: dict[str, None]
    fetch: dict[str, None]
    build: dict[str, None]
    run: dict[str, None]
    closed: bool = False


@dataclass(slots=True)
class _Book:
    ports: dict[str, Described] = field(default_factory=dict)
    by_path: dict[str, str] = field(default_factory=dict)
    needs: dict[str, _Needs] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)

    def add(self, port: Described) -> None:
        if port.name in self.ports:
            self.complaints.append(f"Duplicate INDEX entry: {port.name}")
        self.ports[port.name] = port
        self.by_path[port.path] = port.name

    def entry(self, name: str) -> IndexEntry:
        needs, port = self._closed(name), self.ports[name]
        return IndexEntry(
            origin=port.origin,
            name=name,
            path=port.path,
            prefix=port.prefix,
            comment=port.comment,
            descr=port.descr,
            maintainer=port.maintainer,
            categories=tuple(port.categories.split()),
            build=_sorted(needs.build),
            run=_sorted(needs.run),
            www=port.www,
            extract=_sorted(needs.extract),
            patch=_sorted(needs.patch),
            fetch=_sorted(needs.fetch),
        )

    def _closed(self, name: str) -> _Needs:
        """The needs with what they need to run; recursion without a limit of depth."""
        walks = [self._close(self._needs(name))]
        while walks:
            below = next(walks[-1], None)
            if below is None:
                walks.pop()
            else:
                walks.append(self._close(below))
        return self._needs(name)

    def _close(self, needs: _Needs) -> Iterator[_Needs]:
        """Yield what has to be closed first; one that is at it already is taken as it is."""
        if needs.closed:
            return
        needs.closed = True
        for kind in (needs.extract, needs.patch, needs.fetch, needs.build, needs.run):
            found: dict[str, None] = {}
            for name in kind:
                yield self._needs(name)
                found |= self._needs(name).run
            kind |= found

    def _needs(self, name: str) -> _Needs:
        if name not in self.needs:
            port = self.ports[name]
            lists = (port.extract, port.patch, port.fetch, port.build, port.run)
            extract, patch, fetch, build, run = (self._names(name, each) for each in lists)
            self.needs[name] = _Needs(extract, patch, fetch, build, run)
        return self.needs[name]

    def _names(self, port: str, folders: Iterable[str]) -> dict[str, None]:
        found: dict[str, None] = {}
        for folder in folders:
            name = self.by_path.get(folder) or self.by_path.get(_without_parents(folder))
            if name is None:
                self.complaints.append(f"{port}: no entry for {folder}")
            else:
                found[name] = None
        return found


def _without_parents(path: str) -> str:
    parts: list[str] = []
    for part in path.split("/"):
        if ".." in part:
            del parts[-1:]
        else:
            parts.append(part)
    return "/".join(parts)


def _sorted(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(names, key=lambda name: name.encode(errors="surrogateescape")))
