"""Dependency words, and which packages they come to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from portfake.errors import InputError, NotFound, Place, Problems
from portfake.model.abi import Abi
from portfake.model.manifest import Dependency
from portfake.model.origin import Origin
from portfake.model.port import DependencyKind, Port, PortDependency
from portfake.ports.dependencies import parse_dependencies, run_dependencies
from portfake.ports.profile import Profile
from tests.ports.samples import port

WHERE = Place("/port/Makefile")
PROFILE = Profile.compose(Abi.parse("FreeBSD:14:amd64"))


@pytest.mark.parametrize(
    ("word", "pattern", "origin", "target"),
    [
        ("bash:shells/bash", "bash", "shells/bash", ""),
        ("libz.so:archivers/zlib", "libz.so", "archivers/zlib", ""),
        ("/usr/local/bin/x:misc/x", "/usr/local/bin/x", "misc/x", ""),
        ("py311-a>=1.2<3:devel/py-a@py311", "py311-a>=1.2<3", "devel/py-a@py311", ""),
        ("x>0:misc/x:configure", "x>0", "misc/x", "configure"),
        ("/nonexistent:misc/x:patch", "/nonexistent", "misc/x", "patch"),
    ],
)
def test_a_word(word: str, pattern: str, origin: str, target: str) -> None:
    (found,) = parse_dependencies(word, "RUN_DEPENDS", WHERE)
    assert found == PortDependency(pattern, Origin.parse(origin), target)


def test_words_keep_their_order() -> None:
    words = parse_dependencies("b:misc/b\ta:misc/a \n", "RUN_DEPENDS", WHERE)
    assert [word.pattern for word in words] == ["b", "a"]
    assert parse_dependencies("  ", "RUN_DEPENDS", WHERE) == ()


@pytest.mark.parametrize("word", ["bash", ":misc/x", "x:", "x:misc", "a:misc/x:t:more", "a:../etc"])
def test_a_malformed_word(word: str) -> None:
    with pytest.raises(InputError, match="RUN_DEPENDS") as caught:
        parse_dependencies(word, "RUN_DEPENDS", WHERE)
    assert caught.value.where == WHERE


def test_malformed_words_are_named_together() -> None:
    with pytest.raises(Problems) as caught:
        parse_dependencies("a b:misc/b c", "LIB_DEPENDS", WHERE)
    assert len(caught.value.problems) == 2


def needs(**words: str) -> Port:
    kinds = {DependencyKind[name]: text for name, text in words.items()}
    return replace(
        port(),
        dependencies={
            kind: parse_dependencies(text, kind.value, WHERE) for kind, text in kinds.items()
        },
    )


TREE: Mapping[str, Port] = {
    "shells/bash": port("shells/bash", name="bash", version="5.2"),
    "devel/zlib": port("devel/zlib", name="zlib-ng", version="2.1,1"),
    "lang/python@py311": port("lang/python@py311", name="python311", version="3.11"),
}


def found(wanting: Port) -> tuple[list[Dependency], list[str]]:
    result = run_dependencies(wanting, PROFILE, lambda origin: TREE[str(origin)])
    return list(result.records), [word.pattern for word in result.in_base]


def test_packages_by_the_ports_named() -> None:
    wanting = needs(
        RUN="bash:shells/bash python311>0:lang/python@py311",
        LIB="libzng.so:devel/zlib",
        BUILD="gmake:devel/gmake",
    )
    assert found(wanting) == (
        [
            Dependency("bash", "shells/bash", "5.2"),
            Dependency("python311", "lang/python", "3.11"),
            Dependency("zlib-ng", "devel/zlib", "2.1,1"),
        ],
        [],
    )


def test_two_words_for_one_port_are_one_package() -> None:
    records, _ = found(needs(RUN="bash:shells/bash /usr/local/bin/bash:shells/bash"))
    assert records == [Dependency("bash", "shells/bash", "5.2")]


@pytest.mark.parametrize(
    "word", ["nc", "/usr/bin/nc", "libssl.so", "/usr/lib/libssl.so", "unzip", "/sbin/ping", "sh"]
)
def test_what_the_base_system_has_is_not_recorded(word: str) -> None:
    assert found(needs(RUN=f"{word}:shells/bash")) == ([], [word])


@pytest.mark.parametrize(
    "word", ["nc>0", "/usr/local/bin/nc", "libnothere.so", "ncc", "bash", "/bin/unzip"]
)
def test_what_it_has_not_is(word: str) -> None:
    records, base = found(needs(RUN=f"{word}:shells/bash"))
    assert (len(records), base) == (1, [])


def test_a_word_whose_port_is_not_there() -> None:
    def missing(origin: Origin) -> Port:
        raise NotFound(f"no port {origin}", where="/tree", hint="did you mean shells/bash?")

    with pytest.raises(NotFound, match="misc/demo needs sh>0, but no port shells/sh") as caught:
        run_dependencies(needs(RUN="sh>0:shells/sh"), PROFILE, missing)
    assert caught.value.hint == "did you mean shells/bash?"


def test_a_word_may_name_a_subpackage() -> None:
    (found,) = parse_dependencies("docs>0:misc/a@x~docs", "RUN_DEPENDS", Place("x"))
    assert found == PortDependency("docs>0", Origin.parse("misc/a@x"), "", "docs")
