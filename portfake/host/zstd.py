"""zstd by the system's own program, for a Python that has no zstd of its own (FreeBSD's)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import replace
from tempfile import TemporaryFile
from typing import IO, BinaryIO, cast

from portfake.errors import InputError
from portfake.host.programs import run
from portfake.limits import DEFAULT, Limits

__all__ = ["unzstd", "zstd"]

_CHUNK = 1 << 18
_ANY_RATIO = 8 << 20
"""Bytes that even the smallest file may unpack to."""


def unzstd(stream: BinaryIO, *, limits: Limits = DEFAULT) -> BinaryIO:
    """Return the plain content of a seekable zstd stream, as a temporary file that can be sought.

    Raises InputError for damaged data, NotFound or Unavailable where there is no zstd,
    LimitExceeded for more than Limits.ratio allows.
    """
    packed = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    bounded = replace(limits, bytes=min(limits.bytes, _ANY_RATIO + packed * limits.ratio))
    plain = TemporaryFile()  # noqa: SIM115  # the caller reads it
    try:
        _unpack(stream, plain, bounded)
    except BaseException:
        plain.close()
        raise
    plain.seek(0)
    return cast("BinaryIO", plain)


def _unpack(stream: BinaryIO, plain: IO[bytes], limits: Limits) -> None:
    pieces = iter(lambda: stream.read(_CHUNK), b"")
    ended = run(["zstd", "-q", "-d", "-c"], stdin=pieces, sink=plain.write, limits=limits)
    if ended.status != 0:
        complaint = ended.complaint.decode("utf-8", "replace").strip()
        raise InputError(f"damaged compressed data: {complaint}")


def zstd(
    pieces: Iterable[bytes],
    sink: Callable[[bytes], object],
    *,
    level: int,
    workers: int = 1,
    limits: Limits = DEFAULT,
) -> None:
    """Compress `pieces` into `sink`; Unavailable where there is no zstd."""
    depth = [f"--fast={-level}"] if level < 0 else ["--ultra", f"-{level}"]
    threads = f"-T{max(1, workers)}"
    run(["zstd", "-q", "-c", threads, *depth], stdin=pieces, sink=sink, limits=limits).require()
