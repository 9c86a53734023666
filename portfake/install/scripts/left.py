"""Commands that only the running system can carry out: noted, and left to it.

They make caches and hints anew from what lies on the disk, so that nothing after them in a
script depends on them and running them later, once, comes to the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from shlex import join

from portfake.errors import Refused
from portfake.shell.command import Command, Invocation

__all__ = ["Waits", "left_commands", "made_anew"]

_CACHES: Mapping[str, str] = {
    "cap_mkdb": "a capability database",
    "ccache-update-links": "ccache's links",
    "cert-sync": "Mono's certificate store",
    "chflags": "file flags",
    "dconf": "dconf's databases",
    "fc-cache": "font caches",
    "fmtutil": "TeX formats",
    "fmtutil-sys": "TeX formats",
    "gdk-pixbuf-query-loaders": "the list of image loaders",
    "ghc-pkg": "GHC's package cache",
    "gio-querymodules": "the list of GIO modules",
    "glib-compile-schemas": "GLib schemas",
    "gtk-query-immodules-2.0": "the list of input methods",
    "gtk-query-immodules-3.0": "the list of input methods",
    "gtk-update-icon-cache": "icon caches",
    "gtk4-update-icon-cache": "icon caches",
    "kldxref": "the kernel linker's hints",
    "ldconfig": "the run-time linker's hints",
    "makewhatis": "mandoc.db",
    "mkfontdir": "font indexes",
    "mkfontscale": "font indexes",
    "mktexlsr": "TeX's file list",
    "newaliases": "the mail aliases' database",
    "registervm": "the list of Java machines",
    "texhash": "TeX's file list",
    "tic": "terminfo",
    "uim-module-manager": "the list of input methods",
    "unregistervm": "the list of Java machines",
    "update-desktop-database": "the desktop database",
    "update-mime-database": "the MIME database",
    "updmap-sys": "TeX's font maps",
}
"""Command -> what it makes anew."""


class Waits(Refused):
    """A script asks for something that only the running system has: it is deferred whole."""


def made_anew(program: str) -> str | None:
    """Return what a program, by name or path, makes anew; None for one of another kind."""
    return _CACHES.get(program.rpartition("/")[2])


def left_commands(leave: Callable[[str, str], None]) -> dict[str, Command]:
    """Return the commands; `leave` takes a command line and what it is for."""
    table = {name: _left(name, what, leave) for name, what in _CACHES.items()}
    table["service"] = Command("service", _service(leave), None)
    for name in _ASKING:
        table[name] = Command(name, _ask, None)
    return table


def _left(name: str, what: str, leave: Callable[[str, str], None]) -> Command:
    def run(invocation: Invocation) -> int:
        if invocation.shell.is_heard(invocation.out):
            raise Waits(f"{name} writes {what}", where=invocation.place)
        leave(join([name, *invocation.arguments]), what)
        return 0

    return Command(name, run, None)


# What the kernel, a process or a daemon would have to answer.
_ASKING = (
    *("sysctl", "kldload", "kldstat", "kldunload", "mount", "umount"),
    *("crontab", "kill", "killall", "pgrep", "pkill", "ps"),
)


def _ask(invocation: Invocation) -> int:
    raise Waits(f"{invocation.command} is for the running system", where=invocation.place)


_NOT_RUNNING = {"stop", "onestop", "forcestop", "faststop"}
_STATUS = {"status", "onestatus"}


def _service(leave: Callable[[str, str], None]) -> Callable[[Invocation], int]:
    """service(8): in a root that nobody runs no service runs either."""

    def run(invocation: Invocation) -> int:
        match list(invocation.arguments):
            case ["ldconfig", "restart" | "start"]:
                leave("service ldconfig restart", _CACHES["ldconfig"])
                return 0
            case [_, verb] if verb in _NOT_RUNNING:
                return 0
            case [_, verb] if verb in _STATUS:
                return 1
            case _:
                raise Waits(
                    f"service {join(invocation.arguments)} is for the running system",
                    where=invocation.place,
                )

    return run
