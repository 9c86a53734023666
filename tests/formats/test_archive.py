"""Archives come out as written, or are refused before anything could be written."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import io
import lzma
import os
import subprocess
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfake.errors import InputError, Refused
from portfake.formats.archive import Archive, Links, Names
from portfake.formats.compression import Compression, Decompressed, gzip_file
from portfake.limits import LimitExceeded, Limits
from portfake.model.entry import EntryType

Member = tuple[tarfile.TarInfo, bytes]


def member(name: str, content: bytes = b"", **fields: object) -> Member:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for key, value in fields.items():
        setattr(info, key, value)
    return info, content


def symlink(name: str, target: str) -> Member:
    return member(name, type=tarfile.SYMTYPE, linkname=target)


def hard_link(name: str, target: str) -> Member:
    return member(name, type=tarfile.LNKTYPE, linkname=target)


def tar(
    *members: Member,
    mode: Literal["w", "w:gz", "w:bz2", "w:xz"] = "w",
    form: int = tarfile.PAX_FORMAT,
) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode, format=form) as book:
        for info, content in members:
            book.addfile(info, io.BytesIO(content))
    return out.getvalue()


def listed(data: bytes, **settings: Any) -> list[tuple[str, EntryType, bytes | None]]:
    archive = Archive(io.BytesIO(data), **settings)
    return [(e.path, e.type, reader.read() if reader else None) for e, reader in archive]


TREE = (
    member("./", type=tarfile.DIRTYPE, mode=0o755),
    member("top/", type=tarfile.DIRTYPE, mode=0o755),
    member("top/" + "long" * 60, b"x" * 1000),
    member("top/run", b"#!/bin/sh\n", mode=0o755, mtime=1_600_000_000, uname="root"),
    symlink("top/link", "run"),
    hard_link("top/again", "top/run"),
)


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
def test_every_tar_form_gives_the_same_members(
    mode: Literal["w", "w:gz", "w:bz2", "w:xz"], form: int
) -> None:
    data = tar(*TREE, mode=mode, form=form)
    assert listed(data) == [
        ("/", EntryType.DIRECTORY, None),
        ("/top", EntryType.DIRECTORY, None),
        ("/top/" + "long" * 60, EntryType.FILE, b"x" * 1000),
        ("/top/run", EntryType.FILE, b"#!/bin/sh\n"),
        ("/top/link", EntryType.SYMLINK, None),
        ("/top/again", EntryType.FILE, None),
    ]
    entries = {entry.path: entry for entry, _ in Archive(io.BytesIO(data))}
    run = entries["/top/run"]
    assert (run.mode, run.mtime, run.owner, run.size) == (0o755, 1_600_000_000, "root", 10)
    assert entries["/top/link"].target == "run"
    assert entries["/top/again"].link_of == "/top/run"


@pytest.mark.parametrize("option", ["--format=ustar", "--format=pax", "--format=gnutar", "--zstd"])
def test_bsdtar_archives(tool: Callable[[str], str], tmp_path: Path, option: str) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "ünï\udcff").write_bytes(b"odd name")
    (tmp_path / "d" / "l").symlink_to("ünï\udcff")
    out = tmp_path / "x.tar"
    subprocess.run([tool("bsdtar"), "-cf", out, option, "-C", tmp_path, "d"], check=True)
    assert sorted(listed(out.read_bytes())) == [
        ("/d", EntryType.DIRECTORY, None),
        ("/d/l", EntryType.SYMLINK, None),
        ("/d/ünï\udcff", EntryType.FILE, b"odd name"),
    ]


def zipped(*members: tuple[str, int, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        for name, mode, content in members:
            info = zipfile.ZipInfo(name, (2020, 1, 2, 3, 4, 6))
            info.external_attr = mode << 16
            info.create_system = 3
            info.compress_type = zipfile.ZIP_DEFLATED
            book.writestr(info, content)
    return out.getvalue()


def test_zip_members() -> None:
    data = zipped(
        ("top/", 0o40755, b""), ("top/run", 0o100755, b"#!\n"), ("top/l", 0o120777, b"run")
    )
    assert listed(data) == [
        ("/top", EntryType.DIRECTORY, None),
        ("/top/run", EntryType.FILE, b"#!\n"),
        ("/top/l", EntryType.SYMLINK, None),
    ]
    run, link = [entry for entry, _ in Archive(io.BytesIO(data))][1:]
    assert (run.mode, run.mtime, link.target) == (0o755, 1_577_934_246, "run")


@pytest.mark.parametrize(
    ("what", "members"),
    [
        ("is absolute", [member("/etc/passwd", b"x")]),
        ("climbs out", [member("a/../../x", b"x")]),
        ("climbs out", [member("..", type=tarfile.DIRTYPE)]),
        ("link out", [symlink("a", "/etc")]),
        ("link out", [symlink("d/a", "../../etc")]),
        ("link out", [symlink("a", "x/../../y")]),
        ("no folder", [symlink("a", "b"), member("a/x", b"x")]),
        ("no folder", [member("a", b""), member("a/b/c", b"x")]),
        ("no folder", [member("a/b/c", b""), symlink("a", "x"), member("a/b/d", b"")]),
        ("no folder", [member("a/b/c", b""), symlink("a/b", "x"), member("a/b/d", b"")]),
        ("something else", [symlink("a", "b"), member("a", type=tarfile.DIRTYPE)]),
        ("not before", [hard_link("a", "b")]),
        ("climbs out", [hard_link("a", "../b")]),
        ("is absolute", [hard_link("a", "/etc/passwd")]),
    ],
)
def test_members_that_lead_out_are_refused(what: str, members: list[Member]) -> None:
    with pytest.raises(Refused, match=what):
        listed(tar(*members))


def test_zip_members_that_lead_out_are_refused() -> None:
    for name in ("../x", "/etc/x", "a/../../x"):
        with pytest.raises(Refused):
            listed(zipped((name, 0o100644, b"x")))


def test_packages_have_absolute_names_and_free_links() -> None:
    data = tar(member("+MANIFEST", b"{}"), member("/usr/x", b"1"), symlink("/usr/l", "/etc/x"))
    assert [path for path, _, _ in listed(data, names=Names.PACKAGE, links=Links.ANYWHERE)] == [
        "+MANIFEST",
        "/usr/x",
        "/usr/l",
    ]
    with pytest.raises(Refused, match="not absolute"):
        listed(tar(member("usr/x", b"")), names=Names.PACKAGE)


@pytest.mark.parametrize("form", ["", "--format=arbsd"])
def test_ar_archives_of_real_tools(tool: Callable[[str], str], tmp_path: Path, form: str) -> None:
    """A Debian package is one; ar(1)'s own form has GNU's long names, the other BSD's."""
    names = {"debian-binary": b"2.0\n", "a name that is longer than its field": b"odd"}
    for name, content in names.items():
        (tmp_path / name).write_bytes(content)
    maker = [tool("bsdtar"), form, "-cf"] if form else [tool("ar"), "qc"]
    subprocess.run([*maker, "x.deb", *names], cwd=tmp_path, check=True)
    data = (tmp_path / "x.deb").read_bytes()
    assert listed(data) == [(f"/{n}", EntryType.FILE, c) for n, c in names.items()]


