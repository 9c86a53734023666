"""uudecode(1): files that were sent as text, by uuencode(1) with or without -m."""

from __future__ import annotations

import binascii
from collections.abc import Iterator

from portfake.shell.command import Command, CommandFailure, Invocation, Options

__all__ = ["COMMANDS"]

_BASE64_END = b"===="


def _uudecode(run: Invocation) -> int:
    output, status = run.given.get("o"), 0
    for name, content in run.inputs():
        lines = iter(content.splitlines())
        header = next((line for line in lines if _is_header(line)), None)
        if header is None:
            status = run.complain(f'{name}: missing or bad "begin" line')
            continue
        kind, mode, path = header.decode("utf-8", "surrogateescape").split(" ", 2)
        # Without -s the folders of the name are left out, for safety.
        target = output or (path if "s" in run.given else path.rpartition("/")[2])
        decoded = _base64(lines) if kind == "begin-base64" else _lines(lines)
        try:
            data = b"".join(decoded)
        except binascii.Error as error:
            raise CommandFailure(f"{name}: {error}") from None
        if "p" in run.given or target == "/dev/stdout":
            run.out.write(data)
        else:
            run.view.write(target, [data], mode=int(mode, 8) & 0o666)
            run.view.chmod(target, int(mode, 8) & 0o666)
    return 1 if run.failed else status


def _is_header(line: bytes) -> bool:
    kind, *rest = line.split(b" ", 2)
    return kind in {b"begin", b"begin-base64"} and len(rest) == 2 and rest[0].isdigit()


def _lines(lines: Iterator[bytes]) -> Iterator[bytes]:
    """A line begins with its length; one of length 0 comes before the end."""
    for line in lines:
        if not line.rstrip(b" `"):
            break
        yield binascii.a2b_uu(line)
    if next(lines, b"") != b"end":
        raise binascii.Error('no "end" line')


def _base64(lines: Iterator[bytes]) -> Iterator[bytes]:
    for line in lines:
        if line == _BASE64_END:
            return
        yield binascii.a2b_base64(line)
    raise binascii.Error("short file")


COMMANDS = (Command("uudecode", _uudecode, Options(flags="ips", valued="o")),)
