"""The world of recipes: fixed names, one writable folder, nothing left behind."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from portfake.errors import Refused
from portfake.model.entry import EntryType
from portfake.ports.tree import PortsTree
from portfake.stage.workspace import DISTFILES, PORTS, WORK, open_workspace
from tests import sample_ports


def test_names_are_the_same_wherever_things_lie(tmp_path: Path) -> None:
    with (
        PortsTree(str(sample_ports.TREE), seen_as=PORTS) as tree,
        open_workspace(str(sample_ports.DISTFILES), below=str(tmp_path)) as workspace,
    ):
        view = workspace.view(tree)
        wanted = (sample_ports.TREE / "Mk/bsd.port.mk").read_bytes()
        assert view.read(f"{PORTS}/Mk/bsd.port.mk") == wanted
        assert view.listdir(DISTFILES) == sorted(
            path.name for path in sample_ports.DISTFILES.iterdir()
        )
        view.write(f"{WORK}/made", [b"here"])
        assert view.read(f"{WORK}/made") == b"here"


@pytest.mark.parametrize(
    "path", [f"{PORTS}/Makefile", f"{PORTS}/new", f"{DISTFILES}/new", "/etc/new", "/new"]
)
def test_only_the_work_folder_can_be_written(path: str, tmp_path: Path) -> None:
    with (
        PortsTree(str(sample_ports.TREE), seen_as=PORTS) as tree,
        open_workspace(str(sample_ports.DISTFILES), below=str(tmp_path)) as workspace,
    ):
        with pytest.raises((Refused, OSError)):
            workspace.view(tree).write(path, [b"x"])
        assert workspace.view(tree).stat(f"{PORTS}/new") is None


@pytest.mark.parametrize("target", ["/usr/ports", "/distfiles", "../../usr/ports", "/etc"])
def test_a_link_in_the_work_folder_leads_to_no_writable_place(target: str, tmp_path: Path) -> None:
    with (
        PortsTree(str(sample_ports.TREE), seen_as=PORTS) as tree,
        open_workspace(str(sample_ports.DISTFILES), below=str(tmp_path)) as workspace,
    ):
        view = workspace.view(tree)
        view.symlink(target, f"{WORK}/out")
        with pytest.raises((Refused, OSError)):
            view.write(f"{WORK}/out/planted", [b"x"])
    assert not (sample_ports.TREE / "planted").exists()
    assert not Path("/etc/planted").exists()


def test_nothing_of_the_host_is_seen(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("host")
    with (
        PortsTree(str(sample_ports.TREE), seen_as=PORTS) as tree,
        open_workspace(str(sample_ports.DISTFILES), below=str(tmp_path)) as workspace,
    ):
        view = workspace.view(tree)
        assert view.stat("/etc/passwd") is None
        assert view.stat("/bin/sh") is None
        assert view.stat(str(tmp_path / "secret")) is None
        view.symlink(str(tmp_path), f"{WORK}/host")
        with pytest.raises(OSError) as caught:
            view.read(f"{WORK}/host/secret")
        assert caught.value.errno == errno.ENOENT


def test_a_distdir_need_not_exist(tmp_path: Path) -> None:
    with (
        PortsTree(str(sample_ports.TREE), seen_as=PORTS) as tree,
        open_workspace(str(tmp_path / "none"), below=str(tmp_path)) as workspace,
    ):
        assert workspace.view(tree).stat(f"{DISTFILES}/a.tar.gz") is None


def test_the_listing_is_relative_to_its_folder(tmp_path: Path) -> None:
    with open_workspace("", below=str(tmp_path)) as workspace:
        root, stage = workspace.root, f"{WORK}/stage"
        root.makedirs(f"{stage}/bin")
        root.write(f"{stage}/bin/a", [b"a"], mode=0o555)
        root.link(f"{stage}/bin/a", f"{stage}/bin/b")
        root.symlink("/bin/a", f"{stage}/c")
        root.chown(f"{stage}/bin/a", "www", "games")
        listing = workspace.listing(stage)
    assert list(listing) == ["/", "/bin", "/bin/a", "/bin/b", "/c"]
    assert listing["/bin/a"].mode == 0o555
    assert (listing["/bin/b"].owner, listing["/bin/b"].group) == ("www", "games")
    assert listing["/bin/b"].link_of == "/bin/a"
    assert (listing["/c"].type, listing["/c"].target) == (EntryType.SYMLINK, "/bin/a")


def test_the_folder_goes_at_the_end_whatever_happened(tmp_path: Path) -> None:
    def fail() -> None:
        with open_workspace("", below=str(tmp_path)) as workspace:
            workspace.root.mkdir(f"{WORK}/shut", 0o000)
            workspace.root.mkdir(f"{WORK}/shut/inner", 0o500)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert list(tmp_path.iterdir()) == []
