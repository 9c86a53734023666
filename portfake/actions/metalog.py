"""--metalog FILE: a METALOG kept up to date with what was done to a root."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import mkstemp

from portfake.install.metalog import updated
from portfake.install.plan import Plan
from portfake.pkgdb.interface import PackageDatabase
from portfake.root.confined import Root

__all__ = ["write_metalog"]


def write_metalog(path: str | None, plan: Plan, root: Root, database: PackageDatabase) -> None:
    """Add what a plan made and drop what it removed; the file is replaced whole. None: nothing."""
    if path is None:
        return
    file = Path(path)
    text = file.read_text("utf-8", "surrogateescape") if file.exists() else ""
    new = updated(text, plan, lambda name: root.stat(name, follow=False), database.files()[-1:])
    handle, name = mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="surrogateescape") as stream:
            stream.write(new)
            stream.flush()
            os.fchmod(handle, 0o644)
            os.fsync(handle)
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
