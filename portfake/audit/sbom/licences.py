"""The ports framework's licence ids as SPDX expressions, by a table; never by guessing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import tomli

from portfake.model.manifest import LicenseLogic

__all__ = ["REFERENCE", "Licence", "expression", "spdx_of"]

REFERENCE = "LicenseRef-FreeBSD-"
"""What begins the id of a licence that SPDX does not know."""
_NONE = "NONE"
_OPERATORS = {LicenseLogic.OR: " OR ", LicenseLogic.AND: " AND ", LicenseLogic.SINGLE: " AND "}


@dataclass(frozen=True, slots=True)
class Licence:
    """One licence of a package."""

    port: str
    """As the framework names it."""
    spdx: str
    """SPDX's id, or a LicenseRef."""

    @property
    def known(self) -> bool:
        """Whether it stands on SPDX's list."""
        return not self.spdx.startswith(REFERENCE)


@cache
def _table() -> Mapping[str, str]:
    text = files("portfake.audit.sbom").joinpath("licences.toml").read_text("utf-8")
    table: Mapping[str, str] = tomli.loads(text)["spdx"]
    return table


def spdx_of(port: str) -> Licence:
    """Return a licence as SPDX names it, ``LicenseRef-FreeBSD-ID`` where it does not."""
    known = _table().get(port)
    if known is not None:
        return Licence(port, known)
    plain = re.sub(r"[^A-Za-z0-9.-]", "-", port.replace("+", "-or-later"))
    return Licence(port, f"{REFERENCE}{plain}")


def expression(ports: Iterable[str], logic: LicenseLogic | None) -> str | None:
    """Return the SPDX expression of a package's licences; None where it declares none."""
    ids = [spdx_of(port).spdx for port in ports if port != _NONE]
    if not ids:
        return None
    return _OPERATORS[logic or LicenseLogic.SINGLE].join(ids)
