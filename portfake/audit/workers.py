"""Work shared out over forks of portfake itself; nothing else is started.

Made by hand: multiprocessing takes longer to load than half of the files to be hashed.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NoReturn, TypeVar

from portfake.errors import SystemFailure

__all__ = ["shared_out"]

_Share = TypeVar("_Share")
_Answer = TypeVar("_Answer")


def shared_out(
    work: Callable[[_Share], Iterable[_Answer]], shares: Sequence[_Share]
) -> Iterator[_Answer]:
    """Yield the answers about all shares in their order: this process does the first one.

    What a worker raises is raised here. Raises SystemFailure where one was killed: half an answer
    would look like a clean one.
    """
    workers: list[tuple[int, int]] = []
    try:
        workers.extend(_start(work, share) for share in shares[1:])
        for share in shares[:1]:
            yield from work(share)
        for _, receiver in workers:
            yield from _received(receiver)
    finally:
        # All of them first: a worker holds the receivers of those before it, and nobody who still
        # writes would learn that nobody reads.
        for _, receiver in workers:
            os.close(receiver)
        for worker, _ in workers:
            os.waitpid(worker, 0)


def _start(work: Callable[[_Share], Iterable[_Answer]], share: _Share) -> tuple[int, int]:
    """The id of a new worker and the descriptor that its answer comes by."""
    receiver, sender = os.pipe()
    worker = os.fork()
    if worker == 0:
        os.close(receiver)
        _work(work, share, sender)
    os.close(sender)
    return worker, receiver


def _work(work: Callable[[_Share], Iterable[_Answer]], share: _Share, sender: int) -> NoReturn:
    """Never return: what the caller would do next is the parent's to do."""
    try:
        try:
            answer: object = list(work(share))
        except BaseException as error:  # noqa: BLE001 - the parent raises it
            answer = error
        with open(sender, "wb") as stream:
            pickle.dump(answer, stream, pickle.HIGHEST_PROTOCOL)
    finally:
        os._exit(0)


def _received(receiver: int) -> list[_Answer]:
    with open(receiver, "rb", closefd=False) as stream:
        try:
            answer = pickle.load(stream)  # noqa: S301 - portfake's own fork wrote it
        except (EOFError, pickle.UnpicklingError):
            raise SystemFailure("a worker process died") from None
    if isinstance(answer, BaseException):
        raise answer
    found: list[_Answer] = answer
    return found
