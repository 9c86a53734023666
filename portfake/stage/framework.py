"""Scripts and programs of the framework that recipes call, as commands of the shell's table.

Scripts that are not here are interpreted as they stand in the tree.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping

from portfake.errors import NotFound, Problems
from portfake.formats.distinfo import DistfileSum, parse_distinfo
from portfake.ports.profile import Profile
from portfake.shell.command import Command, Invocation
from portfake.stage.distfiles import check_distfiles
from portfake.stage.fetching import Fetcher, sites_of
from portfake.stage.pear import pear_command
from portfake.stage.unmakeself import UNMAKESELF

__all__ = ["LOCALBASE", "framework_commands"]

LOCALBASE = "/usr/local"
"""Where ports install to, unless an evaluation says otherwise."""
# PKG_BIN is a path below LOCALBASE.
_PKG = ("pkg", "pkg-static", "local/sbin/pkg", "local/sbin/pkg-static")


def framework_commands(
    make: Command, profile: Profile, localbase: str, fetcher: Fetcher | None = None
) -> Mapping[str, Command]:
    """Return the commands by the names that recipes call them by.

    Programs of other ports lie below `localbase`, as the port was evaluated with it.
    Without a `fetcher` nothing is fetched, and a distfile that is not there is an error.
    """
    commands: Mapping[str, Callable[[Invocation], int]] = {
        "Mk/Scripts/do-fetch.sh": _do_fetch(fetcher),
        "Mk/Scripts/checksum.sh": _checksum,
        "fetch": _not_fetched,
        # The plan knows the dependencies, from the ports they name.
        "Mk/Scripts/find-lib.sh": _nothing,
        "Mk/Scripts/actual-package-depends.sh": _nothing,
        **dict.fromkeys(_PKG, _pkg(profile)),
    }
    table = {name: Command(name, run, None) for name, run in commands.items()}
    programs = (pear_command(localbase), UNMAKESELF)
    folder = f"{posixpath.basename(localbase)}/bin"
    return {
        **table,
        "make": make,
        **{program.name: program for program in programs},
        **{f"{folder}/{program.name}": program for program in programs},
    }


def _not_fetched(invocation: Invocation) -> int:
    """A do-fetch of the port's own comes here where its distfile is not there yet."""
    raise NotFound(
        f"only distfiles are fetched, and not by {' '.join(['fetch', *invocation.arguments])}",
        where=invocation.place,
        hint="put what it would fetch into --distdir DIR",
    )


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


def _do_fetch(fetcher: Fetcher | None) -> Callable[[Invocation], int]:
    def run(invocation: Invocation) -> int:
        """Mk/Scripts/do-fetch.sh: its words are `file:group,group`, in DISTDIR/DIST_SUBDIR."""
        environment = invocation.environment
        subdir = environment.get("dp_DIST_SUBDIR", "")
        # The framework hands over DISTDIR with the subfolder already joined, or both apart.
        top = environment["dp_DISTDIR"].rstrip("/").removesuffix(f"/{subdir}")
        folder = f"{top}/{subdir}" if subdir else top
        problems = []
        for word in invocation.arguments:
            name = word.partition(":")[0]
            if invocation.view.stat(f"{folder}/{name}") is not None:
                continue
            if fetcher is None:
                problems.append(
                    NotFound(
                        "the distfile is not there",
                        where=f"{folder}/{name}",
                        hint="put it into --distdir DIR, or say --fetch",
                    )
                )
                continue
            path = f"{subdir}/{name}" if subdir else name
            sites = sites_of(word, environment.get("dp_SITE_FLAVOR", "MASTER"), environment)
            sums = _distinfo(invocation)
            fetcher.fetch(path, sites, sums.get(path, DistfileSum(None, None)))
        Problems.check(problems)
        return 0

    return run


def _distinfo(invocation: Invocation) -> Mapping[str, DistfileSum]:
    path = invocation.environment["dp_DISTINFO_FILE"]
    try:
        text = invocation.read(path).decode("utf-8", "surrogateescape")
    except FileNotFoundError as error:
        raise NotFound("the port has distfiles and no distinfo", where=path) from error
    return parse_distinfo(text, path)


def _checksum(invocation: Invocation) -> int:
    """Mk/Scripts/checksum.sh: the words are paths below DISTDIR."""
    environment = invocation.environment
    check_distfiles(
        invocation.arguments,
        _distinfo(invocation),
        environment["dp_DISTINFO_FILE"],
        environment["dp_DISTDIR"].rstrip("/"),
        invocation.view.open,
    )
    return 0
