"""`sbom`: what an image, a database or a folder of packages is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from portfake.actions.audit import AuditSubject, audit
from portfake.actions.opening import open_for_reading
from portfake.audit.ignores import Ignore
from portfake.audit.records import packages_of_database, packages_of_folder
from portfake.audit.sbom.bill import Bill, BilledFile, FilesOf, bill_of, recorded_files
from portfake.audit.sbom.cyclonedx import cyclonedx
from portfake.audit.sbom.file_digests import digests_of
from portfake.audit.sbom.spdx import spdx
from portfake.audit.subjects import Subject
from portfake.audit.system_version import system_subjects
from portfake.audit.vulnerabilities import Vulnerability
from portfake.errors import PortfakeError, Refused
from portfake.model.manifest import InstalledPackage, Manifest
from portfake.pkgdb.registry import database_of

__all__ = ["FORMATS", "Digests", "Format", "make_bill"]


class Digests(Enum):
    """Where the digests of files come from."""

    RECORDS = "records"
    CONTENTS = "contents"
    """The files themselves are read, which takes the image."""


@dataclass(frozen=True, slots=True)
class Format:
    """How a bill is written."""

    document: Callable[[Bill], Mapping[str, Any]]
    digests: Digests
    """Those that it can say of files."""
    vulnerabilities: bool
    """Whether it has a place for them."""


FORMATS: Mapping[str, Format] = {
    "cyclonedx": Format(cyclonedx, Digests.RECORDS, vulnerabilities=True),
    "spdx": Format(spdx, Digests.CONTENTS, vulnerabilities=False),
}
"""Name for ``--format`` -> what makes the document."""


def make_bill(
    name: str,
    *,
    version: str,
    time: int,
    files: Digests | None = None,
    feeds: Sequence[str] = (),
    ignores: Sequence[Ignore] = (),
    today: str = "",
) -> Bill:
    """Return the bill of a root, a local.sqlite or a folder of .pkg files without a root in it.

    With `files` it names them, with `feeds` it holds the vulnerabilities too. Raises what cannot
    be read of them, and a package of a folder that is none: a bill with a gap would be no bill.
    Refused where contents are asked for and there is no image.
    """
    matter = _read(name, with_contents=files is Digests.CONTENTS)
    found: Sequence[Vulnerability] = ()
    if feeds:
        subjects = (*map(Subject.of, matter.packages), *matter.system)
        (report,) = audit([AuditSubject(name, subjects)], feeds, ignores=ignores, today=today)
        found = report.vulnerabilities
    files_of: Mapping[Digests | None, FilesOf] = {
        None: lambda manifest: (),
        Digests.RECORDS: recorded_files,
        Digests.CONTENTS: matter.files_of,
    }
    return bill_of(
        name,
        matter.packages,
        matter.system,
        found,
        version=version,
        time=time,
        files_of=files_of[files],
    )


@dataclass(frozen=True, slots=True)
class _Matter:
    """What a bill is made of."""

    packages: Sequence[InstalledPackage]
    system: Sequence[Subject] = ()
    contents: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Path -> digests of what lies there, where it was asked for."""

    def files_of(self, manifest: Manifest) -> Iterator[BilledFile]:
        for file in manifest.files:
            yield BilledFile(file.path, self.contents.get(file.path, {}))


def _read(name: str, *, with_contents: bool) -> _Matter:
    path = Path(name)
    archives = path.is_dir() and (any(path.glob("*.pkg")) or any(path.glob("All/*.pkg")))
    if with_contents and (archives or not path.is_dir()):
        raise Refused(
            "this format wants the SHA-1 of every file, which no record has",
            where=name,
            hint="give the image, whose files are read then, or take --format cyclonedx",
        )
    if not path.is_dir():
        return _Matter(packages_of_database(path))
    if archives:
        return _Matter(list(_packages(path)))
    with open_for_reading(name) as root:
        system, _ = system_subjects(root)
        with database_of(root).read() as records:
            packages = list(records.packages())
        paths = _paths(packages) if with_contents else ()
        return _Matter(packages, system, dict(digests_of(root, paths)))


def _packages(folder: Path) -> Iterator[InstalledPackage]:
    for found in packages_of_folder(folder):
        if isinstance(found, PortfakeError):
            raise found
        yield found


def _paths(packages: Iterable[InstalledPackage]) -> Iterator[str]:
    """Links are left out: what they lead to is another's."""
    for package in packages:
        yield from (file.path for file in package.manifest.files if file.target is None)
