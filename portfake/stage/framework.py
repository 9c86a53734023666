"""Scripts and programs of the framework that recipes call, as commands of the shell's table.

Scripts that are not here are interpreted as they stand in the tree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from portfake.errors import NotFound, Problems
from portfake.formats.distinfo import parse_distinfo
from portfake.ports.profile import Profile
from portfake.shell.command import Command, Invocation
from portfake.stage.distfiles import check_distfiles

__all__ = ["framework_commands"]

# PKG_BIN is a path below LOCALBASE.
_PKG = ("pkg", "pkg-static", "local/sbin/pkg", "local/sbin/pkg-static")


def framework_commands(make: Command, profile: Profile) -> Mapping[str, Command]:
    """Return the commands by the names that recipes call them by."""
    commands: Mapping[str, Callable[[Invocation], int]] = {
        "Mk/Scripts/do-fetch.sh": _do_fetch,
        "Mk/Scripts/checksum.sh": _checksum,
        # The plan knows the dependencies, from the ports they name.
        "Mk/Scripts/find-lib.sh": _nothing,
        "Mk/Scripts/actual-package-depends.sh": _nothing,
        **dict.fromkeys(_PKG, _pkg(profile)),
    }
    table = {name: Command(name, run, None) for name, run in commands.items()}
    return {**table, "make": make}


def _nothing(invocation: Invocation) -> int:
    return 0


def _pkg(profile: Profile) -> Callable[[Invocation], int]:
    def run(invocation: Invocation) -> int:
        """`pkg config abi` is all that the framework asks of pkg while it stages."""
        if list(invocation.arguments) != ["config", "abi"]:
            raise invocation.refuse(" ".join(invocation.arguments))
        invocation.print(str(profile.abi))
        return 0

    return run


def _do_fetch(invocation: Invocation) -> int:
    """Mk/Scripts/do-fetch.sh: every distfile has to lie in DISTDIR already."""
    folder = invocation.environment["dp_DISTDIR"].rstrip("/")
    names = [word.partition(":")[0] for word in invocation.arguments]
    Problems.check(
        NotFound(
            "the distfile is not there",
            where=f"{folder}/{name}",
            hint="fetch it into the folder that --distdir names; portfake does not fetch yet",
        )
        for name in names
        if invocation.view.stat(f"{folder}/{name}") is None
    )
    return 0


def _checksum(invocation: Invocation) -> int:
    """Mk/Scripts/checksum.sh: the words are paths below DISTDIR."""
    environment = invocation.environment
    folder, distinfo = environment["dp_DISTDIR"], environment["dp_DISTINFO_FILE"]
    try:
        text = invocation.read(distinfo).decode("utf-8", "surrogateescape")
    except FileNotFoundError as error:
        raise NotFound("the port has distfiles and no distinfo", where=distinfo) from error
    check_distfiles(
        invocation.arguments,
        parse_distinfo(text, distinfo),
        distinfo,
        folder.rstrip("/"),
        invocation.view.open,
    )
    return 0
