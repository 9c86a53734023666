"""Root does what the system calls do after chroot(2): the kernel is the judge.

A twin of the tree is worked on by plain os calls in a child that called chroot there; results,
errnos and what is left have to be the same.
"""

# The system calls themselves are the judge here:
# ruff: noqa: PTH101, PTH102, PTH104, PTH106, PTH108, PTH115, PTH116, PTH123, PTH208, PTH211

from __future__ import annotations

import errno
import io
import os
import pickle
import stat
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfake.model.entry import Entry
from portfake.root.confined import Root
from portfake.root.ownership import Ownership

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="chroot(2) needs uid 0")

Step = tuple[str, tuple[Any, ...]]


def described(path: str, seen: os.stat_result) -> tuple[object, ...]:
    kind = stat.S_IFMT(seen.st_mode)
    target = os.readlink(path) if kind == stat.S_IFLNK else None
    size = seen.st_size if kind == stat.S_IFREG else None
    mode = None if kind == stat.S_IFLNK else stat.S_IMODE(seen.st_mode)
    return (kind, mode, size, target)


class Kernel:
    """What each method of Files means in system calls."""

    def stat(self, path: str) -> tuple[object, ...] | None:
        try:
            return described(path, os.stat(path))
        except (FileNotFoundError, NotADirectoryError):
            return None

    def lstat(self, path: str) -> tuple[object, ...] | None:
        try:
            return described(path, os.lstat(path))
        except (FileNotFoundError, NotADirectoryError):
            return None

    def listdir(self, path: str) -> list[str]:
        return sorted(os.listdir(path))

    def realpath(self, path: str) -> str:
        os.stat(path)
        return os.path.realpath(path)

    def read(self, path: str) -> bytes:
        with open(path, "rb") as file:
            return file.read()

    def write(self, path: str, content: bytes, *, append: bool) -> None:
        flags = os.O_APPEND if append else os.O_TRUNC
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | flags, 0o640)
        os.write(fd, content)
        os.close(fd)

    def mkdir(self, path: str) -> None:
        os.mkdir(path, 0o751)

    def symlink(self, target: str, path: str) -> None:
        os.symlink(target, path)

    def link(self, source: str, path: str) -> None:
        os.link(source, path, follow_symlinks=False)

    def rename(self, source: str, path: str) -> None:
        os.rename(source, path)

    def unlink(self, path: str) -> None:
        os.unlink(path)

    def rmdir(self, path: str) -> None:
        os.rmdir(path)

    def chmod(self, path: str, mode: int) -> None:
        os.chmod(path, mode)

    def utime(self, path: str, mtime: int) -> None:
        os.utime(path, (mtime, mtime))


_KINDS = {"file": stat.S_IFREG, "dir": stat.S_IFDIR, "link": stat.S_IFLNK}


class Confined:
    """The same by Root."""

    def __init__(self, root: Root) -> None:
        self._root = root

    def stat(self, path: str) -> tuple[object, ...] | None:
        return self._described(self._root.stat(path))

    def lstat(self, path: str) -> tuple[object, ...] | None:
        return self._described(self._root.stat(path, follow=False))

    def _described(self, entry: Entry | None) -> tuple[object, ...] | None:
        if entry is None:
            return None
        mode = None if entry.type.value == "link" else entry.mode
        return (_KINDS[entry.type.value], mode, entry.size, entry.target)

    def write(self, path: str, content: bytes, *, append: bool) -> None:
        self._root.write(path, [content], mode=0o640, append=append)

    def mkdir(self, path: str) -> None:
        self._root.mkdir(path, 0o751)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return getattr(self._root, name)  # type: ignore[no-any-return]


def outcome(act: Callable[[], Any]) -> tuple[str, Any]:
    try:
        return "gave", act()
    except OSError as error:
        return "failed", errno.errorcode[error.errno or 0]


def run(actor: object, steps: list[Step]) -> list[tuple[str, Any]]:
    results = []
    for name, operands in steps:
        keywords = {"append": operands[2]} if name == "write" else {}
        positional = operands[:2] if name == "write" else operands
        method = getattr(actor, name)
        results.append(outcome(partial(method, *positional, **keywords)))
    return results


