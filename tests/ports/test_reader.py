"""Make's variables as a Port."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from portfake.errors import InputError, Place
from portfake.model.origin import Origin
from portfake.model.port import DependencyKind, Port
from portfake.ports.reader import read_port

NEEDED = {"PKGBASE": "demo", "PKGVERSION": "1.0", "PREFIX": "/usr/local", "CATEGORIES": "misc"}


class Given:
    """Variables that are there already expanded."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.values = values

    def value(self, name: str) -> str | None:
        return self.values.get(name)

    def expand(self, text: str) -> str:
        return text


def read(origin: str = "misc/demo", **values: str) -> Port:
    return read_port(Origin.parse(origin), Given({**NEEDED, **values}), Place("/port/Makefile"))


def test_the_least_that_a_port_has() -> None:
    port = read()
    assert (port.full_name, str(port.origin), port.options) == ("demo-1.0", "misc/demo", {})
    assert not port.no_arch
    assert not port.no_build


@pytest.mark.parametrize("name", NEEDED)
def test_what_every_port_has(name: str) -> None:
    with pytest.raises(InputError, match=f"leaves {name} empty") as caught:
        read(**{name: " "})
    assert str(caught.value.where) == "/port/Makefile"


@pytest.mark.parametrize("value", ["", "yes", "no"])
def test_being_defined_is_what_counts(value: str) -> None:
    assert read(NO_ARCH=value).no_arch
    assert read(NO_BUILD=value).no_build


def test_words_and_their_repetitions() -> None:
    port = read(CATEGORIES="net net  www", LICENSE=" MIT\tBSD2CLAUSE ", USERS="a a b a")
    assert port.categories == ("net", "www")
    assert port.licenses == ("MIT", "BSD2CLAUSE")
    assert port.users == ("a", "b", "a"), "as :u does, neighbours only"


def test_options_in_the_tree_s_order() -> None:
    port = read(COMPLETE_OPTIONS_LIST="X11 DOCS NLS", PORT_OPTIONS="DOCS OTHER")
    assert list(port.options.items()) == [("X11", False), ("DOCS", True), ("NLS", False)]


@pytest.mark.parametrize(
    ("values", "names"),
    [
        ({"DISTFILES": "a.tgz b.zip:grp,x"}, ("a.tgz", "b.zip")),
        ({"DISTFILES": "a.tgz", "PATCHFILES": "p.diff:-p1"}, ("a.tgz", "p.diff")),
        ({"DISTFILES": "a.tgz", "DIST_SUBDIR": "demo"}, ("demo/a.tgz",)),
        ({"DISTFILES": "a.tgz:x a.tgz:y"}, ("a.tgz",)),
        ({}, ()),
    ],
)
def test_distfiles(values: dict[str, str], names: tuple[str, ...]) -> None:
    assert read(**values).distfiles == names


def test_ignore_and_what_takes_its_effect() -> None:
    assert read(IGNORE=" is broken ").ignore == "is broken"
    assert read(IGNORE="is broken", NO_IGNORE="").ignore == ""


def test_dependencies_by_kind() -> None:
    port = read(RUN_DEPENDS="a:misc/a", BUILD_DEPENDS="b:misc/b c:misc/c")
    assert len(port.dependencies[DependencyKind.RUN]) == 1
    assert len(port.dependencies[DependencyKind.BUILD]) == 2
    assert port.dependencies[DependencyKind.LIB] == ()


def test_the_origin_that_is_recorded() -> None:
    assert str(read("misc/link", PKGORIGIN="misc/real").origin) == "misc/real"
    assert str(read("misc/demo@a", FLAVOR="a").origin) == "misc/demo@a"
    assert str(read("misc/demo", FLAVOR="first").origin) == "misc/demo@first"


def test_machine_code_that_is_payload() -> None:
    assert read().foreign_payload == ()
    assert read(NO_ARCH_IGNORE="a.so b").foreign_payload == ("*a.so", "*b")
    assert read(QA_ENV="A=1 IGNORE_QA_no_arch=1").foreign_payload == ("*",)


def test_conflicts_of_both_kinds() -> None:
    assert read(CONFLICTS="a-[0-9]*", CONFLICTS_INSTALL="b").conflicts_install == ("a-[0-9]*", "b")
