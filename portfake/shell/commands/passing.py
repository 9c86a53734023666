"""Copying trees by list: cpio -p and pax -rw."""

from __future__ import annotations

from collections.abc import Iterator

from portfake.limits import LimitExceeded
from portfake.model.entry import Entry, EntryType
from portfake.shell.command import Command, CommandFailure, Invocation, Options
from portfake.shell.commands.attributes import group_name, owner_name
from portfake.shell.commands.renaming import Renaming
from portfake.shell.view import text_of

__all__ = ["COMMANDS"]


class _Pass:
    """Copies or links one object after another below a folder."""

    def __init__(self, run: Invocation, target: str) -> None:
        self._run = run
        self._view = run.view
        self._target = target
        self._folders: list[tuple[str, Entry]] = []
        self.status = 0
        self.link = False
        self.make_parents = True
        self.replace = True
        self.newer_only = False
        self.keep_time = True
        self.keep_mode = True
        self.keep_owner = True
        self.owner: tuple[str | None, str | None] = (None, None)

    def put(self, source: str, name: str, entry: Entry) -> None:
        """Copy one object to its name below the target."""
        name = "/".join(part for part in name.split("/") if part not in {"", "."})
        if not name and entry.type is not EntryType.DIRECTORY:
            return
        path = f"{self._target.rstrip('/')}/{name}" if name else self._target
        try:
            self._put(source, path, entry)
        except OSError as error:
            self.status = self._run.complain(error)

    def _put(self, source: str, path: str, entry: Entry) -> None:
        view = self._view
        there = view.stat(path, follow=False)
        if entry.type is EntryType.DIRECTORY:
            if there is None or not view.is_folder(path):
                self._parents(path)
                view.mkdir(path)
            self._folders.append((path, entry))
            return
        if there is not None:
            regular = entry.type is EntryType.FILE and view.stat(path) is not None
            if regular and view.same(source, path):
                return
            if not self.replace or (self.newer_only and (there.mtime or 0) >= (entry.mtime or 0)):
                return
            view.unlink(path)
        self._parents(path)
        if self.link and entry.type is not EntryType.SYMLINK:
            # bsdcpio copies symlinks also with -l.
            view.link(source, path)
            return
        if entry.type is EntryType.SYMLINK:
            view.symlink(entry.target or "", path)
        elif entry.type is EntryType.FILE:
            mode = 0o666 if entry.mode is None else entry.mode
            view.write(path, view.chunks(source), mode=self._mode(mode))
        else:
            self.status = self._run.complain(f"{source}: a {entry.type.value} is not copied")
            return
        self._attributes(path, entry)

    def _mode(self, mode: int) -> int:
        return mode if self.keep_mode else mode & 0o777 & ~self._view.umask

    def _parents(self, path: str) -> None:
        folder = path.rpartition("/")[0] or "/"
        if self.make_parents:
            self._view.make_folders(folder)

    def _attributes(self, path: str, entry: Entry) -> None:
        owner, group = self.owner
        if owner or group:
            self._view.chown(path, owner, group, follow=False)
        elif self.keep_owner:
            self._view.chown(path, entry.owner, entry.group, follow=False)
        if self.keep_time and entry.mtime is not None:
            self._view.utime(path, entry.mtime, follow=False)

    def finish(self) -> int:
        """Give folders their modes and times; return the status."""
        for path, entry in reversed(self._folders):
            if entry.mode is not None:
                self._view.chmod(path, self._mode(entry.mode))
            self._attributes(path, entry)
        return self.status


def _cpio(run: Invocation) -> int:
    given = run.given
    if "p" not in given or "i" in given or "o" in given:
        raise run.refuse("only the pass mode -p is implemented")
    if len(run.operands) != 1:
        raise CommandFailure("usage: cpio -p[adlmuv0] destination")
    copier = _Pass(run, run.operands[0])
    copier.link = "l" in given
    copier.make_parents = "d" in given
    copier.newer_only = "u" not in given
    copier.keep_time = "m" in given
    copier.owner = _owner(given.get("R"))
    names = text_of(run.stdin.read()).split("\0" if "0" in given else "\n")
    for name in names:
        if not name:
            continue
        run.shell.budget.spend_steps()
        entry = run.view.stat(name, follow="L" in given)
        if entry is None:
            copier.status = run.complain(f"{name}: No such file or directory")
            continue
        copier.put(name, name, entry)
    return copier.finish()


def _owner(text: str | None) -> tuple[str | None, str | None]:
    if not text:
        return None, None
    owner, _, group = text.partition(":" if ":" in text else ".")
    return owner_name(owner) if owner else None, group_name(group) if group else None


def _pax(run: Invocation) -> int:
    given = run.given
    if "r" not in given or "w" not in given:
        raise run.refuse("only copying with -rw is implemented")
    if not run.operands:
        raise CommandFailure("usage: pax -rw [-HLPXdiklntuvz] [-p string] [file ...] directory")
    *names, target = run.operands
    if not run.view.is_folder(target):
        raise CommandFailure(f"{target}: No such file or directory")
    if not names:
        end = "\0" if "0" in given else "\n"
        names = [name for name in text_of(run.stdin.read()).split(end) if name]
    kept = "".join(value for _, value in given.all("p"))
    copier = _Pass(run, target)
    copier.link = "l" in given
    copier.replace = "k" not in given
    copier.newer_only = "u" in given
    copier.keep_mode = bool(set(kept) & set("ep"))
    copier.keep_owner = bool(set(kept) & set("eo"))
    copier.keep_time = "m" not in kept
    renamings = [Renaming.parse(text) for _, text in given.all("s")]
    inside = run.view.realpath(target)
    for top in names:
        for name, entry in _below(run, top, inside):
            new = name
            for renaming in renamings:
                changed = renaming.apply(name)
                if changed != name:
                    new = changed
                    break
            if new:
                copier.put(name, new, entry)
    return copier.finish()


def _below(run: Invocation, name: str, inside: str, depth: int = 0) -> Iterator[tuple[str, Entry]]:
    """A name and, unless -d, what is below it; never what lies in the target itself."""
    run.shell.budget.spend_steps()
    if depth > run.shell.limits.depth:
        raise LimitExceeded(f"pax: {name}: folders nest too deep")
    entry = run.view.stat(name, follow="L" in run.given or ("H" in run.given and depth == 0))
    if entry is None:
        run.complain(f"{name}: No such file or directory")
        return
    yield name, entry
    if entry.type is not EntryType.DIRECTORY or "d" in run.given:
        return
    if run.view.realpath(name) == inside:
        return
    for child in run.view.listdir(name):
        yield from _below(run, f"{name.rstrip('/')}/{child}", inside, depth + 1)


COMMANDS = (
    Command("cpio", _cpio, Options(flags="0adLlmpuvio", valued="R", long={"quiet": "quiet"})),
    Command("pax", _pax, Options(flags="0rwdHiklLnPtuvXz", valued="psfxBbT")),
)
