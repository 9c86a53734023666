"""Space, inodes and read-only places: told before the first write, file system by file system."""

from __future__ import annotations

from dataclasses import replace

import pytest

from portfake.install.capacity import Space, capacity_problems
from tests.install.test_planner import candidate, manifest

USR = Space(device=1, folder="/usr", block=4096, free=8192, free_inodes=2, writable=True)
VAR = replace(USR, device=2, folder="/var")
ONE, TWO = "/usr/local/a", "/var/db/b"


def problems(sizes: dict[str, int], usr: Space = USR, var: Space = VAR) -> list[str]:
    package = replace(candidate(manifest("a", *sizes)), sizes=sizes)
    spaces = {path: usr if path.startswith("/usr") else var for path in sizes}
    return [problem.message for problem in capacity_problems([package], spaces)]


def test_what_fits_is_no_problem() -> None:
    assert problems({ONE: 8192, TWO: 8192}) == []


@pytest.mark.parametrize(
    ("sizes", "says"),
    [
        ({ONE: 8193}, "12288 bytes go to the file system of /usr, which has 8192 left"),
        ({ONE: 4097, "/usr/c": 1}, "12288 bytes go to the file system of /usr"),
        ({TWO: 9000}, "12288 bytes go to the file system of /var"),
        ({ONE: 0, "/usr/c": 0, "/usr/d": 0}, "3 files go to the file system of /usr"),
    ],
)
def test_what_does_not_fit(sizes: dict[str, int], says: str) -> None:
    (problem,) = problems(sizes)
    assert problem.startswith(says)


def test_a_file_system_without_a_limit_of_inodes() -> None:
    free = replace(USR, free_inodes=None)
    assert problems({ONE: 0, "/usr/c": 0, "/usr/d": 0}, usr=free) == []


def test_a_place_that_is_only_read() -> None:
    assert problems({ONE: 1, TWO: 1}, var=replace(VAR, writable=False)) == [
        "/var lies on a file system that is mounted read-only"
    ]


def test_where_only_the_sum_is_known_it_is_spread() -> None:
    package = candidate(manifest("a", ONE, "/usr/c", flatsize=10_000))
    (problem,) = capacity_problems([package], {ONE: USR, "/usr/c": USR})
    assert problem.message.startswith("16384 bytes")
