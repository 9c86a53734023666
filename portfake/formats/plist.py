"""Packing lists: text -> items in their order, before keywords and the stage are known.

The rules are those of pkg 2.8 (libpkg/pkg_ports.c, spec/pkg.md 2.4). What an item means is
portfake.packages.packing's business; here the grammar ends: keywords with attributes, relative
modes refused, @include, @var and @for resolved. All that is wrong is reported together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from portfake.errors import InputError, Place, PortfakeError, Problems
from portfake.limits import DEFAULT, LimitExceeded, Limits
from portfake.model.attributes import Attributes, parse_flags, parse_mode

__all__ = [
    "Comment",
    "Directory",
    "File",
    "KeywordUse",
    "OverridePrefix",
    "PackageName",
    "PlistItem",
    "Setting",
    "WorkingDirectory",
    "parse",
    "read",
]


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a list, and where it stands."""

    place: Place


@dataclass(frozen=True, slots=True)
class File(Item):
    """A file or symlink, relative to the working directory or absolute."""

    path: str
    attributes: Attributes | None = None
    config: bool = False
    plain: bool = True
    """Whether it was written without ``@``: only such a line is ``%F`` for what follows."""


@dataclass(frozen=True, slots=True)
class Directory(Item):
    """``@dir``: a folder that the package owns."""

    path: str
    attributes: Attributes | None = None


@dataclass(frozen=True, slots=True)
class WorkingDirectory(Item):
    """``@cwd``: a new base for relative paths; empty for the prefix."""

    path: str


@dataclass(frozen=True, slots=True)
class Setting(Item):
    """``@owner``, ``@group`` or ``@mode``: a default from here on; None resets it."""

    name: str
    value: str | int | None


@dataclass(frozen=True, slots=True)
class OverridePrefix(Item):
    """``@override_prefix``: the prefix to record; None takes it back."""

    path: str | None


@dataclass(frozen=True, slots=True)
class PackageName(Item):
    """``@name``: used only where the manifest names no package."""

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class Comment(Item):
    """``@comment``: nothing, kept for those who check a list against a stage."""

    text: str


@dataclass(frozen=True, slots=True)
class KeywordUse(Item):
    """A keyword that the tree's Keywords folder defines."""

    name: str
    argument: str
    """The rest of the line, whole."""
    attributes: Attributes | None = None


PlistItem = (
    File
    | Directory
    | WorkingDirectory
    | Setting
    | OverridePrefix
    | PackageName
    | Comment
    | KeywordUse
)
_BLANKS = " \t\n\v\f\r"
_KEYWORD = re.compile(r"@((?:[^\s(]|\([^)]*\))*)(?:\s+(.*)|)", re.DOTALL)


def parse(
    text: str,
    where: str = "plist",
    *,
    include: Callable[[str], str] | None = None,
    limits: Limits = DEFAULT,
) -> tuple[PlistItem, ...]:
    """Return the items of a list; `where` names it in errors, `include` returns a file's text.

    Raises what is wrong with the list, all of it, as InputError or Problems; LimitExceeded at
    once. A @for without @end is an error here, where pkg drops its lines silently.
    """
    items, problems = read(text, where, include=include, limits=limits)
    Problems.check(problems)
    return items


def read(
    text: str,
    where: str = "plist",
    *,
    include: Callable[[str], str] | None = None,
    limits: Limits = DEFAULT,
) -> tuple[tuple[PlistItem, ...], tuple[PortfakeError, ...]]:
    """Return the items of the lines that can be read, and what is wrong with the others.

    For a caller who has more to say of the list (packing.pack); LimitExceeded is raised.
    """
    reader = _Reader(include, limits)
    items = tuple(reader.items(text, where))
    return items, tuple(reader.problems)


