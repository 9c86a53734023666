"""Writing NAME-VERSION.pkg: pkg's entries in pkg's order, the same bytes on every host."""

from __future__ import annotations

import bz2
import lzma
import tarfile
import zlib
from collections.abc import Callable
from enum import Enum
from importlib import import_module
from typing import BinaryIO, Protocol

from portfake.errors import InputError, Unavailable
from portfake.formats import manifest as manifest_format
from portfake.model.attributes import flag_names
from portfake.model.entry import Entry, EntryType
from portfake.model.manifest import Manifest
from portfake.model.payload import Payload, Reader

__all__ = ["Compressor", "Format", "file_name", "write_package"]

_CHUNK = 1 << 18
_BLOCK = 512
_NOBODY = 65534
"""The ids that pkg forces on FreeBSD: names carry the owner."""


class Format(Enum):
    """How an archive is compressed; the values are pkg's words for ``-f``."""

    ZSTD = "tzst"
    XZ = "txz"
    BZIP2 = "tbz"
    GZIP = "tgz"
    TAR = "tar"


class Compressor(Protocol):
    """What the compressor objects of the standard library have in common."""

    def compress(self, data: bytes, /) -> bytes:
        """Take bytes in; return what is ready."""

    def flush(self) -> bytes:
        """Return all the rest."""


def file_name(manifest: Manifest) -> str:
    """Return what the archive of this package is called: ``NAME-VERSION.pkg``."""
    return f"{manifest.full_name}.pkg"


def write_package(
    manifest: Manifest,
    payload: Payload,
    output: BinaryIO,
    *,
    format: Format = Format.ZSTD,  # noqa: A002 - pkg's word for it
    level: int | None = None,
    timestamp: int | None = None,
    workers: int = 1,
    zstd: Callable[[int], Compressor] | None = None,
) -> None:
    """Write the archive of a package; `payload` gives exactly the manifest's files.

    Entries are +COMPACT_MANIFEST, +MANIFEST, the files by path, then the folders
    (libpkg/pkg_create.c). `timestamp`, SOURCE_DATE_EPOCH, is the time of all of them; without it
    files keep theirs. `level` is the compressor's own, by default what pkg takes. `workers` are
    threads of zstd, however many there are, for the same bytes. `zstd` makes a compressor of a
    level where this Python has none. Raises InputError where payload and
    manifest differ, Unavailable where the format cannot be written.
    """
    sink = _Sink(output, _compressor(format, level, workers, zstd))
    for name, compact in (("+COMPACT_MANIFEST", True), ("+MANIFEST", False)):
        text = manifest_format.to_text(manifest, compact=compact)
        data = text.encode(errors="surrogateescape")
        info = tarfile.TarInfo(name)
        info.size, info.mode, info.uname, info.gname = len(data), 0o644, "root", "wheel"
        sink.header(info)
        sink.content(data)
    listed = {file.path for file in manifest.files}
    expected = listed | {folder.path for folder in manifest.directories}
    for entry, reader in payload:
        if entry.path not in expected:
            raise InputError(f"{entry.path} is not in the manifest of {manifest.full_name}")
        expected.discard(entry.path)
        _write(sink, entry, reader, timestamp)
    if expected:
        raise InputError(f"{min(expected)} of {manifest.full_name} is missing")
    sink.close()


