"""Single compressed files: gzip, bzip2, xz, zstd and their readers."""

from __future__ import annotations

import bz2
import io
import lzma
from collections.abc import Callable
from dataclasses import dataclass

from portfake.errors import InputError
from portfake.formats.compression import Compression, Decompressed, gzip_file
from portfake.limits import LimitExceeded
from portfake.model.entry import EntryType
from portfake.shell.command import Command, Invocation, Options
from portfake.shell.commands.copy import copy_attributes

__all__ = ["COMMANDS"]


@dataclass(frozen=True, slots=True)
class _Kind:
    """One format: its suffixes (with what takes their place) and how a file is made."""

    compression: Compression
    suffixes: dict[str, str]
    pack: Callable[[Invocation, bytes, str, int], bytes]


def _gzip(run: Invocation, content: bytes, name: str, mtime: int) -> bytes:
    if "n" in run.given or name == "-":
        name, mtime = "", 0
    base = name.rpartition("/")[2].encode("utf-8", "surrogateescape")
    return gzip_file(content, level=_level(run, 6), name=base, mtime=mtime)


def _bzip2(run: Invocation, content: bytes, name: str, mtime: int) -> bytes:
    return bz2.compress(content, _level(run, 9))


def _xz(run: Invocation, content: bytes, name: str, mtime: int) -> bytes:
    return lzma.compress(content, preset=_level(run, 6))


def _zstd(run: Invocation, content: bytes, name: str, mtime: int) -> bytes:
    raise run.refuse("writing zstd files is not implemented")


def _level(run: Invocation, default: int) -> int:
    letter = run.given.last_of("123456789")
    return int(letter) if letter else default


_GZIP = _Kind(Compression.GZIP, {".gz": "", ".tgz": ".tar", "-gz": "", ".z": "", "_gz": ""}, _gzip)
_BZIP2 = _Kind(Compression.BZIP2, {".bz2": "", ".tbz": ".tar", ".tbz2": ".tar", ".bz": ""}, _bzip2)
_XZ = _Kind(Compression.XZ, {".xz": "", ".txz": ".tar", ".lzma": ""}, _xz)
_ZSTD = _Kind(Compression.ZSTD, {".zst": "", ".tzst": ".tar"}, _zstd)


def _worker(kind: _Kind, *, unpack: bool, to_output: bool) -> Callable[[Invocation], int]:
    def work(run: Invocation) -> int:
        given = run.given
        reads = unpack or "d" in given or "t" in given
        status = 0
        for name in run.operands or ("-",):
            try:
                if "t" in given:
                    _unpacked(run, kind, name)
                elif to_output or "c" in given or name == "-":
                    data = _unpacked(run, kind, name) if reads else None
                    run.out.write(kind.pack(run, run.read(name), name, 0) if data is None else data)
                elif reads:
                    _unpack_file(run, kind, name)
                else:
                    status |= _pack_file(run, kind, name)
            except OSError as error:
                status = run.complain(error)
            except InputError as error:
                if isinstance(error, LimitExceeded):
                    raise
                status = run.complain(f"{name}: {error.message}")
        return status

    return work


def _unpacked(run: Invocation, kind: _Kind, name: str) -> bytes:
    content = run.read(name)
    found = Compression.of(content[:8])
    if found is Compression.NONE and run.command in {"zcat", "gzcat"} and "f" in run.given:
        return content
    reader = Decompressed(
        io.BytesIO(content), found if found.value else kind.compression, limits=run.shell.limits
    )
    data = reader.read(run.shell.limits.text + 1)
    if len(data) > run.shell.limits.text:
        raise LimitExceeded(f"{name}: unpacks to more than {run.shell.limits.text} bytes")
    return data


def _unpack_file(run: Invocation, kind: _Kind, name: str) -> None:
    if run.view.stat(name) is None:
        name += next(iter(kind.suffixes))
    suffix = next((suffix for suffix in kind.suffixes if name.endswith(suffix)), None)
    if suffix is None:
        raise InputError("unknown suffix -- ignored")
    _replace(run, name, name[: -len(suffix)] + kind.suffixes[suffix], _unpacked(run, kind, name))


def _pack_file(run: Invocation, kind: _Kind, name: str) -> int:
    suffix = run.given.get("S") or next(iter(kind.suffixes))
    entry = run.view.need(name)
    if entry.type is not EntryType.FILE:
        return run.complain(f"{name}: not a regular file")
    if name.endswith(suffix):
        return run.complain(f"{name} already has {suffix} suffix -- unchanged")
    if "f" not in run.given and run.view.link_count(name) > 1:
        return run.complain(f"{name} has other links -- skipping")
    packed = kind.pack(run, run.view.read(name), name, entry.mtime or 0)
    _replace(run, name, name + suffix, packed)
    return 0


def _replace(run: Invocation, source: str, target: str, content: bytes) -> None:
    """Write the new file with the old one's attributes, and remove the old one."""
    if run.view.stat(target, follow=False) is not None:
        if "f" not in run.given:
            raise FileExistsError(17, "already exists -- skipping", target)
        run.view.unlink(target)
    entry = run.view.need(source)
    run.view.write(target, (content,), mode=entry.mode)
    copy_attributes(run, entry, target)
    if "k" not in run.given:
        run.view.unlink(source)


_OPTIONS = Options(
    flags="123456789cdfhklNnqrtvVz",
    valued="S",
    long={"best": "9", "fast": "1", "stdout": "c", "decompress": "d", "force": "f", "keep": "k"},
    permute=True,
)
_XZ_OPTIONS = Options(
    flags="0123456789cdefkqtvz",
    valued="CFMST",
    long={**_OPTIONS.long, "extreme": "e", "quiet": "q"},
    long_valued={"threads": "T", "memlimit": "M", "check": "C"},
    permute=True,
)


def _family(kind: _Kind, names: tuple[str, str, tuple[str, ...]]) -> tuple[Command, ...]:
    packer, unpacker, readers = names
    options = _XZ_OPTIONS if kind is _XZ else _OPTIONS
    return (
        Command(packer, _worker(kind, unpack=False, to_output=False), options),
        Command(unpacker, _worker(kind, unpack=True, to_output=False), options),
        *(Command(name, _worker(kind, unpack=True, to_output=True), options) for name in readers),
    )


COMMANDS = (
    *_family(_GZIP, ("gzip", "gunzip", ("gzcat", "zcat"))),
    *_family(_BZIP2, ("bzip2", "bunzip2", ("bzcat",))),
    *_family(_XZ, ("xz", "unxz", ("xzcat",))),
    *_family(_ZSTD, ("zstd", "unzstd", ("zstdcat",))),
)
