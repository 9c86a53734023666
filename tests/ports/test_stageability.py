"""Which ports can be staged without a compiler, by metadata alone."""

from __future__ import annotations

from typing import Any

import pytest

from portfake.ports.stageability import why_not_native
from tests.ports.samples import port


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"uses": ("shebangfix", "python:run", "tar:xz")},
        {"uses": ("metaport",)},
        {"uses": ("gmake",), "no_build": True},
        {"no_arch": False},
    ],
)
def test_native(fields: dict[str, Any]) -> None:
    assert why_not_native(port(**fields)) is None


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        (
            {"no_build": False, "uses": ("compiler:c11", "gmake")},
            "it compiles (USES=compiler gmake)",
        ),
        ({"no_build": False, "uses": ("cargo",), "no_arch": False}, "it compiles (USES=cargo)"),
        ({"no_build": False, "no_arch": False}, "it builds (no NO_BUILD)"),
        ({"no_build": False}, "it builds (NO_ARCH, no NO_BUILD)"),
        ({"uses": ("gem", "shebangfix")}, "it needs its language's own installer (USES=gem)"),
    ],
)
def test_not_native(fields: dict[str, Any], reason: str) -> None:
    assert why_not_native(port(**fields)) == reason
