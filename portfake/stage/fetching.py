"""Distfiles that DISTDIR lacks, fetched from the port's sites when the user asked for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from tempfile import TemporaryFile
from typing import IO

from portfake.errors import InputError, PortfakeError, Unavailable
from portfake.formats.distinfo import DistfileSum
from portfake.host.fetch import fetch
from portfake.model.entry import Entry, EntryType
from portfake.root.confined import Root
from portfake.root.ownership import Ownership

__all__ = ["Fetcher", "sites_of"]

_DEFAULT_GROUP = "DEFAULT"


def sites_of(word: str, flavor: str, environment: Mapping[str, str]) -> list[str]:
    """Return where a word of DISTFILES or PATCHFILES (``file:group,group``) can be had.

    `flavor` is MASTER or PATCH; the framework names each group's sites in the environment of
    Mk/Scripts/do-fetch.sh. What overrides them comes first, the backup last.
    """
    groups = word.partition(":")[2].split(",") if ":" in word else [_DEFAULT_GROUP]
    names = (
        "dp_MASTER_SITE_OVERRIDE",
        *(f"_{flavor}_SITES_{group}" for group in groups),
        "dp_MASTER_SITE_BACKUP",
    )
    return [site for name in names for site in environment.get(name, "").split()]


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Puts files into a folder of the host, each only once it is what distinfo says."""

    distdir: str
    progress: Callable[[str], None] = lambda line: None
    get: Callable[..., int] = field(default=fetch)
    """host.fetch.fetch, or a stand-in."""

    def fetch(self, path: str, sites: Sequence[str], expected: DistfileSum) -> None:
        """Fetch `path`, relative to DISTDIR, from the first site that has the right file.

        Raises InputError where distinfo states no sum, Unavailable naming what every site said.
        """
        if expected.sha256 is None:
            raise InputError(f"no SHA256 is recorded for {path}, so it is not fetched")
        name = path.rpartition("/")[2]
        said = []
        for site in sites:
            self.progress(f"fetching {site}{name}")
            try:
                self._fetch(path, f"{site}{name}", expected)
            except PortfakeError as error:
                said.append(str(error))
            else:
                return
        raise Unavailable(
            f"no site has the distfile: {'; '.join(said) or 'there are no sites'}",
            where=f"{self.distdir}/{path}",
            hint="is this machine online? the file can also be put there by hand",
        )

    def _fetch(self, path: str, url: str, expected: DistfileSum) -> None:
        # Only the wanted bytes reach DISTDIR: the root checks size and sum while it copies.
        with TemporaryFile() as received:
            size = self.get(url, received.write, expected_size=expected.size)
            received.seek(0)
            self._keep(path, received, size, expected)

    def _keep(self, path: str, received: IO[bytes], size: int, expected: DistfileSum) -> None:
        entry = Entry(
            path=f"/{path}",
            type=EntryType.FILE,
            mode=0o644,
            size=expected.size if expected.size is not None else size,
            digest=expected.sha256,
        )
        with Root(self.distdir, ownership=Ownership.RECORD) as root:
            folder = entry.path.rpartition("/")[0]
            if folder:
                root.makedirs(folder)
            root.place(entry, received).commit()
