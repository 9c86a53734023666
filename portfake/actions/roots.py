"""Opening the root that a verb is about, and what it says of itself."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from portfake.actions.opening import open_for_reading
from portfake.errors import Refused, UsageError
from portfake.install.journal import check_closed, read
from portfake.root.confined import Root
from portfake.root.ownership import Ownership

__all__ = ["interruption", "open_for_reading", "open_for_writing"]


def interruption(directory: str) -> str | None:
    """Return what a reader should know of a root that is, or was, in the middle of a change."""
    with open_for_reading(directory) as root:
        journal = read(root)
    if journal is None:
        return None
    return (
        f"{directory}: portfake {journal.verb} (process {journal.pid}) is at work here, or was "
        "interrupted and left it to portfake recover"
    )


_KEPT_FOLDERS = 256
"""Descriptors for a package's folders: its files may come in any order, each folder many times.

A quarter of what a process may usually have (1,024 on Linux); with 128 a package of 200 folders,
its files dealt out to them in turn, took a tenth longer.
"""


@contextmanager
def open_for_writing(
    directory: str, *, as_user: bool = False, recovering: bool = False
) -> Iterator[Root]:
    """Open an alternate root; Refused for the running system's own, and after an interrupted run.

    Busy while another process of portfake changes it. `recovering` takes it as it is.

    `as_user` leaves everything with whoever runs portfake, as INSTALL_AS_USER does in pkg(8);
    without it the root user is needed.
    """
    ownership = Ownership.RECORD if as_user else Ownership.APPLY
    with Root(directory, ownership=ownership, kept_folders=_KEPT_FOLDERS) as root:
        if root.is_running_system():
            raise Refused(
                "this is the root of the running system",
                where=directory,
                hint="portfake writes into alternate roots only; pkg(8) serves the system itself",
            )
        if os.geteuid() != 0 and not as_user:
            raise UsageError(
                "files get their owners, and only the root user can give them",
                where=directory,
                hint="--as-user leaves them yours, with the owners in the record alone",
            )
        if not recovering:
            check_closed(root)
        yield root
