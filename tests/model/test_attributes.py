"""Modes and flags as packing lists write them."""

from __future__ import annotations

import pytest

from portfake.errors import InputError
from portfake.model.attributes import FLAG_BITS, flag_names, parse_flags, parse_mode


@pytest.mark.parametrize(
    ("text", "mode"),
    [
        ("0755", 0o755),
        ("644", 0o644),
        ("4555", 0o4555),
        ("0", 0),
        ("u=rwx,go=rx", 0o755),
        ("a=r", 0o444),
        ("=rx", 0o555),
        ("u=rwxs,g=rx,o=", 0o4750),
        ("u=rw,u=r", 0o400),
        ("a=rwx,o=t", 0o1770),
    ],
)
def test_mode(text: str, mode: int) -> None:
    assert parse_mode(text) == mode


@pytest.mark.parametrize("text", ["u+x", "g-w", "o+t", "a+r", "0999", "77777", "", "rwx", "u=z"])
def test_relative_and_broken_modes_are_refused(text: str) -> None:
    with pytest.raises(InputError):
        parse_mode(text)


def test_flags() -> None:
    assert parse_flags("schg,nodump") == 0x20001
    assert parse_flags("") == parse_flags("none") == 0
    assert flag_names(0x20001) == "nodump,schg"
    with pytest.raises(InputError, match="immortal"):
        parse_flags("schg,immortal")


def test_every_flag_survives_a_round_trip() -> None:
    for name, bit in FLAG_BITS.items():
        assert parse_flags(flag_names(parse_flags(name))) == bit
