"""Distfiles held against distinfo: everything that is wrong is named together."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from io import BytesIO
from typing import BinaryIO

import pytest

from portfake.errors import InputError, NotFound, PortfakeError, Problems
from portfake.formats.distinfo import DistfileSum
from portfake.stage.distfiles import check_distfiles

CONTENT = {"a.tar.gz": b"first", "sub/b.zip": b"second"}
SUMS = {
    name: DistfileSum(hashlib.sha256(content).hexdigest(), len(content))
    for name, content in CONTENT.items()
}


def check(content: Mapping[str, bytes | OSError], sums: Mapping[str, DistfileSum] = SUMS) -> None:
    def open_file(path: str) -> BinaryIO:
        found = content.get(path.removeprefix("/distfiles/"))
        if found is None:
            raise FileNotFoundError(2, "No such file or directory")
        if isinstance(found, OSError):
            raise found
        return BytesIO(found)

    check_distfiles(CONTENT, sums, "/port/distinfo", "/distfiles", open_file)


def test_right_files_pass() -> None:
    check(CONTENT)


@pytest.mark.parametrize(
    ("wrong", "kind", "message"),
    [
        (b"sekond", InputError, "SHA256 is .*, distinfo says "),
        (b"second!", InputError, "has more bytes, distinfo says 6"),
        (b"sec", InputError, "has 3 bytes, distinfo says 6"),
        (b"", InputError, "has 0 bytes, distinfo says 6"),
        (None, NotFound, "the distfile is not there"),
        (PermissionError(13, "Permission denied"), InputError, "cannot be read: Permission denied"),
        (IsADirectoryError(21, "Is a directory"), InputError, "cannot be read: Is a directory"),
    ],
)
def test_a_wrong_file_is_named(
    wrong: bytes | OSError | None, kind: type[PortfakeError], message: str
) -> None:
    content: dict[str, bytes | OSError] = {"a.tar.gz": CONTENT["a.tar.gz"]}
    if wrong is not None:
        content["sub/b.zip"] = wrong
    with pytest.raises(kind, match=message) as caught:
        check(content)
    assert str(caught.value.where) == "/distfiles/sub/b.zip"


@pytest.mark.parametrize(
    "sums", [{}, {"a.tar.gz": SUMS["a.tar.gz"], "sub/b.zip": DistfileSum(None, 6)}]
)
def test_without_a_sum_nothing_passes(sums: Mapping[str, DistfileSum]) -> None:
    with pytest.raises(InputError, match="no SHA256 is recorded for b") as caught:
        check(CONTENT, sums)
    assert "/port/distinfo" in str(caught.value)


def test_without_a_size_the_sum_decides() -> None:
    check(CONTENT, {name: DistfileSum(known.sha256, None) for name, known in SUMS.items()})


def test_all_problems_come_together() -> None:
    with pytest.raises(Problems) as caught:
        check({"a.tar.gz": b"1"})
    assert [str(problem.where) for problem in caught.value.problems] == [
        f"/distfiles/{name}" for name in CONTENT
    ]


def test_a_file_that_never_ends_is_not_read_to_its_end() -> None:
    class Endless(BytesIO):
        asked = 0

        def read(self, size: int | None = -1, /) -> bytes:
            Endless.asked += 1
            return b"\0" * 4096

    with pytest.raises(InputError, match="more bytes"):
        check_distfiles(["a.tar.gz"], SUMS, "distinfo", "/d", lambda name: Endless())
    assert Endless.asked == 1
