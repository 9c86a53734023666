"""Folders for a view of the host, which go again, but never through a mount."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from portfake.errors import Refused
from portfake.host.mounting import Mounter

__all__ = ["remove_scratch", "scratch_folder"]

_PREFIX: Final = "portfake.view."


@contextmanager
def scratch_folder(mounter: Mounter, below: str | None = None) -> Iterator[str]:
    """Make an empty folder that only this user may enter, and remove it at the end."""
    folder = os.path.realpath(tempfile.mkdtemp(prefix=_PREFIX, dir=below))
    try:
        yield folder
    finally:
        remove_scratch(folder, mounter)


def remove_scratch(folder: str, mounter: Mounter) -> None:
    """Remove a scratch folder if it is there.

    Refused for what is none of ours, or while anything is mounted in it: what is shown there is
    the host's own.
    """
    try:
        status = os.lstat(folder)
    except FileNotFoundError:
        return
    ours = stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid()
    if not ours or not Path(folder).name.startswith(_PREFIX):
        raise Refused("this is no scratch folder of portfake's", where=folder)
    points = mounter.mounted_below(folder)
    if points:
        raise Refused(
            f"{points[-1]} is still mounted, so the scratch folder stays",
            where=folder,
            hint=f"umount {points[-1]}, then remove {folder}",
        )
    # An overlay's work folder lets not even its owner in.
    for path, _, _ in os.walk(folder):
        with suppress(OSError):
            for name in os.listdir(path):  # noqa: PTH208  # names, as os.walk has them
                inner = f"{path}/{name}"
                if stat.S_ISDIR(os.lstat(inner).st_mode):
                    Path(inner).chmod(0o700)
    shutil.rmtree(folder)
