"""Writing NAME-VERSION.pkg: pkg's entries in pkg's order, the same bytes on every host."""

from __future__ import annotations

import bz2
import lzma
import tarfile
import zlib
from collections.abc import Callable, Iterator
from enum import Enum
from importlib import import_module
from typing import BinaryIO, Protocol

from portfake.errors import InputError, Unavailable
from portfake.formats import manifest as manifest_format
from portfake.formats.ucl_writer import Layout, emit
from portfake.model.attributes import flag_names
from portfake.model.entry import Entry, EntryType
from portfake.model.manifest import Manifest
from portfake.model.payload import Payload, Reader

__all__ = ["Format", "Level", "file_name", "level_of", "package_tar", "write_package"]

_CHUNK = 1 << 18
_BLOCK = 512
_NAME = 100
"""Bytes of a name in a ustar header; a longer one is cut in two at a slash."""
_NOBODY = 65534
"""The ids that pkg forces on FreeBSD: names carry the owner."""


class Format(Enum):
    """How an archive is compressed; the values are pkg's words for ``-f``."""

    ZSTD = "tzst"
    XZ = "txz"
    BZIP2 = "tbz"
    GZIP = "tgz"
    TAR = "tar"


class Level(Enum):
    """Levels by name; the values are pkg's words for ``-l``."""

    USUAL = "usual"
    FAST = "fast"
    BEST = "best"


class _Compressor(Protocol):
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
    level: int | Level = Level.USUAL,
    timestamp: int | None = None,
    workers: int = 1,
    expanded: bool = False,
) -> None:
    """Write the archive of a package; see `package_tar`.

    `workers` are threads of zstd, however many there are, for the same bytes. Raises Unavailable
    where this Python cannot write the format, before anything is read or written.
    """
    compressor = _compressor(format, level_of(format, level), workers)
    output.writelines(
        compressor.compress(piece)
        for piece in package_tar(manifest, payload, timestamp=timestamp, expanded=expanded)
    )
    output.write(compressor.flush())


def package_tar(
    manifest: Manifest,
    payload: Payload,
    *,
    timestamp: int | None = None,
    expanded: bool = False,
) -> Iterator[bytes]:
    """Yield the tar archive in pieces; `payload` gives exactly the manifest's files.

    Entries are +COMPACT_MANIFEST, +MANIFEST, the files by path, then the folders
    (libpkg/pkg_create.c). `timestamp`, SOURCE_DATE_EPOCH, is the time of all of them; without it
    files keep theirs. `expanded` makes +MANIFEST a text for people. Raises InputError where payload
    and manifest differ.
    """
    pending = bytearray()
    for piece in _pieces(manifest, payload, timestamp, expanded):
        pending += piece
        if len(pending) >= _CHUNK:
            yield bytes(pending)
            pending.clear()
    pending += bytes(2 * _BLOCK)
    yield bytes(pending)


def _pieces(
    manifest: Manifest, payload: Payload, timestamp: int | None, expanded: bool
) -> Iterator[bytes]:
    for name, layout in (
        ("+COMPACT_MANIFEST", Layout.COMPACT),
        ("+MANIFEST", Layout.UCL if expanded else Layout.COMPACT),
    ):
        fields = manifest_format.to_fields(manifest, compact=name == "+COMPACT_MANIFEST")
        text = emit(fields, layout)
        data = text.encode(errors="surrogateescape")
        info = tarfile.TarInfo(name)
        info.size, info.mode, info.uname, info.gname = len(data), 0o644, "root", "wheel"
        yield _header(info)
        yield data
        yield _padding(len(data))
    expected = {file.path for file in manifest.files}
    expected |= {folder.path for folder in manifest.directories}
    for entry, reader in payload:
        if entry.path not in expected:
            raise InputError(f"{entry.path} is not in the manifest of {manifest.full_name}")
        expected.discard(entry.path)
        yield from _member(entry, reader, timestamp)
    if expected:
        raise InputError(f"{min(expected)} of {manifest.full_name} is missing")


def _member(entry: Entry, reader: Reader | None, timestamp: int | None) -> Iterator[bytes]:
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
    yield _header(info)
    if info.size and reader is not None:
        yield from _content(reader, info.size, entry.path)


