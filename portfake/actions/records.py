"""`info`, `query` and `which`: what a root records, read without changing a byte of it."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from portfake.actions.roots import open_for_reading
from portfake.errors import InputError, NotFound
from portfake.host.zstd import unzstd
from portfake.model.manifest import InstalledPackage
from portfake.packages.archive_reader import PackageArchive
from portfake.patterns import glob
from portfake.pkgdb.interface import Records
from portfake.pkgdb.query.condition import parse_condition
from portfake.pkgdb.query.line import parse_format
from portfake.pkgdb.query.subject import Neighbours, Subject
from portfake.pkgdb.registry import AUTO, database_of
from portfake.pkgdb.selection import Match, matcher, within
from portfake.root.confined import Root

__all__ = [
    "Answer",
    "Owner",
    "Wanted",
    "found_in_path",
    "in_file",
    "installed",
    "meant",
    "owners",
    "query",
    "query_file",
    "whole",
]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which packages of which root a call is about."""

    directory: str
    words: Sequence[str] = ()
    """Without any, all packages."""
    match: Match = Match.EXACT
    ignore_case: bool = False
    kind: str = AUTO
    """Of database."""


@dataclass(frozen=True, slots=True)
class _Opened:
    """Records, and who is whose neighbour in them."""

    records: Records
    outlines: list[InstalledPackage]
    neighbours: Neighbours

    def subject(self, outline: InstalledPackage) -> Subject:
        """A package whole."""
        return self.neighbours.subject(whole(self.records, outline))


@contextmanager
def _opened(wanted: Wanted) -> Iterator[_Opened]:
    with open_for_reading(wanted.directory) as root, database_of(root, wanted.kind).read() as found:
        outlines = list(found.outlines())
        yield _Opened(found, outlines, Neighbours.of(outlines))


def installed(
    wanted: Wanted, *, contents: bool = True
) -> Iterator[tuple[str, Subject | None, Neighbours]]:
    """Yield (word, package, neighbours) for each package that a word means.

    A word may end in bounds, ``name>1.0``; None stands for one that means nothing. Without words
    every package comes under its own name. Without `contents` files and scripts are left out.
    """
    with _opened(wanted) as opened:
        for word, found in meant(wanted, opened.outlines):
            for one in found:
                subject = opened.subject(one) if contents else opened.neighbours.subject(one)
                yield word or one.manifest.name, subject, opened.neighbours
            if not found and wanted.words:
                yield word, None, opened.neighbours


def meant(
    wanted: Wanted, packages: Sequence[InstalledPackage]
) -> Iterator[tuple[str, list[InstalledPackage]]]:
    """Yield each word and the packages that it means; without words "" and all of them."""
    for word in wanted.words:
        name, fits = within(word)
        means = matcher(name, wanted.match, ignore_case=wanted.ignore_case)
        yield word, [one for one in packages if means(one.manifest) and fits(one.manifest)]
    if not wanted.words:
        yield "", list(packages)


def whole(records: Records, outline: InstalledPackage) -> InstalledPackage:
    """Return a package with its contents."""
    manifest = outline.manifest
    # Of two versions of one package, which pkg_install allowed, each goes by its full name.
    package = records.find(manifest.name) or records.find(manifest.full_name)
    assert package is not None
    return package


def in_file(path: str) -> Subject:
    """Return the package of a .pkg; NotFound or InputError where it cannot be read."""
    try:
        with Path(path).open("rb") as stream:
            return Subject.in_file(PackageArchive(stream, path, unzstd=unzstd).manifest)
    except FileNotFoundError as error:
        raise NotFound("there is no such package file", where=path) from error
    except OSError as error:
        raise InputError(error.strerror or "cannot be read", where=path) from error


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query's format came to for one package."""

    package: str
    """name-version"""
    lines: tuple[str, ...]


def query(wanted: Wanted, form: str, condition: str | None = None) -> Iterator[Answer]:
    """Yield an answer for each package that is wanted and meets the condition, by name.

    `form` is a format of pkg-query(8), `condition` one of its -e. UsageError for what they do
    not mean.
    """
    parsed = parse_format(form)
    asked = parse_condition(condition) if condition else None
    contents = parsed.reads_contents or (asked is not None and asked.reads_contents)
    for _, subject, _ in installed(wanted, contents=contents):
        if subject is not None and (asked is None or asked.holds(subject)):
            yield Answer(subject.manifest.full_name, tuple(parsed.lines(subject)))


def query_file(path: str, form: str) -> Answer:
    """Return what a format comes to for the package in a file."""
    subject = in_file(path)
    return Answer(subject.manifest.full_name, tuple(parse_format(form).lines(subject)))


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a path is."""

    path: str
    package: str | None = None
    """name-version, None for a path of no package."""
    origin: str | None = None


def owners(
    directory: str, paths: Sequence[str], *, globs: bool = False, kind: str = AUTO
) -> Iterator[Owner]:
    """Yield the owner of each path, which is absolute within the root.

    With `globs` the paths are globs over what is recorded, and every file that fits is told.
    """
    with open_for_reading(directory) as root, database_of(root, kind).read() as records:
        for path in paths:
            if not path.startswith("/") and not globs:
                raise InputError(f"{path!r} is not absolute", hint="paths start at the root: /usr")
            if globs:
                found = list(_fitting(records, path))
                yield from found or [Owner(path)]
                continue
            # A leading // is POSIX's own business; here it is the root.
            plain = posixpath.normpath(f"/{path.lstrip('/')}")
            yield _owner(records, plain)


def _owner(records: Records, path: str) -> Owner:
    name = records.which(path)
    package = records.find(name) if name is not None else None
    if package is None:
        return Owner(path)
    return Owner(path, package.manifest.full_name, package.manifest.origin)


def _fitting(records: Records, pattern: str) -> Iterator[Owner]:
    fits = glob(pattern)
    for package in records.packages():
        for file in package.manifest.files:
            if fits.match(file.path):
                yield Owner(file.path, package.manifest.full_name, package.manifest.origin)


def found_in_path(directory: str, name: str, path: str) -> list[str]:
    """Return where a program lies in the folders of PATH, in the root, links followed."""
    with open_for_reading(directory) as root:
        places = dict.fromkeys(f"{folder.rstrip('/')}/{name}" for folder in path.split(":"))
        return [place for place in places if place.startswith("/") and _exists(root, place)]


def _exists(root: Root, path: str) -> bool:
    return root.stat(path) is not None
