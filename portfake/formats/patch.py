"""Patches as diff(1) writes them: unified, context and normal, with git's headers.

The forms are those of diff(1) and POSIX patch; every hunk is kept in the unified way.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from portfake.errors import InputError, Place, PortfakeError, Problems
from portfake.limits import DEFAULT, LimitExceeded, Limits

__all__ = ["NOTHING", "FilePatch", "Hunk", "parse_patch"]

NOTHING = "/dev/null"
"""The name of the side that does not exist."""

_UNIFIED = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_INDENTED = re.compile(r"^([ \t]+)@@ -\d", re.MULTILINE)
_STARS = "***************"
_CONTEXT_OLD = re.compile(r"\*\*\* (\d+)(?:,(\d+))?(?: \*\*\*\*)?\s*")
_CONTEXT_NEW = re.compile(r"--- (\d+)(?:,(\d+))?(?: ----)?\s*")
_NORMAL = re.compile(r"(\d+)(?:,(\d+))?([acd])(\d+)(?:,(\d+))?\s*")
_ED = re.compile(r"\d+(?:,\d+)?[acd]\s*")
_GIT = ("rename ", "copy ", "new file mode ", "deleted file mode ", "old mode ", "new mode ")
_MARKS = frozenset({"  ", "+ ", "! "})
_DIGITS = 12
_CHOPPED = 2


@dataclass(frozen=True, slots=True)
class Hunk:
    """One change."""

    old_start: int
    """Line of the old text, from 1; with no old lines the line behind which it goes."""
    new_start: int
    lines: tuple[str, ...]
    """Each with its mark first, ``" "``, ``"-"`` or ``"+"``, and its newline if it has one."""
    line: int = 0
    """Where it begins in the patch."""

    @property
    def old(self) -> list[str]:
        """The lines before the change."""
        return [line[1:] for line in self.lines if line[0] != "+"]

    @property
    def new(self) -> list[str]:
        """The lines after it."""
        return [line[1:] for line in self.lines if line[0] != "-"]

    def swapped(self) -> Hunk:
        """The change back."""
        lines = tuple(line[0].translate(_SWAP) + line[1:] for line in self.lines)
        return Hunk(self.new_start, self.old_start, lines, self.line)


_SWAP = str.maketrans("+-", "-+")


@dataclass(frozen=True, slots=True)
class FilePatch:
    """The hunks for one file; names are as written, ``""`` where there is none."""

    old: str
    new: str
    index: str
    hunks: tuple[Hunk, ...]
    git: tuple[str, ...] = ()
    """Lines of git's extended header: renames, copies, modes."""

    @property
    def creates(self) -> bool:
        """The old text is empty: the file may be missing."""
        return len(self.hunks) == 1 and self.hunks[0].old_start == 0 and not self.hunks[0].old

    def swapped(self) -> FilePatch:
        """The patch that takes this one back."""
        hunks = tuple(hunk.swapped() for hunk in self.hunks)
        return replace(self, old=self.new, new=self.old, hunks=hunks)


def parse_patch(text: str, file: str, limits: Limits = DEFAULT) -> tuple[FilePatch, ...]:
    """Return the patches of a text in order; what stands between them is passed over.

    A patch may be indented as a whole, as patch(1) has it. Raises every malformed
    hunk together, LimitExceeded for too many files.
    """
    patches = _Reader(text, file, limits).read()
    indented = None if patches else _INDENTED.search(text)
    if indented is None:
        return patches
    lines = (line.removeprefix(indented[1]) for line in text.split("\n"))
    return _Reader("\n".join(lines), file, limits).read()


class _Malformed(Exception):
    """A hunk is not what its header says."""


