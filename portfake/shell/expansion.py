"""Expands words: parameters, substitutions, field splitting, pathname expansion."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Protocol

from portfake.limits import LimitExceeded, Limits
from portfake.patterns import glob
from portfake.shell.arithmetic import evaluate
from portfake.shell.syntax import Arithmetic, Literal, Parameter, Part, Script, Substitution, Word
from portfake.shell.view import View

__all__ = ["Expansion", "ExpansionError", "Scope", "split_fields"]

_MAGIC = re.compile(r"[*?\[]")
_SPECIAL = re.compile(r"[\\*?\[\]!^-]")


class ExpansionError(Exception):
    """``${x?}`` on an unset variable, or set -u: the shell ends with status 2."""


class Scope(Protocol):
    """What expansion asks of the shell that runs."""

    limits: Limits

    @property
    def view(self) -> View:
        """The files, seen from the working directory."""

    @property
    def positional(self) -> list[str]:
        """``$1`` and on."""

    def value(self, name: str) -> str | None:
        """Return a parameter's value, special ones included; None if it is unset."""

    def assign(self, name: str, value: str) -> None:
        """Set a variable."""

    def substitute(self, script: Script) -> str:
        """Run commands and return their output without its last newlines."""

    def has_flag(self, name: str) -> bool:
        """Tell whether an option of `set` is on, by its long name."""


class _Break:
    """Between the fields of ``"$@"``."""


_BREAK = _Break()


