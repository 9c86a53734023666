"""Dependency lines, expanded, read into values: targets, operator, sources."""

from __future__ import annotations

import re
from collections.abc import Callable

from portfake.make.targets import Operator

__all__ = [
    "ATTRIBUTES",
    "SPECIAL",
    "WITH_RECIPES",
    "Dependency",
    "braces_expanded",
    "cut_command",
    "read_dependency",
]

_WHITE = " \t\n\v\f\r"

ATTRIBUTES = frozenset(
    {
        ".EXEC",
        ".IGNORE",
        ".INVISIBLE",
        ".JOIN",
        ".MADE",
        ".MAKE",
        ".META",
        ".NOMETA",
        ".NOMETA_CMP",
        ".NOPATH",
        ".NOTMAIN",
        ".OPTIONAL",
        ".PHONY",
        ".PRECIOUS",
        ".RECURSIVE",
        ".SILENT",
        ".USE",
        ".USEBEFORE",
    }
)
"""Words that say something about targets: among sources of these, as a target of its sources."""
WITH_RECIPES = frozenset({".BEGIN", ".DEFAULT", ".END", ".ERROR", ".INTERRUPT", ".STALE"})
"""Special targets that have recipes."""
SPECIAL = frozenset(
    {
        ".DELETE_ON_ERROR",
        ".INCLUDES",
        ".LIBS",
        ".MAIN",
        ".MAKEFLAGS",
        ".MFLAGS",
        ".NOREADONLY",
        ".NOTPARALLEL",
        ".NO_PARALLEL",
        ".NULL",
        ".OBJDIR",
        ".ORDER",
        ".PARALLEL",
        ".PATH",
        ".POSIX",
        ".READONLY",
        ".SHELL",
        ".SINGLESHELL",
        ".SUFFIXES",
        ".SYSPATH",
    }
)
"""Targets whose sources mean something of their own."""


class Dependency:
    """One dependency line. Each port has dozens of its own, so this is no dataclass."""

    __slots__ = (
        "attributes",
        "errors",
        "expressions",
        "operator",
        "sources",
        "special",
        "targets",
        "text",
        "warnings",
    )

    def __init__(
        self,
        targets: tuple[str, ...] = (),
        special: str | None = None,
        operator: Operator = Operator.DEPENDS,
        *,
        text: str = "",
        sources: tuple[str, ...] = (),
        attributes: frozenset[str] = frozenset(),
        warnings: tuple[str, ...] = (),
        expressions: tuple[str, ...] = (),
        errors: tuple[str, ...] = (),
    ) -> None:
        self.targets = targets
        """Without the special one."""
        self.special = special
        """`.PHONY`, `.MAIN` and so on; what stands for `.PATH.c` too is `.PATH`."""
        self.operator = operator
        self.text = text
        """Behind the operator."""
        self.sources = sources
        """The words of it, without attributes."""
        self.attributes = attributes
        self.warnings = warnings
        self.expressions = expressions
        """What is left of expressions among the targets: make expands it, and drops the result."""
        self.errors = errors
        """Why it is no dependency line."""


def cut_command(text: str) -> tuple[str, str | None]:
    """The line before a semicolon outside of expressions, and the command behind it."""
    if ";" not in text:
        return text, None
    level = 0
    at = 0
    while at < len(text):
        char = text[at]
        if char == "\\" and at + 1 < len(text):
            at += 1
        elif char == "$" and text[at + 1 : at + 2] in {"(", "{"}:
            level += 1
        elif level and char in ")}":
            level -= 1
        elif not level and char == ";":
            return text[:at], text[at + 1 :]
        at += 1
    return text, None


_SIMPLE = re.compile(r"([A-Za-z0-9_/][\w/.@+-]*)[ \t]*(::?|!)[ \t]*([^\\]*)", re.DOTALL)


def read_dependency(text: str, skip_expression: Callable[[str, int], int]) -> Dependency:
    """Read a line; `skip_expression(text, at)` tells where the expression at a dollar ends."""
    simple = _SIMPLE.fullmatch(text)
    if simple is not None:
        name, operator, sources = simple.groups()
        return _with_sources(Operator(operator), sources.lstrip(_WHITE), targets=(name,))
    return _Reader(text, skip_expression).read()


def _with_sources(
    operator: Operator,
    text: str,
    *,
    targets: tuple[str, ...],
    special: str | None = None,
    warnings: tuple[str, ...] = (),
    expressions: tuple[str, ...] = (),
) -> Dependency:
    words = _blank_words(text)
    if "(" in text and special is None:
        archived = _with_archives(text)
        if isinstance(archived, Dependency):
            archived.targets, archived.warnings = targets, warnings
            return archived
        words = archived
    attributes = frozenset() if special else ATTRIBUTES.intersection(words)
    if attributes or ".WAIT" in text:
        words = [word for word in words if word not in attributes and word != ".WAIT"]
    return Dependency(
        targets,
        special,
        operator,
        text=text,
        sources=tuple(words),
        attributes=attributes,
        warnings=warnings,
        expressions=expressions,
    )


_BLANK = re.compile(r"[\t\n\v\f\r]")


def _blank_words(text: str) -> list[str]:
    """The words between blanks, whatever quotes are in them."""
    if any(blank in text for blank in _WHITE[1:]):
        text = _BLANK.sub(" ", text)
    return [word for word in text.split(" ") if word]


_WORD = re.compile(rf"[{_WHITE}]*([^{_WHITE}(]+|\()(\()?")


