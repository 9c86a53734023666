"""distinfo(5) of the ports tree: sizes and SHA-256 sums, every problem at once."""

import pytest

from portfake.errors import InputError, Problems
from portfake.formats.distinfo import DistfileSum, parse_distinfo

SUM = "fb862a5d325ea005d3ed3bdb7836169c5a97c37867439bb3f1084cabc7028886"


def test_sum_and_size_of_each_file() -> None:
    text = (
        f"TIMESTAMP = 1686766876\nSHA256 (sub/a b.tar.gz) = {SUM}\nSIZE (sub/a b.tar.gz) = 5967\n"
    )
    assert parse_distinfo(text, "distinfo") == {"sub/a b.tar.gz": DistfileSum(SUM, 5967)}


def test_kinds_nobody_checks_are_passed_over() -> None:
    assert parse_distinfo("MD5 (x) = 00\n\n# note\n", "distinfo") == {}


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("SHA256 (x) = abc", "64 hexadecimal"),
        ("SIZE (x) = -3", "not a number"),
        ("SIZE (x) = ٣", "not a number"),
        ("SHA256 x = abc", "not a distinfo line"),
        (f"SHA256 (x) = {SUM}\nSHA256 (x) = {'0' * 64}", "two different"),
    ],
)
def test_bad_lines_name_their_place(line: str, says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        parse_distinfo(line, "cat/port/distinfo")
    assert caught.value.where is not None
    assert caught.value.where.line == line.count("\n") + 1


def test_all_problems_are_reported_together() -> None:
    with pytest.raises(Problems) as caught:
        parse_distinfo("SIZE (x) = a\nnonsense\n", "distinfo")
    assert [str(problem).split(":")[1] for problem in caught.value.problems] == ["1", "2"]
