"""Conditions of pkg-query(8) -e: ``%a = 0 && (%n ~ 'py*' || %#r > 2)``."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from portfake.errors import UsageError
from portfake.limits import DEFAULT, Limits
from portfake.patterns import glob
from portfake.pkgdb.query.subject import Subject
from portfake.pkgdb.query.values import SCALARS

__all__ = ["Condition", "parse_condition"]

Holds = Callable[[Subject], bool]
Test = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Condition:
    """What selects packages."""

    holds: Holds
    reads_contents: bool
    """Whether it is about files or folders."""


_TEXTS: Mapping[str, Callable[[Subject], object]] = {
    letter: SCALARS[name]
    for letter, name in {
        "n": "name",
        "o": "origin",
        "p": "prefix",
        "m": "maintainer",
        "c": "comment",
        "e": "desc",
        "w": "www",
        "q": "abi",
        "M": "message",
    }.items()
}
_NUMBERS: Mapping[str, Callable[[Subject], int]] = {
    "s": lambda subject: subject.manifest.flatsize,
    "a": lambda subject: subject.package.automatic,
    "k": lambda subject: subject.package.locked,
    "V": lambda subject: subject.manifest.vital,
    "t": lambda subject: subject.package.time or 0,
}
_LISTS: Mapping[str, Callable[[Subject], list[str]]] = {
    "dn": lambda subject: [dep.name for dep in subject.manifest.deps],
    "do": lambda subject: [dep.origin for dep in subject.manifest.deps],
    "dv": lambda subject: [dep.version for dep in subject.manifest.deps],
    "rn": lambda subject: [dep.name for dep in subject.required_by],
    "ro": lambda subject: [dep.origin for dep in subject.required_by],
    "rv": lambda subject: [dep.version for dep in subject.required_by],
    "C": lambda subject: list(subject.manifest.categories),
    "L": lambda subject: list(subject.manifest.licenses),
    "B": lambda subject: list(subject.manifest.shlibs_required),
    "b": lambda subject: list(subject.manifest.shlibs_provided),
    "y": lambda subject: list(subject.manifest.provides),
    "Y": lambda subject: list(subject.manifest.requires),
    "At": lambda subject: list(subject.manifest.annotations),
    "Av": lambda subject: list(subject.manifest.annotations.values()),
}
_COUNTS: Mapping[str, Callable[[Subject], int]] = {
    "d": lambda subject: len(subject.manifest.deps),
    "r": lambda subject: len(subject.required_by),
    "C": lambda subject: len(subject.manifest.categories),
    "F": lambda subject: len(subject.manifest.files),
    "O": lambda subject: len(subject.manifest.options),
    "D": lambda subject: len(subject.manifest.directories),
    "S": lambda subject: len(subject.manifest.directories),
    "L": lambda subject: len(subject.manifest.licenses),
    "U": lambda subject: len(subject.manifest.users),
    "G": lambda subject: len(subject.manifest.groups),
    "B": lambda subject: len(subject.manifest.shlibs_required),
    "b": lambda subject: len(subject.manifest.shlibs_provided),
    "y": lambda subject: len(subject.manifest.provides),
    "Y": lambda subject: len(subject.manifest.requires),
    "A": lambda subject: len(subject.manifest.annotations),
}

_COMPARISONS: Mapping[str, Callable[[int, int], bool]] = {
    "=": operator.eq,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_TOKEN = re.compile(
    r"""[ \t]*(?:
        (?P<mark>\(|\)|&&|\|\|)
      | %(?P<key>[\#?]?(?:[drA][a-z]|[^\s=!<>~]))
        \s*(?P<operator>==|=~|!=|!~|<=|>=|=|<|>|~)
        \s*(?:"(?P<double>[^"]*)" | '(?P<single>[^']*)' | (?P<plain>\S+))
    )""",
    re.VERBOSE,
)
_NUMBER_END = re.compile(r"[0-9]+")
"""A number ends where its digits do; a text without quotes at the next blank."""


def parse_condition(text: str, limits: Limits = DEFAULT) -> Condition:
    """Return the condition; UsageError for one that makes no sense.

    ``&&`` binds more tightly than ``||``. Texts compare by their bytes, ``=~`` without regard
    to ASCII case, ``~`` with a glob; of a list any item may fit, and with ``!=`` and ``!~``
    none may (src/query.c, format_sql_condition()).
    """
    reader = _Reader(text, limits)
    holds = reader.alternatives(0)
    if not reader.at_end():
        raise reader.unexpected()
    return Condition(holds, reader.reads_contents)


class _Reader:
    def __init__(self, text: str, limits: Limits) -> None:
        self.text = text
        self.at = 0
        self.limits = limits
        self.reads_contents = False

    def at_end(self) -> bool:
        return not self.text[self.at :].strip()

    def unexpected(self) -> UsageError:
        rest = self.text[self.at :].strip()[:20]
        found = repr(rest) if rest else "its end"
        hint = "a condition is like: %a = 0 && %n ~ 'py*'"
        return UsageError(f"the condition makes no sense at {found}", hint=hint)

    def alternatives(self, depth: int) -> Holds:
        found = [self._all(depth)]
        while self._skip("||"):
            found.append(self._all(depth))
        return (lambda subject: any(test(subject) for test in found)) if found[1:] else found[0]

    def _all(self, depth: int) -> Holds:
        found = [self._single(depth)]
        while self._skip("&&"):
            found.append(self._single(depth))
        return (lambda subject: all(test(subject) for test in found)) if found[1:] else found[0]

    def _single(self, depth: int) -> Holds:
        if self._skip("("):
            if depth >= self.limits.depth:
                raise UsageError("the condition is nested too deep")
            inner = self.alternatives(depth + 1)
            if not self._skip(")"):
                raise self.unexpected()
            return inner
        return self._comparison()

    def _skip(self, mark: str) -> bool:
        match = _TOKEN.match(self.text, self.at)
        if match is None or match["mark"] != mark:
            return False
        self.at = match.end()
        return True

    def _comparison(self) -> Holds:
        match = _TOKEN.match(self.text, self.at)
        if match is None or match["key"] is None:
            raise self.unexpected()
        key, sign = match["key"], match["operator"]
        self.reads_contents |= key[0] in "#?" and key[1:] in "FDS"
        number = _NUMBERS.get(key) or _COUNTS.get(key[1:] if key[0] in "#?" else "")
        if number is not None:
            return self._numeric(match, number)
        worth = next(
            value
            for value in (match["double"], match["single"], match["plain"])
            if value is not None
        )
        if key in _TEXTS and sign not in _SIZES:
            self.at = match.end()
            return _of_text(_TEXTS[key], _test(sign, worth), wanted=not sign.startswith("!"))
        if key in _LISTS and sign not in _SIZES:
            self.at = match.end()
            return _of_list(_LISTS[key], _test(sign, worth), wanted=not sign.startswith("!"))
        raise self.unexpected()

    def _numeric(self, match: re.Match[str], number: Callable[[Subject], int]) -> Holds:
        digits = _NUMBER_END.match(match["plain"] or "")
        compare = _COMPARISONS.get(match["operator"])
        if digits is None or compare is None:
            raise self.unexpected()
        self.at = match.start("plain") + digits.end()
        wanted = int(digits[0][:19])
        truth = (match["key"] or "").startswith("?")
        return lambda subject: compare(
            min(number(subject), 1) if truth else number(subject), wanted
        )


_SIZES = frozenset({"<", ">", "<=", ">="})


def _test(sign: str, worth: str) -> Test:
    if sign in ("~", "!~"):
        pattern = glob(worth, escape=False)
        return lambda text: pattern.match(text) is not None
    if sign == "=~":
        folded = _folded(worth)
        return lambda text: _folded(text) == folded
    return lambda text: text == worth


def _folded(text: str) -> str:
    return "".join(letter.lower() if letter.isascii() else letter for letter in text)


def _of_text(find: Callable[[Subject], object], test: Test, *, wanted: bool) -> Holds:
    """What is not there at all is neither equal nor different."""

    def holds(subject: Subject) -> bool:
        value = find(subject)
        return value is not None and test(str(value)) is wanted

    return holds


def _of_list(find: Callable[[Subject], list[str]], test: Test, *, wanted: bool) -> Holds:
    return lambda subject: any(map(test, find(subject))) is wanted
