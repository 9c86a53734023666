"""install(1): copies files to their place, makes folders and links, with modes and owners."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable

from portfake.model.entry import EntryType
from portfake.shell.command import Command, CommandFailure, Invocation, Options
from portfake.shell.commands.attributes import group_name, owner_name, stripped
from portfake.shell.modes import changed_mode

__all__ = ["COMMANDS"]


def _install(run: Invocation) -> int:
    operands = list(run.operands)
    if "d" in run.given:
        return _folders(run)
    if len(operands) < 2:
        raise CommandFailure("usage: install [-bCcpSsUv] [-o owner] [-m mode] file target", 64)
    *sources, target = operands
    links = run.given.get("l")
    if run.view.is_folder(target):
        for source in sources:
            base = source.rstrip("/").rpartition("/")[2]
            _place(run, source, f"{target.rstrip('/')}/{base}", links)
        return 0
    if len(sources) > 1:
        raise CommandFailure(f"target directory `{target}' does not exist", 64)
    if target.endswith("/"):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), target)
    source, view = sources[0], run.view
    if links is None and view.stat(source) and view.stat(target) and view.same(source, target):
        raise CommandFailure(f"{source} and {target} are the same file", 64)
    _place(run, source, target, links)
    return 0


def _folders(run: Invocation) -> int:
    mode = _mode(run)
    for folder in run.operands:
        run.view.make_folders(folder, parents=0o755 & ~run.view.umask)
        run.view.chmod(folder, mode)
        _own(run, folder)
    return 0


def _mode(run: Invocation) -> int:
    return changed_mode(run.given.get("m") or "755", 0, umask=0)


def _own(run: Invocation, path: str) -> None:
    owner, group = run.given.get("o"), run.given.get("g")
    if owner is not None or group is not None:
        run.view.chown(path, owner and owner_name(owner), group and group_name(group))


def _place(run: Invocation, source: str, target: str, links: str | None) -> None:
    if links is not None:
        _link(run, source, target, links)
        return
    view = run.view
    there = view.stat(source)
    if there is None:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), source)
    if there.type is not EntryType.FILE and source != "/dev/null":
        raise OSError(
            errno.EFTYPE if hasattr(errno, "EFTYPE") else errno.EINVAL,
            "Inappropriate file type or format",
            source,
        )
    before = view.stat(target, follow=False)
    content: Iterable[bytes] = view.chunks(source)
    if before is not None and before.type is EntryType.FILE:
        if there.type is EntryType.FILE and view.same(source, target):
            # In a folder it replaces itself: it was opened before its name goes.
            content = [view.read(source)]
        # -p compares as well, and it alone keeps times.
        if ("C" in run.given or "p" in run.given) and view.read(source) == view.read(target):
            view.chmod(target, _mode(run))
            _own(run, target)
            return
    if before is not None:
        if "b" in run.given or "B" in run.given:
            view.rename(target, target + (run.given.get("B") or ".old"))
        else:
            view.unlink(target)
    view.write(target, content, mode=_mode(run))
    _own(run, target)
    if "s" in run.given:
        stripped(run, target)
    if "p" in run.given and there.mtime is not None:
        view.utime(target, there.mtime)


def _link(run: Invocation, source: str, target: str, flags: str) -> None:
    """Make what `-l` asks for: h hard, s symbolic; a absolute, r relative, m whichever fits."""
    if not set(flags) <= set("ahmrs") or not set(flags) & set("hs"):
        raise CommandFailure(f"{flags}: invalid link flag", 64)
    view = run.view
    before = view.stat(target, follow=False)
    if before is not None and before.type is not EntryType.DIRECTORY:
        text = None
        if "s" in flags:
            text = _link_text(run, source, target, flags)
        view.unlink(target)
        if text is not None:
            view.symlink(text, target)
            return
    if "h" in flags:
        view.link(view.realpath(source), target)
        return
    view.symlink(_link_text(run, source, target, flags), target)


def _link_text(run: Invocation, source: str, target: str, flags: str) -> str:
    """The text of a symlink (usr.bin/xinstall, makelink).

    Real paths, and for -l r the way from the target's folder, unless the source is a relative
    name already. A target without a folder is compared as ``./name``, as install does: the
    link then goes up one level and down from the root, wherever it lies.
    """
    if "a" in flags:
        return run.view.realpath(source)
    if "r" not in flags or not source.startswith("/"):
        return source
    if "/" not in target:
        return ".." + run.view.realpath(source)
    folder = target.rpartition("/")[0] or "/"
    return os.path.relpath(run.view.realpath(source), run.view.realpath(folder))


COMMANDS = (Command("install", _install, Options(flags="bCcdpSsUv", valued="BDfghlMmNoT")),)
