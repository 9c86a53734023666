"""A port as a value."""

from __future__ import annotations

from typing import Any

from portfake.model.origin import Origin
from portfake.model.port import Port

__all__ = ["port"]


def port(origin: str = "misc/demo", **fields: Any) -> Port:
    """A port that copies files, with other values for some fields."""
    values: dict[str, Any] = {
        "name": "demo",
        "version": "1.0",
        "comment": "A demonstration",
        "maintainer": "demo@example.org",
        "www": (),
        "prefix": "/usr/local",
        "categories": ("misc",),
        "licenses": (),
        "license_logic": "single",
        "users": (),
        "groups": (),
        "options": {},
        "flavors": (),
        "uses": (),
        "dependencies": {},
        "distfiles": (),
        "no_arch": True,
        "no_build": True,
        "ignore": "",
        "deprecated": "",
        "expiration_date": "",
        "foreign_payload": (),
        "conflicts_install": (),
    }
    return Port(origin=Origin.parse(origin), **{**values, **fields})
