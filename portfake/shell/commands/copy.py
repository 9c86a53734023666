"""Making, copying, moving and removing: cp, mv, ln, rm, rmdir, mkdir."""

from __future__ import annotations

import errno
import os

from portfake.limits import LimitExceeded
from portfake.model.entry import Entry, EntryType
from portfake.shell.command import Command, CommandFailure, Invocation, Options
from portfake.shell.modes import changed_mode

__all__ = ["COMMANDS", "copy_attributes"]

_SET_ID = 0o6000


def base_name(name: str) -> str:
    """The last component as basename(3) has it."""
    return name.rstrip("/").rpartition("/")[2] or "/"


def joined(folder: str, name: str) -> str:
    """A name within a folder."""
    return f"{folder}{name}" if folder.endswith("/") else f"{folder}/{name}"


# mkdir ----------------------------------------------------------------------------------------


def _mkdir(run: Invocation) -> int:
    text = run.given.get("m")
    mode = None if text is None else changed_mode(text, 0o777, umask=run.view.umask)
    parents = "p" in run.given

    def make(name: str) -> None:
        if not parents:
            run.view.mkdir(name.rstrip("/") or "/", mode)
        else:
            run.view.make_folders(name, mode)
        if "v" in run.given:
            run.print(name)

    return run.each_operand(make)


# rm, rmdir ------------------------------------------------------------------------------------


def _rm(run: Invocation) -> int:
    recursive = "r" in run.given or "R" in run.given
    forced = "f" in run.given
    status = 0
    for name in run.operands:
        if base_name(name) in {".", ".."}:
            status = run.complain('"." and ".." may not be removed')
            continue
        entry = run.view.stat(name, follow=False)
        if entry is None:
            if not forced:
                status = run.complain(f"{name}: No such file or directory")
            continue
        try:
            if entry.type is not EntryType.DIRECTORY:
                run.view.unlink(name)
            elif recursive:
                run.view.remove_tree(name)
            elif "d" in run.given:
                run.view.rmdir(name)
            else:
                status = run.complain(f"{name}: is a directory")
        except OSError as error:
            status = run.complain(error)
    return status


def _rmdir(run: Invocation) -> int:
    def remove(name: str) -> None:
        run.view.rmdir(name)
        if "p" in run.given:
            while "/" in name.strip("/"):
                name = name.rstrip("/").rpartition("/")[0]
                run.view.rmdir(name)

    return run.each_operand(remove)


# ln -------------------------------------------------------------------------------------------


def _ln(run: Invocation) -> int:
    names = list(run.operands)
    if not names:
        raise CommandFailure("usage: ln [-s [-F] | -L | -P] [-f | -iw] [-hnv] source [target]", 1)
    if len(names) == 1:
        names.append(".")
    *sources, target = names
    follow = not ("h" in run.given or "n" in run.given)
    into = run.view.is_folder(target, follow=follow) and not (
        "F" in run.given and len(sources) == 1 and "s" in run.given
    )
    if len(sources) > 1 and not into:
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), target)
    status = 0
    for source in sources:
        try:
            status |= _make_link(run, source, joined(target, base_name(source)) if into else target)
        except OSError as error:
            status = run.complain(error)
    return status


def _make_link(run: Invocation, source: str, target: str) -> int:
    view = run.view
    symbolic = "s" in run.given
    if not symbolic:
        there = view.need(source, follow="P" not in run.given)
        if there.type is EntryType.DIRECTORY:
            return run.complain(f"{source}: Is a directory")
        source = source if "P" in run.given else view.realpath(source)
    before = view.stat(target, follow=False)
    if before is not None:
        same = before.type is EntryType.FILE and not symbolic and view.same(source, target)
        if same and "f" in run.given:
            return run.complain(f"{target} and {source} are the same directory entry")
        if "f" not in run.given and "F" not in run.given:
            return run.complain(f"{target}: File exists")
        if before.type is not EntryType.DIRECTORY:
            view.unlink(target)
        elif "F" in run.given:
            view.rmdir(target)
        else:
            return run.complain(f"{target}: Is a directory")
    if symbolic:
        view.symlink(source, target)
    else:
        view.link(source, target)
    if "v" in run.given:
        run.print(f"{target} -> {source}")
    return 0


