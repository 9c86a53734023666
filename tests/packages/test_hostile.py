"""Hostile manifests, lists, keywords, archives: typed errors, in bounded time and memory."""

from __future__ import annotations

import contextlib
import io
import json
import time
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portfake.errors import PortfakeError
from portfake.formats import keyword, manifest, plist, ucl
from portfake.limits import Limits
from portfake.model.entry import Entry, EntryType, Listing
from portfake.packages.archive_reader import PackageArchive
from portfake.packages.archive_writer import Format, Level, write_package
from portfake.packages.catalogue import read_catalogue
from portfake.packages.metadir import parse_metadir
from portfake.packages.packing import pack
from tests.packages import samples

SMALL = Limits(text=1 << 20, bytes=8 << 20, entries=10_000, depth=64, ratio=200)
SECONDS = 5.0
MEMORY = 128 << 20
TEXT = manifest.to_text(samples.manifest())
KEYWORD = """\
actions: [file(1), dir(2), config]
arguments: true
preformat_arguments: false
attributes { owner: www, group: games, mode: "0600" }
post-install: <<EOD
echo %1 %@ %D %F %#
EOD
pre-install-lua: "print(1)"
messages: [ { message: hi, type: install } ]
deprecated: false
"""
LIST = """\
@cwd /usr/local
@owner www
@mode 0644
bin/a
@(root,wheel,0755) bin/b
@dir(www,,) share/d
@config etc/a.conf
@var X share
%%X%%/a
@for C red blue
share/%%C%%
@end
@sample etc/a.conf
@comment x
@override_prefix /opt
"""
STAGE = Listing(
    Entry(path=f"/usr/local/{name}", type=EntryType.FILE, size=1, mode=0o644, mtime=1)
    for name in ("bin/a", "bin/b", "etc/a.conf", "share/a", "share/red", "share/blue")
)
HOSTILE_WORDS = [
    *("..", "/", "//", "/../..", "~", "%2e%2e%2f", "%00", "\0", "\udcff", "é", "\u202e"),
    *('"', "'", "{", "}", "[", "]", ":", "=", ";", ",", "#", "<<EOD\n", "/*", "*/", "\n", "\\"),
    *("@", "@(", "@()", "%%", "%%X%%", "%9", "%F", "0" * 50, "-1", "9" * 40, "1e999", "0x"),
    *("true", "null", "${PREFIX}", "$", ".include x", "@include y", "@for A 1 2", "@end"),
    "a" * 3000,
]  # fmt: skip


@contextlib.contextmanager
def bounded(*, memory: bool = False) -> Iterator[None]:
    """Only PortfakeError may leave; little of the processor's time and of `memory` is spent."""
    if memory:
        tracemalloc.start()
    start = time.process_time()
    try:
        with contextlib.suppress(PortfakeError):
            yield
        assert time.process_time() - start < SECONDS
        assert not memory or tracemalloc.get_traced_memory()[1] < MEMORY
    finally:
        tracemalloc.stop()


def mutated(text: str) -> st.SearchStrategy[str]:
    """The text with pieces cut out, doubled or replaced by hostile words."""
    change = st.tuples(
        st.integers(0, len(text)), st.integers(0, 60), st.sampled_from(HOSTILE_WORDS) | st.text()
    )

    def apply(changes: list[tuple[int, int, str]]) -> str:
        result = text
        for start, length, word in changes:
            result = result[:start] + word + result[start + length :]
        return result

    return st.lists(change, min_size=1, max_size=4).map(apply)


def packed(text: str) -> object:
    known = {"sample": keyword.parse(KEYWORD, "sample")}
    items = plist.parse(text, include=lambda name: f"bin/a\n@include {name}\n", limits=SMALL)
    return pack(items, STAGE, prefix="/usr/local", keywords=known.get, sum_of=lambda entry: "-")


READERS: dict[str, tuple[str, Callable[[str], object]]] = {
    "manifest": (TEXT, lambda text: manifest.parse(text, limits=SMALL)),
    "metadir": (TEXT, lambda text: parse_metadir({"+MANIFEST": text, "+DESC": "d"}, "x")),
    "ucl": (KEYWORD, lambda text: ucl.parse(text, "x", limits=SMALL)),
    "keyword": (KEYWORD, lambda text: keyword.parse(text, "k", limits=SMALL)),
    "list": (LIST, packed),
}