class _Reader:
    """One pass over the lines; names gather until the first hunk that they are for."""

    def __init__(self, text: str, file: str, limits: Limits) -> None:
        self._lines = text.split("\n")
        if not self._lines[-1]:
            self._lines.pop()
        self._at = 0
        self._file = file
        self._limits = limits
        self._problems: list[PortfakeError] = []
        self._patches: list[FilePatch] = []
        self._header = FilePatch("", "", "", ())

    def read(self) -> tuple[FilePatch, ...]:
        while self._at < len(self._lines):
            hunks = self._hunks()
            if hunks:
                self._finish(hunks)
            elif self._at < len(self._lines):
                self._heading(self._lines[self._at])
                self._at += 1
        self._finish(())
        if not self._patches and not self._problems:
            self._refuse_ed()
        Problems.check(self._problems)
        return tuple(self._patches)

    def _finish(self, hunks: tuple[Hunk, ...]) -> None:
        if hunks or self._header.git:
            self._patches.append(replace(self._header, hunks=hunks))
        if len(self._patches) > self._limits.entries:
            raise LimitExceeded("too many files in one patch", where=self._file)
        self._header = FilePatch("", "", "", ())

    def _refuse_ed(self) -> None:
        for number, line in enumerate(self._lines, 1):
            if _ED.fullmatch(line):
                self._problem("an ed script, which is not applied", number)
                return

    def _problem(self, message: str, line: int) -> None:
        self._problems.append(InputError(message, where=Place(self._file, line)))

    def _heading(self, line: str) -> None:
        header = self._header
        if line.startswith("diff --git "):
            self._finish(())
        elif line.startswith("Index:"):
            self._header = replace(header, index=line[6:])
        elif line.startswith("*** "):
            self._header = replace(header, old=line[4:])
        elif line.startswith("+++ "):
            self._header = replace(header, new=line[4:])
        elif line.startswith("--- "):
            context = self._at > 0 and self._lines[self._at - 1].startswith("*** ")
            name = line[4:]
            self._header = replace(header, new=name) if context else replace(header, old=name)
        elif line.startswith(_GIT):
            self._header = replace(header, git=(*header.git, line))
        elif line == "GIT binary patch":
            self._problem("a binary patch, which is not applied", self._at + 1)

    # hunks

    def _hunks(self) -> tuple[Hunk, ...]:
        """Read the hunks that follow each other from here."""
        hunks: list[Hunk] = []
        while self._at < len(self._lines):
            begin = self._at
            try:
                hunk = self._hunk()
            except _Malformed as error:
                self._problem(f"malformed hunk: {error}", max(self._at, begin) + 1)
                self._at = max(self._at, begin + 1)
                continue
            if hunk is None:
                break
            hunks.append(hunk)
        return tuple(hunks)

    def _hunk(self) -> Hunk | None:
        line = self._lines[self._at]
        if line.startswith("@@ -"):
            return self._unified(_UNIFIED.match(line))
        if line.startswith(_STARS) and _CONTEXT_OLD.fullmatch(self._peek(1)):
            return self._context()
        normal = _NORMAL.fullmatch(line)
        if normal and self._peek(1).startswith("> " if normal[3] == "a" else "< "):
            return self._normal(normal)
        return None

    def _peek(self, ahead: int = 0) -> str:
        at = self._at + ahead
        return self._lines[at] if at < len(self._lines) else ""

    def _unified(self, header: re.Match[str] | None) -> Hunk:
        if header is None:
            raise _Malformed("the header is not @@ -LINE,COUNT +LINE,COUNT @@")
        old_start, new_start = _number(header[1]), _number(header[3])
        old, new = _number(header[2] or "1"), _number(header[4] or "1")
        line = self._at + 1
        self._at += 1
        lines: list[str] = []
        while old or new:
            if self._at == len(self._lines):
                if old == new <= _CHOPPED:
                    lines.extend([" \n"] * old)
                    break
                raise _Malformed("the patch ends within it")
            text = self._lines[self._at]
            if text[:1] == "\\":
                self._unend(lines)
                continue
            mark = text[:1] if text[:1] not in {"", "\t"} else " "
            if mark not in " +-":
                raise _Malformed(f"a line begins with {mark!r}")
            old -= mark != "+"
            new -= mark != "-"
            if old < 0 or new < 0:
                raise _Malformed("it has other lines than its header counts")
            # mailers eat the blank of an empty line and of one that goes on with a tab
            lines.append(f"{text}\n" if text[:1] == mark else f" {text}\n")
            self._at += 1
        self._unend(lines)
        return Hunk(old_start, new_start, tuple(lines), line)

    def _unend(self, lines: list[str]) -> None:
        r"""Take the newline off the last line where a ``\`` line follows."""
        if self._peek().startswith("\\"):
            if lines:
                lines[-1] = lines[-1].removesuffix("\n")
            self._at += 1

    def _context(self) -> Hunk:
        line = self._at + 1
        self._at += 1
        old_start, old_count = self._range(_CONTEXT_OLD)
        old = self._section(old_count, "- !", _CONTEXT_NEW)
        new_start, new_count = self._range(_CONTEXT_NEW)
        new = self._section(new_count, "+ !", None)
        # a side without changes of its own is left out
        old = old or [text for text in new if text[0] == " "]
        new = new or [text for text in old if text[0] == " "]
        if (len(old), len(new)) != (old_count, new_count):
            raise _Malformed("its halves have other lines than their headers count")
        return Hunk(old_start, new_start, tuple(_merged(old, new)), line)

    def _range(self, pattern: re.Pattern[str]) -> tuple[int, int]:
        """The first line and the count of one half of a context hunk."""
        header = pattern.fullmatch(self._peek())
        if header is None:
            raise _Malformed("the range of a half is missing")
        self._at += 1
        start = _number(header[1])
        last = _number(header[2]) if header[2] else start
        count = last - start + 1 if start else 0
        if count < 0:
            raise _Malformed("a range ends before it begins")
        return start, count

    def _section(self, count: int, marks: str, end: re.Pattern[str] | None) -> list[str]:
        lines: list[str] = []
        while len(lines) < count and self._at < len(self._lines):
            text = self._lines[self._at]
            if end is not None and not lines and end.fullmatch(text):
                break
            if text[:1] not in marks or not text or text[1:2] not in {" ", ""}:
                if end is None and not lines and self._peek(1)[:2] not in _MARKS:
                    break
                if text:
                    raise _Malformed(f"a line begins with {text[:2]!r}")
                text = "  "
            lines.append(f"{text[0]}{text[2:]}\n")
            self._at += 1
        self._unend(lines)
        return lines

    def _normal(self, header: re.Match[str]) -> Hunk:
        old_start, new_start = _number(header[1]), _number(header[4])
        old = _number(header[2] or header[1]) - old_start + 1 if header[3] != "a" else 0
        new = _number(header[5] or header[4]) - new_start + 1 if header[3] != "d" else 0
        line = self._at + 1
        self._at += 1
        lines = self._marked("< ", "-", old)
        if header[3] == "c":
            if self._peek().rstrip() != "---":
                raise _Malformed("--- is missing between its halves")
            self._at += 1
        lines += self._marked("> ", "+", new)
        return Hunk(old_start, new_start, tuple(lines), line)

    def _marked(self, mark: str, kept: str, count: int) -> list[str]:
        lines: list[str] = []
        while len(lines) < count:
            text = self._peek()
            if not text.startswith(mark) and text != mark.strip():
                raise _Malformed(f"{count} lines with {mark!r} should follow")
            lines.append(f"{kept}{text[2:]}\n")
            self._at += 1
        self._unend(lines)
        return lines


def _number(digits: str) -> int:
    if len(digits) > _DIGITS:
        raise _Malformed(f"no file has a line {digits[:_DIGITS]}...")
    return int(digits)


def _merged(old: Sequence[str], new: Sequence[str]) -> list[str]:
    """Both halves of a context hunk as one list, the unified way."""
    lines: list[str] = []
    here, there = 0, 0
    while here < len(old) or there < len(new):
        while here < len(old) and old[here][0] != " ":
            lines.append(f"-{old[here][1:]}")
            here += 1
        while there < len(new) and new[there][0] != " ":
            lines.append(f"+{new[there][1:]}")
            there += 1
        # diff -b lets blanks differ; the file's own line is what stays
        if "".join(old[here : here + 1]).split() != "".join(new[there : there + 1]).split():
            raise _Malformed("the halves have different context")
        lines.extend(old[here : here + 1])
        here, there = here + 1, there + 1
    return lines
