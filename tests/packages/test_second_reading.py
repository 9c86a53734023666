"""A second reading gives what the first one gave, whatever is left unread."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest

from portfake.errors import InputError, Unavailable
from portfake.model.entry import Entry
from portfake.model.payload import Payload, Reader
from portfake.packages.archive_reader import PackageArchive
from portfake.packages.archive_writer import Format, write_package
from portfake.packages.second_reading import SecondReading, Seen
from tests.packages import samples


def written(format: Format) -> bytes:  # noqa: A002 - pkg's word
    output = io.BytesIO()
    write_package(samples.manifest(), samples.DemoPayload(), output, format=format, level=1)
    return output.getvalue()


def contents(payload: Payload) -> list[tuple[Entry, bytes | None]]:
    return [(entry, reader.read() if reader else None) for entry, reader in payload]


def first_reading(data: bytes) -> tuple[list[tuple[Entry, bytes | None]], list[Seen]]:
    seen: list[Seen] = []
    return contents(PackageArchive(io.BytesIO(data), "demo.pkg", seen=seen)), seen


@pytest.mark.parametrize("format", Format)
def test_the_same_files(format: Format) -> None:  # noqa: A002 - as above
    data = written(format)
    first, seen = first_reading(data)
    assert contents(SecondReading(io.BytesIO(data), "demo.pkg", seen)) == first


@pytest.mark.parametrize("taken", [0, 1, 7, 1 << 20])
def test_contents_that_are_not_read_whole(taken: int) -> None:
    data = written(Format.ZSTD)
    first, seen = first_reading(data)

    def starts(payload: Payload) -> Iterator[bytes | None]:
        return (reader.read(taken) if reader else None for _, reader in payload)

    again = SecondReading(io.BytesIO(data), "demo.pkg", seen)
    assert list(starts(again)) == [whole if whole is None else whole[:taken] for _, whole in first]


def test_nothing_comes_after_the_end_of_a_content() -> None:
    data = written(Format.TAR)
    _, seen = first_reading(data)

    def rest(reader: Reader) -> bytes:
        reader.read()
        return reader.read()

    again = SecondReading(io.BytesIO(data), "demo.pkg", seen)
    assert not any(rest(reader) for _, reader in again if reader is not None)


def test_a_file_that_is_cut_short_meanwhile() -> None:
    data = written(Format.TAR)
    _, seen = first_reading(data)
    last = max(start for _, start in seen if start is not None)
    with pytest.raises(InputError, match="ends too early"):
        contents(SecondReading(io.BytesIO(data[: last - 1]), "demo.pkg", seen))


def test_a_system_without_zstd(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    packed, plain = written(Format.ZSTD), written(Format.TAR)
    first, seen = first_reading(packed)
    monkeypatch.setattr("portfake.formats.compression.import_module", missing)
    with pytest.raises(Unavailable, match="zstd"):
        contents(SecondReading(io.BytesIO(packed), "demo.pkg", seen))
    again = SecondReading(
        io.BytesIO(packed), "demo.pkg", seen, unzstd=lambda stream: io.BytesIO(plain)
    )
    assert contents(again) == first
