"""tar(1) with bsdtar's options; archives are read through formats.archive."""

from __future__ import annotations

import bz2
import io
import lzma
import re
import tarfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import BinaryIO

from portfake.errors import Place, Refused
from portfake.formats.archive import Archive
from portfake.formats.compression import gzip_file
from portfake.limits import LimitExceeded
from portfake.model.entry import Entry, EntryType
from portfake.model.payload import Reader
from portfake.patterns import glob
from portfake.shell.command import Command, CommandFailure, Invocation, Options
from portfake.shell.commands.renaming import Renaming
from portfake.shell.commands.unpacking import Unpacker, chunks, shown

__all__ = ["COMMANDS"]

_TAR = Options(
    flags="cxtzjJyZvkmpPoOUnLHhSqBlwau",
    valued="fCbTXsI",
    long={
        name: name
        for name in (
            "no-same-owner",
            "no-same-permissions",
            "same-owner",
            "same-permissions",
            "preserve-permissions",
            "numeric-owner",
            "one-file-system",
            "null",
            "no-acls",
            "no-xattrs",
            "no-fflags",
            "no-mac-metadata",
            "keep-old-files",
            "touch",
            "zstd",
        )
    }
    | {"extract": "x", "create": "c", "list": "t", "gzip": "z", "bzip2": "j", "xz": "J"}
    | {"verbose": "v", "to-stdout": "O", "dereference": "L"}
    | {"unlink": "U", "unlink-first": "U", "no-recursion": "n"},
    long_valued={
        "exclude": "exclude",
        "include": "include",
        "strip-components": "strip-components",
        "format": "format",
        "options": "options",
        "uid": "uid",
        "gid": "gid",
        "uname": "uname",
        "gname": "gname",
        "file": "f",
        "directory": "C",
        "files-from": "T",
    },
    permute=True,
)


def _modern(arguments: Sequence[str | None]) -> list[str | None]:
    """Give a first word like ``xzf`` its dash, and its values the places of options."""
    if not arguments or arguments[0] is None or arguments[0].startswith("-"):
        return list(arguments)
    letters, rest = arguments[0], list(arguments[1:])
    words: list[str | None] = []
    for letter in letters:
        words.append(f"-{letter}")
        if letter in _TAR.valued and rest:
            words.append(rest.pop(0))
    return [*words, *rest]


def _check_tar(arguments: Sequence[str | None]) -> str | None:
    return Command("tar", _tar, _TAR).objection(_modern(arguments))


def _tar(run: Invocation) -> int:
    words = [word for word in _modern(run.arguments) if word is not None]
    run.given = _TAR.parse(words, "tar", run.place)
    modes = {letter for letter in "cxt" if letter in run.given}
    if len(modes) != 1:
        raise CommandFailure("Must specify one of -c, -r, -t, -u, -x")
    if modes == {"c"}:
        return _create(run)
    return _extract(run)


def _members(run: Invocation) -> Iterator[tuple[Entry, Reader | None]]:
    """Members of the archive that the call chooses, under the names it gives them."""
    given = run.given
    name = given.get("f")
    strip = int(given.get("strip-components") or 0)
    renamings = [Renaming.parse(text) for _, text in given.all("s")]
    wanted = [*_included(run)]
    unused = set(wanted)
    excluded = [text for _, text in given.all("exclude")]
    with _open(run, name) as stream:
        archive = Archive(stream, where=Place(name or "-"), limits=run.shell.limits)
        for raw, entry, reader in archive.members():
            path = entry.path[1:]
            if any(_excludes(pattern, path) for pattern in excluded):
                continue
            chosen = [pattern for pattern in wanted if _includes(pattern, path)]
            if wanted and not chosen:
                continue
            unused.difference_update(chosen)
            renamed = _renamed(raw, entry, renamings, strip)
            if renamed is not None:
                yield renamed, reader
    if unused:
        raise CommandFailure(f"{min(unused)}: Not found in archive")


def _included(run: Invocation) -> list[str]:
    names = [name.removeprefix("./").rstrip("/") for name in run.operands]
    names += [text for _, text in run.given.all("include")]
    listing = run.given.get("T")
    if listing is not None:
        names += run.read(listing).decode("utf-8", "surrogateescape").split("\n")
    return [name for name in names if name]


def _includes(pattern: str, path: str) -> bool:
    """Whether an inclusion pattern fits a path or one of the folders above it."""
    if path == pattern or path.startswith(f"{pattern}/"):
        return True
    return glob(pattern).match(path) is not None or glob(f"{pattern}/*").match(path) is not None


def _excludes(pattern: str, path: str) -> bool:
    """Whether an exclusion fits: it may begin and end at any slash of the path."""
    pattern = pattern.removeprefix("./").rstrip("/")
    if pattern.startswith("^"):
        return _includes(pattern[1:], path)
    starts = [0, *(match.end() for match in re.finditer("/", path))]
    return any(_includes(pattern, path[start:]) for start in starts)


def _renamed(raw: str, entry: Entry, renamings: Sequence[Renaming], strip: int) -> Entry | None:
    if not renamings and not strip:
        return entry
    path = _new_path(raw, renamings, strip)
    if path is None:
        return None
    link_of = entry.link_of
    if link_of is not None:
        # written like the member's own name, so with its first "./"
        dotted = "." if raw.startswith("./") else ""
        link_of = _new_path(dotted + link_of, renamings, strip)
        if link_of is None:
            return None
    target = entry.target
    for renaming in renamings:
        if target is not None and renaming.symlinks:
            target = renaming.apply(target)
    return replace(entry, path=path, link_of=link_of, target=target)


