"""Distfiles in DISTDIR held against distinfo: nothing of a port is read before its sum is right."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import BinaryIO

from portfake.errors import InputError, NotFound, PortfakeError, Problems
from portfake.formats.distinfo import DistfileSum

__all__ = ["check_distfiles"]

_CHUNK = 1 << 20


def check_distfiles(
    names: Iterable[str],
    sums: Mapping[str, DistfileSum],
    distinfo: str,
    folder: str,
    open_file: Callable[[str], BinaryIO],
) -> None:
    """Raise everything that is wrong with the files together.

    `names` are paths below `folder`, DISTDIR; `open_file` opens a path. `distinfo` is where `sums`
    are from.
    """
    problems: list[PortfakeError] = []
    for name in names:
        path = f"{folder}/{name}"
        try:
            with open_file(path) as file:
                problem = _check(path, file, sums.get(name), distinfo)
        except FileNotFoundError:
            problem = NotFound(
                "the distfile is not there", where=path, hint="put it into --distdir DIR"
            )
        except OSError as error:
            problem = InputError(f"the distfile cannot be read: {error.strerror}", where=path)
        if problem:
            problems.append(problem)
    Problems.check(problems)


def _check(
    path: str, file: BinaryIO, expected: DistfileSum | None, distinfo: str
) -> PortfakeError | None:
    if expected is None or expected.sha256 is None:
        return InputError(
            f"no SHA256 is recorded for {path.rpartition('/')[2]}",
            where=distinfo,
            hint="'make makesum' of the ports framework records it",
        )
    size = 0
    state = hashlib.sha256()
    while chunk := file.read(_CHUNK):
        size += len(chunk)
        state.update(chunk)
        if expected.size is not None and size > expected.size:
            break
    if expected.size is not None and size != expected.size:
        found = "more" if size > expected.size else str(size)
        return InputError(
            f"the distfile has {found} bytes, distinfo says {expected.size}",
            where=path,
            hint=f"remove it, or bring {distinfo} up to date",
        )
    if state.hexdigest() != expected.sha256:
        return InputError(
            f"SHA256 is {state.hexdigest()}, distinfo says {expected.sha256}",
            where=path,
            hint=f"remove it, or bring {distinfo} up to date",
        )
    return None