@dataclass(slots=True)
class _Reader:
    include: Callable[[str], str] | None
    limits: Limits
    problems: list[PortfakeError] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)
    included: bool = False
    lines_left: int = 0

    def __post_init__(self) -> None:
        self.lines_left = self.limits.entries

    def items(self, text: str, where: str, origin: Place | None = None) -> Iterator[PlistItem]:
        lines = (
            (Place(where, number, origin), line)
            for number, line in enumerate(_lines(text), start=1)
        )
        for place, line in lines:
            expanded = self._expanded(line)
            if _keyword_of(expanded) == "for":
                yield from self._loop(expanded, place, lines)
            else:
                yield from self._line(expanded, place)

    def _line(self, line: str, place: Place) -> Iterator[PlistItem]:
        self.lines_left -= 1
        if self.lines_left < 0:
            raise LimitExceeded(f"more than {self.limits.entries} lines", where=place)
        try:
            yield from self._item(line, place)
        except LimitExceeded:
            raise
        except Problems as several:
            self.problems.extend(several.problems)
        except InputError as error:
            where = error.where or place
            self.problems.append(InputError(error.message, where=where, hint=error.hint))

    def _item(self, line: str, place: Place) -> Iterator[PlistItem]:
        if not line.strip(_BLANKS) or line.startswith("#"):
            return
        if not line.startswith("@"):
            yield File(place, line.strip(_BLANKS))
            return
        match = _KEYWORD.fullmatch(line)
        if match is None:
            raise InputError(
                f"malformed keyword {line!r}",
                hint="a keyword reads @keyword or @keyword(owner,group,mode)",
            )
        name, attributes = _attributes(match[1])
        argument = match[2] or ""
        if name == "include":
            yield from self._include(argument, place)
        elif name == "var":
            self._define(argument)
        elif name in _BUILT_IN:
            yield _BUILT_IN[name](place, argument, attributes)
        else:
            yield KeywordUse(place, name, argument, attributes)

    def _include(self, name: str, place: Place) -> Iterator[PlistItem]:
        if self.included:
            raise InputError("a list may @include one other list, and that one none")
        if self.include is None:
            raise InputError("@include has no folder to read from")
        self.included = True
        yield from self.items(self.include(name.strip(_BLANKS)), name, place)

    def _define(self, argument: str) -> None:
        if not argument:
            raise InputError("@var needs a name", hint="it reads @var NAME value")
        key, *value = argument.split(maxsplit=1)
        self.variables[key] = value[0] if value else ""

    def _expanded(self, line: str) -> str:
        if "%%" not in line or not self.variables:
            return line
        return re.sub(r"%%(\S+?)%%", lambda match: self.variables.get(match[1], match[0]), line)

    def _loop(
        self, line: str, place: Place, lines: Iterator[tuple[Place, str]]
    ) -> Iterator[PlistItem]:
        """The lines up to @end, once for each value; pkg's own nesting of loops does not work."""
        _, *words = line.split()
        body: list[tuple[Place, str]] = []
        for inner_place, inner in lines:
            if _keyword_of(inner) == "end":
                break
            if _keyword_of(inner) == "for":
                self.problems.append(InputError("@for inside @for", where=inner_place))
            body.append((inner_place, inner))
        else:
            self.problems.append(InputError("@for without @end", where=place))
            return
        if len(words) < 2:
            self.problems.append(
                InputError("@for needs a name and values", where=place, hint="@for NAME a b c")
            )
            return
        name, *values = words
        for value in values:
            for inner_place, inner in body:
                chosen = inner.replace(f"%%{name}%%", value)
                yield from self._line(self._expanded(chosen), inner_place)


def _lines(text: str) -> list[str]:
    lines = text.split("\n")
    return lines[:-1] if lines[-1] == "" else lines


def _keyword_of(line: str) -> str | None:
    match = re.match(r"@(\S*)", line)
    return match[1] if match else None


def _attributes(keyword: str) -> tuple[str, Attributes | None]:
    """Split ``dir(root,wheel,0755)``; each field may be empty, but not all be missing."""
    name, bracket, rest = keyword.partition("(")
    if not bracket:
        return name, None
    if not rest.endswith(")") or not rest[:-1].strip(_BLANKS):
        raise InputError(
            f"malformed attributes ({rest}", hint="attributes read (owner,group,mode[,flags])"
        )
    fields = [part.strip(_BLANKS) for part in rest[:-1].split(",", 3)]
    owner, group, mode, flags = fields + [""] * (4 - len(fields))
    return name, Attributes(
        owner or None, group or None, parse_mode(mode) if mode else None, parse_flags(flags)
    )


def _file(place: Place, argument: str, attributes: Attributes | None) -> File:
    return File(place, _path(argument), attributes, plain=False)


def _config(place: Place, argument: str, attributes: Attributes | None) -> File:
    return File(place, _path(argument), attributes, config=True, plain=False)


def _directory(place: Place, argument: str, attributes: Attributes | None) -> Directory:
    return Directory(place, _path(argument), attributes)


def _path(argument: str) -> str:
    path = argument.strip(_BLANKS)
    if not path:
        raise InputError("a path is missing")
    return path


def _mode(place: Place, argument: str, attributes: Attributes | None) -> Setting:
    return Setting(place, "mode", parse_mode(argument) if argument else None)


def _setting(name: str) -> Callable[[Place, str, Attributes | None], Setting]:
    return lambda place, argument, _: Setting(place, name, argument or None)


def _name(place: Place, argument: str, attributes: Attributes | None) -> PackageName:
    # One without a version is no error: today's manifests always name the package.
    name, _, version = argument.rpartition("-")
    return PackageName(place, name, version)


_BUILT_IN: dict[str, Callable[[Place, str, Attributes | None], PlistItem]] = {
    "": _file,
    "config": _config,
    "dir": _directory,
    "cwd": lambda place, argument, _: WorkingDirectory(place, argument),
    "mode": _mode,
    "owner": _setting("owner"),
    "group": _setting("group"),
    "comment": lambda place, argument, _: Comment(place, argument),
    "override_prefix": lambda place, argument, _: OverridePrefix(place, argument or None),
    "name": _name,
}