def _new_path(name: str, renamings: Sequence[Renaming], strip: int) -> str | None:
    """Apply -s and --strip-components, which counts a first "./" as bsdtar does."""
    for renaming in renamings:
        new = renaming.apply(name)
        if new != name:
            name = new
            break
    for _ in range(strip):
        _, slash, name = name.partition("/")
        if not slash:
            return None
        name = name.lstrip("/")
    if not name:
        return None
    parts = [part for part in name.split("/") if part not in {"", "."}]
    if ".." in parts:
        raise Refused(f"tar: {name}: the new name climbs out")
    return "/" + "/".join(parts)


def _extract(run: Invocation) -> int:
    given = run.given
    unpacker = Unpacker(
        run,
        given.get("C") or ".",
        same_mode="no-same-permissions" not in given,
        same_owner="no-same-owner" not in given and "o" not in given,
        keep_existing="k" in given or "keep-old-files" in given,
        new_time="m" in given or "touch" in given,
    )
    for entry, reader in _members(run):
        if "t" in given:
            run.print(shown(entry))
        elif "O" in given:
            for chunk in chunks(reader) if reader is not None else ():
                run.out.write(chunk)
        else:
            unpacker.put(entry, reader)
    unpacker.finish()
    return 0


def _create(run: Invocation) -> int:
    given = run.given
    folders = given.all("C")
    if len(folders) > 1:
        raise run.refuse("-c with several -C is not implemented")
    folder = folders[0][1] if folders else ""
    names = list(run.operands)
    listing = given.get("T")
    if listing is not None:
        end = "\0" if "null" in given else "\n"
        text = run.read(listing).decode("utf-8", "surrogateescape")
        names += [name for name in text.split(end) if name]
    if any(name.startswith("@") for name in names):
        raise run.refuse("@archive is not implemented")
    out = io.BytesIO()
    packer = _Packer(run, folder, [Renaming.parse(text) for _, text in given.all("s")])
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as book:
        for name in names:
            packer.add(book, name)
    data = out.getvalue()
    pack = next((_PACKERS[letter] for letter in _PACKERS if letter in given), bytes)
    data = pack(data)
    target = given.get("f")
    if target is None or target == "-":
        run.out.write(data)
    else:
        run.view.write(target, (data,))
    return packer.status


_PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "z": lambda data: gzip_file(data, level=6),
    "j": bz2.compress,
    "y": bz2.compress,
    "J": lzma.compress,
}
_TAR_TYPES = {
    EntryType.FILE: tarfile.REGTYPE,
    EntryType.DIRECTORY: tarfile.DIRTYPE,
    EntryType.SYMLINK: tarfile.SYMTYPE,
    EntryType.FIFO: tarfile.FIFOTYPE,
}


class _Packer:
    """Adds files and folders to a tar archive."""

    def __init__(self, run: Invocation, folder: str, renamings: Sequence[Renaming]) -> None:
        self._run = run
        self._folder = folder
        self._renamings = renamings
        self._excluded = [text for _, text in run.given.all("exclude")]
        self._names: dict[tuple[int, int], str] = {}
        self._size = 0
        self.status = 0

    def add(self, book: tarfile.TarFile, name: str, depth: int = 0) -> None:
        run, view = self._run, self._run.view
        path = name if name.startswith("/") or not self._folder else f"{self._folder}/{name}"
        shown = name.lstrip("/").rstrip("/") or "."
        if any(_excludes(pattern, shown.removeprefix("./")) for pattern in self._excluded):
            return
        if depth > run.shell.limits.depth:
            raise LimitExceeded(f"tar: {name}: folders nest too deep")
        entry = view.stat(path, follow="L" in run.given or "h" in run.given)
        if entry is None:
            self.status = run.complain(f"{name}: Cannot stat: No such file or directory")
            return
        self._put(book, shown, path, entry)
        if entry.type is EntryType.DIRECTORY and "n" not in run.given:
            for child in view.listdir(path):
                self.add(book, f"{name.rstrip('/')}/{child}", depth + 1)

    def _put(self, book: tarfile.TarFile, shown: str, path: str, entry: Entry) -> None:
        view = self._run.view
        for renaming in self._renamings:
            shown = renaming.apply(shown)
        if not shown or entry.type not in _TAR_TYPES:
            return
        info = tarfile.TarInfo(shown)
        info.type = _TAR_TYPES[entry.type]
        info.mode, info.mtime = entry.mode or 0, entry.mtime or 0
        info.uname, info.gname = entry.owner or "root", entry.group or "wheel"
        info.linkname = entry.target or ""
        content = b""
        if entry.type is EntryType.FILE:
            if view.link_count(path) > 1:
                first = self._names.setdefault(view.identity(path), shown)
                if first != shown:
                    info.type, info.linkname = tarfile.LNKTYPE, first
            if info.type == tarfile.REGTYPE:
                content = view.read(path)
                info.size = len(content)
        self._size += len(content)
        if self._size > self._run.shell.limits.text:
            raise LimitExceeded(f"tar: writes more than {self._run.shell.limits.text} bytes")
        book.addfile(info, io.BytesIO(content))


def _open(run: Invocation, name: str | None) -> BinaryIO:
    if name is None or name == "-":
        return io.BytesIO(run.stdin.read())
    return run.view.open(name)


COMMANDS = (
    Command("tar", _tar, None, _check_tar),
    Command("bsdtar", _tar, None, _check_tar),
)
