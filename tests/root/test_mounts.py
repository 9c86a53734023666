"""MountTable: several roots as one tree; links may cross, writes may not."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path

import pytest

from portfake.errors import Refused
from portfake.root.confined import Root
from portfake.root.mounts import Mount, MountTable
from portfake.root.ownership import Ownership


@pytest.fixture
def view(tmp_path: Path) -> Iterator[MountTable]:
    work, tree = tmp_path / "work", tmp_path / "tree"
    (work / "wrk").mkdir(parents=True)
    (tree / "cat/port").mkdir(parents=True)
    (tree / "cat/port/Makefile").write_text("PORTNAME=port\n")
    (tree / "cat/other").symlink_to("port")
    (tmp_path / "secret").write_text("secret")
    with (
        Root(work, ownership=Ownership.RECORD) as writable,
        Root(tree, ownership=Ownership.RECORD, read_only=True) as ports,
    ):
        yield MountTable([Mount("/", writable, ("/wrk",)), Mount("/usr/ports", ports)])


@pytest.mark.parametrize(
    "path",
    [
        "/usr/ports/cat/port/Makefile",
        "/usr/ports/cat/other/Makefile",
        "/usr/ports/cat/port/../other/./Makefile",
        "/wrk/../usr/ports//cat/port/Makefile",
    ],
)
def test_one_file_by_many_names(view: MountTable, path: str) -> None:
    assert view.read(path) == b"PORTNAME=port\n"


def test_a_link_may_lead_into_another_mount(view: MountTable) -> None:
    view.symlink("/usr/ports/cat/port", "/wrk/port")
    assert view.read("/wrk/port/Makefile") == b"PORTNAME=port\n"
    assert view.realpath("/wrk/port/Makefile") == "/usr/ports/cat/port/Makefile"
    entry = view.stat("/wrk/port")
    assert entry is not None
    assert entry.type.value == "dir"


def test_a_link_stays_a_link_when_it_is_not_followed(view: MountTable) -> None:
    view.symlink("/usr/ports/cat/port/Makefile", "/wrk/link")
    entry = view.stat("/wrk/link", follow=False)
    assert entry is not None
    assert entry.target == "/usr/ports/cat/port/Makefile"


@pytest.mark.parametrize("path", ["/usr/local/x", "/etc/passwd", "/x", "/wrkother/x"])
def test_writing_elsewhere_is_refused(view: MountTable, path: str) -> None:
    with pytest.raises(Refused, match="outside the work directory"):
        view.write(path, [b"x"])
    with pytest.raises(Refused):
        view.mkdir(path)


def test_writing_into_the_tree_is_refused_by_a_link_too(view: MountTable) -> None:
    view.symlink("/usr/ports/cat/port", "/wrk/port")
    with pytest.raises(Refused):
        view.write("/wrk/port/Makefile", [b"gone"])
    assert view.read("/usr/ports/cat/port/Makefile") == b"PORTNAME=port\n"


def test_reading_what_no_mount_holds_is_enoent(view: MountTable) -> None:
    assert view.stat("/usr/local/bin/perl") is None
    with pytest.raises(FileNotFoundError):
        view.read("/etc/passwd")


def test_climbing_out_of_a_mount_goes_on_in_the_view(view: MountTable, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        view.read("/usr/ports/../../secret")
    with pytest.raises(FileNotFoundError):
        view.read("/wrk/../../secret")


def test_renaming_across_mounts_is_exdev(view: MountTable) -> None:
    with pytest.raises(OSError, match="Invalid cross-device link") as caught:
        view.rename("/usr/ports/cat/port/Makefile", "/wrk/Makefile")
    assert caught.value.errno == errno.EXDEV


def test_links_in_a_circle_are_eloop(view: MountTable) -> None:
    view.symlink("/wrk/b", "/wrk/a")
    view.symlink("/wrk/a", "/wrk/b")
    with pytest.raises(OSError, match="Too many levels") as caught:
        view.realpath("/wrk/a")
    assert caught.value.errno == errno.ELOOP


def test_folders_above_a_mount_point_are_passed(tmp_path: Path) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "a/c").write_text("c")
    with Root(tmp_path, ownership=Ownership.RECORD, read_only=True) as root:
        view = MountTable([Mount("/usr/ports", root)])
        assert view.read("/usr/ports/a/b/../c") == b"c"
