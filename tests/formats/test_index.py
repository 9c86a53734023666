"""INDEX made of describe's lines, by make_index's rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from portfake.errors import InputError
from portfake.formats.index import Described, index, parse_described

PORTS = "/usr/ports"


def described(name: str, folder: str = "", **needs: Sequence[str]) -> Described:
    """A line; dependencies are named by their folders below the tree."""
    path = f"{PORTS}/{folder or f'misc/{name}'}"
    lists = (needs.get(kind, ()) for kind in ("extract", "patch", "fetch", "build", "run"))
    folders = "|".join(" ".join(f"{PORTS}/{each}" for each in names) for names in lists)
    fields = f"{name}-1|{path}|/usr/local|A {name}|{path}/pkg-descr|me@x.org|misc|{folders}|"
    return parse_described(f"{fields}https://x.org/|a", folder or f"misc/{name}")


def needs(*ports: Described) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    entries, _ = index(ports)
    kinds = ("extract", "patch", "fetch", "build", "run")
    found = {each.name: {kind: getattr(each, kind) for kind in kinds} for each in entries}
    return {name: {k: names for k, names in of.items() if names} for name, of in found.items()}


def test_a_line() -> None:
    ports = (
        described("a", build=["misc/b"], run=["misc/c"]),
        described("b", patch=["misc/c"]),
        described("c"),
    )
    lines = [each.line for each in index(ports)[0]]
    assert lines == [
        "a-1|/usr/ports/misc/a|/usr/local|A a|/usr/ports/misc/a/pkg-descr|me@x.org|misc"
        "|b-1|c-1|https://x.org/|a|||",
        "b-1|/usr/ports/misc/b|/usr/local|A b|/usr/ports/misc/b/pkg-descr|me@x.org|misc"
        "|||https://x.org/|a||c-1|",
        "c-1|/usr/ports/misc/c|/usr/local|A c|/usr/ports/misc/c/pkg-descr|me@x.org|misc"
        "|||https://x.org/|a|||",
    ]


def test_what_is_needed_to_run_is_needed_by_all_kinds() -> None:
    chain = (
        described("a", fetch=["misc/b"], run=["misc/c"]),
        described("b", run=["misc/c"], build=["misc/d"]),
        described("c", run=["misc/d"]),
        described("d"),
    )
    assert needs(*chain) == {
        "a-1": {"fetch": ("b-1", "c-1", "d-1"), "run": ("c-1", "d-1")},
        "b-1": {"build": ("d-1",), "run": ("c-1", "d-1")},
        "c-1": {"run": ("d-1",)},
        "d-1": {},
    }


def test_circles_come_to_an_end() -> None:
    found = needs(described("a", run=["misc/b"]), described("b", run=["misc/a"]))
    assert found == {"a-1": {"run": ("a-1", "b-1")}, "b-1": {"run": ("a-1", "b-1")}}


def test_chains_of_any_length() -> None:
    ports = [described(f"p{n:04}", run=[f"misc/p{n + 1:04}"]) for n in range(1500)]
    entries, _ = index([*ports[:-1], described("p1499")])
    assert len(entries[0].run) == 1499


def test_a_folder_is_the_package_of_its_last_flavor() -> None:
    flavors = (described("py39-x", "devel/x"), described("py311-x", "devel/x"))
    assert needs(*flavors, described("a", run=["devel/x"]))["a-1"] == {"run": ("py311-x-1",)}


def test_complaints() -> None:
    ports = (described("a", run=["misc/gone", "misc/b/../c"]), described("a"), described("c"))
    _, complaints = index(ports[:1] + ports[2:])
    assert complaints == ["a-1: no entry for /usr/ports/misc/gone"]
    entries, complaints = index(ports)
    assert complaints == ["Duplicate INDEX entry: a-1"]
    assert [(each.name, each.run) for each in entries] == [("a-1", ()), ("c-1", ())]


def test_the_order_is_that_of_sort_with_slashes_first() -> None:
    ports = [described(n, f) for n, f in (("x", "a-b/x"), ("y", "a/y"), ("z", "a/y-z"))]
    assert [each.path for each in index(ports)[0]] == [
        *(f"{PORTS}/{folder}" for folder in ("a/y-z", "a/y", "a-b/x")),
    ]


@pytest.mark.parametrize("line", ["", "a|b", "a|" * 11])
def test_no_line_of_describe(line: str) -> None:
    with pytest.raises(InputError, match="not 13"):
        parse_described(line, "misc/a")


def test_blanks_and_parents_are_tidied() -> None:
    line = f"a-1|{PORTS}/x/../misc/a| /usr/local |A  a|/d/e/../../f|m|c||||||"
    (entry,), _ = index([parse_described(line, "misc/a")])
    assert entry.line == f"a-1|{PORTS}/misc/a|/usr/local|A a|/f|m|c||||||"
    assert Path(entry.line.split("|")[1]).name == "a"
