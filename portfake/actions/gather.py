"""From what was asked for to a set of packages: which are to be staged, which are there.

What cannot be had is refused before anything is staged, all of it together.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from portfake.actions.present import Present
from portfake.errors import InputError, NotFound, Place, PortfakeError, Problems, Refused
from portfake.host.zstd import unzstd
from portfake.install.candidate import Candidate
from portfake.install.plan import Source
from portfake.model.entry import Entry
from portfake.model.manifest import Dependency, Manifest
from portfake.model.payload import Payload, Reader
from portfake.packages.archive_reader import PackageArchive
from portfake.packages.digest import manifest_digest
from portfake.packages.folder import check_against_catalogue
from portfake.packages.machine_code import survey
from portfake.packages.pool import (
    Choice,
    Need,
    PackagePool,
    PooledPackage,
    needs_of,
    provided_by,
)
from portfake.packages.second_reading import SecondReading, Seen

if TYPE_CHECKING:  # start-up time: package files are installed without all that ports need
    from portfake.actions.staging import Staging
    from portfake.model.port import Port
    from portfake.ports.dependencies import Needed
    from portfake.stage.forecast import Forecast

__all__ = ["Wish", "WishList", "candidates"]

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Wish:
    """One package of the set, before it is made: a port to be staged, or a file."""

    made_of: Port | PooledPackage
    automatic: bool


@dataclass(slots=True)
class WishList:
    """Collects the set with what it needs, and everything that stands in its way."""

    pool: PackagePool
    present: Present
    with_dependencies: bool
    staging: Staging | None = None
    """None where only package files are wanted."""
    found: dict[str, Wish] = field(default_factory=dict)
    problems: list[PortfakeError] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What is needed of the base system, and not there."""

    def resolve(self, words: Sequence[str]) -> list[Wish]:
        """Return the set for what was asked; raises all that cannot be had together."""
        for word in words:
            try:
                self._want(word)
            except PortfakeError as error:
                self.problems.append(error)
        if self.problems:
            # One of these may be the package that is missed.
            self.problems.extend(self.pool.problems)
        Problems.check(self.problems)
        return list(self.found.values())

    def dependencies(self, port: Port) -> Needed:
        """Return what a port needs at run time."""
        from portfake.ports.dependencies import run_dependencies  # noqa: PLC0415  # start-up time

        evaluator = self._staging.evaluator
        return run_dependencies(port, evaluator.profile, evaluator.port)

    @property
    def _staging(self) -> Staging:
        assert self.staging is not None
        return self.staging

    def _want(self, word: str) -> None:
        if word.endswith(".pkg"):
            self._add_file(_read_file(Path(word)), automatic=False)
            return
        evaluator = self._staging.evaluator
        self._add_port(evaluator.port(evaluator.tree.find(word)))

    def _known(self, name: str, *, automatic: bool) -> bool:
        """Whether a package is in the set; one that is asked for itself is not automatic."""
        wish = self.found.get(name)
        if wish is not None and not automatic:
            self.found[name] = replace(wish, automatic=False)
        return wish is not None

    def _add_port(self, port: Port, needed_by: Port | None = None) -> None:
        if self._known(port.name, automatic=needed_by is not None):
            return
        wanted = Dependency(port.name, port.origin.path, port.version)
        told = self._staging.forecast(self._staging.evaluator.evaluated(port.origin))
        obstacle = not told.is_staged_here
        file = self.pool.choose(wanted) if obstacle or needed_by else None
        if file is not None:
            self._add_file(file, automatic=needed_by is not None)
        elif obstacle and (needed_by is not None or not told.is_tried):
            self.problems.append(self._refusal(port, told, needed_by))
        else:
            self.found[port.name] = Wish(port, automatic=needed_by is not None)
            if self.with_dependencies:
                self._add_needed(port)

    def _add_needed(self, port: Port) -> None:
        packages = (port, *map(port.as_subpackage, port.subpackages))
        try:
            needed = [other for each in packages for other in self.dependencies(each).ports]
        except PortfakeError as error:
            self.problems.append(error)
            return
        for other in needed:
            if other.name not in self.present.names:
                self._add_port(other, needed_by=port)

    def _add_file(self, file: PooledPackage, *, automatic: bool) -> None:
        """Add a package, and from the pool what it needs; the planner names what is missing."""
        if self._known(file.manifest.name, automatic=automatic):
            return
        self.found[file.manifest.name] = Wish(file, automatic)
        if not self.with_dependencies:
            return
        try:
            needs = list(needs_of(file.manifest))
            closure = self.pool.closure(
                needs, satisfied=self._satisfied, wanted_by=file.manifest.full_name
            )
        except InputError as error:
            error.where = error.where or Place(str(file.path))
            self.problems.append(error)
            return
        for other in closure.packages:
            self.found.setdefault(other.manifest.name, Wish(other, automatic=True))
        self.notes.extend(
            f"{unmet.wanted_by} needs {unmet.need}, which neither the root nor a package here has"
            for unmet in closure.unmet
            # The planner refuses for a missing package, by its name.
            if not isinstance(unmet.need, Dependency) and self.present.has_base
        )

    def _satisfied(self, need: Need) -> bool:
        if self.present.meets(need):
            return True
        if isinstance(need, Dependency):
            return need.name in self.found
        if isinstance(need, Choice):
            return any(alternative.name in self.found for alternative in need.alternatives)
        return any(
            need in provided_by(wish.made_of.manifest)
            for wish in self.found.values()
            if isinstance(wish.made_of, PooledPackage)
        )

    def _refusal(self, port: Port, told: Forecast, needed_by: Port | None) -> PortfakeError:
        needed = f" (needed by {needed_by.origin})" if needed_by else ""
        where = told.place or f"{port.origin}{needed}"
        what = "" if port.ignore else "cannot be staged here: "
        obstacle = f"{told.reason}{needed}" if told.place else told.reason
        foreign = self.pool.named(port.name)
        if foreign:
            return Refused(
                f"{foreign[0].path} is a package for {foreign[0].manifest.abi}, "
                f"wanted is {self.pool.abi}",
                where=where,
                hint=f"{port.full_name} {what}{obstacle}",
            )
        ways = [f"--packages DIR with its package for {self.pool.abi}"]
        if needed_by:
            ways.append("--no-deps to leave it out")
        if port.ignore:
            ways.append("TRYBROKEN=yes, NO_IGNORE=yes or LICENSES_ACCEPTED=... if you know better")
        return Refused(f"{port.full_name} {what}{obstacle}", where=where, hint=", or ".join(ways))