class Expansion:
    """Expands words within one shell."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def fields(self, words: Iterable[Word]) -> list[str]:
        """Expand to arguments: everything, in POSIX's order."""
        found: list[str] = []
        for word in words:
            if word.plain is not None:
                found.append(word.plain)
            else:
                found.extend(self._fields_of(word))
        return found

    def text(self, word: Word, *, assignment: bool = False) -> str:
        """Expand to one text, without splitting or pathname expansion."""
        if word.plain is not None:
            return word.plain
        pieces = self._pieces(self._home(word.parts, assignment=assignment))
        return "".join(" " if isinstance(piece, _Break) else piece[0] for piece in pieces)

    def pattern(self, word: Word) -> str:
        """Expand to a glob in which quoted text stands for itself."""
        if word.plain is not None:
            return _escape(word.plain)
        pieces = []
        for piece in self._pieces(self._home(word.parts)):
            if isinstance(piece, _Break):
                pieces.append(" ")
            else:
                text, quoted, _ = piece
                pieces.append(_escape(text) if quoted else _expanded(text))
        return "".join(pieces)

    # fields

    def _fields_of(self, word: Word) -> list[str]:
        separators = self._scope.value("IFS")
        builder = _Fields(" \t\n" if separators is None else separators)
        for piece in self._pieces(self._home(word.parts)):
            if isinstance(piece, _Break):
                builder.close()
            elif piece[2]:
                builder.split(piece[0])
            else:
                builder.add(piece[0], quoted=piece[1])
        builder.close()
        found = []
        for field in builder.fields:
            if self._scope.has_flag("noglob") or not any(
                not quoted and _MAGIC.search(text) for text, quoted in field
            ):
                found.append("".join(text for text, _ in field))
            else:
                found.extend(self._paths(field))
        return found

    def _paths(self, field: list[tuple[str, bool]]) -> list[str]:
        pattern = "".join(_escape(text) if quoted else _expanded(text) for text, quoted in field)
        paths = sorted(_matching(self._scope.view, pattern), key=os.fsencode)
        return paths or ["".join(text for text, _ in field)]

    # pieces: (text, quoted, to be split)

    def _pieces(self, parts: Iterable[Part]) -> Iterator[tuple[str, bool, bool] | _Break]:
        size = 0
        for piece in self._unbounded_pieces(parts):
            if not isinstance(piece, _Break):
                size += len(piece[0])
                if size > self._scope.limits.text:
                    raise LimitExceeded(f"a word grows beyond {self._scope.limits.text} bytes")
            yield piece

    def _unbounded_pieces(self, parts: Iterable[Part]) -> Iterator[tuple[str, bool, bool] | _Break]:
        for part in parts:
            match part:
                case Literal(text, quoted):
                    yield text, quoted, False
                case Parameter():
                    yield from self._parameter(part)
                case Substitution(script, quoted):
                    yield self._scope.substitute(script), quoted, not quoted
                case Arithmetic(expression, quoted):
                    text = self.text(expression)
                    value = evaluate(text, self._number, self._scope.assign)
                    yield str(value), quoted, not quoted

    def _number(self, name: str) -> str:
        return self._scope.value(name) or ""

    def _parameter(self, part: Parameter) -> Iterator[tuple[str, bool, bool] | _Break]:
        if part.name in {"@", "*"} and part.operator != "length":
            if part.operator and not self._present(part):
                yield from self._used(part)
            elif part.operator != "+":
                yield from self._positional(part)
            else:
                yield from self._argument(part)
            return
        value = self._scope.value(part.name)
        split = not part.quoted
        if part.operator == "length":
            yield str(len(self._needed(part, value))), part.quoted, split
        elif part.operator in {"", "%", "%%", "#", "##"}:
            yield self._trimmed(part, self._needed(part, value)), part.quoted, split
        elif part.operator == "+":
            if self._present(part):
                yield from self._argument(part)
            elif part.quoted:
                yield "", True, False
        elif self._present(part):
            yield value or "", part.quoted, split
        else:
            yield from self._used(part)

    def _present(self, part: Parameter) -> bool:
        if part.name in {"@", "*"}:
            positional = self._scope.positional
            return bool("".join(positional)) if part.colon else bool(positional)
        value = self._scope.value(part.name)
        return bool(value) if part.colon else value is not None

    def _needed(self, part: Parameter, value: str | None) -> str:
        if value is None and self._scope.has_flag("nounset"):
            raise ExpansionError(f"{part.name}: parameter not set")
        return value or ""

    def _used(self, part: Parameter) -> Iterator[tuple[str, bool, bool] | _Break]:
        """What stands for a parameter that is not there: the operators - = ?."""
        argument = part.argument
        assert argument is not None
        if part.operator == "?":
            default = "parameter null or not set" if part.colon else "parameter not set"
            raise ExpansionError(f"{part.name}: {self.text(argument) or default}")
        if part.operator == "=":
            value = self.text(argument, assignment=True)
            self._scope.assign(part.name, value)
            yield value, part.quoted, not part.quoted
            return
        yield from self._argument(part)

    def _argument(self, part: Parameter) -> Iterator[tuple[str, bool, bool] | _Break]:
        """Expand the word of an operator; what is unquoted in it is split like any result."""
        argument = part.argument
        assert argument is not None
        if part.quoted and not argument.parts:
            yield "", True, False
        for piece in self._pieces(self._home(argument.parts)):
            if isinstance(piece, _Break) or piece[1]:
                yield piece
            else:
                yield piece[0], False, True

    def _trimmed(self, part: Parameter, value: str) -> str:
        if part.argument is None:
            return value
        pattern = glob(self.pattern(part.argument))
        lengths: Iterable[int] = range(len(value) + 1)
        if part.operator in {"%", "##"}:
            lengths = reversed(range(len(value) + 1))
        if part.operator.startswith("#"):
            for size in lengths:
                if pattern.match(value[:size]):
                    return value[size:]
        else:
            for start in lengths:
                if pattern.match(value[start:]):
                    return value[:start]
        return value

    def _positional(self, part: Parameter) -> Iterator[tuple[str, bool, bool] | _Break]:
        values = self._scope.positional
        if part.name == "*" and part.quoted:
            separators = self._scope.value("IFS")
            glue = " " if separators is None else separators[:1]
            yield glue.join(values), True, False
            return
        for number, value in enumerate(values):
            if number:
                yield _BREAK
            yield value, part.quoted, not part.quoted

    def _home(self, parts: tuple[Part, ...], *, assignment: bool = False) -> Iterable[Part]:
        """Put HOME for an unquoted ~ at the start (in assignments behind colons, too)."""
        if not parts or not any(isinstance(p, Literal) and "~" in p.text for p in parts):
            return parts
        first, *rest = parts
        home = self._scope.value("HOME")
        if home is None or not isinstance(first, Literal) or first.quoted:
            return parts
        pieces = first.text.split(":") if assignment else [first.text]
        last = len(pieces) - 1
        for number, piece in enumerate(pieces):
            complete = piece == "~" and (number < last or not rest)
            if complete or piece.startswith("~/"):
                pieces[number] = home + piece[1:]
        return [Literal(":".join(pieces), quoted=not _MAGIC.search(first.text)), *rest]


