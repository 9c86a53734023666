"""pkg(8)'s own lock on its database: a row of flags and a table of processes.

Independent of SQLite's locks, and held across transactions (libpkg/pkgdb.c, pkgdb_try_lock();
spec/pkg.md 3.7).
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from portfake.errors import Busy
from portfake.pkgdb.sqlite.committed import committed

__all__ = ["exclusive", "held_by_another"]

_TAKE = "UPDATE pkg_lock SET exclusive = 1 WHERE exclusive = 0 AND advisory = 0 AND read = 0"
_FREE = "SELECT 1 FROM pkg_lock WHERE exclusive = 0 AND advisory = 0 AND read = 0"


@contextmanager
def exclusive(connection: sqlite3.Connection, place: str) -> Iterator[None]:
    """Hold the lock as `pkg add` would; locks of processes that are gone are cleared first.

    Raises Busy with the process that holds it, having changed nothing. Processes of another
    namespace look gone, to pkg too.
    """
    own = os.getpid()
    with _named(connection, place), committed(connection):
        if not connection.execute(_TAKE).rowcount:
            _check_gone(connection, place)
            connection.execute("DELETE FROM pkg_lock")
            connection.execute("DELETE FROM pkg_lock_pid")
            connection.execute("INSERT INTO pkg_lock VALUES (1, 0, 0)")
        connection.execute("INSERT OR IGNORE INTO pkg_lock_pid VALUES (?)", (own,))
    try:
        yield
    finally:
        try:
            _release(connection, own)
        except sqlite3.OperationalError:
            # What was written counts already; if this fails for good, the lock is a dead one's.
            _release(connection, own)


def _release(connection: sqlite3.Connection, own: int) -> None:
    with committed(connection):
        connection.execute("UPDATE pkg_lock SET exclusive = 0 WHERE exclusive = 1")
        connection.execute("DELETE FROM pkg_lock_pid WHERE pid = ?", (own,))


@contextmanager
def _named(connection: sqlite3.Connection, place: str) -> Iterator[None]:
    """Name who is in the middle of a transaction, which SQLite itself does not."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            _check_gone(connection, place)
        raise


def held_by_another(connection: sqlite3.Connection, place: str) -> Busy | None:
    """Return what `exclusive` would raise now."""
    if connection.execute(_FREE).fetchone():
        return None
    return _living(connection, place)


def _check_gone(connection: sqlite3.Connection, place: str) -> None:
    busy = _living(connection, place)
    if busy is not None:
        raise busy


def _living(connection: sqlite3.Connection, place: str) -> Busy | None:
    alive = [pid for (pid,) in connection.execute("SELECT pid FROM pkg_lock_pid") if _lives(pid)]
    if not alive:
        return None
    return Busy(
        f"process {alive[0]} holds the package database",
        where=place,
        hint="wait for it to end; its lock is cleared once it is gone",
    )


def _lives(pid: object) -> bool:
    if not isinstance(pid, int) or not 0 < pid < 1 << 31 or pid == os.getpid():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
