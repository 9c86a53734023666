"""Dependency formulas: ``name1 >= 1 | name2 +OPT, name3``, as pkg keeps them in dep_formula."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from operator import eq, ge, gt, le, lt, ne

from portfake.errors import InputError
from portfake.model.version import PortVersion

__all__ = ["Alternative", "DependencyFormula"]

_OPERATORS: dict[str, Callable[[PortVersion, PortVersion], bool]] = {
    "=": eq,
    "!=": ne,
    "<": lt,
    "<=": le,
    ">": gt,
    ">=": ge,
}
_SAME = {"==": "=", "!": "!="}


@dataclass(frozen=True, slots=True)
class Alternative:
    """One package that would do: its name, bounds on its version, and its options."""

    name: str
    bounds: tuple[tuple[str, str], ...] = ()
    """Operator and version."""
    options: tuple[tuple[str, bool], ...] = ()
    """Option, and whether it has to be on."""

    def matches(self, name: str, version: str, options: Mapping[str, str]) -> bool:
        """Whether the package `name`-`version`, built with `options` (on or off), would do."""
        own = PortVersion(version)
        return (
            name == self.name
            and all(_OPERATORS[sign](own, PortVersion(bound)) for sign, bound in self.bounds)
            and all((options.get(option) == "on") is on for option, on in self.options)
        )

    def __str__(self) -> str:
        bounds = (f"{sign} {bound}" for sign, bound in self.bounds)
        options = (f"{'+' if on else '-'}{option}" for option, on in self.options)
        return " ".join((self.name, *bounds, *options))


@dataclass(frozen=True, slots=True)
class DependencyFormula:
    """Items that all have to hold, each by one of its alternatives."""

    items: tuple[tuple[Alternative, ...], ...]

    @classmethod
    def parse(cls, text: str) -> DependencyFormula:
        """Raise InputError for what libpkg would not read (pkg_deps.c)."""
        items: list[tuple[Alternative, ...]] = []
        alternatives: list[Alternative] = []
        for alternative, separator in _alternatives(text):
            alternatives.append(alternative)
            if separator != "|":
                items.append(tuple(alternatives))
                alternatives = []
        return cls(tuple(items))

    def __str__(self) -> str:
        return ", ".join(" | ".join(map(str, item)) for item in self.items)


# A version goes on over a comma where a digit follows: the comma is an epoch's then.
_PART = re.compile(
    r"\s*(?:(?P<sign>[<>=!]+)\s*(?P<version>(?:[\w.-]|,(?=[0-9]))+)"
    r"|(?P<switch>[+-])(?P<option>[\w-]+)"
    r"|(?P<end>[,|]|$))",
    re.ASCII,
)
_NAME = re.compile(r"\s*([!-+\--~]+)")


def _alternatives(text: str) -> Iterator[tuple[Alternative, str]]:
    position = 0
    while True:
        name = _NAME.match(text, position)
        if name is None:
            raise InputError(
                f"{text!r:.80} is no dependency formula", hint="it reads: a >= 1 | b, c +OPTION"
            )
        position = name.end()
        bounds: list[tuple[str, str]] = []
        options: list[tuple[str, bool]] = []
        while True:
            part = _PART.match(text, position)
            sign = part and _SAME.get(part["sign"], part["sign"])
            if part is None or (sign and sign not in _OPERATORS):
                raise InputError(f"{text!r:.80} is no dependency formula: {text[position:]!r:.40}")
            position = part.end()
            if part["end"] is not None:
                yield Alternative(name[1], tuple(bounds), tuple(options)), part["end"]
                break
            if sign:
                bounds.append((sign, part["version"]))
            else:
                options.append((part["option"], part["switch"] == "+"))
        if not text[position:].strip() and part["end"] != "|":
            return