def _write(sink: _Sink, entry: Entry, reader: Reader | None, timestamp: int | None) -> None:
    info = tarfile.TarInfo(entry.path)
    info.mode = entry.mode or 0
    info.uid = info.gid = _NOBODY
    info.uname, info.gname = entry.owner or "root", entry.group or "wheel"
    info.mtime = (entry.mtime or 0) if timestamp is None else timestamp
    if entry.flags:
        info.pax_headers = {"SCHILY.fflags": flag_names(entry.flags)}
    if entry.type is EntryType.DIRECTORY:
        info.type = tarfile.DIRTYPE
    elif entry.type is EntryType.SYMLINK:
        # What FreeBSD gives symlinks; Linux's 0777 would not be the same bytes everywhere.
        info.type, info.linkname, info.mode = tarfile.SYMTYPE, entry.target or "", 0o755
    elif entry.link_of is not None:
        info.type, info.linkname = tarfile.LNKTYPE, entry.link_of
    elif reader is None or entry.size is None:
        raise InputError(f"{entry.path} has no content to be packaged")
    else:
        info.size = entry.size
    sink.header(info)
    if info.size and reader is not None:
        sink.copy(reader, info.size, entry.path)


class _Sink:
    """Tar blocks, compressed on their way out."""

    def __init__(self, output: BinaryIO, compressor: Compressor) -> None:
        self._output = output
        self._compressor = compressor

    def header(self, info: tarfile.TarInfo) -> None:
        """libarchive's restricted pax: plain ustar unless a value needs more.

        Names beyond ASCII are bytes, said so first: pkg runs in the C locale and would fail on
        ones that claim to be UTF-8.
        """
        names = info.name + info.linkname
        if names.isascii() and not info.pax_headers:
            try:
                self._put(info.tobuf(tarfile.USTAR_FORMAT))
            except ValueError:
                pass
            else:
                return
        if not names.isascii():
            info.pax_headers = {"hdrcharset": "BINARY", **info.pax_headers}
        self._put(info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape"))

    def content(self, data: bytes) -> None:
        self._put(data)
        self._put(b"\0" * (-len(data) % _BLOCK))

    def copy(self, reader: Reader, size: int, path: str) -> None:
        left = size
        while left:
            data = reader.read(min(left, _CHUNK))
            if not data:
                break
            self._put(data)
            left -= len(data)
        if left or reader.read(1):
            raise InputError(f"{path} has another size than recorded: it changed meanwhile")
        self._put(b"\0" * (-size % _BLOCK))

    def close(self) -> None:
        self._put(b"\0" * (2 * _BLOCK))
        self._output.write(self._compressor.flush())

    def _put(self, data: bytes) -> None:
        self._output.write(self._compressor.compress(data))


class _Plain:
    def compress(self, data: bytes, /) -> bytes:
        return data

    def flush(self) -> bytes:
        return b""


def _zstd(level: int, workers: int) -> Compressor:
    """At least one worker: the bytes are the same for any number of them, and others for none."""
    for name in ("compression.zstd", "backports.zstd"):
        try:
            module = import_module(name)
        except ImportError:
            continue
        parameter = module.CompressionParameter
        options = {parameter.compression_level: level, parameter.nb_workers: max(1, workers)}
        compressor: Compressor = module.ZstdCompressor(options=options)
        return compressor
    raise Unavailable(
        "zstd cannot be written by this Python",
        hint="install backports.zstd or the zstd program, or choose another format",
    )


# Level that pkg takes unless told otherwise, and what makes a compressor of level and workers.
_FORMATS: dict[Format, tuple[int, Callable[[int, int], Compressor]]] = {
    Format.ZSTD: (19, _zstd),
    Format.XZ: (6, lambda level, workers: lzma.LZMACompressor(preset=level)),
    Format.BZIP2: (9, lambda level, workers: bz2.BZ2Compressor(level)),
    # A gzip stream without name and time.
    Format.GZIP: (6, lambda level, workers: zlib.compressobj(level, wbits=31)),
    Format.TAR: (0, lambda level, workers: _Plain()),
}


def _compressor(
    format: Format,  # noqa: A002 - as above
    level: int | None,
    workers: int,
    zstd: Callable[[int], Compressor] | None,
) -> Compressor:
    usual, make = _FORMATS[format]
    chosen = usual if level is None else level
    try:
        return make(chosen, workers)
    except Unavailable:
        if zstd is None:
            raise
        return zstd(chosen)