def _read_file(path: Path) -> PooledPackage:
    try:
        with path.open("rb") as stream:
            return PooledPackage(path, PackageArchive(stream, str(path), unzstd=unzstd).summary())
    except FileNotFoundError as error:
        raise NotFound("there is no such package file", where=str(path)) from error
    except OSError as error:
        raise InputError(error.strerror or "cannot be read", where=str(path)) from error


def candidates(
    wanted: Iterable[Wish], wishes: WishList, *, latest: int
) -> Iterator[tuple[Candidate, tuple[str, ...]]]:
    """Yield each package of the set with the notes of its making; ports are staged here."""
    for wish in wanted:
        if isinstance(wish.made_of, PooledPackage):
            yield _from_file(wish.made_of, automatic=wish.automatic), ()
        else:
            from portfake.actions.from_port import from_port  # noqa: PLC0415  # start-up time

            assert wishes.staging is not None
            yield from from_port(
                wish.made_of,
                wishes.staging,
                wishes.dependencies,
                automatic=wish.automatic,
                latest=latest,
            )


def _from_file(file: PooledPackage, *, automatic: bool) -> Candidate:
    """A package file is read to its end once; later it has to be the very same, untouched."""
    check_against_catalogue(file)
    files: list[Seen] = []
    with file.path.open("rb") as stream:
        seen = _identity(stream)
        archive = PackageArchive(stream, str(file.path), unzstd=unzstd, seen=files)
        manifest = archive.manifest
        code = survey(_to_the_end(archive))

    @contextmanager
    def opened() -> Iterator[Payload]:
        with file.path.open("rb") as stream:
            where = str(file.path)
            if _identity(stream) == seen:
                yield SecondReading(stream, where, files, unzstd=unzstd)
            else:
                yield PackageArchive(stream, where, unzstd=unzstd, known=manifest)

    return Candidate(
        manifest=manifest,
        digest=manifest_digest(manifest),
        source=Source("file", str(file.path), verified=False),
        open_payload=opened,
        code=code,
        automatic=automatic,
        conflicts=manifest.conflicts,
        provenance={"portfake_inputs": _digest(manifest)},
        sizes={entry.path: entry.size or 0 for entry, _ in files},
    )


def _identity(stream: BinaryIO) -> tuple[int, ...]:
    """What changes when a file does, its content or its attributes."""
    status = os.fstat(stream.fileno())
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _digest(manifest: Manifest) -> str:
    """Of the package's name and version, and the sums of all its files."""
    lines = (f"{file.path} {file.sum}\n" for file in manifest.files)
    text = f"{manifest.full_name}\n{''.join(lines)}"
    return sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def _to_the_end(payload: Payload) -> Iterator[tuple[Entry, Reader | None]]:
    """Yield a payload's files and read each whole, so that a wrong sum shows before any write."""
    for entry, reader in payload:
        if reader is None or (entry.size or 0) <= _CHUNK:
            yield entry, None if reader is None else BytesIO(reader.read())
            continue
        yield entry, reader
        while reader.read(_CHUNK):
            pass
