"""A transaction of SQLite as a block: all of it or nothing, also when killed in between."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["committed"]


@contextmanager
def committed(connection: sqlite3.Connection) -> Iterator[None]:
    """Hold the database for writing; what was written counts once the block ends well."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