# mv -------------------------------------------------------------------------------------------


def _mv(run: Invocation) -> int:
    *sources, target = run.operands or ("",)
    if not sources:
        raise CommandFailure("usage: mv [-f | -i | -n] [-hv] source target", 64)
    follow = "h" not in run.given
    into = run.view.is_folder(target, follow=follow)
    if not into and (len(sources) > 1 or (target.endswith("/") and not _is_folder(run, sources))):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), target)
    status = 0
    for source in sources:
        try:
            _move(run, source, joined(target, base_name(source)) if into else target)
        except OSError as error:
            status = run.complain(error)
    return status


def _is_folder(run: Invocation, sources: list[str]) -> bool:
    return run.view.is_folder(sources[0], follow=False)


def _move(run: Invocation, source: str, target: str) -> None:
    view = run.view
    view.need(source.rstrip("/") or "/", follow=False)
    if "n" in run.given and view.stat(target, follow=False) is not None:
        return
    try:
        view.rename(source, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        _Copy(run, recursive=True, preserve=True, forced=True).copy(source, target)
        view.remove_tree(source)
    if "v" in run.given:
        run.print(f"{source} -> {target}")


# cp -------------------------------------------------------------------------------------------


def _cp(run: Invocation) -> int:
    *sources, target = run.operands or ("",)
    if not sources:
        raise CommandFailure("usage: cp [-R [-H | -L | -P]] [-f | -i | -n] [-alpsvx] source target")
    given = run.given
    recursive = any(letter in given for letter in "aRr")
    last = given.last_of("HLPra")
    copier = _Copy(
        run,
        recursive=recursive,
        preserve="p" in given or "a" in given,
        forced="f" in given,
        keep="n" in given,
        link="h" if "l" in given else "s" if "s" in given else "",
        follow_all=last in {"L", "r"} or (not recursive and last != "P"),
        follow_named=last == "H",
    )
    into = run.view.is_folder(target)
    if len(sources) > 1 and not into:
        raise CommandFailure(f"{target} is not a directory")
    for source in sources:
        try:
            copier.copy(source, _destination(run, source, target, into=into, deep=recursive))
        except OSError as error:
            copier.status = run.complain(error)
    return copier.status


def _destination(run: Invocation, source: str, target: str, *, into: bool, deep: bool) -> str:
    """Where a source goes (bin/cp/cp.c, copy()): ``dir/`` and ``.`` mean a folder's content."""
    if not into:
        if target.endswith("/") and not (deep and run.view.is_folder(source)):
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), target)
        return target
    last = source.rpartition("/")[2]
    if not last and source.strip("/"):
        return target
    return target if last in {".", ".."} else joined(target, last)


