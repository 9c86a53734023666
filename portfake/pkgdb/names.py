"""How people name an installed package."""

from __future__ import annotations

from portfake.model.manifest import InstalledPackage
from portfake.pkgdb.interface import Records

__all__ = ["find_named"]


def find_named(records: Records, text: str) -> InstalledPackage | None:
    """Return the package that `text` names, by name or by name-version; None if there is none."""
    found = records.find(text)
    if found is None:
        found = records.find(text.rpartition("-")[0])
        if found is not None and found.manifest.full_name != text:
            return None
    return found
