"""+CONTENTS: the packing list that pkg_install kept of a package (FreeBSD 9 and older).

Read and written as pkg_create(1) and pkg_delete(1) of FreeBSD 9.3 do (spec/pkg.md 6.2).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from portfake.errors import InputError, Place
from portfake.limits import DEFAULT, LimitExceeded, Limits

__all__ = ["Contents", "RecordedFile", "Requirement", "parse", "to_text"]

REVISION = "1.1"
"""PKG_FORMAT_REVISION of what is written; since then a link's MD5 is that of its text."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """A dependency: the full name of a package, and its origin where the list has it."""

    full_name: str
    origin: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedFile:
    """A file or link; None means that the list does not say."""

    path: str
    """Absolute."""
    md5: str | None = None
    """Lower-case hex."""
    mode: int | None = None
    owner: str | None = None
    group: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What a list says."""

    full_name: str
    """name-version"""
    origin: str = ""
    prefix: str = "/usr/local"
    """The first @cwd."""
    requirements: tuple[Requirement, ...] = ()
    conflicts: tuple[str, ...] = ()
    files: tuple[RecordedFile, ...] = ()
    directories: tuple[str, ...] = ()
    """Those that @dirrm names, in its order; absolute."""
    at_install: tuple[str, ...] = ()
    """Commands of @exec, expanded."""
    at_deinstall: tuple[str, ...] = ()
    """Commands of @unexec, expanded."""
    options: Mapping[str, str] = field(default_factory=dict)
    """Option -> ``on`` or ``off``."""
    revision: str = REVISION
    unknown: tuple[str, ...] = ()
    """Lines with keywords that pkg_install would warn of, and ignore."""


_KEYWORD = re.compile(r"@(\S+)(?:[ \t]+(.*))?", re.DOTALL)


def parse(text: str, where: str = "+CONTENTS", *, limits: Limits = DEFAULT) -> Contents:
    """Return what the list says; InputError without a @name or for a path that makes no sense."""
    reader = _Reader(where, limits)
    for number, line in enumerate(text.split("\n"), 1):
        reader.line(line.rstrip(), number)
    return reader.contents()


class _Reader:
    def __init__(self, where: str, limits: Limits) -> None:
        self.where = where
        self.limits = limits
        self.number = 0
        self.full_name = ""
        self.origin = ""
        self.revision = "1.0"
        self.folders: list[str] = []
        self.folder = "/usr/local"
        self.attributes: dict[str, str] = {}
        self.skip = self.skipped = False
        self.requirements: list[Requirement] = []
        self.conflicts: list[str] = []
        self.files: list[RecordedFile] = []
        self.last_name = ""
        self.directories: list[str] = []
        self.commands: dict[str, list[str]] = {"exec": [], "unexec": []}
        self.options: dict[str, str] = {}
        self.unknown: list[str] = []

    def line(self, line: str, number: int) -> None:
        self.number = number
        if not line:
            return
        match = _KEYWORD.fullmatch(line)
        if match is None:
            self._file(line)
            return
        keyword, argument = match[1].lower(), match[2] or ""
        match keyword:
            case "comment" | "name" | "pkgdep" | "conflicts":
                self._fact(keyword, argument)
            case "cwd" | "cd":
                self._change_folder(argument)
            case "exec" | "unexec":
                self.commands[keyword].append(self._expanded(argument))
            case "mode" | "owner" | "group":
                self.attributes[keyword] = argument
            case "dirrm":
                self.directories.append(self._path(argument))
            case "ignore" | "ignore_inst":
                self.skip = True
            case "srcdir" | "option" | "display" | "mtree" | "noinst":
                # Facts about the archive, and about files that are not of the package.
                pass
            case _:
                self.unknown.append(line)

    def _fact(self, keyword: str, argument: str) -> None:
        match keyword:
            case "name":
                self.full_name = argument
            case "pkgdep":
                self.requirements.append(Requirement(argument))
            case "conflicts":
                self.conflicts.append(argument)
            case _:
                self._comment(argument)

    def _error(self, message: str) -> InputError:
        return InputError(message, where=Place(self.where, self.number))

    def _file(self, name: str) -> None:
        self.skipped, self.skip = self.skip, False
        if self.skipped:
            return
        if len(self.files) >= self.limits.entries:
            raise LimitExceeded("too many files", where=Place(self.where, self.number))
        mode = self.attributes.get("mode", "")
        self.last_name = name
        self.files.append(
            RecordedFile(
                path=self._path(name),
                mode=int(mode, 8) if re.fullmatch("[0-7]{1,5}", mode) else None,
                owner=self.attributes.get("owner") or None,
                group=self.attributes.get("group") or None,
            )
        )

    def _path(self, name: str) -> str:
        if not name or "\0" in name:
            raise self._error("a path is missing" if not name else "a NUL byte in a path")
        path = posixpath.normpath(posixpath.join(self.folder, name))
        return f"/{path.lstrip('/')}"

    def _change_folder(self, argument: str) -> None:
        if not argument:
            self.folder = self.folders[0] if self.folders else self.folder
            return
        self.folder = self._path(argument)
        self.folders.append(self.folder)

    def _comment(self, text: str) -> None:
        key, _, value = text.partition(":")
        if key == "PKG_FORMAT_REVISION":
            self.revision = value
        elif key == "ORIGIN":
            self.origin = value
        elif key == "DEPORIGIN" and self.requirements:
            self.requirements[-1] = Requirement(self.requirements[-1].full_name, value)
        elif key == "MD5" and self.files and not self.skipped:
            last = self.files[-1]
            self.files[-1] = RecordedFile(
                path=last.path, md5=value, mode=last.mode, owner=last.owner, group=last.group
            )
        elif key == "OPTIONS":
            for word in value.split():
                if word[:1] in "+-" and word[1:]:
                    self.options[word[1:]] = "on" if word[0] == "+" else "off"

    def _expanded(self, command: str) -> str:
        """%F the last file, %D its folder of the list, %B and %f its folder and name."""
        whole = posixpath.join(self.folder, self.last_name)
        values = {
            "%F": self.last_name,
            "%D": self.folder,
            "%B": posixpath.dirname(whole),
            "%f": posixpath.basename(whole),
        }
        return re.sub("%[FDBf]", lambda match: values[match[0]], command)

    def contents(self) -> Contents:
        name, dash, version = self.full_name.rpartition("-")
        if not (name and dash and version):
            raise InputError("no @name, or one without a version", where=self.where)
        return Contents(
            full_name=self.full_name,
            origin=self.origin,
            prefix=self.folders[0] if self.folders else self.folder,
            requirements=tuple(self.requirements),
            conflicts=tuple(self.conflicts),
            files=tuple(self.files),
            directories=tuple(self.directories),
            at_install=tuple(self.commands["exec"]),
            at_deinstall=tuple(self.commands["unexec"]),
            options=self.options,
            revision=self.revision,
            unknown=tuple(self.unknown),
        )


def to_text(contents: Contents) -> str:
    """Return the list in pkg_create(1)'s order, as a record has it: without the archive's part."""
    return "".join(f"{line}\n" for line in _lines(contents))


def _lines(contents: Contents) -> Iterator[str]:
    yield f"@comment PKG_FORMAT_REVISION:{contents.revision}"
    yield f"@name {contents.full_name}"
    yield f"@comment ORIGIN:{contents.origin}"
    yield f"@cwd {contents.prefix}"
    for need in contents.requirements:
        yield f"@pkgdep {need.full_name}"
        if need.origin:
            yield f"@comment DEPORIGIN:{need.origin}"
    yield from (f"@conflicts {glob}" for glob in contents.conflicts)
    if contents.options:
        words = (f"{'+' if on == 'on' else '-'}{name}" for name, on in contents.options.items())
        yield f"@comment OPTIONS:{' '.join(words)}"
    yield from _file_lines(contents)
    yield from (f"@exec {command}" for command in contents.at_install)
    yield from (f"@unexec {command}" for command in contents.at_deinstall)
    yield from _folder_lines(contents)


def _file_lines(contents: Contents) -> Iterator[str]:
    """Files below the prefix by their relative names, the rest by those from the root."""
    prefix = f"{contents.prefix.rstrip('/')}/"
    inside = [file for file in contents.files if file.path.startswith(prefix)]
    outside = [file for file in contents.files if not file.path.startswith(prefix)]
    yield from _attributed(inside, prefix)
    if outside:
        yield "@cwd /"
        yield from _attributed(outside, "/")
        yield "@cwd"


def _folder_lines(contents: Contents) -> Iterator[str]:
    prefix = f"{contents.prefix.rstrip('/')}/"
    inside = [path for path in contents.directories if path.startswith(prefix)]
    outside = [path for path in contents.directories if not path.startswith(prefix)]
    yield from (f"@dirrm {_named(path.removeprefix(prefix))}" for path in inside)
    if outside:
        yield "@cwd /"
        yield from (f"@dirrm {_named(path.removeprefix('/'))}" for path in outside)
        yield "@cwd"


def _attributed(files: Iterable[RecordedFile], prefix: str) -> Iterator[str]:
    before = {"mode": "", "owner": "", "group": ""}
    for file in files:
        now = {
            "mode": "" if file.mode is None else f"{file.mode:o}",
            "owner": file.owner or "",
            "group": file.group or "",
        }
        yield from _changes(before, now)
        before = now
        yield _named(file.path.removeprefix(prefix))
        if file.md5 is not None:
            yield f"@comment MD5:{file.md5}"
    yield from _changes(before, {"mode": "", "owner": "", "group": ""})


def _changes(before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    yield from (f"@{key} {now[key]}".rstrip() for key in now if now[key] != before[key])


def _named(name: str) -> str:
    """A name as a line; InputError for one that no line can spell."""
    if "\n" in name or name != name.rstrip():
        raise InputError(f"{name!r} cannot stand in a packing list")
    return f"./{name}" if name.startswith("@") else name