def _header(info: tarfile.TarInfo) -> bytes:
    """libarchive's restricted pax: plain ustar unless a value needs more.

    Names beyond ASCII are bytes, said so first: pkg runs in the C locale and would fail on
    ones that claim to be UTF-8.
    """
    names = info.name + info.linkname
    # tarfile would cut it at its first slash, which then is lost (libarchive takes the next one).
    unsplit = len(info.name) + info.isdir() == _NAME + 1 and info.name.startswith("/")
    if names.isascii() and not info.pax_headers and not unsplit:
        try:
            return info.tobuf(tarfile.USTAR_FORMAT)
        except ValueError:
            pass
    if not names.isascii():
        info.pax_headers = {"hdrcharset": "BINARY", **info.pax_headers}
    return info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")


def _content(reader: Reader, size: int, path: str) -> Iterator[bytes]:
    left = size
    while left:
        data = reader.read(min(left, _CHUNK))
        if not data:
            break
        yield data
        left -= len(data)
    if left or reader.read(1):
        raise InputError(f"{path} has another size than recorded: it changed meanwhile")
    yield _padding(size)


def _padding(size: int) -> bytes:
    return bytes(-size % _BLOCK)


class _Plain:
    def compress(self, data: bytes, /) -> bytes:
        return data

    def flush(self) -> bytes:
        return b""


_JOBS = range(17, 20)
"""The levels with a window of 8 MiB, whose search trees are the deepest."""


def _zstd(level: int, workers: int) -> _Compressor:
    """At least one worker: the bytes are the same for any number of them, and others for none.

    At pkg's level work is cut into jobs of 8 MiB that see 256 KiB of what came before, with
    search trees of a quarter of the usual size, and what repeats farther back is found by the
    search for long matches, which starts at one of 128 places: less work and more of it side by
    side than zstd's own jobs of 32 MiB, for 2 to 4 % more bytes (docs/create.md).
    """
    for name in ("compression.zstd", "backports.zstd"):
        try:
            module = import_module(name)
        except ImportError:
            continue
        parameter = module.CompressionParameter
        options = {parameter.compression_level: level, parameter.nb_workers: max(1, workers)}
        if level in _JOBS:
            options |= {
                parameter.job_size: 8 << 20,
                parameter.overlap_log: 4,
                parameter.enable_long_distance_matching: 1,
                parameter.ldm_hash_rate_log: 7,
                parameter.window_log: 23,
                parameter.chain_log: 22,
                parameter.hash_log: 20,
            }
        compressor: _Compressor = module.ZstdCompressor(options=options)
        return compressor
    raise Unavailable(
        "zstd cannot be written by this Python",
        hint="install backports.zstd or the zstd program, or choose another format",
    )


def _xz(level: int, workers: int) -> _Compressor:
    return lzma.LZMACompressor(preset=level)


def _bzip2(level: int, workers: int) -> _Compressor:
    return bz2.BZ2Compressor(level)


def _gzip(level: int, workers: int) -> _Compressor:
    """A gzip stream without name and time."""
    return zlib.compressobj(level, wbits=31)


def _tar(level: int, workers: int) -> _Compressor:
    return _Plain()


# What pkg takes for usual, fast and best (libpkg/packing.c, packing_set_format()), the levels
# that there are, and what makes a compressor of level and workers.
_FORMATS: dict[Format, tuple[tuple[int, int, int], range, Callable[[int, int], _Compressor]]] = {
    Format.ZSTD: ((19, -5, 19), range(-131072, 23), _zstd),
    Format.XZ: ((6, 1, 9), range(10), _xz),
    Format.BZIP2: ((9, 1, 9), range(1, 10), _bzip2),
    Format.GZIP: ((6, 1, 9), range(10), _gzip),
    # There is nothing to compress; pkg takes any level too.
    Format.TAR: ((0, 0, 0), range(-200, 201), _tar),
}


def level_of(format: Format, level: int | Level) -> int:  # noqa: A002 - as above
    """Return the compressor's own level; InputError for one that it has not."""
    named, levels, _ = _FORMATS[format]
    if isinstance(level, Level):
        return named[list(Level).index(level)]
    if level not in levels:
        raise InputError(
            f"{format.value} has no level {level}",
            hint=f"its levels are {levels.start} to {levels.stop - 1}",
        )
    return level


def _compressor(format: Format, level: int, workers: int) -> _Compressor:  # noqa: A002 - as above
    return _FORMATS[format][2](level, workers)
