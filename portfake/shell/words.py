"""Reads the words of shell text: quoting and the forms of expansion, by hand."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import NoReturn

from portfake.errors import Place
from portfake.shell.syntax import (
    Arithmetic,
    Literal,
    Parameter,
    Part,
    Redirection,
    Script,
    ShellSyntaxError,
    Substitution,
    Word,
)

__all__ = ["WordReader"]

_MAX_NESTING = 60
_PLAIN = re.compile(r"""[^\s;&|()<>'"\\$`{}]+""")
_PLAIN_IN_BRACES = re.compile(r"""[^'"\\$`}]+""")
_PLAIN_IN_QUOTES = re.compile(r'[^"\\$`]+')
_PLAIN_IN_HERE_DOCUMENT = re.compile(r"[^\\$`]+")
_JOINED = re.compile(r"(?<!\\)(?:\\\\)*\\$")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[0-9]|[@*#?$!-]")
_BRACED_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[0-9]+|[@*#?$!-]")
_OPERATOR = re.compile(r"(:?)([-=?+])|(%%|%|##|#)")
_DOLLAR_QUOTED = re.compile(r"\$'((?:[^'\\]|\\.)*)'", re.DOTALL)
_C_ESCAPE = re.compile(
    r"\\(?:x([0-9A-Fa-f]+)|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|([0-7]{1,3})|c(.)|(.))", re.DOTALL
)
_C_LETTERS = {
    "a": "\a",
    "b": "\b",
    "e": "\033",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
}
_MAY_CHANGE = re.compile(r"[*?\[~]")


class WordReader(ABC):
    """A position in a text, and the methods that read one word from there."""

    def __init__(self, text: str, where: Place) -> None:
        self.text = text
        self.position = 0
        self.where = where
        self._nesting = 0
        self._counted = (0, where.line or 1)

    @abstractmethod
    def substituted(self) -> Script:
        """Read commands up to the closing parenthesis of ``$(``."""

    @abstractmethod
    def nested(self, text: str, where: Place) -> Script:
        """Parse a text that stands inside this one: backquotes."""

    # where we are

    @property
    def line(self) -> int:
        """The line of the position."""
        position, line = self._counted
        line += self.text.count("\n", position, self.position)
        self._counted = (self.position, line)
        return line

    @property
    def place(self) -> Place:
        """The place of the position."""
        return Place(self.where.file, self.line, self.where.included_from)

    def fail(self, message: str) -> NoReturn:
        """Raise ShellSyntaxError for what stands here."""
        raise ShellSyntaxError(message, where=self.place)

    def enter(self) -> None:
        """Count one level of nesting; leave() gives it back."""
        self._nesting += 1
        if self._nesting > _MAX_NESTING:
            self.fail(f"nested more than {_MAX_NESTING} deep")

    def leave(self) -> None:
        """Take back one level of nesting."""
        self._nesting -= 1

    def peek(self, size: int = 1) -> str:
        """Return the next characters without passing over them."""
        return self.text[self.position : self.position + size]

    # words

    def word(self) -> Word | None:
        """Read an unquoted context's word; None if none starts here."""
        start, line = self.position, self.line
        parts = self._parts(_PLAIN, "")
        if self.position == start:
            return None
        return _word(parts, line, self.text[start : self.position])

    def read_documents(self, waiting: Sequence[Redirection]) -> None:
        """Read the bodies of here-documents whose line has just ended."""
        for redirection in waiting:
            word = redirection.word
            delimiter = word.literal
            if delimiter is None:
                self.fail("a here-document's delimiter must be literal")
            quoted = any(isinstance(part, Literal) and part.quoted for part in word.parts)
            start, lines = self.place, []
            continued = False
            while True:
                if self.position >= len(self.text):
                    self.fail(f"here-document without its end {delimiter!r}")
                end = self.text.find("\n", self.position)
                end = len(self.text) if end == -1 else end
                line = self.text[self.position : end]
                self.position = min(end + 1, len(self.text))
                if not continued:
                    if redirection.operator == "<<-":
                        line = line.lstrip("\t")
                    if line == delimiter:
                        break
                lines.append(line + "\n")
                # A backslash before the newline joins: what follows begins no line of its own.
                continued = not quoted and bool(_JOINED.search(line))
            text = "".join(lines)
            if quoted:
                body = Word((Literal(text, quoted=True),), start.line, text, text)
            else:
                inner = type(self)(text, start)
                parts = inner._quoted_parts(_PLAIN_IN_HERE_DOCUMENT, "\\$`", "")  # noqa: SLF001
                body = Word(tuple(parts), start.line, text)
            # the one place where a node is completed later: its text follows its line
            object.__setattr__(redirection, "body", body)

    def _parts(self, plain: re.Pattern[str], end: str) -> list[Part]:
        """Read parts up to a character that ends them (`end`, or a metacharacter)."""
        text, parts = self.text, list[Part]()
        while self.position < len(text):
            match = plain.match(text, self.position)
            if match:
                parts.append(Literal(match.group()))
                self.position = match.end()
                continue
            char = text[self.position]
            if char == end:
                break
            if char == "'":
                parts.append(self._single_quoted())
            elif char == '"':
                parts.extend(self._double_quoted())
            elif char == "\\":
                parts.extend(self._escaped())
            elif text.startswith("$'", self.position):
                parts.append(self._dollar_quoted())
            elif char in "$`":
                parts.append(self._expansion(quoted=False))
            elif char in "{}":
                parts.append(Literal(char))
                self.position += 1
            else:
                break
        return parts

    def _single_quoted(self) -> Literal:
        end = self.text.find("'", self.position + 1)
        if end == -1:
            self.fail("unterminated single quote")
        literal = Literal(self.text[self.position + 1 : end], quoted=True)
        self.position = end + 1
        return literal

    def _dollar_quoted(self) -> Literal:
        """Read ``$'...'``, where a backslash begins an escape as in C (sh(1), "Dollar-Single")."""
        match = _DOLLAR_QUOTED.match(self.text, self.position)
        if match is None:
            self.fail("unterminated single quote")
        self.position = match.end()
        text = _C_ESCAPE.sub(_unescaped, match[1])
        return Literal(text.partition("\0")[0], quoted=True)

    def _escaped(self) -> list[Part]:
        char = self.text[self.position + 1 : self.position + 2]
        self.position += 2
        if char == "\n":
            return []
        return [Literal(char or "\\", quoted=True)]

    def _double_quoted(self) -> list[Part]:
        self.position += 1
        parts = self._quoted_parts(_PLAIN_IN_QUOTES, '\\$`"', '"')
        if self.peek() != '"':
            self.fail("unterminated double quote")
        self.position += 1
        return parts or [Literal("", quoted=True)]

    def _quoted_parts(self, plain: re.Pattern[str], escapable: str, end: str) -> list[Part]:
        """Read what double quotes quote, up to `end` or the end of the text."""
        text, parts = self.text, list[Part]()
        while self.position < len(text) and text[self.position] != end:
            match = plain.match(text, self.position)
            if match:
                parts.append(Literal(match.group(), quoted=True))
                self.position = match.end()
            elif text[self.position] == "\\":
                following = text[self.position + 1 : self.position + 2]
                self.position += 1 + len(following)
                if following != "\n":
                    kept = following if following and following in escapable else "\\" + following
                    parts.append(Literal(kept, quoted=True))
            elif text[self.position] in "$`":
                parts.append(self._expansion(quoted=True))
            else:
                parts.append(Literal(text[self.position], quoted=True))
                self.position += 1
        return parts

    # expansions

    def _expansion(self, *, quoted: bool) -> Part:
        if self.peek() == "`":
            return self._backquoted(quoted=quoted)
        following = self.peek(3)[1:]
        self.enter()
        try:
            if following == "((":
                start = self.position
                arithmetic = self._arithmetic(quoted=quoted)
                if arithmetic is not None:
                    return arithmetic
                self.position = start
            if following.startswith("("):
                self.position += 2
                return Substitution(self.substituted(), quoted)
            if following.startswith("{"):
                return self._braced(quoted=quoted)
        finally:
            self.leave()
        match = _NAME.match(self.text, self.position + 1)
        if match is None:
            self.position += 1
            return Literal("$", quoted)
        self.position = match.end()
        return Parameter(match.group(), quoted=quoted)

    def _backquoted(self, *, quoted: bool) -> Part:
        place = self.place
        escapable = '$`\\"' if quoted else "$`\\"
        chars = []
        self.position += 1
        while (char := self.peek()) != "`":
            if not char:
                self.fail("unterminated backquote")
            if char == "\\" and self.peek(2)[1:] in list(escapable):
                self.position += 1
                char = self.peek()
            chars.append(char)
            self.position += 1
        self.position += 1
        self.enter()
        try:
            return Substitution(self.nested("".join(chars), place), quoted)
        finally:
            self.leave()

    def _braced(self, *, quoted: bool) -> Part:
        self.position += 2
        text = self.text
        if re.compile(r"#(?:[A-Za-z_]\w*|[0-9]+|[@*#?$!-])\}").match(text, self.position):
            end = text.index("}", self.position + 2)
            name = text[self.position + 1 : end]
            self.position = end + 1
            return Parameter(name, "length", quoted=quoted)
        match = _BRACED_NAME.match(text, self.position)
        if match is None:
            self.fail("bad substitution")
        self.position = match.end()
        if self.peek() == "}":
            self.position += 1
            return Parameter(match.group(), quoted=quoted)
        operator = _OPERATOR.match(text, self.position)
        if operator is None:
            self.fail(f"bad substitution ${{{match.group()}{self.peek()}...")
        self.position = operator.end()
        line, start = self.line, self.position
        parts = self._quoted_argument() if quoted and operator[2] else self._argument()
        if self.peek() != "}":
            self.fail("missing } of a substitution")
        argument = _word(parts, line, text[start : self.position])
        self.position += 1
        return Parameter(
            match.group(), operator[2] or operator[3], bool(operator[1]), argument, quoted
        )

    def _argument(self) -> list[Part]:
        """Read the word of ``${x-word}`` outside quotes, and of ``${x%pattern}`` anywhere."""
        return self._parts(_PLAIN_IN_BRACES, "}")

    def _quoted_argument(self) -> list[Part]:
        """Read the word of ``"${x-word}"``: quoted, and double quotes in it do not end it."""
        parts: list[Part] = []
        while (char := self.peek()) not in {"}", ""}:
            if char == '"':
                self.position += 1
                continue
            pattern = re.compile(r'[^"\\$`}]+')
            match = pattern.match(self.text, self.position)
            if match:
                parts.append(Literal(match.group(), quoted=True))
                self.position = match.end()
            elif char == "\\":
                following = self.peek(2)[1:]
                self.position += 1 + len(following)
                if following != "\n":
                    kept = following if following in list('$`"\\}') else "\\" + following
                    parts.append(Literal(kept, quoted=True))
            else:
                parts.append(self._expansion(quoted=True))
        return parts

    def _arithmetic(self, *, quoted: bool) -> Arithmetic | None:
        """Read ``$((...))``; None if its parentheses do not close as one."""
        self.position += 3
        start, line, depth = self.position, self.line, 0
        parts: list[Part] = []
        while (char := self.peek()) and not (depth == 0 and char == ")"):
            if char in "$`":
                parts.append(self._expansion(quoted=True))
                continue
            if char == "\\" and self.peek(2) == "\\\n":
                self.position += 2
                continue
            depth += {"(": 1, ")": -1}.get(char, 0)
            if char != '"':
                parts.append(Literal(char, quoted=True))
            self.position += 1
        if self.peek(2) != "))":
            return None
        expression = Word(tuple(parts), line, self.text[start : self.position])
        self.position += 2
        return Arithmetic(expression, quoted)


def _unescaped(match: re.Match[str]) -> str:
    hexadecimal, short, long, octal, control, letter = match.groups()
    if short or long:
        return chr(int(short or long, 16))
    if control:
        return chr(ord(control) & 0x1F)
    if letter:
        return _C_LETTERS.get(letter, letter)
    byte = int(hexadecimal, 16) if hexadecimal else int(octal, 8)
    return bytes([byte & 0xFF]).decode("utf-8", "surrogateescape")


def _word(parts: list[Part], line: int, source: str) -> Word:
    if source == "[":
        return Word(tuple(parts), line, source, source)
    texts = []
    for part in parts:
        if not isinstance(part, Literal) or (not part.quoted and _MAY_CHANGE.search(part.text)):
            return Word(tuple(parts), line, source)
        texts.append(part.text)
    return Word(tuple(parts), line, source, "".join(texts))
