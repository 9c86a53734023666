"""A compiled expression: Python's `re` where that gives POSIX's answer, else `regex`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from portfake.limits import DEFAULT, LimitExceeded
from portfake.patterns.choices import study
from portfake.patterns.nodes import (
    Assertion,
    BackReference,
    CharSet,
    Choice,
    Group,
    Node,
    Repeat,
    Sequence,
)

__all__ = ["Match", "Pattern"]

_AFFORDABLE = 4e8  # steps of `re` in the worst case, a few seconds


Match = re.Match[str]
"""What a search gives; a match of the `regex` library is used in the same way."""


class Pattern:
    """An expression ready to be searched for; POSIX's leftmost longest match.

    The methods are those of `re.Pattern`, on `str`. They raise LimitExceeded where a match
    takes longer than `seconds`.
    """

    __slots__ = (
        "_careful",
        "_flags",
        "_longest",
        "_plain",
        "_simple",
        "groups",
        "seconds",
        "source",
        "text",
    )

    def __init__(
        self,
        text: str,
        node: Node,
        groups: int,
        *,
        multiline: bool = False,
        seconds: float = DEFAULT.regex_seconds,
    ) -> None:
        self.text = text
        """The expression as it was written."""
        self.source = render(node)
        """The same in Python's syntax."""
        self.groups = groups
        self.seconds = seconds
        judged = study(node)
        self._longest = not judged.first_is_longest
        self._flags = re.ASCII | (re.MULTILINE if multiline else re.NOFLAG)
        self._simple = re.compile(self.source, self._flags)
        self._careful: Any = None
        if self._longest or judged.nested:
            self._plain = 0
        else:
            self._plain = int(_AFFORDABLE ** (1 / (judged.loops + 1)))

    def __repr__(self) -> str:
        return f"Pattern({self.text!r})"

    def search(self, text: str, start: int = 0) -> Match | None:
        """The first match at or behind `start`; `^` is still the text's own beginning."""
        if len(text) <= self._plain:
            return self._simple.search(text, start)
        return self._timed("search", text, start)

    def match(self, text: str, start: int = 0) -> Match | None:
        """The match that begins at `start`."""
        if len(text) <= self._plain:
            return self._simple.match(text, start)
        return self._timed("match", text, start)

    def fullmatch(self, text: str) -> Match | None:
        """The match that is the whole text."""
        if len(text) <= self._plain:
            return self._simple.fullmatch(text)
        return self._timed("fullmatch", text, 0)

    def finditer(self, text: str, start: int = 0) -> Iterator[Match]:
        """All matches that do not overlap, an empty one directly behind another left out."""
        at = start
        previous = -1
        while at <= len(text):
            found = self.search(text, at)
            if found is None:
                return
            begin, end = found.span()
            if begin != end or begin != previous:
                yield found
                previous = end
            at = end if end > begin else end + 1

    def _timed(self, method: str, text: str, start: int) -> Match | None:
        import regex  # type: ignore[import-untyped,unused-ignore] # noqa: PLC0415 -- 40 ms, rarely needed; its stubs are not installed everywhere

        if self._careful is None:
            flags = regex.VERSION0 | regex.ASCII | (regex.POSIX if self._longest else 0)
            if self._flags & re.MULTILINE:
                flags |= regex.MULTILINE
            self._careful = regex.compile(self.source, flags)
        try:
            found: Match | None = getattr(self._careful, method)(
                text, pos=start, timeout=self.seconds
            )
        except TimeoutError:
            raise LimitExceeded(
                f"matching {self.text!r} takes longer than {self.seconds:g} seconds"
            ) from None
        return found


def render(node: Node) -> str:
    """The expression in the syntax that `re` and `regex` share."""
    match node:
        case CharSet(source=source) | Assertion(source=source):
            return source
        case BackReference(number):
            return f"(?:\\{number})"
        case Sequence(parts):
            return "".join(_inside(part) for part in parts)
        case Choice(branches):
            return "|".join(map(render, branches))
        case Group(body=body):
            return f"({render(body)})"
        case Repeat(body, low, high):
            inner = render(body)
            if not isinstance(body, CharSet | Group | BackReference):
                inner = f"(?:{inner})"
            return inner + _counts(low, high)


def _inside(node: Node) -> str:
    return f"(?:{render(node)})" if isinstance(node, Choice) else render(node)


def _counts(low: int, high: int | None) -> str:
    if high is None:
        return {0: "*", 1: "+"}.get(low, f"{{{low},}}")
    return "?" if (low, high) == (0, 1) else f"{{{low},{high}}}"
