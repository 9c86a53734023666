r"""POSIX regular expressions, basic and extended, read into nodes.

Rules are those of regex(7) and re_format(7) on FreeBSD, with the GNU additions that its
libregex knows (`\+ \? \|` in basic ones, `\< \> \b \w`, back-references everywhere).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from portfake.limits import LimitExceeded
from portfake.patterns.brackets import read_bracket
from portfake.patterns.errors import PatternError
from portfake.patterns.nodes import (
    ANYTHING,
    CLASSES,
    Assertion,
    BackReference,
    CharSet,
    Choice,
    Group,
    Node,
    Repeat,
    Sequence,
    single,
)

__all__ = ["Options", "read_basic", "read_extended"]

_MAXIMUM_COUNT = 255  # RE_DUP_MAX
_MAXIMUM_DEPTH = 100

_WORD = "[A-Za-z0-9_]"
_WORD_START = Assertion(f"(?<!{_WORD})(?={_WORD})")
_WORD_END = Assertion(f"(?<={_WORD})(?!{_WORD})")
_ESCAPES: dict[str, Node] = {
    "<": _WORD_START,
    ">": _WORD_END,
    "b": Assertion(f"(?:(?<!{_WORD})(?={_WORD})|(?<={_WORD})(?!{_WORD}))"),
    "B": Assertion(f"(?:(?<!{_WORD})(?!{_WORD})|(?<={_WORD})(?={_WORD}))"),
    "w": CharSet(CLASSES["word"]),
    "W": CharSet(CLASSES["word"], negated=True),
    "s": CharSet(CLASSES["space"]),
    "S": CharSet(CLASSES["space"], negated=True),
    "`": Assertion(r"\A"),
    "'": Assertion(r"\Z", ends_text=True),
}


@dataclass(frozen=True, slots=True)
class Options:
    """What the caller of regcomp(3) may ask for."""

    ignore_case: bool = False
    multiline: bool = False


class _Reader(ABC):
    """One pass over the text; subclasses say how each dialect spells its operators."""

    def __init__(self, text: str, options: Options) -> None:
        self.text = text
        self.at = 0
        self.options = options
        self.groups = 0
        self.closed: set[int] = set()
        self.depth = 0

    # What a dialect decides.
    @abstractmethod
    def at_or(self) -> bool: ...

    @abstractmethod
    def at_close(self) -> bool: ...

    @abstractmethod
    def atom(self, *, first: bool) -> Node: ...

    @abstractmethod
    def repeated(self, node: Node) -> Node: ...

    # What they share.
    def whole(self) -> Node:
        node = self.choice()
        if self.at < len(self.text):
            raise PatternError(f"parentheses are not balanced in {self.text!r}")
        return node

    def choice(self) -> Node:
        branches = [self.sequence()]
        while self.at_or():
            branches.append(self.sequence())
        return branches[0] if len(branches) == 1 else Choice(tuple(branches))

    def sequence(self) -> Node:
        parts: list[Node] = []
        first = True
        while self.at < len(self.text) and not self.at_close():
            before = self.at
            if self.at_or():
                self.at = before
                break
            node = self.atom(first=first)
            parts.append(self.repeated(node))
            first = first and isinstance(node, Assertion) and node.source in {r"\A", "^"}
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def group(self, close: str) -> Node:
        self.depth += 1
        if self.depth > _MAXIMUM_DEPTH:
            raise LimitExceeded(f"more than {_MAXIMUM_DEPTH} parentheses inside each other")
        self.groups += 1
        number = self.groups
        body = self.choice()
        if not self.text.startswith(close, self.at):
            raise PatternError(f"parentheses are not balanced in {self.text!r}")
        self.at += len(close)
        self.closed.add(number)
        self.depth -= 1
        return Group(number, body)

    def bracket(self) -> Node:
        for text, node in (("[:<:]]", _WORD_START), ("[:>:]]", _WORD_END)):
            if self.text.startswith(text, self.at):
                self.at += len(text)
                return node
        found, self.at = read_bracket(self.text, self.at)
        return self.chars(found)

    def chars(self, found: CharSet) -> CharSet:
        if self.options.multiline:
            found = found.without_newline()
        return found.folded() if self.options.ignore_case else found

    def escaped(self) -> Node:
        if self.at >= len(self.text):
            raise PatternError(f"trailing backslash in {self.text!r}")
        char = self.text[self.at]
        self.at += 1
        if char in "123456789":
            if int(char) not in self.closed:
                raise PatternError(f"no group {char} to refer back to in {self.text!r}")
            return BackReference(int(char))
        known = _ESCAPES.get(char)
        if isinstance(known, CharSet):
            return self.chars(known)
        return known or self.chars(single(char))

    def line_start(self) -> Assertion:
        return Assertion("^" if self.options.multiline else r"\A")

    def line_end(self) -> Assertion:
        if self.options.multiline:
            return Assertion(r"(?=\n|\Z)")
        return Assertion(r"\Z", ends_text=True)

    def nothing_to_repeat(self) -> PatternError:
        return PatternError(f"repetition-operator operand invalid in {self.text!r}")

    def bound(self, node: Node, close: str) -> Node:
        """`{m}`, `{m,}` or `{m,n}`, the opening already taken."""
        end = self.text.find(close, self.at)
        if end < 0:
            raise PatternError(f"braces are not balanced in {self.text!r}")
        low, comma, high = self.text[self.at : end].partition(",")
        self.at = end + len(close)
        if not _is_number(low) or not (high == "" or _is_number(high)):
            raise PatternError(f"invalid repetition count in {self.text!r}")
        least = int(low)
        most = int(high) if high else None if comma else least
        if max(least, most or 0) > _MAXIMUM_COUNT or (most is not None and most < least):
            raise PatternError(f"invalid repetition count in {self.text!r}")
        return Repeat(node, least, most)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 4


_COUNTS: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}


class _Extended(_Reader):
    def at_or(self) -> bool:
        found = self.text.startswith("|", self.at)
        self.at += found
        return found

    def at_close(self) -> bool:
        return self.depth > 0 and self.text[self.at] == ")"

    def atom(self, *, first: bool) -> Node:
        char = self.text[self.at]
        self.at += 1
        match char:
            case "(":
                return self.group(")")
            case "[":
                return self.bracket()
            case ".":
                return self.chars(ANYTHING)
            case "^":
                return self.line_start()
            case "$":
                return self.line_end()
            case "\\":
                return self.escaped()
            case "*" | "+" | "?":
                raise self.nothing_to_repeat()
            case "{" if self.text[self.at : self.at + 1].isdigit():
                raise self.nothing_to_repeat()
            case _:
                return self.chars(single(char))

    def repeated(self, node: Node) -> Node:
        counts = 0
        body = node
        while self.at < len(self.text):
            char = self.text[self.at]
            if char in _COUNTS:
                self.at += 1
                node = Repeat(node, *_COUNTS[char])
            elif char == "{" and self.text[self.at + 1 : self.at + 2].isdigit():
                self.at += 1
                node = self.bound(node, "}")
            else:
                break
            counts += 1
            if counts > 1 or isinstance(body, Assertion):
                raise self.nothing_to_repeat()
        return node


class _Basic(_Reader):
    def at_or(self) -> bool:
        found = self.text.startswith(r"\|", self.at)
        self.at += 2 * found
        return found

    def at_close(self) -> bool:
        return self.text.startswith(r"\)", self.at)

    def atom(self, *, first: bool) -> Node:
        text, at = self.text, self.at
        self.at += 1
        match text[at]:
            case "[":
                return self.bracket()
            case ".":
                return self.chars(ANYTHING)
            case "^" if first:
                return self.line_start()
            case "$" if at + 1 == len(text) or text.startswith((r"\)", r"\|"), at + 1):
                return self.line_end()
            case "\\" if text.startswith("(", at + 1):
                self.at += 1
                return self.group(r"\)")
            case "\\" if text.startswith("{", at + 1):
                raise self.nothing_to_repeat()
            case "\\":
                return self.escaped()
            case char:
                return self.chars(single(char))

    def repeated(self, node: Node) -> Node:
        if isinstance(node, Assertion):
            return node
        while True:
            text, at = self.text, self.at
            if text.startswith("*", at):
                self.at += 1
                node = Repeat(node, 0, None)
            elif text.startswith((r"\+", r"\?"), at):
                self.at += 2
                node = Repeat(node, *_COUNTS[text[at + 1]])
            elif text.startswith(r"\{", at):
                self.at += 2
                node = self.bound(node, r"\}")
            else:
                return node


def read_extended(text: str, options: Options) -> tuple[Node, int]:
    """An extended expression as nodes, and its number of groups; raises PatternError."""
    reader = _Extended(text, options)
    return reader.whole(), reader.groups


def read_basic(text: str, options: Options) -> tuple[Node, int]:
    """A basic expression as nodes, and its number of groups; raises PatternError."""
    reader = _Basic(text, options)
    return reader.whole(), reader.groups
