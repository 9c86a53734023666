"""A root with something precious beside it, and a witness that sees every change there."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from portfake.root.confined import Root
from portfake.root.ownership import Ownership

Snapshot = dict[bytes, tuple[object, ...]]


def see_all(folder: Path) -> Snapshot:
    """All that lies below: types, modes, owners, sizes, times, link texts and digests.

    Written with os calls alone, so that it judges Root's own walker too. The change time is in
    it: nothing can touch an object and hide that.
    """
    found: Snapshot = {}
    pending = [os.fsencode(folder)]
    while pending:
        path = pending.pop()
        seen = os.lstat(path)
        content: object = None
        if stat.S_ISLNK(seen.st_mode):
            content = os.readlink(path)  # noqa: PTH115 - bytes
        elif stat.S_ISREG(seen.st_mode):
            content = hashlib.sha256(Path(os.fsdecode(path)).read_bytes()).hexdigest()
        elif stat.S_ISDIR(seen.st_mode):
            pending += [os.path.join(path, name) for name in os.listdir(path)]  # noqa: PTH118, PTH208 - bytes
        found[path] = (
            seen.st_mode,
            seen.st_uid,
            seen.st_gid,
            seen.st_nlink,
            seen.st_ino,
            seen.st_size,
            seen.st_mtime_ns,
            seen.st_ctime_ns,
            content,
        )
    return found


def make_precious(folder: Path) -> None:
    """Make files and folders of the names that the tests use inside, so a leak would hit one."""
    for name in ("a", "b", "c"):
        (folder / name / "a" / "b").mkdir(parents=True)
        (folder / name / "f").write_text(f"precious {name}")
        (folder / name / "a" / "f").write_text("precious too")
    (folder / "f").write_text("most precious")
    (folder / "f").chmod(0o640)


@pytest.fixture(scope="session")
def snapshot() -> Callable[[Path], Snapshot]:
    """The witness."""
    return see_all


@pytest.fixture(scope="session")
def fill() -> Callable[[Path], None]:
    """Fills a folder with what must not change."""
    return make_precious


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Path]:
    """A folder beside the root; the test fails if anything in it or its parent changed."""
    folder = tmp_path / "outside"
    make_precious(folder)
    before = see_all(folder)
    beside = set(tmp_path.iterdir())
    yield folder
    assert see_all(folder) == before
    assert set(tmp_path.iterdir()) == {*beside, tmp_path / "root"}


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """The root as the host sees it."""
    folder = tmp_path / "root"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(params=list(Ownership), ids=lambda policy: policy.value)
def root(base: Path, request: pytest.FixtureRequest) -> Iterator[Root]:
    """The root opened, under each policy in turn."""
    with Root(base, ownership=request.param) as opened:
        yield opened


@pytest.fixture
def applied(base: Path) -> Iterator[Root]:
    """The root opened with owners and modes on the disk."""
    with Root(base, ownership=Ownership.APPLY) as opened:
        yield opened
