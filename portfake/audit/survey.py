"""Reading one image into an Inventory: the only place of `check` that looks at the root."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from portfake.audit.account_files import read_account_files
from portfake.audit.contents import Question, look_into
from portfake.audit.health import sqlite_health
from portfake.audit.inventory import Content, DatabaseHealth, Inventory, real_path
from portfake.audit.rule import Needs
from portfake.audit.soundness import unsound
from portfake.errors import PortfakeError
from portfake.limits import DEFAULT, LimitExceeded, Limits
from portfake.model.abi import Abi
from portfake.model.entry import Entry, EntryType
from portfake.model.manifest import InstalledPackage
from portfake.packages.sums import is_sum
from portfake.pkgdb.interface import Records
from portfake.pkgdb.registry import database_of
from portfake.root.confined import Root
from portfake.root.target import target_of

__all__ = ["survey"]

_READ: Final = re.compile(r".*/etc/rc\.d/[^/]+|.*/libdata/ldconfig(32)?/[^/]+")
"""Small files whose text rules ask for."""
_TEXT_SIZE: Final = 1 << 18


def survey(
    root: Root,
    needs: Needs,
    *,
    jobs: int = 1,
    cross_devices: bool = True,
    registered_ids: Mapping[str, Mapping[str, int]] | None = None,
    limits: Limits = DEFAULT,
) -> Inventory:
    """Gather what the rules chosen need of an image; changes nothing.

    What is wrong with the image is a fact and not an error: raised is only what hinders looking,
    such as LimitExceeded.
    """
    health, records = _records(root, needs, jobs, limits)
    packages = records.packages
    if needs & (Needs.WHOLE | Needs.CODE | Needs.BASE):
        entries: Mapping[str, Entry] = root.walk(cross_devices=cross_devices, limits=limits)
    else:
        entries = _recorded(root, packages)
    questions = _questions(root, entries, packages, needs)
    contents: dict[str, Content] = dict(look_into(root, questions, jobs=jobs))
    whole = bool(needs & (Needs.WHOLE | Needs.BASE))
    return Inventory(
        directory=root.directory,
        entries=entries,
        packages=packages,
        sound_files=records.sound_files,
        sound_packages=records.sound_packages,
        database=health,
        contents=contents,
        accounts=read_account_files(root),
        target=_target(root),
        registered_ids=registered_ids or {},
        texts=dict(_texts(root, entries, limits)) if whole else {},
    )


@dataclass(frozen=True, slots=True)
class _Recorded:
    """What is known from the records; see Inventory."""

    packages: tuple[InstalledPackage, ...] = ()
    sound_files: int = 0
    sound_packages: int = 0


def _records(
    root: Root, needs: Needs, jobs: int, limits: Limits
) -> tuple[DatabaseHealth, _Recorded]:
    """The database's state and its packages; a bad record does not hide the others."""
    database = database_of(root, limits=limits)
    if not database.exists():
        return DatabaseHealth(), _Recorded()
    health = DatabaseHealth(path="/var/db/pkg", kind=database.kind)
    if database.kind == "sqlite":
        health = sqlite_health(root, limits, thorough=Needs.HEALTH in needs)
    try:
        with database.read() as records:
            with suppress(PortfakeError):
                if needs == Needs.SUMS:
                    return health, _faults(root, records, jobs)
                return health, _Recorded(tuple(records.packages()))
            packages, bad = [], []
            for name in records.names():
                try:
                    found = records.find(name)
                except PortfakeError as error:
                    bad.append((name, error.message))
                else:
                    packages += [found] if found else []
            return replace(health, bad_records=tuple(bad)), _Recorded(tuple(packages))
    except PortfakeError as error:
        return replace(health, problem=health.problem or error.message), _Recorded()


def _faults(root: Root, records: Records, jobs: int) -> _Recorded:
    """The packages with files that are not sound, and of their files only these."""
    files = list(records.sums())
    faults: dict[str, set[str]] = {}
    for file in unsound(root, files, jobs=jobs):
        faults.setdefault(file.package, set()).add(file.path)
    packages = []
    for name in sorted(faults, key=lambda name: name.encode(errors="surrogateescape")):
        found = records.find(name)
        if found is not None:
            packages.append(_reduced(found, faults[name]))
    return _Recorded(
        tuple(packages),
        len(files) - sum(map(len, faults.values())),
        len(records.names()) - len(packages),
    )


def _reduced(package: InstalledPackage, paths: Collection[str]) -> InstalledPackage:
    """The record without its folders, and with these files alone."""
    files = tuple(file for file in package.manifest.files if file.path in paths)
    return replace(package, manifest=replace(package.manifest, files=files, directories=()))


def _recorded(root: Root, packages: Sequence[InstalledPackage]) -> Mapping[str, Entry]:
    """What lies under every recorded path, by that path."""
    paths = [file.path for package in packages for file in package.manifest.files]
    paths += [folder.path for package in packages for folder in package.manifest.directories]
    return {entry.path: entry for entry in root.look_at(sorted(paths))}


def _questions(
    root: Root,
    entries: Mapping[str, Entry],
    packages: Sequence[InstalledPackage],
    needs: Needs,
) -> list[Question]:
    """What is to be looked into, folder by folder."""
    asked: dict[str, Question] = {}
    code = Needs.CODE in needs
    if code:
        for path, entry in entries.items():
            if entry.type is EntryType.FILE and entry.size:
                asked[path] = Question(path, size=entry.size)
    if Needs.SUMS in needs:
        for package in packages:
            for file in package.manifest.files:
                real = real_path(entries, file.path, follow=False) or file.path
                there = entries.get(real)
                if there is None or there.type is not EntryType.FILE:
                    continue
                if file.sum is not None and is_sum(file.sum):
                    asked[real] = Question(real, file.sum, there.size or 0, code)
    return sorted(asked.values(), key=lambda question: question.path)


def _target(root: Root) -> tuple[Abi, int] | None:
    try:
        return target_of(root)
    except PortfakeError:
        return None


def _texts(root: Root, entries: Mapping[str, Entry], limits: Limits) -> Iterator[tuple[str, str]]:
    left = limits.text
    for path, entry in entries.items():
        size = entry.size or 0
        if entry.type is EntryType.FILE and size < _TEXT_SIZE and _READ.fullmatch(path):
            left -= size
            if left < 0:
                raise LimitExceeded(f"scripts of services of more than {limits.text} bytes")
            with suppress(OSError):
                yield path, root.read(path).decode("utf-8", "surrogateescape")