def check_text(name: str, examples: int) -> None:
    text, read = READERS[name]

    @settings(
        max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    @given(mutated(text))
    def check(changed: str) -> None:
        with bounded():
            read(changed)

    check()


@pytest.mark.parametrize("name", READERS)
def test_text(name: str) -> None:
    check_text(name, 60)


@pytest.mark.judge
@pytest.mark.parametrize("name", READERS)
def test_much_text(name: str) -> None:
    check_text(name, 3000)


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "[" * 50_000, "{a:" * 50_000, '{"a":' * 50_000, "a {" * 20_000),
        *("/*" * 50_000, "x: <<EOD\n" + "y" * 100_000, '"' + "\\" * 100_000, "@" * 100_000),
        *(
            "a: 1\n" * 2_000,
            "a: 1\n" * 500_000,
            "@for A " + "x " * 20_000 + "\n%%A%%\n@end\n",
            "\0" * 10_000,
        ),
        *("@(" + "," * 50_000 + ")x\n", "%%" * 50_000, "@var A %%A%%\n%%A%%\n" * 5_000),
    ],
    ids=lambda text: repr(text[:12]),
)
def test_huge_and_deep(name: str, text: str) -> None:
    with bounded(memory=True):
        READERS[name][1](text)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(json.loads(TEXT))), JSON_VALUES)
def test_wrong_types(key: str, value: Any) -> None:
    with bounded():
        manifest.parse(json.dumps(json.loads(TEXT) | {key: value}))


PATHS = ["", "/", "x", "../x", "/../x", "/a/../../x", "/a\0b", "/" + "d/" * 300, "/" + "n" * 5000]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("key", ["files", "directories", "config"])
def test_path_tricks_in_a_manifest(key: str, path: str) -> None:
    value: Any = [path] if key == "config" else {path: {"perm": "0644"}}
    with bounded():
        made = manifest.parse(json.dumps(json.loads(TEXT) | {key: value}))
        paths = [file.path for file in made.files]
        paths += [folder.path for folder in made.directories]
        paths += made.config
        assert all(name.startswith("/") and ".." not in name.split("/") for name in paths)


def archive(format: Format) -> bytes:  # noqa: A002 - pkg's word
    output = io.BytesIO()
    write_package(
        samples.manifest(), samples.DemoPayload(), output, format=format, level=Level.FAST
    )
    return output.getvalue()


ARCHIVES = {kind: archive(kind) for kind in Format}


def read_all(data: bytes) -> None:
    package = PackageArchive(io.BytesIO(data), "x.pkg", limits=SMALL)
    package.summary()
    for entry, reader in package:
        assert entry.path.startswith("/")
        assert ".." not in entry.path.split("/")
        while reader is not None and reader.read(1 << 16):
            pass


def check_archives(format: Format, examples: int) -> None:  # noqa: A002 - as above
    whole = ARCHIVES[format]
    flips = st.lists(
        st.tuples(st.integers(0, len(whole) - 1), st.integers(1, 255)), min_size=1, max_size=8
    )

    @settings(max_examples=examples, deadline=None, database=None)
    @given(flips, st.integers(0, len(whole)))
    def check(changes: list[tuple[int, int]], cut: int) -> None:
        data = bytearray(whole)
        for place, bits in changes:
            data[place] ^= bits
        for given_data in (bytes(data), whole[:cut], bytes(data[:cut]), bytes(data) + whole[:cut]):
            with bounded():
                read_all(given_data)

    check()


@pytest.mark.parametrize("format", Format)
def test_archives(format: Format) -> None:  # noqa: A002 - as above
    check_archives(format, 40)


@pytest.mark.judge
@pytest.mark.parametrize("format", Format)
def test_many_archives(format: Format) -> None:  # noqa: A002 - as above
    check_archives(format, 1500)


@pytest.mark.parametrize("format", Format)
def test_bombs(format: Format) -> None:  # noqa: A002 - as above
    zeros = 64 << 20
    bomb = io.BytesIO()
    made = replace(samples.manifest(), desc="d" * 500_000)
    write_package(made, samples.DemoPayload(), bomb, format=format)
    data = bomb.getvalue()
    with bounded(memory=True):
        read_all(data)
    if format is Format.TAR:
        return
    content = io.BytesIO()
    _compress(format, zeros, content)
    with bounded(memory=True):
        read_all(content.getvalue())
    with bounded(memory=True):
        list(read_catalogue(io.BytesIO(content.getvalue()), "x", limits=SMALL))


def _compress(format: Format, zeros: int, output: io.BytesIO) -> None:  # noqa: A002 - as above
    from portfake.packages import archive_writer

    compressor = archive_writer._compressor(format, 1, 1)
    output.writelines(compressor.compress(bytes(1 << 20)) for _ in range(zeros >> 20))
    output.write(compressor.flush())