def left(top: Path) -> dict[str, tuple[object, ...]]:
    return {
        str(path.relative_to(top)): (
            *described(str(path), path.lstat()),
            path.read_bytes() if path.is_file() and not path.is_symlink() else None,
            path.lstat().st_nlink,
        )
        for path in sorted(top.rglob("*"))
    }


def run_in_chroot(twin: Path, steps: list[Step]) -> list[tuple[str, Any]]:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reading)
            os.chroot(twin)
            os.chdir("/")
            os.umask(0)
            with io.FileIO(writing, "wb") as pipe:
                pipe.write(pickle.dumps(run(Kernel(), steps)))
        finally:
            os._exit(0)
    os.close(writing)
    with open(reading, "rb") as pipe:
        results: list[tuple[str, Any]] = pickle.load(pipe)
    os.waitpid(child, 0)
    return results


def comparable(step: Step, result: tuple[str, Any]) -> tuple[str, Any]:
    """Systems differ in the errno for a name that is no name (/, a/., a/..), and for creating a
    file through a link whose text ends in a slash."""
    name, operands = step
    changed = operands[-1:] if name == "symlink" else operands[:2]
    nameless = any(str(path).rstrip("/").rpartition("/")[2] in {"", ".", ".."} for path in changed)
    if name in _NAMING and nameless and result[0] == "failed":
        return "failed", None
    if (name, *result) == ("write", "failed", "EISDIR"):
        return "failed", "ENOENT"
    return result


_NAMING = {"mkdir", "symlink", "link", "rename", "unlink", "rmdir", "write"}


def judge(base: Path, steps: list[Step]) -> None:
    ours, twin = base / "ours", base / "twin"
    ours.mkdir()
    twin.mkdir()
    with Root(ours, ownership=Ownership.APPLY) as root:
        results = run(Confined(root), steps)
    expected = run_in_chroot(twin, steps)
    for step, result, wanted in zip(steps, results, expected, strict=True):
        assert (step, comparable(step, result)) == (step, comparable(step, wanted))
    assert left(ours) == left(twin)


names = st.sampled_from(["a", "b", "c", "d", "..", ".", "é", "\udcff"])
paths = st.builds(
    lambda parts, end: "/" + "/".join(parts) + end,
    st.lists(names, max_size=4),
    st.sampled_from(["", "", "", "", "", "/"]),
)
# Systems differ in what creating a file by a name with a trailing slash answers.
files = paths.map(lambda path: path.rstrip("/") or "/")
links = st.one_of(paths, st.lists(names, min_size=1, max_size=4).map("/".join))
steps = st.one_of(
    st.tuples(st.just("mkdir"), st.tuples(paths)),
    st.tuples(st.just("mkdir"), st.tuples(paths)),
    st.tuples(st.just("write"), st.tuples(files, st.binary(max_size=3), st.booleans())),
    st.tuples(st.just("write"), st.tuples(files, st.binary(max_size=3), st.booleans())),
    st.tuples(st.just("symlink"), st.tuples(links, files)),
    st.tuples(st.just("symlink"), st.tuples(links, files)),
    st.tuples(st.just("link"), st.tuples(files, files)),
    st.tuples(st.just("rename"), st.tuples(paths, paths)),
    st.tuples(
        st.sampled_from(
            ["stat", "lstat", "listdir", "realpath", "read", "unlink", "rmdir"],
        ),
        st.tuples(paths),
    ),
    st.tuples(st.just("chmod"), st.tuples(paths, st.sampled_from([0o700, 0o4751, 0o1777]))),
    st.tuples(st.just("utime"), st.tuples(paths, st.just(77))),
)


@given(todo=st.lists(steps, min_size=5, max_size=40))
def test_random_operations(tmp_path_factory: pytest.TempPathFactory, todo: list[Step]) -> None:
    judge(tmp_path_factory.mktemp("twins"), todo)
