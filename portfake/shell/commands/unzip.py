"""unzip(1) as FreeBSD's base has it."""

from __future__ import annotations

import io
from dataclasses import replace

from portfake.errors import Place
from portfake.formats.archive import Archive
from portfake.model.entry import Entry, EntryType
from portfake.model.payload import Reader
from portfake.patterns import glob
from portfake.shell.command import Command, CommandFailure, Invocation, Options
from portfake.shell.commands.unpacking import Unpacker, chunks, shown

__all__ = ["COMMANDS"]

_UNZIP = Options(flags="aCcfjLlnopqtuvyZ", valued="dx", permute=True)


def _unzip(run: Invocation) -> int:
    given = run.given
    if not run.operands:
        raise CommandFailure("usage: unzip [-aCcfjLlnopqtuvyZ1] [-d dir] [-x pattern] zipfile", 64)
    name, *wanted = run.operands
    excluded = [text for _, text in given.all("x")]
    if excluded:
        excluded, wanted = [*excluded, *wanted], []
    fold = "C" in given
    unpacker = Unpacker(run, given.get("d") or ".", keep_existing="n" in given)
    if given.get("d") is not None:
        run.view.make_folders(given.get("d") or ".")
    with run.view.open(name) as stream:
        for entry, reader in Archive(stream, where=Place(name), limits=run.shell.limits):
            path = entry.path[1:]
            if wanted and not any(glob(p, ignore_case=fold).match(path) for p in wanted):
                continue
            if any(glob(p, ignore_case=fold).match(path) for p in excluded):
                continue
            _unzip_member(run, unpacker, entry, reader)
    unpacker.finish()
    return 0


def _unzip_member(run: Invocation, unpacker: Unpacker, entry: Entry, reader: Reader | None) -> None:
    given = run.given
    if "p" in given or "c" in given:
        for chunk in chunks(reader) if reader is not None else ():
            run.out.write(chunk)
        return
    if "l" in given or "t" in given or "v" in given:
        if "l" in given:
            run.print(shown(entry))
        return
    if "j" in given:
        if entry.type is EntryType.DIRECTORY:
            return
        entry = replace(entry, path="/" + entry.path.rpartition("/")[2])
    if "L" in given:
        entry = replace(entry, path=entry.path.lower())
    if "a" in given and reader is not None:
        content = b"".join(chunks(reader))
        if b"\0" not in content:
            content = content.replace(b"\r\n", b"\n")
        reader = io.BytesIO(content)
    unpacker.put(entry, reader)


COMMANDS = (Command("unzip", _unzip, _UNZIP),)
