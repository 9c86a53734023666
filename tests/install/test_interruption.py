"""A change that is killed, or that the system fails, anywhere: the old state or the new one."""

from __future__ import annotations

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
from tests.install.twelve import CHANGES, Scene, State, state

KILLED = 9
# What changes something, as Python's audit hooks name it.
MUTATING = frozenset(
    {"open", "os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir", "os.chmod", "os.chown",
     "os.utime", "os.symlink", "fcntl.flock"}
)  # fmt: skip

WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
READS = re.compile("SELECT|PRAGMA (?!wal)")


def watch(act: Callable[[], None]) -> None:
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
    sqlite3.connect = connect  # type: ignore[assignment]
    sys.addaudithook(hook)
    for name in ("write", "fsync"):
        setattr(os, name, preceded(getattr(os, name), act))


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
        recover(str(root), as_user=True)
        found = state(root)
        assert found in (scene.old, scene.new), (
            number,
            differences(found, scene.old),
            differences(found, scene.new),
        )
        outcomes.append(found == scene.new)
    assert outcomes == sorted(outcomes), "what counts once is not undone any more"
    assert len(outcomes) * stride > 100


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder in memory where there is one: what is made durable there costs nothing."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)


@pytest.mark.parametrize("change", CHANGES)
def test_killed_and_recovered(change: str, place: Path) -> None:
    every(5, change, place)


@pytest.mark.judge
@pytest.mark.parametrize("change", CHANGES)
def test_killed_at_every_operation_and_recovered(change: str, place: Path) -> None:
    every(1, change, place)
