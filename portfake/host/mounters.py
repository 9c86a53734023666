"""Which system this is, as far as mounts go."""

from __future__ import annotations

import sys

from portfake.errors import Unavailable
from portfake.host.mounting import Mounter
from portfake.limits import DEFAULT, Limits

__all__ = ["this_mounter"]


def this_mounter(*, network: bool = False, limits: Limits = DEFAULT) -> Mounter:
    """Return what makes mounts here; Unavailable elsewhere than on FreeBSD and Linux.

    `network` is whether commands in a view may reach it; FreeBSD cannot keep them from it.
    `limits` bound their time and output.
    """
    if sys.platform.startswith("freebsd"):
        from portfake.host.freebsd_mounts import FreeBsdMounter  # noqa: PLC0415  # start-up time

        return FreeBsdMounter(limits=limits)
    if sys.platform == "linux":
        from portfake.host.linux_mounts import LinuxMounter  # noqa: PLC0415  # start-up time

        return LinuxMounter(network=network, limits=limits)
    raise Unavailable(
        f"no union mounts on {sys.platform}", hint="the fake install needs none: --method fake"
    )
