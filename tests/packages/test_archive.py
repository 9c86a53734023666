"""A .pkg written and read again; what is wrong with one is found."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
import time
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portfake.errors import InputError, PortfakeError, Refused, Unavailable
from portfake.formats import manifest as manifest_format
from portfake.limits import LimitExceeded, Limits
from portfake.model.entry import Entry, EntryType
from portfake.model.manifest import Manifest, PackagedDirectory, PackagedFile
from portfake.packages import archive_writer
from portfake.packages.archive_reader import PackageArchive
from portfake.packages.archive_writer import (
    Format,
    Level,
    file_name,
    level_of,
    package_tar,
    write_package,
)
from tests.packages import samples


def written(**options: object) -> bytes:
    output = io.BytesIO()
    write_package(samples.manifest(), samples.DemoPayload(), output, **options)  # type: ignore[arg-type] # options of the cases
    return output.getvalue()


def opened(data: bytes, limits: Limits | None = None) -> PackageArchive:
    return PackageArchive(io.BytesIO(data), "demo.pkg", limits or Limits())


@pytest.mark.parametrize("format", Format)
def test_what_is_written_is_read_back(format: Format) -> None:  # noqa: A002 - the parameter's name
    archive = opened(written(format=format, level=1))
    assert archive.summary() == manifest_format.parse(
        manifest_format.to_text(samples.manifest(), compact=True)
    )
    assert archive.manifest == samples.manifest()
    found = {entry.path: (entry, reader and reader.read()) for entry, reader in archive}
    assert {path: found[path][1] for path in samples.CONTENT} == samples.CONTENT
    assert found[samples.LINK][0].target == "demo"
    assert found[samples.HARD_LINK][0].link_of == "/usr/local/bin/demo"
    folder = found["/var/db/demo"][0]
    assert (folder.type, folder.mode, folder.owner) == (EntryType.DIRECTORY, 0o750, "www")
    assert found["/usr/local/bin/demo"][0].mtime == 1_577_934_245


def test_entries_come_in_the_order_of_pkg() -> None:
    with tarfile.open(fileobj=io.BytesIO(written(format=Format.TAR, timestamp=5))) as archive:
        members = archive.getmembers()
    names = [member.name for member in members]
    assert names[:2] == ["+COMPACT_MANIFEST", "+MANIFEST"]
    assert names[2:-1] == [file.path for file in samples.manifest().files]
    assert names[-1] == "/var/db/demo"
    assert {member.mtime for member in members} == {0, 5}
    assert (members[2].uid, members[2].uname, members[2].gname) == (65534, "root", "wheel")


@pytest.mark.parametrize("length", [*range(98, 104), *range(253, 260)])
@pytest.mark.parametrize("kind", [EntryType.FILE, EntryType.DIRECTORY])
def test_names_of_every_length(length: int, kind: EntryType) -> None:
    """A ustar header cuts them in two at a slash: the first one must not be lost."""
    path = ("/folder78" * 40)[: length - 1] + "x"
    files = (PackagedFile(path=path, mode=0o644),) if kind is EntryType.FILE else ()
    folders = () if files else (PackagedDirectory(path=path, mode=0o755),)
    made = replace(samples.manifest(), files=files, directories=folders, config=())
    entry = Entry(path=path, type=kind, mode=0o755, size=0)
    data = b"".join(package_tar(made, [(entry, io.BytesIO() if files else None)]))
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        assert archive.getnames()[-1] == path


def test_the_same_bytes_everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = written(timestamp=1, level=3)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TZ", "Pacific/Chatham")
    time.tzset()
    before = os.umask(0o077)
    try:
        assert written(timestamp=1, level=3, workers=7) == first
    finally:
        os.umask(before)
        monkeypatch.undo()
        time.tzset()


def test_a_system_without_zstd(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(archive_writer, "import_module", missing)
    output = io.BytesIO()
    with pytest.raises(Unavailable, match="zstd"):
        write_package(samples.manifest(), samples.DemoPayload(), output)
    assert not output.getvalue()


@pytest.mark.parametrize(
    ("format", "level", "number"),
    [
        (Format.ZSTD, Level.USUAL, 19),
        (Format.ZSTD, Level.FAST, -5),
        (Format.XZ, Level.BEST, 9),
        (Format.GZIP, Level.USUAL, 6),
        (Format.ZSTD, -7, -7),
        (Format.BZIP2, 3, 3),
    ],
)
def test_levels(
    format: Format,  # noqa: A002 - pkg's word
    level: int | Level,
    number: int,
) -> None:
    assert level_of(format, level) == number


@pytest.mark.parametrize(
    ("format", "level"),
    [(Format.ZSTD, 23), (Format.XZ, 10), (Format.BZIP2, -1), (Format.GZIP, 19), (Format.TAR, 999)],
)
def test_levels_that_there_are_not(
    format: Format,  # noqa: A002 - pkg's word
    level: int,
) -> None:
    with pytest.raises(InputError, match="has no level"):
        level_of(format, level)


def test_reading_on_a_system_without_zstd(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    packed, plain = written(level=1), written(format=Format.TAR)
    monkeypatch.setattr("portfake.formats.compression.import_module", missing)
    with pytest.raises(Unavailable, match="zstd"):
        opened(packed).summary()
    archive = PackageArchive(
        io.BytesIO(packed), "demo.pkg", unzstd=lambda stream: io.BytesIO(plain)
    )
    assert archive.manifest == samples.manifest()
    assert {entry.path for entry, _ in archive} >= set(samples.CONTENT)


def test_a_zip_archive_is_no_package() -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("+MANIFEST", manifest_format.to_text(samples.manifest()))
    with pytest.raises(InputError, match="not an archive that is known"):
        opened(data.getvalue()).summary()


def test_name() -> None:
    assert file_name(samples.manifest()) == "demo-1.2_3,1.pkg"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda made: replace(made, files=made.files[1:]), "not in the manifest"),
        (lambda made: replace(made, directories=()), "not in the manifest"),
        (
            lambda made: replace(
                made, files=(*made.files, replace(made.files[0], path="/usr/local/more"))
            ),
            "/usr/local/more of demo-1.2_3,1 is missing",
        ),
    ],
)
def test_payload_and_manifest_have_to_agree(
    change: Callable[[Manifest], Manifest], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        write_package(change(samples.manifest()), samples.DemoPayload(), io.BytesIO())


def crafted(made: Manifest, *members: tuple[str, bytes, str]) -> bytes:
    """An archive with this manifest and these members: path, content or link text, tar type."""
    output = io.BytesIO()
    with tarfile.open(fileobj=output, mode="w") as archive:
        for name, content, kind in (
            ("+MANIFEST", manifest_format.to_text(made).encode(), "0"),
            *members,
        ):
            info = tarfile.TarInfo(name)
            info.type = kind.encode()
            if kind == "0":
                info.size = len(content)
            else:
                info.linkname = content.decode()
            archive.addfile(info, io.BytesIO(content))
    return output.getvalue()


DEMO = "/usr/local/bin/demo"


def only(*paths: str) -> Manifest:
    made = samples.manifest()
    return replace(
        made,
        files=tuple(file for file in made.files if file.path in paths),
        directories=(),
        config=(),
    )


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ([(DEMO, b"#!/bin/sh\n", "0"), ("/etc/passwd", b"x", "0")], "not in its manifest"),
        ([(DEMO, b"#!/bin/sh\n", "0"), ("/etc", b"", "5")], "not in its manifest"),
        ([(DEMO, b"#!/bin/sX\n", "0")], "another sum"),
        ([(DEMO, b"", "0")], "is empty"),
        ([(DEMO, b"/etc/passwd", "2")], "another sum"),
        ([], "not in the archive"),
        ([(DEMO, b"", "6")], "neither file nor link"),
        ([("/usr/local/../../etc/x", b"", "0")], "climbs"),
        ([("usr/local/bin/demo", b"", "0")], "not absolute"),
        ([("/usr/local/bin", b"/etc", "2"), (DEMO, b"", "0")], "not in its manifest|no folder"),
    ],
)
def test_archives_that_are_not_what_they_say(
    members: list[tuple[str, bytes, str]], message: str
) -> None:
    with pytest.raises((InputError, Refused), match=message):
        consume(opened(crafted(only(DEMO), *members)))


def consume(archive: PackageArchive) -> None:
    for _, reader in archive:
        while reader is not None and reader.read(3):
            pass


def test_folders_above_files_may_stand_in_old_archives() -> None:
    data = crafted(only(DEMO), ("/usr/local/bin/", b"", "5"), (DEMO, b"#!/bin/sh\n", "0"))
    assert [entry.path for entry, _ in opened(data)] == [DEMO]


def test_another_link_than_the_manifest_says() -> None:
    with pytest.raises(InputError, match="another link"):
        list(opened(crafted(only(samples.LINK), (samples.LINK, b"other", "2"))))


def test_no_package() -> None:
    output = io.BytesIO()
    with tarfile.open(fileobj=output, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("/etc/x"))
    for data in (b"", b"not an archive", output.getvalue()):
        with pytest.raises(InputError):
            opened(data).summary()


def test_a_manifest_too_long_is_refused() -> None:
    with pytest.raises(LimitExceeded):
        opened(written(), Limits(text=500)).summary()


PLAIN, PACKED = written(format=Format.TAR), written(level=1)


@settings(max_examples=150)
@given(st.data())
def test_a_damaged_archive_is_read_or_refused(data: st.DataObject) -> None:
    content = bytearray(data.draw(st.sampled_from([PLAIN, PACKED])))
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    del content[data.draw(st.integers(len(content) // 2, len(content))) :]
    with suppress(PortfakeError):
        consume(opened(bytes(content)))


@pytest.mark.judge
def test_pkg_adds_what_is_written(judged: Callable[[str], str], tmp_path: Path) -> None:
    made = replace(samples.manifest(), deps=(), requires=(), shlibs_required=(), conflicts=())
    package = tmp_path / file_name(made)
    with package.open("wb") as output:
        write_package(made, samples.DemoPayload(), output)
    (tmp_path / "root/var/db/pkg").mkdir(parents=True)
    settings_ = ["-o", "ABI=FreeBSD:14:amd64", "-o", "OSVERSION=1400097", "-C", "/dev/null"]
    command = [judged("PORTFAKE_PKG"), *settings_, "-r", str(tmp_path / "root")]
    subprocess.run([*command, "add", "-I", str(package)], check=True, capture_output=True)
    said = subprocess.check_output([*command, "query", "%n-%v %sb"], text=True)
    assert said == "demo-1.2_3,1 27\n"
    assert (tmp_path / "root/usr/local/bin/demo").samefile(tmp_path / "root/usr/local/bin/hard")
    raw = subprocess.check_output(
        [*command, "info", "-R", "--raw-format=json-compact", "-F", str(package)], text=True
    )
    assert "libdemo.so.1" in raw
