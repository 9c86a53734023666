"""Running a program of this machine: the one owner of subprocess.

Never through a shell, never with the caller's environment, never without bounds.
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO, Final

from portfake.errors import NotFound, SystemFailure, Unavailable
from portfake.limits import DEFAULT, LimitExceeded, Limits

__all__ = ["ENVIRONMENT", "Completed", "run"]

ENVIRONMENT: Final[Mapping[str, str]] = {
    "PATH": "/sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin",
    "LC_ALL": "C",
}
_CHUNK: Final = 1 << 16
_MAX_COMPLAINT: Final = 1 << 16
"""Bytes of standard error that are kept: the last ones."""


@dataclass(frozen=True, slots=True)
class Completed:
    """How a program ended."""

    argv: tuple[str, ...]
    status: int
    """Its exit status; minus the number of the signal that ended it."""
    output: bytes
    """Its standard output, empty where it went to a sink."""
    complaint: bytes
    """The end of its standard error."""

    def require(self) -> Completed:
        """Return itself; SystemFailure with the program's own words unless the status is 0."""
        if self.status == 0:
            return self
        words = self.complaint.decode("utf-8", "backslashreplace").strip()
        how = f"signal {-self.status}" if self.status < 0 else f"status {self.status}"
        raise SystemFailure(f"{self.argv[0]} ended with {how}" + (f": {words}" if words else ""))


def run(
    argv: Sequence[str],
    *,
    stdin: Iterable[bytes] = (),
    sink: Callable[[bytes], object] | None = None,
    environment: Mapping[str, str] = ENVIRONMENT,
    directory: str | None = None,
    user: int | None = None,
    limits: Limits = DEFAULT,
) -> Completed:
    """Run a program to its end and return how it went, whatever its status.

    `user` is who runs it, as uid and gid and in no other group; None for oneself.
    `stdin` is fed piece by piece as the program takes it; `sink` gets the standard output so,
    else it is gathered. NotFound or Unavailable if the program cannot be started;
    LimitExceeded, the program and all that it started being killed, after Limits.seconds or
    more output than Limits.text (Limits.bytes for a sink).
    """
    try:
        process = subprocess.Popen(
            list(argv),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(environment),
            cwd=directory,
            bufsize=0,
            start_new_session=True,
            user=user,
            group=user,
            extra_groups=None if user is None else (),
        )
    except FileNotFoundError as error:
        if directory is not None and error.filename == directory:
            raise NotFound("there is no such folder", where=directory) from None
        raise Unavailable(
            f"this machine has no program {argv[0]}", hint=f"install {argv[0]}"
        ) from None
    except OSError as error:
        raise Unavailable(f"{argv[0]} cannot be run: {error.strerror}") from None
    with process:
        conversation = _Conversation(process, iter(stdin), sink, limits)
        try:
            conversation.hold()
            status = process.wait(timeout=conversation.left)
        except subprocess.TimeoutExpired:
            raise conversation.late from None
        finally:
            _kill(process)
    return Completed(tuple(argv), status, bytes(conversation.output), bytes(conversation.complaint))


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End the session that was started, if anything of it is left."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


@dataclass(slots=True)
class _Conversation:
    process: subprocess.Popen[bytes]
    pieces: Iterator[bytes]
    sink: Callable[[bytes], object] | None
    limits: Limits
    output: bytearray = field(default_factory=bytearray)
    complaint: bytearray = field(default_factory=bytearray)
    received: int = 0
    pending: memoryview = field(default_factory=lambda: memoryview(b""))
    end: float = 0.0

    @property
    def left(self) -> float:
        """Seconds; never less than 0."""
        return max(0.0, self.end - time.monotonic())

    @property
    def late(self) -> LimitExceeded:
        name, seconds = self.argv0, self.limits.seconds
        return LimitExceeded(f"{name} was killed: it took more than {seconds:g} seconds")

    @property
    def argv0(self) -> str:
        arguments = self.process.args
        return str(arguments[0]) if isinstance(arguments, list) else str(arguments)

    def hold(self) -> None:
        """Feed and listen until the program has closed both its outputs."""
        self.end = time.monotonic() + self.limits.seconds
        process = self.process
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        for stream in (process.stdin, process.stdout, process.stderr):
            os.set_blocking(stream.fileno(), False)
        with selectors.DefaultSelector() as selector:
            for stream, event, act in (
                (process.stdin, selectors.EVENT_WRITE, self.feed),
                (process.stdout, selectors.EVENT_READ, self.hear),
                (process.stderr, selectors.EVENT_READ, self.hear_complaint),
            ):
                selector.register(stream.fileno(), event, (stream, act))
            while not (process.stdout.closed and process.stderr.closed):
                for key, _ in selector.select(self.left):
                    stream, act = key.data
                    if not act(stream):
                        selector.unregister(key.fd)
                        stream.close()
                if not self.left:
                    raise self.late

    def await_end(self) -> None:
        """Wait until the program itself has ended, and leave it to be waited for."""
        which = os.WEXITED | os.WNOWAIT | os.WNOHANG
        pause = 0.0001
        while os.waitid(os.P_PID, self.process.pid, which) is None:
            if not self.left:
                raise self.late
            time.sleep(pause)
            pause = min(2 * pause, 0.05)

    def feed(self, stream: IO[bytes]) -> bool:
        while not self.pending:
            piece = next(self.pieces, None)
            if piece is None:
                return False
            self.pending = memoryview(piece)
        try:
            written = os.write(stream.fileno(), self.pending[:_CHUNK])
        except BlockingIOError:
            return True
        except BrokenPipeError:  # it does not want more, which is its own affair
            return False
        self.pending = self.pending[written:]
        return True

    def hear(self, stream: IO[bytes]) -> bool:
        data = os.read(stream.fileno(), _CHUNK)
        self.received += len(data)
        bound = self.limits.text if self.sink is None else self.limits.bytes
        if self.received > bound:
            raise LimitExceeded(f"{self.argv0} was killed: it wrote more than {bound} bytes")
        if self.sink is None:
            self.output += data
        elif data:
            self.sink(data)
        return bool(data)

    def hear_complaint(self, stream: IO[bytes]) -> bool:
        data = os.read(stream.fileno(), _CHUNK)
        self.complaint += data
        del self.complaint[:-_MAX_COMPLAINT]
        return bool(data)
