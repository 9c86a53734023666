"""Tar headers, as the standard library's own reader takes them."""

from __future__ import annotations

import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfake.formats.tar_header import Header, parse_header

KINDS = (tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE)
NAMES = st.text("aé/.", min_size=1, max_size=40)


@given(
    name=NAMES,
    link=NAMES,
    kind=st.sampled_from(KINDS),
    size=st.integers(0, 2**60),
    mtime=st.integers(-(2**40), 2**40),
)
def test_as_tarfile_reads_them(name: str, link: str, kind: bytes, size: int, mtime: int) -> None:
    info = tarfile.TarInfo(name)
    info.linkname, info.type, info.size, info.mtime, info.uid = (
        link,
        kind,
        size,
        mtime,
        size % 70_000,
    )
    block = info.tobuf(tarfile.GNU_FORMAT)
    theirs = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    ours = parse_header(block)
    assert ours == Header(*(getattr(theirs, field) for field in Header._fields))


@pytest.mark.parametrize("at", [0, 101, 150, 200, 300])
def test_a_changed_byte_is_told(at: int) -> None:
    block = bytearray(tarfile.TarInfo("usr/bin/x").tobuf())
    block[at] ^= 0x11
    with pytest.raises(ValueError, match=r"checksum|invalid literal"):
        parse_header(bytes(block))


def test_a_short_block_is_none() -> None:
    with pytest.raises(ValueError, match="too short"):
        parse_header(b"x" * 511)
