"""mtree(5) text <-> Listing.

Read: both forms of mtree(5), names nested by indentless ``..`` lines as BSD.local.dist has them,
and full paths as a METALOG has them, with /set, /unset, comments, continuation lines and vis(3)
escapes. Written: the METALOG form that makefs(8) reads, parents first, no trailing slashes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from portfake.errors import InputError, Place, PortfakeError, Problems
from portfake.formats.file_flags import flags_from_text, flags_to_text
from portfake.formats.vis import unvis, vis
from portfake.limits import DEFAULT, LimitExceeded, Limits
from portfake.model.entry import Entry, EntryType, Listing

__all__ = ["format_entry", "format_mtree", "parse_mtree"]

_HEADER: Final = "#mtree 2.0\n"
_BLANKS: Final = re.compile(r"[ \t\r]+")
_DIGITS: Final = re.compile(r"[0-9]+")


def parse_mtree(text: str, where: str, limits: Limits = DEFAULT) -> Listing:
    """Return what a specification describes, its top (``.``) as ``/``.

    A path that comes again adds to what was said before, as mtree -M does. Keywords that say
    what Entry does not hold (other digests, device numbers, tags) are passed over. InputError
    with every bad line: unknown keywords and values, a ``..`` above the top.
    """
    reader = _Reader(limits)
    problems: list[PortfakeError] = []
    for number, line in _logical_lines(text):
        place = Place(where, number)
        try:
            reader.line(line)
        except LimitExceeded as problem:
            problem.where = place
            raise
        except (InputError, ValueError) as problem:
            problems.append(InputError(str(problem), where=place))
    Problems.check(problems)
    return reader.listing()


def format_mtree(entries: Iterable[Entry]) -> str:
    """Return a whole specification; a Listing comes in the right order."""
    return _HEADER + "".join(format_entry(entry) for entry in entries)


def format_entry(entry: Entry) -> str:
    """Return one line: ``./usr/bin/x type=file uname=root gname=wheel mode=0755 ..``.

    What is None stands nowhere; a name of digits alone is written as an id. A hard link is a
    file like any other: makefs(8) knows it by its inode.
    """
    path = "." if entry.path == "/" else "." + vis(entry.path)
    words = [path, f"type={entry.type.value}"]
    words += [f"{key}={value}" for key, value in _keywords(entry)]
    return " ".join(words) + "\n"


def _keywords(entry: Entry) -> Iterator[tuple[str, str]]:
    if entry.owner is not None:
        yield ("uid" if _DIGITS.fullmatch(entry.owner) else "uname"), vis(entry.owner)
    if entry.group is not None:
        yield ("gid" if _DIGITS.fullmatch(entry.group) else "gname"), vis(entry.group)
    if entry.mode is not None:
        yield "mode", f"0{entry.mode:o}"
    if entry.target is not None:
        yield "link", vis(entry.target)
    if entry.size is not None:
        yield "size", str(entry.size)
    if entry.mtime is not None:
        yield "time", f"{entry.mtime}.0"
    if entry.digest is not None:
        yield "sha256", entry.digest
    if entry.flags:
        yield "flags", flags_to_text(entry.flags)


def _mode(text: str) -> int:
    if not text or text.strip("01234567"):
        raise ValueError(f"{text!r} is no octal mode")
    mode = int(text, 8)
    if mode > 0o7777:
        raise ValueError(f"mode {text} has more than the bits 07777")
    return mode


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 20:
        raise ValueError(f"{text!r} is no number")
    return int(text)


def _seconds(text: str) -> int:
    """Seconds, with a point and nanoseconds if there are any."""
    whole, _, fraction = text.partition(".")
    _number(fraction or "0")
    return -_number(whole[1:]) if whole.startswith("-") else _number(whole)


def _digest(text: str) -> str:
    if len(text) != 64 or text.lower().strip("0123456789abcdef"):
        raise ValueError(f"{text!r} is no SHA-256 in hex")
    return text.lower()


def _id(text: str) -> str:
    return str(_number(text))


# Keyword -> field of Entry and how to read the value; uid and gid count where no name is given.
_KEYWORDS: Final[Mapping[str, tuple[str, Callable[[str], Any]]]] = {
    "type": ("type", EntryType),
    "mode": ("mode", _mode),
    "uid": ("uid", _id),
    "gid": ("gid", _id),
    "uname": ("owner", unvis),
    "gname": ("group", unvis),
    "link": ("target", unvis),
    "size": ("size", _number),
    "time": ("mtime", _seconds),
    "sha256": ("digest", _digest),
    "sha256digest": ("digest", _digest),
    "flags": ("flags", flags_from_text),
}
_PASSED_OVER: Final = frozenset({
    "cksum", "contents", "device", "ignore", "inode", "md5", "md5digest", "nlink", "nochange",
    "optional", "resdevice", "ripemd160digest", "rmd160", "rmd160digest", "sha1", "sha1digest",
    "sha384", "sha384digest", "sha512", "sha512digest", "tags",
})  # fmt: skip


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines with what continues them, and the number of the first."""
    gathered: list[str] = []
    start = 1
    for number, line in enumerate(text.split("\n"), 1):
        if not gathered:
            start = number
        gathered.append(line.removesuffix("\\"))
        if not line.endswith("\\"):
            yield start, " ".join(gathered)
            gathered.clear()
    if gathered:
        yield start, " ".join(gathered)


