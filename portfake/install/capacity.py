"""Whether a set of packages fits: free space and inodes of every file system it goes to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from portfake.errors import PortfakeError, Refused
from portfake.install.candidate import Candidate

__all__ = ["Space", "capacity_problems"]


@dataclass(frozen=True, slots=True)
class Space:
    """What a file system below the root has left for whoever runs portfake."""

    device: int
    folder: str
    """One of its folders in the root, to name it by."""
    block: int
    free: int = field(compare=False)
    """Bytes; others use them up all the time, so that two looks are never quite the same."""
    free_inodes: int | None = field(compare=False)
    """None where there is no such limit."""
    writable: bool
    """Whether it is mounted for writing."""


def capacity_problems(
    candidates: Sequence[Candidate], spaces: Mapping[str, Space]
) -> Iterator[PortfakeError]:
    """Yield what does not fit where.

    `spaces` gives each path of the set the file system it will lie on. Everything is there twice
    for a moment, old and new, so what will be replaced does not count as free.
    """
    wanted: Counter[int] = Counter()
    inodes: Counter[int] = Counter()
    by_device = {space.device: space for space in spaces.values()}
    for candidate in candidates:
        for path, size in _sizes(candidate):
            space = spaces.get(path)
            if space is not None:
                wanted[space.device] += -(-size // space.block) * space.block
                inodes[space.device] += 1
    for device, space in by_device.items():
        if not space.writable:
            yield Refused(f"{space.folder} lies on a file system that is mounted read-only")
        elif wanted[device] > space.free:
            yield Refused(
                f"{wanted[device]} bytes go to the file system of {space.folder}, "
                f"which has {space.free} left"
            )
        elif space.free_inodes is not None and inodes[device] > space.free_inodes:
            yield Refused(
                f"{inodes[device]} files go to the file system of {space.folder}, "
                f"which has inodes for {space.free_inodes}"
            )


def _sizes(candidate: Candidate) -> Iterator[tuple[str, int]]:
    """Where only the sum is known, it is spread over the files."""
    files = candidate.manifest.files
    average = candidate.manifest.flatsize // len(files) if files else 0
    for file in files:
        yield file.path, candidate.sizes.get(file.path, 0 if file.target else average)