def rpm(payload: bytes) -> bytes:
    """An RPM package: lead, signature, padding, header, payload."""

    def section(rows: int, data: bytes) -> bytes:
        counts = rows.to_bytes(4, "big") + len(data).to_bytes(4, "big")
        return b"\x8e\xad\xe8\x01" + bytes(4) + counts + bytes(16 * rows) + data

    start = b"\xed\xab\xee\xdb\x03".ljust(96, b"\0") + section(2, b"signed")
    return start + bytes(-len(start) % 8) + section(3, b"the header's data") + payload


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, bytes])
def test_rpm_packages_as_bsdtar_reads_them(
    tool: Callable[[str], str], tmp_path: Path, pack: Callable[[bytes], bytes]
) -> None:
    source, out = tmp_path / "source", tmp_path / "out"
    (source / "usr/bin").mkdir(parents=True)
    out.mkdir()
    (source / "usr/bin/tool").write_bytes(b"a tool\n" * 999)
    (source / "usr/bin/tool").chmod(0o755)
    (source / "usr/empty").touch()
    (source / "usr/bin/link").symlink_to("tool")
    os.link(source / "usr/bin/tool", source / "usr/bin/again")
    os.link(source / "usr/empty", source / "usr/nothing")
    bsdtar = tool("bsdtar")
    subprocess.run([bsdtar, "--format=newc", "-cf", "x.cpio", "-C", source, "usr"], cwd=tmp_path,
                   check=True)  # fmt: skip
    data = rpm(pack((tmp_path / "x.cpio").read_bytes()))
    (tmp_path / "x.rpm").write_bytes(data)
    subprocess.run([bsdtar, "-xf", tmp_path / "x.rpm"], cwd=out, check=True)
    found: dict[str, object] = {}
    for entry, reader in Archive(io.BytesIO(data)):
        path = out / entry.path[1:]
        if entry.type is EntryType.SYMLINK:
            assert entry.target == os.readlink(path)  # noqa: PTH115  # a Path would change it
        elif entry.link_of is not None:
            assert path.samefile(out / entry.link_of[1:])
        elif reader is not None:
            assert (reader.read(), entry.mode) == (path.read_bytes(), path.stat().st_mode & 0o7777)
        found[entry.path[1:]] = entry
    assert set(found) == {str(path.relative_to(out)) for path in out.rglob("*")}


