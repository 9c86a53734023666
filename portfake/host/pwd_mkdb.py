"""pwd_mkdb(8) of the machine portfake runs on, for the databases of a root's accounts."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from portfake.formats.pwd_db_writer import PasswordDatabases
from portfake.host.programs import run

__all__ = ["PROGRAM", "password_databases"]

PROGRAM = "/usr/sbin/pwd_mkdb"


def password_databases(program: str = PROGRAM) -> Callable[[str], PasswordDatabases] | None:
    """Return what makes pwd.db and spwd.db of a master.passwd's text; None without the program.

    It works in a temporary folder. Calling it raises SystemFailure where the program fails.
    """
    return partial(_made, program) if os.access(program, os.X_OK) else None


def _made(program: str, master: str) -> PasswordDatabases:
    with TemporaryDirectory(prefix="portfake-") as name:
        folder = Path(name)
        path = folder / "master.passwd"
        path.touch(0o600)
        path.write_text(master, "utf-8", "surrogateescape")
        run([program, "-d", name, str(path)]).require()
        return PasswordDatabases(
            insecure=(folder / "pwd.db").read_bytes(), secure=(folder / "spwd.db").read_bytes()
        )
