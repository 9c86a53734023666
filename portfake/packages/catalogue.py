"""Catalogues of repositories: packagesite and data archives, read as streams."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from portfake.errors import InputError, Unavailable
from portfake.formats import manifest as manifest_format
from portfake.formats.archive import Archive, Links
from portfake.limits import DEFAULT, LimitExceeded, Limits
from portfake.model.manifest import Manifest
from portfake.model.payload import Reader
from portfake.packages.archive_reader import Unpack
from portfake.packages.sums import is_sum

__all__ = ["Listed", "read_catalogue"]

_CHUNK = 1 << 18
_UNNAMEABLE = re.compile("[\0\ud800-\udc7f\udd00-\udfff]")


@dataclass(frozen=True, slots=True)
class Listed:
    """What a catalogue says of one package's file."""

    manifest: Manifest
    """Without files and scripts."""
    path: str
    """Relative to the repository; it never climbs."""
    size: int
    sum: str


def read_catalogue(
    stream: BinaryIO,
    where: str,
    *,
    member: str = "packagesite.yaml",
    limits: Limits = DEFAULT,
    unzstd: Unpack | None = None,
) -> Iterator[Listed]:
    """Yield the packages that an archive's `member` lists, one manifest in JSON a line.

    Signatures beside it are not looked at. Raises InputError for what is no catalogue, for paths
    that lead out of the repository and for packages without size or sum.
    """
    try:
        yield from _listed(stream, where, member, limits)
    except Unavailable:
        if unzstd is None:
            raise
        stream.seek(0)
        yield from _listed(unzstd(stream), where, member, limits)


def _listed(stream: BinaryIO, where: str, member: str, limits: Limits) -> Iterator[Listed]:
    for entry, reader in Archive(stream, where, links=Links.ANYWHERE, limits=limits):
        if entry.path == f"/{member}" and reader is not None:
            for number, line in enumerate(_lines(reader, where, limits), start=1):
                if number > limits.entries:
                    raise LimitExceeded(f"more than {limits.entries} packages", where=where)
                yield _package(line, f"{where}:{member}:{number}", limits)
            return
    raise InputError(f"no {member} in it", where=where, hint="is it a repository's catalogue?")


def _lines(reader: Reader, where: str, limits: Limits) -> Iterator[str]:
    rest = b""
    while data := reader.read(_CHUNK):
        *lines, rest = (rest + data).split(b"\n")
        for line in filter(None, lines):
            yield line.decode("utf-8", "surrogateescape")
        if len(rest) > limits.text:
            raise LimitExceeded(f"a line of more than {limits.text} bytes", where=where)
    if rest:
        yield rest.decode("utf-8", "surrogateescape")


def _package(line: str, where: str, limits: Limits) -> Listed:
    try:
        fields: Any = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputError("a line that is no JSON", where=where) from error
    if not isinstance(fields, dict):
        raise InputError("a line that is no object", where=where)
    path = fields.get("repopath", fields.get("path"))
    size, told = fields.get("pkgsize"), fields.get("sum")
    if not isinstance(path, str) or not _stays_inside(path):
        raise InputError(f"{path!r:.80} is no path in a repository", where=where)
    if not isinstance(size, int) or size < 0 or not isinstance(told, str) or not is_sum(told):
        raise InputError(f"{path} has no size or sum", where=where)
    return Listed(manifest_format.parse(line, where, limits=limits), path, size, told)


def _stays_inside(path: str) -> bool:
    """JSON can spell a NUL and halves of characters, which no file's name has."""
    nameable = _UNNAMEABLE.search(path) is None
    return nameable and not path.startswith("/") and ".." not in path.split("/")
