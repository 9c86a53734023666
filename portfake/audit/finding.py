"""What a rule says about an image."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal

__all__ = ["Finding", "Severity", "Unchecked"]


class Severity(Enum):
    """How much a finding matters; the values are SARIF's levels, the worst first."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Severity).index(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is not as it should be, or that somebody should know."""

    kind: Literal["finding"] = "finding"
    root: str
    """The image, as it was named."""
    rule: str
    """The stable id of the rule."""
    severity: Severity
    message: str
    package: str | None = None
    """``name-version`` of the package concerned."""
    path: str | None = None
    """Within the root."""
    evidence: Mapping[str, str] = field(default_factory=dict)
    """What was expected, what was found, and the like."""
    fix: str | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        """What a baseline knows a finding by: versions change, and what is known stays known."""
        name = (self.package or "").rpartition("-")[0]
        about = self.path if self.path is not None else self.message
        return self.rule, name, about


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchecked:
    """A rule that this image gives no answer to."""

    kind: Literal["unchecked"] = "unchecked"
    root: str
    rule: str
    reason: str
