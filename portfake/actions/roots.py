"""Opening the root that a verb is about, and what it says of itself."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from portfake.errors import Refused, UsageError
from portfake.model.abi import Abi
from portfake.root.confined import Root
from portfake.root.ownership import Ownership
from portfake.root.target import target_of

__all__ = ["open_for_reading", "open_for_writing", "settle_target"]


@contextmanager
def open_for_reading(directory: str) -> Iterator[Root]:
    """Open a root that nothing will be changed in; NotFound if there is none."""
    with Root(directory, ownership=Ownership.APPLY, read_only=True) as root:
        yield root


@contextmanager
def open_for_writing(directory: str, *, as_user: bool = False) -> Iterator[Root]:
    """Open an alternate root; Refused for the running system's own.

    `as_user` leaves everything with whoever runs portfake, as INSTALL_AS_USER does in pkg(8);
    without it the root user is needed.
    """
    ownership = Ownership.RECORD if as_user else Ownership.APPLY
    with Root(directory, ownership=ownership) as root:
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
        yield root


def settle_target(
    root: Root, asked: tuple[Abi, int] | None, *, believe: bool
) -> tuple[Abi, int] | None:
    """Return the target: what was asked for, else what the root's own programs say.

    Raises Refused where the two disagree in release or CPU, unless `believe` says that the user
    knows better. None if neither says anything.
    """
    found = target_of(root)
    if asked is None or found is None:
        return asked or found
    if asked[0] != found[0] and not believe:
        raise Refused(
            f"the root is {found[0]}, not {asked[0]}",
            where=root.directory,
            hint="leave --abi out, or say --force-abi",
        )
    return asked
