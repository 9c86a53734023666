"""ar(1), to read archives: Debian packages are such."""

from __future__ import annotations

from collections.abc import Sequence

from portfake.errors import Place
from portfake.formats.archive import Archive
from portfake.shell.command import Command, CommandFailure, Invocation, Options
from portfake.shell.commands.unpacking import Unpacker, chunks, shown

__all__ = ["COMMANDS"]


_AR = Options(flags="ptxo")


def _modern(arguments: Sequence[str | None]) -> list[str | None]:
    """Give a first word like ``x`` its dash."""
    first, *rest = arguments or [None]
    return list(arguments) if first is None or first.startswith("-") else [f"-{first}", *rest]


def _check(arguments: Sequence[str | None]) -> str | None:
    return Command("ar", _ar, _AR).objection(_modern(arguments))


def _ar(run: Invocation) -> int:
    words = [word for word in _modern(run.arguments) if word is not None]
    run.given = _AR.parse(words, "ar", run.place)
    modes = [mode for mode in "ptx" if mode in run.given]
    if len(modes) != 1 or not run.operands:
        raise CommandFailure("usage: ar -p|-t|-x archive [member ...]", 64)
    name, *wanted = run.operands
    missing = set(wanted)
    unpacker = Unpacker(run, ".", new_time="o" not in run.given)
    with run.view.open(name) as stream:
        for entry, reader in Archive(stream, where=Place(name), limits=run.shell.limits):
            member = shown(entry)
            if wanted and member not in missing:
                continue
            missing.discard(member)
            if modes == ["t"]:
                run.print(member)
            elif modes == ["x"]:
                unpacker.put(entry, reader)
            else:
                for chunk in chunks(reader) if reader is not None else ():
                    run.out.write(chunk)
    for member in wanted:
        if member in missing:
            run.complain(f"entry '{member}' not found in archive")
    return 1 if missing else 0


COMMANDS = (Command("ar", _ar, None, _check),)
