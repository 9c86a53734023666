"""`sbom`: what an image, a database or a folder of packages is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from portfake.actions.audit import AuditSubject, audit
from portfake.actions.opening import open_for_reading
from portfake.audit.ignores import Ignore
from portfake.audit.records import packages_of_database, packages_of_folder
from portfake.audit.sbom.bill import Bill, bill_of
from portfake.audit.sbom.cyclonedx import cyclonedx
from portfake.audit.sbom.spdx import spdx
from portfake.audit.subjects import Subject
from portfake.audit.system_version import system_subjects
from portfake.audit.vulnerabilities import Vulnerability
from portfake.errors import PortfakeError
from portfake.model.manifest import InstalledPackage
from portfake.pkgdb.registry import database_of

__all__ = ["FORMATS", "make_bill"]

FORMATS: Mapping[str, Callable[[Bill], Mapping[str, Any]]] = {
    "cyclonedx": cyclonedx,
    "spdx": spdx,
}
"""Name for ``--format`` -> what makes the document."""


def make_bill(
    name: str,
    *,
    version: str,
    time: int,
    with_files: bool = False,
    feeds: Sequence[str] = (),
    ignores: Sequence[Ignore] = (),
    today: str = "",
) -> Bill:
    """Return the bill of a root, a local.sqlite or a folder of .pkg files without a root in it.

    With `feeds` it holds the vulnerabilities too. Raises what cannot be read of them, and a
    package of a folder that is none: a bill with a gap would be no bill.
    """
    packages, system = _read(name)
    found: Sequence[Vulnerability] = ()
    if feeds:
        subjects = (*map(Subject.of, packages), *system)
        (report,) = audit([AuditSubject(name, subjects)], feeds, ignores=ignores, today=today)
        found = report.vulnerabilities
    return bill_of(name, packages, system, found, version=version, time=time, with_files=with_files)


def _read(name: str) -> tuple[list[InstalledPackage], list[Subject]]:
    path = Path(name)
    if not path.is_dir():
        return packages_of_database(path), []
    if any(path.glob("*.pkg")) or any(path.glob("All/*.pkg")):
        packages = []
        for found in packages_of_folder(path):
            if isinstance(found, PortfakeError):
                raise found
            packages.append(found)
        return packages, []
    with open_for_reading(name) as root:
        system, _ = system_subjects(root)
        with database_of(root).read() as records:
            return list(records.packages()), system