@dataclass(slots=True)
class _Reader:
    limits: Limits
    defaults: dict[str, Any] = field(default_factory=dict)
    """What /set said."""
    at: list[str] | None = None
    """The folder that plain names are in; None before and after the top."""
    found: dict[str, dict[str, Any]] = field(default_factory=dict)

    def line(self, line: str) -> None:
        words = [word for word in _BLANKS.split(line) if word]
        match words[0] if words else "#":
            case comment if comment.startswith("#"):
                pass
            case "/set":
                self.defaults.update(_fields(words[1:]))
            case "/unset":
                self.unset(words[1:])
            case "..":
                self.up()
            case name:
                self.entry(name, _fields(words[1:]))

    def unset(self, keywords: list[str]) -> None:
        for keyword in keywords:
            if keyword == "all":
                self.defaults.clear()
            elif keyword in _KEYWORDS:
                self.defaults.pop(_KEYWORDS[keyword][0], None)
            elif keyword not in _PASSED_OVER:
                raise InputError(f"unknown keyword {keyword!r}")

    def up(self) -> None:
        if self.at is None:
            raise InputError("a .. above the top")
        self.at = self.at[:-1] if self.at else None

    def entry(self, name: str, fields: dict[str, Any]) -> None:
        nested = "/" not in name
        parts = self.parts(name, nested=nested)
        if len(parts) > self.limits.depth:
            raise LimitExceeded(f"folders nested more than {self.limits.depth} deep")
        path = "/" + "/".join(parts)
        known = self.found.setdefault(path, {"type": EntryType.FILE, **self.defaults})
        known.update(fields)
        if len(self.found) > self.limits.entries:
            raise LimitExceeded(f"more than {self.limits.entries} entries")
        if nested and known["type"] is EntryType.DIRECTORY:
            self.at = parts

    def parts(self, name: str, *, nested: bool) -> list[str]:
        if nested:
            plain = unvis(name)
            if plain == ".":
                return list(self.at or [])
            if "/" in plain or plain in {"", ".."} or "\0" in plain:
                raise InputError(f"{name!r} is no name of a file")
            return [*(self.at or []), plain]
        parts = [unvis(part) for part in name.split("/")]
        parts = [part for part in parts if part not in {"", "."}]
        if any("/" in part or part == ".." or "\0" in part for part in parts):
            raise InputError(f"{name!r} is no path below the top")
        return parts

    def listing(self) -> Listing:
        return Listing(Entry(path=path, **fields) for path, fields in self.found.items())


def _fields(words: list[str]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for word in words:
        keyword, equals, value = word.partition("=")
        if keyword in _PASSED_OVER:
            continue
        if keyword not in _KEYWORDS:
            raise InputError(f"unknown keyword {keyword!r}")
        if not equals:
            raise InputError(f"{keyword} without a value")
        name, convert = _KEYWORDS[keyword]
        fields[name] = convert(value)
    for number, name in (("uid", "owner"), ("gid", "group")):
        if number in fields:
            fields.setdefault(name, fields.pop(number))
    return fields
