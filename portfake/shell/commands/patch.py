"""patch(1) as FreeBSD has it: a backup of every file unless told otherwise, names by rank.

What git's headers say beyond hunks (renames, copies, modes) is noted and not done: FreeBSD's
patch does not know them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from portfake.errors import PortfakeError, Problems
from portfake.formats.patch import NOTHING, FilePatch, Hunk, parse_patch
from portfake.formats.patch_apply import Patched, Reversal, apply_hunks, split_lines
from portfake.limits import LimitExceeded
from portfake.model.entry import Entry, EntryType
from portfake.shell.command import Command, CommandFailure, Invocation, Options
from portfake.shell.view import View, text_of

__all__ = ["COMMANDS"]

_OPTIONS = Options(
    flags="bCcEeflNnRstu",
    valued="BdFioprVz",
    long={
        "backup": "b",
        "batch": "t",
        "check": "C",
        "context": "c",
        "ed": "e",
        "force": "f",
        "forward": "N",
        "ignore-whitespace": "l",
        "normal": "n",
        "posix": "posix",
        "quiet": "s",
        "remove-empty-files": "E",
        "reverse": "R",
        "silent": "s",
        "unified": "u",
    },
    long_valued={
        "directory": "d",
        "fuzz": "F",
        "input": "i",
        "output": "o",
        "prefix": "B",
        "reject-file": "r",
        "strip": "p",
        "suffix": "z",
        "version-control": "V",
    },
    permute=True,
)
_BACKUPS = {
    **dict.fromkeys(("none", "off"), "none"),
    **dict.fromkeys(("simple", "never"), "simple"),
    **dict.fromkeys(("numbered", "t"), "numbered"),
    **dict.fromkeys(("existing", "nil"), "existing"),
}
_TROUBLE = 2
"""The status where the patch itself cannot be used; 1 is for hunks that fail."""


def _patch(run: Invocation) -> int:
    given = run.given
    if "e" in given:
        raise run.refuse("ed scripts are not applied")
    if len(run.operands) > 2:
        raise CommandFailure("usage: patch [options] [origfile [patchfile]]", _TROUBLE)
    view = run.view
    if folder := given.get("d"):
        if not view.is_folder(folder):
            raise CommandFailure(f"{folder}: no such folder", _TROUBLE)
        view = view.at(view.realpath(folder), view.umask)
    source = run.operands[1] if len(run.operands) > 1 else given.get("i") or "-"
    data = run.stdin.read() if source == "-" else view.read(source)
    try:
        patches = parse_patch(text_of(data), source, run.shell.limits)
    except LimitExceeded:
        raise
    except PortfakeError as error:
        for problem in error.problems if isinstance(error, Problems) else (error,):
            run.complain(str(problem))
        return _TROUBLE
    if not patches:
        run.print("  I can't seem to find a patch in there anywhere.")
        return _TROUBLE
    if given.get("o") and len(patches) > 1:
        raise run.refuse("-o with a patch for several files")
    patcher = _Patcher(run, view, run.operands[0] if run.operands else "")
    for patch in patches:
        patcher.patch(patch.swapped() if "R" in given else patch)
    return int(patcher.failed)


@dataclass(frozen=True, slots=True)
class _Backup:
    """How the name of a backup is made."""

    kind: str
    suffix: str
    prefix: str | None

    @classmethod
    def chosen(cls, run: Invocation) -> _Backup:
        """From the options; by default ``.orig``, or numbers where there are numbered ones."""
        default = "none" if "posix" in run.given and "b" not in run.given else "existing"
        kind = run.given.get("V")
        if kind is not None and kind not in _BACKUPS:
            raise CommandFailure(f"{kind}: unknown version control", _TROUBLE)
        suffix = run.given.get("z")
        chosen = _BACKUPS[kind] if kind else default
        return cls(chosen, ".orig" if suffix is None else suffix, run.given.get("B"))

    def name(self, view: View, name: str) -> str | None:
        """The name for a file's backup; None for no backup."""
        if self.kind == "none" or self.prefix == "" or not self.suffix:
            return None
        if self.prefix is not None:
            return self.prefix + name
        folder, _, last = name.rpartition("/")
        there = view.listdir(folder or ".") if self.kind != "simple" else []
        numbers = [
            int(other[len(last) + 2 : -1])
            for other in there
            if other.startswith(f"{last}.~") and other[len(last) + 2 : -1].isdecimal()
        ]
        if self.kind == "numbered" or (self.kind == "existing" and numbers):
            return f"{name}.~{max(numbers, default=0) + 1}~"
        return name + self.suffix


