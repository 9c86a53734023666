"""A change that is killed, or that the system fails, anywhere: the old state or the new one."""

from __future__ import annotations

import errno
import os
import re
import sqlite3
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from portfake.actions.recover import recover
from portfake.errors import SystemFailure
from portfake.root import c_library
from tests.install.twelve import CHANGES, METALOG, Scene, State, state

KILLED = 9
# What changes something, as Python's audit hooks name it.
MUTATING = frozenset(
    {"open", "os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir", "os.chmod", "os.chown",
     "os.utime", "os.symlink", "fcntl.flock"}
)  # fmt: skip

WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
READS = re.compile("SELECT|PRAGMA (?!wal)")


def watch(act: Callable[[], None], *, sql: bool = True) -> None:
    """Call `act` before each operation of this process that changes a file or the database."""

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event in MUTATING and not (event == "open" and not int(arguments[2]) & WRITES):
            act()

    def traced(statement: str) -> None:
        if not READS.match(statement):
            act()

    def connect(*words: Any, **options: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = real_connect(*words, **options)
        connection.set_trace_callback(traced)
        return connection

    real_connect = sqlite3.connect
    if sql:
        sqlite3.connect = connect  # type: ignore[assignment]
    sys.addaudithook(hook)
    for name in ("write", "fsync"):
        setattr(os, name, preceded(getattr(os, name), act))
    setattr(c_library, "call", preceded(c_library.call, act))  # noqa: B010 - for mypy


def preceded(function: Callable[..., object], act: Callable[[], None]) -> Callable[..., object]:
    """Return the function with a call of `act` before each of its calls."""

    def both(*words: object, **options: object) -> object:
        act()
        return function(*words, **options)

    return both


def in_child(work: Callable[[], int]) -> int:
    """Return the status of a forked child that does the work."""
    pid = os.fork()
    if pid == 0:
        status = 99
        try:
            status = work()
        except BaseException:  # noqa: BLE001 - the child has nobody to tell
            traceback.print_exc()
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def killed_at(number: int, work: Callable[[], object]) -> int:
    """Do the work in a child that dies before its operation of this number, from 0."""
    count = 0

    def act() -> None:
        nonlocal count
        if count == number:
            os._exit(KILLED)
        count += 1

    def child() -> int:
        watch(act)
        work()
        return 0

    return in_child(child)


def differences(found: State, wanted: State) -> list[object]:
    """What a failure is about."""
    files = [name for name in found[0].keys() | wanted[0].keys()
             if found[0].get(name) != wanted[0].get(name)]  # fmt: skip
    return [
        *((name, found[0].get(name), wanted[0].get(name)) for name in files),
        *set(found[1]).symmetric_difference(wanted[1]),
    ]


def every(stride: int, change: str, folder: Path) -> None:
    """Kill the change at every operation of this stride, and recover."""
    scene = Scene(folder, change)
    outcomes = []
    for number in range(0, 2000, stride):
        root = scene.root()
        status = killed_at(number, lambda root=root: scene.change(root))  # type: ignore[misc]
        if status == 0:
            break
        assert status == KILLED
        recover(str(root), as_user=os.geteuid() != 0, metalog=f"{root}/{METALOG}")
        found = state(root)
        assert found in (scene.old, scene.new), (
            number,
            differences(found, scene.old),
            differences(found, scene.new),
        )
        outcomes.append(found == scene.new)
    assert outcomes == sorted(outcomes), "what counts once is not undone any more"
    assert len(outcomes) * stride > 100


ERRORS = {name: getattr(errno, name) for name in ("ENOSPC", "EIO", "EACCES", "EROFS")}
FAILED = 5


def failed_at(
    numbers: Callable[[int], bool], error: int, work: Callable[[], object]
) -> tuple[int, int]:
    """Do the work in a child whose operations of these numbers fail.

    Return its status, 0 or FAILED, and how many operations there were.
    """
    count = 0
    read, write = os.pipe()

    def act() -> None:
        nonlocal count
        count += 1
        if numbers(count - 1):
            raise OSError(error, os.strerror(error), "injected")

    def child() -> int:
        real_write = os.write
        watch(act, sql=False)
        try:
            work()
        except OSError as problem:
            return FAILED if problem.errno == error else 98
        except SystemFailure:
            return FAILED
        finally:
            real_write(write, count.to_bytes(4, "big"))
        return 0

    status = in_child(child)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        return status, int.from_bytes(pipe.read(4), "big")


def fails(stride: int, change: str, name: str, folder: Path) -> None:
    """One operation fails: the old state and the error, or, once it counts, the new state."""
    scene = Scene(folder, change)
    for number in range(0, 2000, stride):
        root = scene.root()
        status, count = failed_at(
            lambda at, number=number: at == number,  # type: ignore[misc]
            ERRORS[name],
            lambda root=root: scene.change(root),  # type: ignore[misc]
        )
        if number >= count:
            break
        found = state(root)
        wanted = scene.old if status == FAILED else scene.new
        assert status in {0, FAILED}, number
        assert found == wanted, (number, status, differences(found, wanted))
    assert number > 40


def keeps_failing(stride: int, change: str, folder: Path) -> None:
    """From one operation on all fail, those that take back too: recover does it afterwards."""
    scene = Scene(folder, change)
    for number in range(0, 2000, stride):
        root = scene.root()
        status, count = failed_at(
            lambda at, number=number: at >= number,  # type: ignore[misc]
            errno.EIO,
            lambda root=root: scene.change(root),  # type: ignore[misc]
        )
        if number >= count:
            break
        assert status in {0, FAILED}, number
        recover(str(root), as_user=os.geteuid() != 0, metalog=f"{root}/{METALOG}")
        assert state(root) in (scene.old, scene.new), number


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder in memory where there is one: what is made durable there costs nothing."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)


@pytest.mark.parametrize("change", CHANGES)
def test_killed_and_recovered(change: str, place: Path) -> None:
    every(5, change, place)


@pytest.mark.parametrize(("change", "error"), list(zip(CHANGES, ERRORS, strict=True)))
def test_an_operation_fails(change: str, error: str, place: Path) -> None:
    fails(4, change, error, place)


@pytest.mark.parametrize("change", ["replace"])
def test_the_device_is_gone(change: str, place: Path) -> None:
    keeps_failing(7, change, place)


@pytest.mark.judge
@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("change", CHANGES)
def test_every_operation_fails(change: str, error: str, place: Path) -> None:
    fails(1, change, error, place)


@pytest.mark.judge
@pytest.mark.parametrize("change", CHANGES)
def test_the_device_is_gone_at_every_operation(change: str, place: Path) -> None:
    keeps_failing(1, change, place)


@pytest.mark.judge
@pytest.mark.parametrize("change", CHANGES)
def test_killed_at_every_operation_and_recovered(change: str, place: Path) -> None:
    every(1, change, place)
