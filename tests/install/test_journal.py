"""The journal's text: what was written comes back, and half a line says nothing."""

from __future__ import annotations

import errno
import fcntl
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfake.errors import Busy, Refused
from portfake.host.mounting import Mounting
from portfake.install import journal, operations
from portfake.install.operations import (
    Attributes,
    MakeFolder,
    Mount,
    MoveAside,
    Put,
    Temporaries,
)
from portfake.limits import LimitExceeded
from portfake.root.confined import Root
from portfake.root.ownership import Ownership

PATHS = st.binary(min_size=1, max_size=20).map(
    lambda raw: "/" + raw.decode(errors="surrogateescape")
)
OPERATIONS = st.one_of(
    st.builds(MakeFolder, PATHS, st.integers(0, 0o7777), st.just("root"), st.none()),
    st.builds(Put, PATHS, PATHS, st.none() | PATHS),
    st.builds(MoveAside, PATHS, PATHS),
    st.builds(Temporaries, PATHS, st.just("abcdef")),
    st.builds(Attributes, PATHS, *[st.none() | st.just(0o755), st.just("a"), st.none()] * 2),
)


@given(st.lists(OPERATIONS, max_size=6), st.integers(1, 40))
def test_round_trip_and_cut(
    tmp_path_factory: pytest.TempPathFactory, operations: list[object], cut: int
) -> None:
    with Root(tmp_path_factory.mktemp("r"), ownership=Ownership.RECORD) as root:
        with journal.begin(root, "install") as lines:
            lines.write(operations)  # type: ignore[arg-type] # all are operations
        text = journal.read(root)
        assert text is not None
        assert list(text.operations) == operations
        whole = Path(root.directory, "var/db/portfake/journal").read_bytes()
    if operations:
        last = len(whole.splitlines(keepends=True)[-1])
        parsed = journal.parse(whole[: -min(cut, last)], "journal")
        assert list(parsed.operations) == operations[:-1]


def test_a_second_one_is_told_who_is_at_work(tmp_path: Path) -> None:
    with Root(tmp_path, ownership=Ownership.RECORD) as root:
        with journal.begin(root, "install"), pytest.raises(Busy, match="portfake install"):
            journal.begin(root, "delete")
        with pytest.raises(Refused, match="install was interrupted"):
            journal.begin(root, "delete")


class Unmounting:
    """Stands for the system: notes what is to be unmounted, and does it."""

    def __init__(self) -> None:
        self.points: list[str] = []

    def unmount(self, mountings: list[Mounting]) -> list[str]:
        self.points += [each.point for each in mountings]
        return []


def test_only_mounts_that_portfake_makes_are_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The journal lies in the image, and whoever made that may have written it."""
    host = Unmounting()
    monkeypatch.setattr(operations, "this_mounter", lambda: host)
    work = "/tmp/portfake.work.abcd_123"
    with Root(tmp_path, ownership=Ownership.RECORD) as root:
        for source, point in [
            ("/dev/sda1", "/home"),
            (f"{root.directory}/../other", "/usr/local"),
            (f"{root.directory}-other/usr", "/usr/local"),
            ("/usr", f"{work}/../../home"),
            ("/usr", "/srv/portfake.work.long_name/usr"),
        ]:
            with pytest.raises(Refused, match="not portfake's"):
                Mount("read-only", source, point, "", "").undo(root)
        assert host.points == []
        Mount("read-only", "/usr", f"{work}/view/usr", "", "").undo(root)
        Mount("union", f"{root.directory}/usr/local", "/usr/local", "/usr/local", "").undo(root)
    assert host.points == [f"{work}/view/usr", "/usr/local"]


def test_names_of_one_run_are_all_different(tmp_path: Path) -> None:
    with (
        Root(tmp_path, ownership=Ownership.RECORD) as root,
        journal.begin(root, "install") as lines,
    ):
        names = {lines.temporary(f"/{'x' * 250}{number}") for number in range(50)}
        assert len(names) == 50
        assert max(map(len, names)) <= 255


def test_a_journal_that_would_be_read_in_part_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "_MOST", 50)
    with Root(tmp_path, ownership=Ownership.RECORD) as root:
        journal.begin(root, "install").__exit__(None, None, None)
        with pytest.raises(LimitExceeded, match="more than 50 bytes"):
            journal.read(root)


def test_one_that_cannot_be_held_is_not_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a network file system without locks."""

    def flock(fd: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    with Root(tmp_path, ownership=Ownership.RECORD) as root:
        monkeypatch.setattr(fcntl, "flock", flock)
        with pytest.raises(OSError, match="No locks available"):
            journal.begin(root, "install")
    assert list(tmp_path.iterdir()) == []
