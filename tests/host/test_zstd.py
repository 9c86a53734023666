"""The system's zstd, where Python has none: the same bytes, and no bombs."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace

import pytest

from portfake.errors import InputError
from portfake.host.programs import run
from portfake.host.zstd import unzstd
from portfake.limits import DEFAULT, LimitExceeded

Tool = Callable[[str], str]


def packed(content: bytes) -> io.BytesIO:
    return io.BytesIO(run(["zstd", "-q", "-c"], stdin=[content]).require().output)


@pytest.mark.parametrize("content", [b"", b"x", bytes(range(256)) * 4_000])
def test_what_was_packed_comes_back(tool: Tool, content: bytes) -> None:
    tool("zstd")
    with unzstd(packed(content)) as plain:
        assert plain.read() == content
        plain.seek(0)
        assert plain.read(3) == content[:3]


@pytest.mark.parametrize("cut", [1, 5, 20])
def test_damaged_data_is_told(tool: Tool, cut: int) -> None:
    tool("zstd")
    whole = packed(bytes(range(256)) * 40).getvalue()
    with pytest.raises(InputError, match="damaged"):
        unzstd(io.BytesIO(whole[:-cut]))


def test_a_bomb_is_stopped(tool: Tool) -> None:
    tool("zstd")
    bomb = packed(bytes(64 << 20))
    with pytest.raises(LimitExceeded):
        unzstd(bomb, limits=replace(DEFAULT, ratio=100))
