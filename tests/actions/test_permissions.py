"""What a port forbids, and what the framework takes for a permission."""

from __future__ import annotations

import pytest

from tests.command_line import Scene, rows

OWN_TEXT = {
    "emulators/vaxbox": "vaxbox-0.1 needs the ROM of a machine that nobody has any more",
    "games/dungeon-maps": "dungeon-maps-5 License MAPMAKER needs confirmation",
    "net/gopherhole": "gopherhole-1.9 is marked as broken: listens on a port that is taken",
    "security/rot13d": "rot13d-13 is forbidden: everybody can read what it encrypts",
}

PERMITS = [
    ("net/gopherhole", "TRYBROKEN", "yes"),
    ("net/gopherhole", "NO_IGNORE", "yes"),
    ("security/rot13d", "NO_IGNORE", "yes"),
    ("emulators/vaxbox", "NO_IGNORE", "yes"),
    ("games/dungeon-maps", "LICENSES_ACCEPTED", "OTHER MAPMAKER"),
    ("games/dungeon-maps", "DISABLE_LICENSES", "yes"),
]

PERMITS_NOTHING = [
    ("security/rot13d", "TRYBROKEN", "yes"),
    ("emulators/vaxbox", "TRYBROKEN", "yes"),
    ("games/dungeon-maps", "LICENSES_ACCEPTED", "EULA"),
    ("games/dungeon-maps", "TRYBROKEN", "yes"),
]


@pytest.mark.parametrize("origin", OWN_TEXT)
def test_a_port_is_refused_with_its_own_text(origin: str, empty: Scene) -> None:
    error = empty.refused(origin, status=77)
    assert OWN_TEXT[origin] in error["error"]
    assert error["where"] == origin


@pytest.mark.parametrize(("origin", "name", "value"), PERMITS)
def test_a_permission_as_a_word(origin: str, name: str, value: str, empty: Scene) -> None:
    answer = empty.install("--no-deps", origin, f"{name}={value}")
    assert answer.status == 0, answer.err


@pytest.mark.parametrize(("origin", "name", "value"), PERMITS[::2])
def test_a_permission_in_the_environment(
    origin: str, name: str, value: str, empty: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    answer = empty.install("--no-deps", origin)
    assert answer.status == 0, answer.err


@pytest.mark.parametrize(("origin", "name", "value"), PERMITS_NOTHING)
def test_a_permission_for_something_else(origin: str, name: str, value: str, empty: Scene) -> None:
    assert OWN_TEXT[origin] in empty.refused(origin, f"{name}={value}", status=77)["error"]


def test_other_variables_of_the_caller_are_not_seen(
    empty: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTVERSION", "99")
    monkeypatch.setenv("IGNORE", "because")
    monkeypatch.setenv("WITHOUT", "DOCS")
    assert empty.install("--no-deps", "misc/fieldguide").status == 0
    assert rows(empty.root, "SELECT version FROM packages") == [("3.0",)]
    assert (empty.root / "usr/local/share/doc/fieldguide").exists()