def _with_archives(text: str) -> list[str] | Dependency:
    """The words of sources, `library(member other)` as `library(member) library(other)`."""
    words: list[str] = []
    at = 0
    while (found := _WORD.match(text, at)) is not None:
        library, bracket = found.groups()
        at = found.end()
        if not bracket or library == "(" or library.endswith("$"):
            end = _end_of_word(text, at)
            words.append(text[found.start(1) : end])
            at = end
            continue
        archived = _archive(text, at, library)
        if archived is None:
            problem = f'Error in source archive spec "{library}"'
            return Dependency(errors=(_NO_PARENTHESIS, problem))
        members, at = archived
        words += members
    return words


_NO_PARENTHESIS = "No closing parenthesis in archive specification"


def _end_of_word(text: str, at: int) -> int:
    while at < len(text) and text[at] not in _WHITE:
        at += 1
    return at


def _archive(text: str, at: int, library: str) -> tuple[list[str], int] | None:
    """The members behind the `(` before `at`, each with its library, and where they end."""
    closing = text.find(")", at)
    if closing < 0:
        return None
    return [f"{library}({member})" for member in text[at:closing].split()], closing + 1


_PLAIN = re.compile(rf"[^{_WHITE}!:($]+")


class _Reader:
    """The long way, for lines with several targets, special ones, backslashes or expressions."""

    def __init__(self, text: str, skip_expression: Callable[[str, int], int]) -> None:
        self.text = text
        self.at = 0
        self.skip_expression = skip_expression
        self.targets: list[str] = []
        self.special: str | None = None
        self.warnings: list[str] = []
        self.expressions: list[str] = []

    def read(self) -> Dependency:
        text = self.text
        while True:
            self.skip_blanks()
            start = self.at
            self.word()
            if text.startswith("(", self.at):
                library = text[start : self.at]
                archived = _archive(text, self.at + 1, library)
                if archived is None:
                    problem = f'Error in archive specification: "{library}"'
                    return self.wrong(_NO_PARENTHESIS, problem)
                members, self.at = archived
                if self.at >= len(text):
                    return self.wrong(_invalid_line(text))
                self.targets += members
            elif self.at >= len(text):
                return self.wrong(_invalid_line(text))
            else:
                self.target(text[start : self.at])
            if self.special is not None and self.special != ".PATH":
                self.to_operator()
            else:
                self.skip_blanks()
            if self.at >= len(text) or text[self.at] in ":!":
                break
        return _with_sources(
            self.operator(),
            text[self.at :].lstrip(_WHITE),
            targets=tuple(self.targets),
            special=self.special,
            warnings=tuple(self.warnings),
            expressions=tuple(self.expressions),
        )

    def wrong(self, *problems: str) -> Dependency:
        return Dependency(
            errors=problems,
            warnings=tuple(self.warnings),
            expressions=tuple(self.expressions),
        )

    def skip_blanks(self) -> None:
        while self.at < len(self.text) and self.text[self.at] in _WHITE:
            self.at += 1

    def word(self) -> None:
        text = self.text
        while self.at < len(text):
            plain = _PLAIN.match(text, self.at)
            if plain is not None:
                self.at = plain.end()
                continue
            if text[self.at] != "$":
                if not self.is_escaped():
                    break
                self.at += 1
                continue
            end = self.skip_expression(text, self.at)
            self.expressions.append(text[self.at : end])
            self.at = end

    def is_escaped(self) -> bool:
        before = self.text[max(0, self.at - 100) : self.at]
        return (len(before) - len(before.rstrip("\\"))) % 2 == 1

    def to_operator(self) -> None:
        start = self.at
        while self.at < len(self.text):
            if self.text[self.at] in "!:" and not self.is_escaped():
                break
            self.at += 1
        if self.text[start : self.at].strip(" \t"):
            self.warnings.append("Extra target ignored")

    def target(self, name: str) -> None:
        if name in SPECIAL or name in ATTRIBUTES or name in WITH_RECIPES:
            self.special = name
        elif name.startswith(".PATH"):
            self.special = ".PATH"
        elif self.special == ".PATH" and name:
            self.warnings.append(f"Extra target ({name}) ignored")
        elif name:
            self.targets += braces_expanded(name)

    def operator(self) -> Operator:
        if self.text.startswith("!", self.at):
            self.at += 1
            return Operator.FORCE
        double = self.text.startswith("::", self.at)
        self.at += 1 + double
        return Operator.DOUBLE if double else Operator.DEPENDS


_MOST_CHOICES = 20
_BRACES = re.compile(r"(.*?)\{([^{}]*)\}(.*)", re.DOTALL)


def braces_expanded(name: str) -> list[str]:
    """`a{b,c}` as the two names it stands for; make does the same, and looks for files too.

    What would be more than a thousand names stays one.
    """
    found = _BRACES.fullmatch(name)
    if found is None or name.count("{") > 4 or name.count(",") > _MOST_CHOICES:
        return [name]
    before, inside, behind = found.groups()
    return [
        each for choice in inside.split(",") for each in braces_expanded(before + choice + behind)
    ]


def _invalid_line(text: str) -> str:
    if text.startswith(("<<<<<<", "======", ">>>>>>")):
        return "Makefile appears to contain unresolved CVS/RCS/??? merge conflicts"
    found = re.match(r"\.\s*([A-Za-z0-9-]*)", text)
    return f'Unknown directive "{found.group(1)}"' if found else "Invalid line type"