class _Copy:
    """Copies one thing after another with the same choices; `status` remembers failures."""

    def __init__(
        self,
        run: Invocation,
        *,
        recursive: bool = False,
        preserve: bool = False,
        forced: bool = False,
        keep: bool = False,
        link: str = "",
        follow_all: bool = False,
        follow_named: bool = False,
    ) -> None:
        self._run = run
        self._view = run.view
        self._recursive = recursive
        self._preserve = preserve
        self._forced = forced
        self._keep = keep
        self._link = link
        self._follow_all = follow_all
        self._follow_named = follow_named
        self._inside = ""
        """A new folder among what is being copied, which is left out of it (bin/cp/cp.c)."""
        self.status = 0

    def copy(self, source: str, target: str, depth: int = 0) -> None:
        follow = self._follow_all or (self._follow_named and depth == 0)
        entry = self._view.need(source, follow=follow)
        if entry.type is EntryType.DIRECTORY:
            if not self._recursive:
                self.status = self._run.complain(f"{source} is a directory (not copied).")
                return
            self._folder(source, target, entry, depth)
            return
        before = self._view.stat(target, follow=False)
        if entry.type is EntryType.FILE and self._identical(source, target):
            self.status = self._run.complain(f"{target} and {source} are identical (not copied).")
            return
        if before is not None and self._keep:
            self.status = 1
            return
        if entry.type is EntryType.SYMLINK and not self._link:
            if before is not None:
                self._view.unlink(target)
            self._view.symlink(entry.target or "", target)
        elif entry.type in {EntryType.FILE, EntryType.SYMLINK, EntryType.CHARACTER_DEVICE}:
            self._file(source, target, entry, before)
        else:
            self.status = self._run.complain(f"{source} is a {entry.type.value} (not copied).")
            return
        if self._preserve and not self._link:
            copy_attributes(self._run, entry, target)

    def _folder(self, source: str, target: str, entry: Entry, depth: int) -> None:
        if depth > self._run.shell.limits.depth:
            raise LimitExceeded(f"cp: {source}: folders nest too deep")
        view = self._view
        if self._inside and view.realpath(source) == self._inside:
            return
        made = not view.is_folder(target)
        within = depth == 0 and self._lies_within(source, target)
        if within and not made:
            message = f"{source}: cannot copy a folder into itself, {target}"
            self.status = self._run.complain(message)
            return
        names = view.listdir(source)
        if made:
            if view.stat(target, follow=False) is not None:
                self.status = self._run.complain(f"{target}: Not a directory")
                return
            view.mkdir(target.rstrip("/") or "/", (entry.mode or 0) & 0o777 & ~view.umask | 0o700)
        if depth == 0:
            self._inside = view.realpath(target) if within else ""
        for name in names:
            try:
                self.copy(joined(source, name), joined(target, name), depth + 1)
            except OSError as error:
                self.status = self._run.complain(error)
        if self._preserve:
            copy_attributes(self._run, entry, target)
        elif made and entry.mode is not None:
            view.chmod(target, entry.mode & ~view.umask)

    def _lies_within(self, source: str, target: str) -> bool:
        view = self._view
        while not view.is_folder(target):
            target = target.rstrip("/").rpartition("/")[0] or ("/" if target[:1] == "/" else ".")
        top = view.realpath(source).rstrip("/")
        return f"{view.realpath(target)}/".startswith(f"{top}/")

    def _identical(self, source: str, target: str) -> bool:
        return self._view.stat(target) is not None and self._view.same(source, target)

    def _file(self, source: str, target: str, entry: Entry, before: Entry | None) -> None:
        view = self._view
        if before is not None:
            if before.type is EntryType.DIRECTORY:
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), target)
            if self._forced:
                view.unlink(target)
            elif self._link:
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), target)
        if self._link == "h":
            view.link(source, target)
        elif self._link == "s":
            view.symlink(source, target)
        else:
            mode = (entry.mode or 0o666) & ~_SET_ID & ~view.umask
            view.write(target, view.chunks(source), mode=mode)


def copy_attributes(run: Invocation, entry: Entry, target: str) -> None:
    """Give a copy the owner, mode and time of what it was made from."""
    link = entry.type is EntryType.SYMLINK
    run.view.chown(target, entry.owner, entry.group, follow=False)
    if entry.mode is not None and not link:
        run.view.chmod(target, entry.mode, follow=False)
    if entry.mtime is not None:
        run.view.utime(target, entry.mtime, follow=False)


COMMANDS = (
    Command("mkdir", _mkdir, Options(flags="pv", valued="m")),
    Command("rm", _rm, Options(flags="dfiIPRrvWx")),
    Command("rmdir", _rmdir, Options(flags="pv")),
    Command("ln", _ln, Options(flags="fFhinLPsvw")),
    Command("link", _ln, Options()),
    Command("mv", _mv, Options(flags="finhv")),
    Command("cp", _cp, Options(flags="HLPRafilNnprsvx")),
)
