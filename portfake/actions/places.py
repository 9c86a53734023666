"""Errors told with the names of the host, where recipes know files by other names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from portfake.errors import Place, PortfakeError, Problems

__all__ = ["told_as_on_host"]


@contextmanager
def told_as_on_host(folders: Mapping[str, str]) -> Iterator[None]:
    """Rename the places of errors that leave the block; `folders` are recipes' name -> host's."""
    try:
        yield
    except PortfakeError as error:
        for problem in error.problems if isinstance(error, Problems) else (error,):
            problem.where = _renamed(problem.where, folders)
        raise


def _renamed(place: Place | None, folders: Mapping[str, str]) -> Place | None:
    if place is None:
        return None
    file = place.file
    for seen, real in folders.items():
        if file.startswith(f"{seen}/"):
            file = real.rstrip("/") + file[len(seen) :]
            break
    return replace(place, file=file, included_from=_renamed(place.included_from, folders))
