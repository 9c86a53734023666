"""`create` of installed packages: what the root records, with the files that lie there."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from portfake.model.entry import Entry, EntryType
from portfake.model.manifest import Dependency, Manifest
from portfake.packages.archive_reader import PackageArchive
from portfake.packages.archive_writer import Format
from tests.command_line import Answer, call, snapshot, write_small_package
from tests.pkgdb import schemas
from tests.pkgdb.test_flat import record
from tests.sample_ports import ABI

CONF = "/usr/local/etc/demo.conf"


@pytest.fixture
def packages(tmp_path: Path) -> list[Path]:
    folder = tmp_path / "packages"
    demo = {"/opt/50%/\xe9": b"", "/usr/local/bin/demo": b"#!/bin/sh\n", CONF: b"one = 1\n"}
    return [
        write_small_package(folder, "demo", files=demo, config=(CONF,), categories=("misc", "www")),
        write_small_package(folder, "tool"),
        write_small_package(folder, "tools", origin="devel/tools"),
    ]


@pytest.fixture
def root(tmp_path: Path, packages: list[Path]) -> Path:
    top = tmp_path / "root"
    top.mkdir()
    options = ("--as-user", "--no-annotate", "--no-deps", "--abi", ABI)
    assert call("install", "--root", top, *options, *packages).status == 0
    return top


@pytest.fixture(autouse=True)
def no_date(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)


def create(root: Path, *words: str | Path) -> Answer:
    """Into `made` beside the root; the root stays as it is."""
    before = snapshot(root)
    answer = call("create", "--root", root, "-o", root.parent / "made", *words)
    assert snapshot(root) == before
    return answer


def made(root: Path) -> list[str]:
    return sorted(path.name for path in (root.parent / "made").glob("*"))


def opened(path: Path) -> tuple[Manifest, list[tuple[Entry, bytes]]]:
    """The manifest, and the members with their contents."""
    with path.open("rb") as stream:
        archive = PackageArchive(stream, str(path))
        members = [(entry, reader.read() if reader else b"") for entry, reader in archive]
        return archive.manifest, members


def test_all_packages_are_what_was_installed(root: Path, packages: list[Path]) -> None:
    answer = create(root, "-a")
    assert (answer.status, answer.err) == (0, "")
    assert made(root) == [path.name for path in packages]
    for path in packages:
        assert opened(root.parent / "made" / path.name) == opened(path)


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["tool"], ["tool"]),
        (["tool-1.0", "demo", "tool"], ["demo", "tool"]),
        (["-g", "tool*"], ["tool", "tools"]),
        (["-g", "devel/*"], ["tools"]),
        (["-x", "^.ools?$"], ["tool", "tools"]),
        (["-x", "-i", "^DEMO"], ["demo"]),
    ],
)
def test_words_mean_what_they_mean_to_pkg(root: Path, words: list[str], names: list[str]) -> None:
    assert create(root, *words).status == 0
    assert made(root) == [f"{name}-1.0.pkg" for name in names]


def test_what_can_be_packaged_is_and_the_rest_is_told(root: Path) -> None:
    (root / "usr/local/bin/tools").unlink()
    answer = create(root, "--json", "tool", "absent", "tools")
    assert [each["package"] for each in answer.documents] == ["tool-1.0"]
    assert [(each["kind"], each["error"]) for each in answer.errors] == [
        ("NotFound", "no installed package is meant by 'absent'"),
        ("NotFound", "tools-1.0: /usr/local/bin/tools is missing"),
    ]
    assert answer.status != 0
    assert made(root) == ["tool-1.0.pkg"]


def test_dependencies_are_told_as_they_are_installed(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    needs = (Dependency("tool", "misc/tool", "0.9"), Dependency("gone", "misc/gone", "3"))
    for name, deps in (("tool", ()), ("user", needs)):
        path = write_small_package(tmp_path, name, deps=deps)
        call("install", "--root", root, "--as-user", "--no-deps", "--abi", ABI, path)
    assert create(root, "user").status == 0
    manifest, _ = opened(tmp_path / "made/user-1.0.pkg")
    assert [(dep.name, dep.version) for dep in manifest.deps] == [("gone", "3"), ("tool", "1.0")]


def test_an_edited_configuration_file_goes_in_as_it_is(root: Path, packages: list[Path]) -> None:
    (root / CONF[1:]).write_text("one = 11\ntwo = 2\n")
    answer = create(root, "demo")
    assert answer.status == 0
    assert answer.err == f"portfake: demo-1.0: {CONF} was edited, and is packaged as it is\n"
    manifest, members = opened(root.parent / "made/demo-1.0.pkg")
    first, _ = opened(packages[0])
    assert manifest == replace(first, flatsize=first.flatsize + 9)
    assert b"one = 11\ntwo = 2\n" in [content for _, content in members]
    # Another root takes it, as pkg would.
    other = root.parent / "other"
    other.mkdir()
    words = ("--as-user", "--abi", ABI, root.parent / "made/demo-1.0.pkg")
    assert call("install", "--root", other, *words).status == 0
    assert (other / CONF[1:]).read_text() == "one = 11\ntwo = 2\n"


def _written(path: Path) -> None:
    path.write_text("other")


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _link(path: Path) -> None:
    path.unlink()
    path.symlink_to("demo")


def _fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize(
    ("change", "kind"),
    [(_written, "Refused"), (_link, "Refused"), (_folder, "InputError"), (_fifo, "InputError")],
)
def test_a_file_that_is_not_what_was_recorded_is_no_package(
    root: Path, change: Callable[[Path], None], kind: str
) -> None:
    change(root / "usr/local/bin/demo")
    answer = create(root, "--json", "demo")
    assert [each["kind"] for each in answer.errors] == [kind]
    assert "/usr/local/bin/demo" in answer.errors[0]["error"]
    assert made(root) == []


def test_a_link_out_of_the_root_leads_nowhere_else(root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    (root / "usr/local/bin").rename(outside)
    (root / "usr/local/bin").symlink_to(outside)
    answer = create(root, "tool")
    assert "/usr/local/bin/tool is missing" in answer.err
    assert made(root) == []


def test_hard_links_of_each_package_are_its_own(tmp_path: Path) -> None:
    folder, root = tmp_path / "packages", tmp_path / "root"
    root.mkdir()
    paths = []
    for name in ("a", "b"):
        files = {f"/usr/local/{name}1": b"same\n", f"/usr/local/{name}2": b"same\n"}
        paths.append(write_small_package(folder, name, files=files))
    call("install", "--root", root, "--as-user", "--no-annotate", "--abi", ABI, *paths)
    for name in ("a2", "b1", "b2"):
        (root / "usr/local" / name).unlink()
        (root / "usr/local" / name).hardlink_to(root / "usr/local/a1")
    assert create(root, "-a").status == 0
    for name in ("a", "b"):
        manifest, members = opened(tmp_path / f"made/{name}-1.0.pkg")
        links = [entry.link_of for entry, _ in members]
        assert (manifest.flatsize, links) == (5, [None, f"/usr/local/{name}1"])


@pytest.mark.parametrize("form", Format)
def test_every_format_is_the_same_package(root: Path, packages: list[Path], form: Format) -> None:
    assert create(root, "tool", "-f", form.value).status == 0
    assert opened(root.parent / "made/tool-1.0.pkg") == opened(packages[1])


def test_the_same_bytes_whatever_the_time_of_files(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    contents = []
    for time in (1, 2_000_000_000):
        os.utime(root / "usr/local/bin/tool", (time, time))
        assert create(root, "tool", "-f", "tar").status == 0
        contents.append((root.parent / "made/tool-1.0.pkg").read_bytes())
    assert contents[0] == contents[1]


@pytest.mark.parametrize("version", schemas.VERSIONS)
def test_every_schema(version: int, tmp_path: Path) -> None:
    root = tmp_path / "root"
    shell = root / "usr/local/bin/bash"
    for folder in (shell.parent, root / "usr/local/etc"):
        folder.mkdir(parents=True)
    shell.write_text("#!\n")
    shell.chmod(0o751)
    digest = hashlib.sha256(b"#!\n").hexdigest()
    schemas.make(root / "var/db/pkg/local.sqlite", version, f"UPDATE files SET sha256 = '{digest}'")
    answer = create(root, "-a")
    assert answer.status == 0, answer.err
    manifest, ((file, content), (folder_entry, _)) = opened(tmp_path / "made/bash-5.0_1.pkg")
    assert (manifest.abi, manifest.flatsize, manifest.files[0].sum) == (ABI, 3, digest)
    assert (manifest.files[0].mode, content) == (0o751, b"#!\n")
    assert folder_entry.type is EntryType.DIRECTORY
    assert file.mode == 0o751
    missing = answer.err.partition("has no place for ")[2]
    assert ("owners, modes, flags and times of files" in missing) == (version < 37)
    assert ("annotations" in missing) == (version < 15)
    assert ("what is config" in missing) == (version < 28)
    assert (answer.err == "") == (version >= 37)


def test_a_flat_database_and_what_it_cannot_give(tmp_path: Path) -> None:
    root = tmp_path / "root"
    md5 = hashlib.md5(b"#!\n").hexdigest()
    link = hashlib.md5(b"bash").hexdigest()
    record(
        root / "var/db/pkg",
        "bash-4.2_1",
        **{
            "+CONTENTS": f"bin/bash\n@comment MD5:{md5}\nbin/sh\n@comment MD5:{link}\n",
            "+POST-INSTALL": "echo post\n",
        },
    )
    (root / "usr/local/bin").mkdir(parents=True)
    (root / "usr/local/bin/bash").write_text("#!\n")
    (root / "usr/local/bin/sh").symlink_to("bash")
    answer = create(root, "bash")
    assert answer.status == 64
    assert "--abi" in answer.err
    answer = create(root, "bash", "--abi", "FreeBSD:9:amd64")
    assert answer.status == 0, answer.err
    assert answer.err.startswith("portfake: the database has no place for ABI, categories, ")
    manifest, members = opened(tmp_path / "made/bash-4.2_1.pkg")
    assert (manifest.abi, manifest.arch) == ("FreeBSD:9:amd64", "freebsd:9:x86:64")
    assert [file.path for file in manifest.files] == ["/usr/local/bin/bash", "/usr/local/bin/sh"]
    assert all(file.sum and file.sum.startswith("2$") for file in manifest.files)
    assert [content for _, content in members] == [b"#!\n", b""]
    (root / "usr/local/bin/bash").write_text("other\n")
    assert "changed since the install" in create(root, "bash", "--abi", "FreeBSD:9:amd64").err


@pytest.mark.parametrize("words", [["-a", "tool"], [], ["-g"]])
def test_usage(root: Path, words: list[str]) -> None:
    assert create(root, *words).status == 64
    assert made(root) == []
