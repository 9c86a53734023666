"""pkg's sums; the values in the tables were made by the real pkg."""

from __future__ import annotations

import hashlib
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfake.errors import InputError
from portfake.packages.sums import (
    SumType,
    base32,
    digest_of_sum,
    file_sum,
    has_sum,
    is_sum,
    link_sum,
    verify,
)

HI = (
    "2$6mj7j7byqyo8ynqpg5b67k89b36osqrae7gqor1sr5ou3eiy3gcga5d6e7"
    "5whyrw6iw7zxq1domtfe9ng4afmncee4nwqmfdqc365nd"
)
EMPTY = (
    "2$au4ro5mebesgyd5a7xbmnjj41mr91dbeb8sqwojtgwaxt59dwkgrpxbnt3"
    "m7qcpkuenjgnp1qnczrek8e5sebr7siki9gajd69gfq8d"
)
LINKS = {
    "libgadget.so.1": (
        "2$cofd8qxnkujnchs5w3p3foahc8wqicyitgdzu4bked4wxbnih93h8j4rdh"
        "f7fh7kt7a764dknfoazithd8mikakfxjqu5rbeawu3iyn"
    ),
    "/usr/local/bin/lk-a": (
        "2$j8ft8t3q1q7ii4prjt9zg4p4rkwzx3bc14mzxfqmna96ibix9yikbrfmgy"
        "brp85cwyscd1q4ynnspctc9oikmor4p9oa5qwpqtiqm8b"
    ),
    "../nowhere/file": (
        "2$dcy5n53pnwm8ze45667mck1rqh6o51uqur1xrf64imzsaay3bbf7guj4sg"
        "qekysaohwr3z7gu5rynoji6axwouek5jxr9xauun1misy"
    ),
    "lk.d": (
        "2$4kc8uoxui3goptdu85ggg5p115y66j4bkhncfkze4mhsptjcq3837u6gtc"
        "5iez8zfzcdomfx1j6ume3ga5hztopjntfojfrcjjw4and"
    ),
}


def test_sums_of_files() -> None:
    assert file_sum(BytesIO(b"hi\n")) == HI
    assert file_sum(BytesIO()) == EMPTY
    assert file_sum(BytesIO(b"abc"), SumType.SHA256) == (
        "1$ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )


@pytest.mark.parametrize(("target", "recorded"), LINKS.items())
def test_sums_of_links(target: str, recorded: str) -> None:
    assert link_sum(target) == recorded
    assert verify(recorded, target)
    assert not verify(recorded, target + "x")


def test_an_absolute_link_loses_its_slash_and_gains_a_nul() -> None:
    assert link_sum("/a/b", SumType.SHA256) == file_sum(BytesIO(b"a/b\0"), SumType.SHA256)


@pytest.mark.parametrize("size", [0, 1, 4, 5, 32, 64])
def test_length_of_base32(size: int) -> None:
    assert len(base32(bytes(size))) == -(-size * 8 // 5)


@given(st.binary(max_size=80), st.sampled_from(SumType))
def test_a_content_verifies_against_its_own_sum_alone(content: bytes, kind: SumType) -> None:
    recorded = file_sum(BytesIO(content), kind)
    assert verify(recorded, BytesIO(content))
    assert not verify(recorded, BytesIO(content + b"x"))
    assert has_sum(content, recorded)
    assert not has_sum(content + b"x", recorded)


@pytest.mark.parametrize("digit", [" ", "_", "+", "l", "v", "0", "2", "Y", "\udcff"])
def test_what_is_no_digit_spells_no_sum(digit: str) -> None:
    """The characters that stand for nothing in pkg's base32, among them digits of int()'s."""
    recorded = file_sum(BytesIO(b"abc"), SumType.BLAKE2)
    for at in (2, 50, len(recorded) - 1):
        assert not has_sum(b"abc", recorded[:at] + digit + recorded[at + 1 :])


def test_a_bare_sha256_is_read() -> None:
    bare = file_sum(BytesIO(b"abc"), SumType.SHA256).partition("$")[2]
    assert verify(bare, BytesIO(b"abc"))


@pytest.mark.parametrize("recorded", ["", "-", "1$", "3$ab", "9$ab", "abc", "$"])
def test_what_is_no_sum_cannot_be_verified(recorded: str) -> None:
    assert not is_sum(recorded)
    with pytest.raises(InputError):
        verify(recorded, BytesIO(b""))
    with pytest.raises(InputError):
        has_sum(b"", recorded)


@given(st.binary(max_size=100))
def test_a_sum_as_everybody_else_writes_it(content: bytes) -> None:
    blake2, sha256 = (file_sum(BytesIO(content), kind) for kind in (SumType.BLAKE2, SumType.SHA256))
    assert digest_of_sum(blake2) == ("BLAKE2b-512", hashlib.blake2b(content).hexdigest())
    assert digest_of_sum(sha256) == ("SHA-256", hashlib.sha256(content).hexdigest())


@pytest.mark.parametrize(
    "recorded", ["-", "", "2$", "2$!!", "1$abc", f"1${'g' * 64}", f"2${'9' * 103}", "5$yy", "9$yy"]
)
def test_a_sum_that_is_none_of_these(recorded: str) -> None:
    assert digest_of_sum(recorded) is None
