"""Everything the rules may know of one image, as data: read once, changed never."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from portfake.model.abi import Abi
from portfake.model.entry import Entry, EntryType
from portfake.model.manifest import InstalledPackage, PackagedDirectory, PackagedFile

if TYPE_CHECKING:  # start-up time
    from portfake.formats.elf import Elf
    from portfake.formats.passwd import Group, User

__all__ = ["AccountFiles", "Content", "DatabaseHealth", "Inventory", "real_path"]

_MAX_LINKS = 32
_BASE = ("/bin/sh", "/sbin/init")
"""What a base system has and a folder of packages has not."""


@dataclass(frozen=True, slots=True)
class Content:
    """What was seen inside one regular file."""

    matches: bool | None = None
    """Whether it has the recorded sum; None where none was recorded or asked for."""
    unreadable: str | None = None
    """Why it could not be looked into."""
    elf: Elf | None = None
    damaged: str | None = None
    """Why an ELF file could not be read."""
    interpreter: str | None = None
    """What stands after ``#!``, without arguments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseHealth:
    """What the database's own file says of itself."""

    path: str | None = None
    """Within the root; None where there is no database."""
    kind: str = "sqlite"
    problem: str | None = None
    """Why it could not be read at all."""
    schema: int | None = None
    damage: tuple[str, ...] = ()
    """What SQLite's integrity check says."""
    dangling: tuple[str, ...] = ()
    """Rows that refer to rows that are not there."""
    pending: tuple[str, ...] = ()
    """Side files with transactions in them."""
    locks: tuple[str, ...] = ()
    objections: tuple[str, ...] = ()
    """Why pkg(8) would not open it, for its owner and modes."""
    bad_records: tuple[tuple[str, str], ...] = ()
    """Name of a package and why its record makes no sense."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFiles:
    """etc/master.passwd, etc/group, etc/shells and the databases made of them."""

    users: tuple[User, ...] = ()
    groups: tuple[Group, ...] = ()
    shells: frozenset[str] | None = None
    problems: tuple[tuple[str, str], ...] = ()
    """File and what is wrong in it."""
    databases: Mapping[str, tuple[User, ...] | str] = field(default_factory=dict)
    """etc/pwd.db and etc/spwd.db, those that exist: their users, or why they cannot be read."""
    services: frozenset[str] = frozenset()
    """Services that rc.conf enables by ``NAME_enable=YES``."""


@dataclass(frozen=True, kw_only=True)
class Inventory:
    """One image."""

    directory: str
    entries: Mapping[str, Entry]
    """Path -> what is there: the whole root, or what packages record where no rule needs more."""
    packages: tuple[InstalledPackage, ...] = ()
    sound_files: int = 0
    """Files and links that were found to be as recorded, and are left out of all the rest."""
    sound_packages: int = 0
    """Packages that have no others, and are left out likewise."""
    database: DatabaseHealth = field(default_factory=DatabaseHealth)
    contents: Mapping[str, Content] = field(default_factory=dict)
    """Recorded or real path -> what was seen inside; what is not there has nothing to tell."""
    accounts: AccountFiles = field(default_factory=AccountFiles)
    target: tuple[Abi, int] | None = None
    registered_ids: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """``users`` and ``groups`` -> name -> id, of a ports tree's UIDs and GIDs."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """Path -> text of small files that rules read: rc scripts."""

    @cached_property
    def has_base(self) -> bool:
        """Whether there is an operating system in the root."""
        return all(self.at(path) is not None for path in _BASE)

    @cached_property
    def files(self) -> tuple[tuple[str, PackagedFile], ...]:
        """Every recorded file with its package's full name."""
        return tuple(
            (package.manifest.full_name, file)
            for package in self.packages
            for file in package.manifest.files
        )

    @cached_property
    def present(self) -> tuple[tuple[str, PackagedFile, Entry], ...]:
        """Those of the recorded files that are there, with what lies there."""
        found = ((name, file, self.at(file.path)) for name, file in self.files)
        return tuple((name, file, entry) for name, file, entry in found if entry is not None)

    @cached_property
    def directories(self) -> tuple[tuple[str, PackagedDirectory], ...]:
        """Every recorded directory with its package's full name."""
        return tuple(
            (package.manifest.full_name, folder)
            for package in self.packages
            for folder in package.manifest.directories
        )

    @cached_property
    def owners(self) -> Mapping[str, str]:
        """Real path -> full name of the package that records it."""
        found: dict[str, str] = {}
        for name, file in self.files:
            found.setdefault(self.real(file.path, follow=False) or file.path, name)
        return found

    @cached_property
    def config(self) -> frozenset[str]:
        """Paths that administrators may edit."""
        return frozenset(path for package in self.packages for path in package.manifest.config)

    @cached_property
    def prefixes(self) -> tuple[str, ...]:
        """The prefixes of the packages, ``/usr/local`` if there are none."""
        found = {package.manifest.prefix.rstrip("/") for package in self.packages} - {""}
        return tuple(sorted(found)) or ("/usr/local",)

    def at(self, path: str, *, follow: bool = False) -> Entry | None:
        """Return what lies at a path, links among its folders followed inside the root."""
        found = self.entries.get(path)
        if found is not None and not (follow and found.type is EntryType.SYMLINK):
            return found
        real = self.real(path, follow=follow)
        return None if real is None else self.entries.get(real)

    def real(self, path: str, *, follow: bool = True) -> str | None:
        """Return the path without links; None where it leads nowhere."""
        return real_path(self.entries, path, follow=follow)

    def below_prefix(self) -> Iterator[Entry]:
        """Yield everything under the packages' prefixes."""
        real = {self.real(prefix) for prefix in self.prefixes} - {None}
        starts = tuple(f"{prefix}/" for prefix in real)
        for path, entry in self.entries.items():
            if path.startswith(starts):
                yield entry


def real_path(entries: Mapping[str, Entry], path: str, *, follow: bool = True) -> str | None:
    """Resolve a path over a listing as the system it belongs to would, never beyond its top.

    None for what does not exist, a circle of links, or a file used as a folder.
    """
    known = entries.get(path)
    if known is not None and not (follow and known.type is EntryType.SYMLINK):
        return path
    at = ""
    todo = [part for part in path.split("/") if part][::-1]
    links = 0
    while todo:
        name = todo.pop()
        if name == ".":
            continue
        if name == "..":
            at = at.rpartition("/")[0]
            continue
        step = f"{at}/{name}"
        entry = entries.get(step)
        if entry is None:
            return None
        if entry.type is EntryType.SYMLINK and (todo or follow):
            links += 1
            target = entry.target or ""
            if links > _MAX_LINKS or not target:
                return None
            at = "" if target.startswith("/") else at
            todo.extend([part for part in target.split("/") if part][::-1])
            continue
        if todo and entry.type is not EntryType.DIRECTORY:
            return None
        at = step
    return at or "/"