class _Fields:
    """Collects fields; each is a list of (text, quoted)."""

    def __init__(self, separators: str) -> None:
        self.fields: list[list[tuple[str, bool]]] = []
        self._separators = separators
        self._current: list[tuple[str, bool]] | None = None

    def add(self, text: str, *, quoted: bool) -> None:
        if self._current is None:
            self._current = []
        self._current.append((text, quoted))

    def close(self) -> None:
        if self._current is not None:
            self.fields.append(self._current)
            self._current = None

    def split(self, text: str) -> None:
        if not self._separators:
            if text:
                self.add(text, quoted=False)
            return
        for piece, delimiter in _tokens(text, self._separators):
            if piece:
                self.add(piece, quoted=False)
            if delimiter.strip(" \t\n") and self._current is None:
                self.fields.append([("", True)])
            elif delimiter:
                self.close()


def _tokens(text: str, separators: str) -> Iterator[tuple[str, str]]:
    """Yield each run of text with the delimiter that follows it (none at the end)."""
    expression = _delimiter(separators)
    start = 0
    for match in expression.finditer(text):
        yield text[start : match.start()], match.group()
        start = match.end()
    if start < len(text):
        yield text[start:], ""


@lru_cache(maxsize=64)
def _delimiter(separators: str) -> re.Pattern[str]:
    blank = "".join(char for char in separators if char in " \t\n")
    other = "".join(char for char in separators if char not in " \t\n")
    blanks = f"[{re.escape(blank)}]" if blank else "(?!)"
    if not other:
        return re.compile(f"{blanks}+")
    return re.compile(f"{blanks}*[{re.escape(other)}]{blanks}*|{blanks}+")


def split_fields(text: str, separators: str) -> list[str]:
    """Split a text as an unquoted expansion's result is split."""
    builder = _Fields(separators)
    builder.split(text)
    builder.close()
    return ["".join(part for part, _ in field) for field in builder.fields]


def _escape(text: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", text)


def _expanded(text: str) -> str:
    """As a pattern, where a backslash is itself: unlike dash's, FreeBSD's sh takes it so.

    Backslashes of the script's own text are quoted text by now.
    """
    return text.replace("\\", "\\\\")


def _matching(view: View, pattern: str) -> list[str]:
    """Names that a pathname pattern matches; unsorted."""
    found = ["/"] if pattern.startswith("/") else [""]
    components = [part for part in pattern.split("/") if part]
    for number, component in enumerate(components):
        last = number == len(components) - 1
        slash = "" if last and not pattern.endswith("/") else "/"
        if _has_magic(component):
            found = [
                f"{base}{name}{slash}"
                for base in found
                for name in _listed(view, base, component)
                if not slash or view.is_folder(f"{base}{name}")
            ]
        else:
            plain = re.sub(r"\\(.)", r"\1", component)
            found = [f"{base}{plain}{slash}" for base in found]
            if last:
                found = [name for name in found if view.stat(name, follow=False) is not None]
    return found


def _has_magic(component: str) -> bool:
    return bool(_MAGIC.search(re.sub(r"\\.", "", component)))


def _listed(view: View, base: str, component: str) -> list[str]:
    pattern = glob(component, period=True)
    try:
        names = view.listdir(base or ".")
    except OSError:
        return []
    if component.startswith("."):
        names = [".", "..", *names]
    return [name for name in names if pattern.match(name)]
