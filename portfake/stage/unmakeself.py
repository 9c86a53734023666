"""unmakeself(1) of archivers/unmakeself: an archive behind a shell script, for USES=makeself."""

from __future__ import annotations

import io
import re

from portfake.errors import Place
from portfake.formats.archive import Archive
from portfake.shell.command import Command, CommandFailure, Invocation, Options
from portfake.shell.commands.unpacking import Unpacker

__all__ = ["UNMAKESELF"]

_COMPRESSED = re.compile(rb"\n(?=\x1f\x8b|BZh)")
_BINARY = re.compile(rb"\n(?=[^\n]*[^\n\t -~])")


def _unmakeself(run: Invocation) -> int:
    if len(run.operands) != 1:
        raise CommandFailure("usage: unmakeself [-kmopU] FILE", 1)
    name = run.operands[0]
    data = run.view.read(name)
    # gzip or bzip2 at the beginning of a line, or else the first line that is not text.
    start = _COMPRESSED.search(data) or _BINARY.search(data)
    if start is None:
        raise CommandFailure(f"{name}: error: invalid Makeself archive")
    unpacker = Unpacker(
        run,
        ".",
        same_mode="p" in run.given,
        same_owner=False,
        keep_existing="k" in run.given,
        new_time="m" in run.given,
    )
    stream = io.BytesIO(data[start.end() :])
    for entry, reader in Archive(stream, where=Place(name), limits=run.shell.limits):
        unpacker.put(entry, reader)
    unpacker.finish()
    return 0


UNMAKESELF = Command("unmakeself", _unmakeself, Options(flags="kmopU"))