@given(st.data())
def test_damaged_rpm_packages_end_in_an_explained_error(data: st.DataObject) -> None:
    header = "070701" + "".join(
        f"{value:08x}" for value in (1, 0o100644, 0, 0, 1, 0, 3, 0, 0, 0, 0, 2, 0)
    )
    whole = rpm(header.encode() + b"a\0" + b"abc\0" * 3)
    place = data.draw(st.integers(96, len(whole) - 1))
    broken = whole[:place] + bytes([data.draw(st.integers(0, 255))]) + whole[place + 1 :]
    with contextlib.suppress(InputError, Refused):
        listed(broken)


@pytest.mark.parametrize("length", range(8, 150, 3))
def test_an_ar_archive_cut_short_is_an_error(length: int) -> None:
    header = f"{'a/':<16}{0:<12}{0:<6}{0:<6}{'644':<8}{70:<10}`\n".encode()
    data = b"!<arch>\n" + header + b"x" * 70
    if length >= len(data):
        assert listed(data) == [("/a", EntryType.FILE, b"x" * 70)]
    elif length > 8:
        with pytest.raises(InputError):
            listed(data[:length])


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, bytes])
def test_an_archive_cut_short_is_an_error_at_every_length(pack: Callable[[bytes], bytes]) -> None:
    whole = tar(member("a", b"content" * 200), member("b", b"more" * 500))
    data = pack(whole)
    ends = {len(whole) - len(whole.rstrip(b"\0")), 0} if pack is bytes else {0}
    for size in range(97, len(data) - max(ends) - 1, 97):
        with pytest.raises(InputError):
            listed(data[:size] if size % 512 or pack is not bytes else data[: size + 7])


@pytest.mark.parametrize(
    "data",
    [
        b"not an archive" * 100,
        b"PK\x03\x04 broken",
        b"7z\xbc\xaf\x27\x1c0000",
        b"Rar!\x1a\x07",
    ],
)
def test_what_is_no_archive_is_an_error(data: bytes) -> None:
    with pytest.raises(InputError):
        listed(data)


@pytest.mark.parametrize("data", [b"", bytes(1024), gzip.compress(b""), lzma.compress(bytes(512))])
def test_nothing_is_an_archive_without_members_as_bsdtar_has_it(data: bytes) -> None:
    assert listed(data) == []


@given(st.data())
def test_damaged_archives_end_in_an_explained_error(data: st.DataObject) -> None:
    whole = data.draw(
        st.sampled_from([tar(*TREE), tar(*TREE, mode="w:gz"), zipped(("a", 0, b"1"))])
    )
    place = data.draw(st.integers(0, len(whole) - 1))
    broken = whole[:place] + bytes([data.draw(st.integers(0, 255))]) + whole[place + 1 :]
    with contextlib.suppress(InputError, Refused):
        listed(broken)


def test_bombs_stop_at_the_limits() -> None:
    zeros = bytes(40 << 20)
    with pytest.raises(LimitExceeded, match="times"):
        listed(tar(member("z", zeros), mode="w:gz"), limits=Limits(ratio=100))
    with pytest.raises(LimitExceeded, match="bytes"):
        listed(zipped(("z", 0o100644, zeros)), limits=Limits(bytes=1 << 20))
    with pytest.raises(LimitExceeded, match="members"):
        listed(tar(*[member(str(n)) for n in range(20)]), limits=Limits(entries=10))
    with pytest.raises(LimitExceeded, match="deep"):
        listed(tar(member("d/" * 300 + "x")))
    with pytest.raises(LimitExceeded, match="header"):
        listed(tar(member("x" * 5000)), limits=Limits(text=1000))


@given(st.binary(max_size=2000), st.binary(max_size=2000))
def test_concatenated_members_are_one_content(first: bytes, second: bytes) -> None:
    for pack, kind in (
        (gzip.compress, Compression.GZIP),
        (bz2.compress, Compression.BZIP2),
        (lzma.compress, Compression.XZ),
    ):
        stream = io.BytesIO(pack(first) + pack(second) + b"\0" * 7)
        assert Decompressed(stream, kind).read() == first + second


@given(st.binary(max_size=3000))
def test_gzip_file_is_read_back_by_anybody(content: bytes) -> None:
    data = gzip_file(content)
    assert gzip.decompress(data) == content
    assert data[:10] == bytes.fromhex("1f8b0800000000000203")
    assert zlib.decompress(data[10:-8], -15) == content
