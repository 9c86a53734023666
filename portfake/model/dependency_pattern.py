"""Which packages satisfy a dependency: ``name>=1.0``, ``name>0``, ``name>=a<b``, name globs."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from operator import eq, ge, gt, le, lt

from portfake.errors import InputError
from portfake.model.version import PortVersion
from portfake.patterns import glob

__all__ = ["DependencyPattern"]

_OPERATORS: dict[str, Callable[[PortVersion, PortVersion], bool]] = {
    "<": lt,
    "<=": le,
    ">": gt,
    ">=": ge,
    "=": eq,
    "==": eq,
}
_CONSTRAINT = re.compile(r"([<>]=?|==?)([^<>=]*)")


@dataclass(frozen=True, slots=True)
class DependencyPattern:
    """A name, possibly a glob, and bounds that all have to hold.

    The form is that of package specifications in *_DEPENDS and of ``pkg info -E`` (pkg's
    src/info.c; spec/ports.md 7): without bounds the glob may match ``name-version`` too.
    """

    name: str
    bounds: tuple[tuple[str, str], ...] = ()
    """Operator and version, in the order written."""

    @classmethod
    def parse(cls, text: str) -> DependencyPattern:
        """Raise InputError for a pattern without a name."""
        start = re.search(r"[<>=]", text)
        name = text[: start.start()] if start else text
        if not name:
            raise InputError(
                f"{text!r} names no package", hint="a dependency reads name>=1.0 or name>0"
            )
        constraints = text[len(name) :].replace(",<", "<").replace(",>", ">")
        # An operator without a version ("name>=>0") says nothing; pkg compares with "".
        bounds = tuple((match[1], match[2]) for match in _CONSTRAINT.finditer(constraints))
        return cls(name, bounds)

    def matches(self, name: str, version: str) -> bool:
        """Whether the package `name`-`version` satisfies it."""
        found = glob(self.name)
        if not self.bounds:
            return bool(found.fullmatch(name) or found.fullmatch(f"{name}-{version}"))
        own = PortVersion(version)
        return found.fullmatch(name) is not None and all(
            _OPERATORS[operator](own, PortVersion(bound)) for operator, bound in self.bounds
        )

    def __str__(self) -> str:
        return self.name + "".join(operator + version for operator, version in self.bounds)