class _Patcher:
    """One call: the choices, and whether anything failed."""

    def __init__(self, run: Invocation, view: View, operand: str) -> None:
        given = run.given
        self.failed = False
        self._run = run
        self._view = view
        self._operand = operand
        self._backup = _Backup.chosen(run)
        self._strip = _count(given.get("p"), "-p")
        self._fuzz = _count(given.get("F"), "-F")
        self._reversal = Reversal.IGNORE if "N" in given else Reversal.TURN
        if "f" in given:
            self._reversal = Reversal.FAIL
        self._check = "C" in given
        self._quiet = "s" in given

    def patch(self, patch: FilePatch) -> None:
        """Apply the hunks for one file; failures are told, and remembered."""
        for line in patch.git:
            self._run.note(f"patch: {line}: not done, FreeBSD's patch does not know it")
        if not patch.hunks:
            return
        name = self._operand or self._name(patch)
        if name is None:
            self.failed = True
            count = len(patch.hunks)
            self._run.complain(f"{_written(patch)}: no file to patch; {count} hunks ignored")
            return
        self._say(f"Patching file {name}")
        try:
            self._patch_file(name, patch)
        except OSError as error:
            self.failed = True
            self._run.complain(error)

    def _patch_file(self, name: str, patch: FilePatch) -> None:
        entry = self._view.stat(name)
        if entry is not None and entry.type is not EntryType.FILE:
            self.failed = True
            self._run.complain(f"{name} is not a normal file--can't patch")
            return
        if entry is None and not patch.creates:
            self._view.need(name)
        lines = split_lines(text_of(self._view.read(name))) if entry is not None else []
        patched = apply_hunks(
            lines,
            patch.hunks,
            max_fuzz=2 if self._fuzz is None else self._fuzz,
            reversal=self._reversal,
            absent=patch.creates and _bare(patch.old) == NOTHING,
            blanks="l" in self._run.given,
            spend=self._run.shell.budget.spend_steps,
        )
        output = self._run.given.get("o") or name
        self._tell(patched)
        if not patched.ignored and not self._check:
            self._put(output, patched, entry, gone=_bare(_result(patch, patched)) == NOTHING)
        missed = [hunk for hunk, fit in zip(patch.hunks, patched.fits, strict=True) if fit is None]
        if missed:
            self._reject(output, missed, patched, len(patch.hunks))

    def _put(self, name: str, patched: Patched, entry: Entry | None, *, gone: bool) -> None:
        content = "".join(patched.lines).encode("utf-8", "surrogateescape")
        if name == "-":
            self._run.out.write(content)
            return
        view = self._view
        if entry is None and "/" in name:
            view.make_folders(name.rpartition("/")[0])
        if view.stat(name) is None:
            # an empty file comes first, so that a new file has an empty backup
            view.write(name, ())
        backup = self._backup.name(view, name)
        if backup is None:
            view.unlink(name)
        else:
            if "/" in backup:
                view.make_folders(backup.rpartition("/")[0])
            view.rename(name, backup)
        if not content and (gone or "E" in self._run.given):
            self._say(f"Removing {name} (empty after patching).")
            return
        view.write(name, (content,), mode=entry.mode if entry is not None else None)

    def _reject(self, name: str, missed: list[Hunk], patched: Patched, count: int) -> None:
        self.failed = True
        what = "ignored" if patched.ignored else "failed"
        rejects = self._run.given.get("r") or f"{name}.rej"
        kept = "" if self._check or name == "-" else f"--saving rejects to {rejects}"
        self._run.print(f"{len(missed)} out of {count} hunks {what}{kept}")
        if kept:
            content = "".join((f"--- {name}\n+++ {name}\n", *map(_shown, missed)))
            self._view.write(rejects, (content.encode("utf-8", "surrogateescape"),))

    # names

    def _name(self, patch: FilePatch) -> str | None:
        """Choose the file (patch(1), Filename Determination); None if none will do."""
        sides = [patch.old, patch.new]
        written = sides if any(_bare(side) not in {"", NOTHING} for side in sides) else []
        if not written or "posix" in self._run.given:
            written = [*written, patch.index]
        names = [name for side in written if (name := self._stripped(side))]
        there = [name for name in names if self._view.stat(name) is not None]
        if "posix" in self._run.given:
            fitting = there[:1]
        else:
            fitting = sorted(names if patch.creates else there, key=_rank)
        if fitting:
            return fitting[0]
        created = self._stripped(patch.new) if patch.creates else ""
        return created or None

    def _stripped(self, written: str) -> str:
        """The name that a header means with -p taken into account; ``""`` if it means none."""
        bare = _bare(written)
        if not bare or bare == NOTHING:
            return ""
        parts = [part for part in bare.split("/") if part]
        if self._strip is None:
            # without -p only the last part counts, unless the folders are there
            name = parts[-1] if parts else ""
            folder = "/".join(parts[:-1])
            if folder and bare[0] != "/" and self._view.is_folder(folder):
                name = f"{folder}/{name}"
        else:
            absolute = bare[0] == "/"
            # the slash in front of an absolute name is one to strip, too
            name = "/".join(parts[min(max(self._strip - absolute, 0), len(parts) - 1) :])
            name = f"/{name}" if absolute and not self._strip else name
        if name.startswith("/") or ".." in parts:
            self._run.complain(f"Ignoring potentially dangerous file name {bare}")
            return ""
        return name

    # messages

    def _say(self, message: str) -> None:
        if not self._quiet:
            self._run.print(message)

    def _tell(self, patched: Patched) -> None:
        if patched.ignored:
            self._run.print("Ignoring previously applied (or reversed) patch.")
            return
        if patched.turned:
            self._run.print("Reversed (or previously applied) patch detected!  Assuming -R.")
        for number, fit in enumerate(patched.fits, 1):
            if fit is None:
                self._run.print(f"Hunk #{number} failed.")
                continue
            fuzz = f" with fuzz {fit.fuzz}" if fit.fuzz else ""
            offset = f" (offset {fit.offset} lines)" if fit.offset else ""
            self._say(f"Hunk #{number} succeeded at {fit.line}{fuzz}{offset}.")


def _count(text: str | None, option: str) -> int | None:
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 6:
        raise CommandFailure(f"{option} needs a number, not {text}", _TROUBLE)
    return int(text)


def _bare(written: str) -> str:
    """A name without the date behind it, which a tab or else a blank sets off."""
    written = written.strip(" \r")
    return written.partition("\t")[0] if "\t" in written else "".join(written.split()[:1])


def _written(patch: FilePatch) -> str:
    return next((bare for side in (patch.new, patch.old, patch.index) if (bare := _bare(side))), "")


def _result(patch: FilePatch, patched: Patched) -> str:
    return patch.old if patched.turned else patch.new


def _rank(name: str) -> tuple[int, int, int]:
    """Fewest parts, shortest last part, shortest: the best name is the lowest."""
    return name.count("/"), len(name.rpartition("/")[2]), len(name)


def _shown(hunk: Hunk) -> str:
    """A hunk as text, the unified way."""
    lines: Iterable[str] = (
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
        for line in hunk.lines
    )
    old = f"{hunk.old_start},{len(hunk.old)}"
    return f"@@ -{old} +{hunk.new_start},{len(hunk.new)} @@\n{''.join(lines)}"


COMMANDS = (Command("patch", _patch, _OPTIONS),)
