"""A ports tree on disk: origins, overlays, near matches, and no way out of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from portfake.errors import InputError, NotFound
from portfake.model.origin import Origin
from portfake.ports.tree import PortsTree
from portfake.root.mounts import MountTable


def plant(folder: Path, *origins: str) -> Path:
    (folder / "Mk").mkdir(parents=True, exist_ok=True)
    (folder / "Mk/bsd.port.mk").touch()
    for origin in origins:
        (folder / origin).mkdir(parents=True)
        (folder / origin / "Makefile").write_text("")
        (folder / origin).parent.joinpath("Makefile").touch()
    return folder


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return plant(tmp_path / "tree", "www/nginx", "www/nginx-devel", "lang/python", "lang/perl5")


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("www/nginx", Origin("www", "nginx")),
        ("lang/python@py311", Origin("lang", "python", "py311")),
        ("{tree}/www/nginx", Origin("www", "nginx")),
        ("{tree}/lang/python@py311", Origin("lang", "python", "py311")),
        ("{tree}/lang/../www/nginx", Origin("www", "nginx")),
    ],
)
def test_what_names_a_port(text: str, origin: Origin, tree: Path) -> None:
    with PortsTree(str(tree)) as opened:
        assert opened.find(text.format(tree=tree)) == origin
        assert opened.folder(origin) == f"{tree}/{origin.path}"


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("www/nginxx", ["www/nginx"]),
        ("net/nginx", ["www/nginx"]),
        ("lang/pythn", ["lang/python"]),
        ("lang/cobol", []),
        ("www/nginx-dev", ["www/nginx-devel"]),
    ],
)
def test_near_matches(text: str, near: list[str], tree: Path) -> None:
    with PortsTree(str(tree)) as opened, pytest.raises(NotFound, match="no port") as caught:
        opened.find(text)
    hint = caught.value.hint or ""
    assert all(origin in hint for origin in near)
    assert bool(hint) == bool(near)


@pytest.mark.parametrize("text", ["nginx", "", "www/", "/www/nginx", "../tree/www", "www/nginx/x"])
def test_what_is_no_origin(text: str, tree: Path) -> None:
    with PortsTree(str(tree)) as opened, pytest.raises(InputError):
        opened.find(text)


def test_what_is_no_tree(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no such ports tree"):
        PortsTree(str(tmp_path / "none"))
    with pytest.raises(NotFound, match="has no Mk/bsd"):
        PortsTree(str(tmp_path))


def test_a_missing_overlay(tree: Path, tmp_path: Path) -> None:
    with pytest.raises(NotFound) as caught:
        PortsTree(str(tree), overlays=[str(tmp_path / "none")])
    assert str(caught.value.where) == str(tmp_path / "none")


def test_overlays_come_first_in_their_order(tree: Path, tmp_path: Path) -> None:
    one, two = plant(tmp_path / "one", "my/port"), plant(tmp_path / "two", "my/port", "www/nginx")
    with PortsTree(str(tree), overlays=[str(one), str(two)]) as opened:
        assert opened.folder(Origin("my", "port")) == f"{one}/my/port"
        assert opened.folder(Origin("www", "nginx")) == f"{two}/www/nginx"
        assert opened.folder(Origin("lang", "perl5")) == f"{tree}/lang/perl5"
        assert opened.folder(Origin("no", "port")) is None


def test_origins_and_categories(tree: Path) -> None:
    (tree / "distfiles").mkdir()
    (tree / "www/README").touch()
    with PortsTree(str(tree)) as opened:
        assert opened.categories() == ["lang", "www"]
        assert [str(origin) for origin in opened.origins()] == [
            *("lang/perl5", "lang/python", "www/nginx", "www/nginx-devel"),
        ]


def test_the_tree_is_seen_under_another_name(tree: Path) -> None:
    with PortsTree(str(tree), seen_as="/usr/ports") as opened:
        assert opened.folder(Origin("www", "nginx")) == "/usr/ports/www/nginx"
        assert MountTable(opened.mounts).listdir("/usr/ports/www") == [
            *("Makefile", "nginx", "nginx-devel"),
        ]


@pytest.mark.parametrize("target", ["{outside}", "../../../../../../{outside}", "/etc"])
def test_links_that_lead_out_show_nothing(target: str, tree: Path, tmp_path: Path) -> None:
    outside = plant(tmp_path / "outside", "www/secret")
    (tree / "evil").symlink_to(target.format(outside=outside))
    (tree / "www/evil").symlink_to(target.format(outside=outside / "www/secret"))
    (tree / "www/nginx/Makefile").unlink()
    (tree / "www/nginx/Makefile").symlink_to(outside / "www/secret/Makefile")
    with PortsTree(str(tree)) as opened:
        for origin in (Origin("evil", "secret"), Origin("www", "evil"), Origin("www", "nginx")):
            assert opened.folder(origin) is None
        view = MountTable(opened.mounts)
        for path in ("evil/www/secret/Makefile", "evil/passwd", "www/evil/Makefile"):
            with pytest.raises(OSError):
                view.read(f"{tree}/{path}")


def test_links_within_the_tree_are_followed(tree: Path) -> None:
    (tree / "www/alias").symlink_to("nginx")
    with PortsTree(str(tree)) as opened:
        assert opened.folder(Origin("www", "alias")) == f"{tree}/www/alias"
