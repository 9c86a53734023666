"""Metadata and a packed list put together, and shared libraries among it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from portfake.errors import InputError
from portfake.formats.elf import Elf
from portfake.model.abi import Abi
from portfake.model.manifest import Dependency, Manifest, Message, MessageType, Phase
from portfake.packages.assemble import assemble, display_messages
from portfake.packages.metadir import Metadata
from portfake.packages.packing import PackedList
from portfake.packages.shlibs import Linkage, SharedLibraries, linkage, suffix, summarize

AMD64 = Abi.parse("FreeBSD:14:amd64")
SAID = Manifest(
    name="demo",
    version="1.0",
    origin="devel/demo",
    comment="c",
    desc="  text\n\nWWW: https://example.org/x\n",
    maintainer="m",
    www="",
    prefix="/usr/local",
    abi="",
)


def made(
    packed: PackedList | None = None, beside: Metadata | None = None, **fields: object
) -> Manifest:
    said = replace(SAID, **fields)  # type: ignore[arg-type] # fields of Manifest
    metadata = replace(beside or Metadata(said=said), said=said)
    display, _ = display_messages(metadata)
    return assemble(metadata, packed or PackedList(), AMD64, osversion=1400097, display=display)


def test_abi_and_its_annotation() -> None:
    assert (made().abi, made().arch) == ("FreeBSD:14:amd64", "freebsd:14:x86:64")
    assert made().annotations == {"FreeBSD_version": "1400097"}
    anywhere = made(abi="FreeBSD:14:*")
    assert (anywhere.abi, anywhere.arch) == ("FreeBSD:14:*", "freebsd:14:*")
    assert anywhere.annotations == {}


def test_www_comes_from_the_description_where_nobody_says_it() -> None:
    assert made().www == "https://example.org/x"
    assert made(www="https://y/").www == "https://y/"
    assert made(desc="text").www == "UNKNOWN"
    assert made().desc == "text\n\nWWW: https://example.org/x"


def test_lists_are_put_in_byte_order() -> None:
    manifest = made(
        categories=("net", "devel", "net"),
        options={"b": "on", "A": "off"},
        deps=(Dependency("z", "x/z", "1"), Dependency("B", "x/b", "1")),
    )
    assert manifest.categories == ("devel", "net")
    assert list(manifest.options) == ["A", "b"]
    assert [dep.name for dep in manifest.deps] == ["B", "z"]


def test_the_lists_scripts_follow_the_files() -> None:
    packed = PackedList(
        scripts={Phase.POST_INSTALL: "two\n", Phase.PRE_INSTALL: "only\n"},
        lua_scripts={Phase.POST_INSTALL: ("b",)},
        messages=(Message(" listed\n"),),
    )
    beside = Metadata(
        said=SAID,
        scripts={Phase.POST_INSTALL: "#!/bin/sh\none\n", Phase.INSTALL: "x\n"},
        lua_scripts={Phase.POST_INSTALL: "a\n"},
        display='[{message: "in ${PREFIX} by $PKGNAME", type: install}]',
    )
    manifest = made(
        packed,
        beside,
        scripts={Phase.POST_INSTALL: "replaced", Phase.POST_DEINSTALL: "kept"},
        lua_scripts={Phase.POST_INSTALL: ("first",)},
        messages=(Message("said"),),
    )
    assert manifest.scripts == {
        Phase.PRE_INSTALL: "only",
        Phase.POST_INSTALL: "#!/bin/sh\none\ntwo",
        Phase.INSTALL: "x",
        Phase.POST_DEINSTALL: "kept",
    }
    assert manifest.lua_scripts == {Phase.POST_INSTALL: ("first", "a", "b")}
    assert manifest.messages == (
        Message("said"),
        Message("in /usr/local by demo", MessageType.INSTALL),
        Message("listed"),
    )


@pytest.mark.parametrize(
    ("text", "kept", "complaint"),
    [
        ("[{message: one},\n{type: install},\n{message: two}]", ("one",), "has no text"),
        ("[{message: <<EOD\none\nEOD\nEOD\n},\n]", (), "+DISPLAY:4: expected"),
        ("[]", (), ""),
    ],
)
def test_messages_that_pkg_leaves_out(text: str, kept: tuple[str, ...], complaint: str) -> None:
    messages, complaints = display_messages(Metadata(said=SAID, display=text))
    assert tuple(message.text for message in messages) == kept
    assert [complaint in each for each in complaints] == [True] * bool(complaint)


def test_comment_and_maintainer_may_be_empty() -> None:
    assert (made(comment="").comment, made(maintainer="").maintainer) == ("", "")


def test_a_plain_message() -> None:
    told = Metadata(said=SAID, display="just text\n")
    assert made(beside=told).messages == (Message("just text"),)
    assert made(beside=replace(told, display="\n")).messages == ()


@pytest.mark.parametrize("key", ["origin", "desc", "prefix"])
def test_what_must_not_be_empty(key: str) -> None:
    with pytest.raises(InputError, match=f"has no {key}"):
        made(None, None, **{key: ""})


def test_libraries_are_withheld_where_the_port_says_so() -> None:
    libraries = SharedLibraries(("libz.so.6",), ("libx.so.1",))
    for notes, provided in (({}, ("libx.so.1",)), ({"no_provide_shlib": "yes"}, ())):
        port = Metadata(said=replace(SAID, annotations=notes))
        manifest = assemble(port, PackedList(), AMD64, libraries=libraries)
        assert manifest.shlibs_required == ("libz.so.6",)
        assert manifest.shlibs_provided == provided


# Shared libraries


def test_what_a_package_has_itself_is_not_required() -> None:
    found = summarize(
        [
            Linkage(
                "/b/x", needed=("libz.so.6", "libown.so.1", "libfile.so", "/abs/lib", "odd.so")
            ),
            Linkage("/l/libown.so.1.2", soname="libown.so.1", needed=("libc.so.7",)),
            Linkage("/l32/libz.so.6", ":32", "libz.so.6", ("libc.so.7",)),
            Linkage("/l/plugin.so", soname="plugin.so"),
        ],
        ["/usr/local/lib/libfile.so"],
    )
    assert found.required == ("libc.so.7", "libc.so.7:32", "libz.so.6")
    assert found.provided == ("libown.so.1", "libz.so.6:32")


@pytest.mark.parametrize(
    ("system", "cpu", "told"),
    [
        ("FreeBSD", "amd64", ""),
        ("FreeBSD", "i386", ":32"),
        ("FreeBSD", "aarch64", None),
        ("Linux", "amd64", None),
    ],
)
def test_suffix(system: str, cpu: str, told: str | None) -> None:
    assert suffix(system, cpu, AMD64) == told


def test_linux_libraries_count_where_they_are_tracked() -> None:
    assert suffix("Linux", "amd64", AMD64, track_linux=True) == ":Linux"
    assert suffix("Linux", "i386", AMD64, track_linux=True) == ":Linux:32"


def elf(machine: int, os_abi: int) -> Elf:
    return Elf(
        bits=64,
        byte_order="little",
        os_abi=os_abi,
        type=3,
        machine=machine,
        flags=0,
        soname="libx.so.1",
        needed=("libc.so.7",),
    )


def test_linkage_of_elf_files() -> None:
    assert linkage("/x", elf(62, 9), AMD64) == Linkage("/x", "", "libx.so.1", ("libc.so.7",))
    # No system named is Linux's, as for FreeBSD's kernel; and other CPUs are not ours.
    assert linkage("/x", elf(62, 0), AMD64) is None
    assert linkage("/x", elf(183, 9), AMD64) is None
    assert linkage("/x", elf(9999, 9), AMD64) is None
