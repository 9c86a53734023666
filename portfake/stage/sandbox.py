"""The sandbox stager's other half: recipe lines that are not interpreted, run in bubblewrap.

/bin/sh runs them with this machine's programs, read-only; the work folder alone can be written
to, there is no network, and nothing outlives the line. Linux only, and only where the user asked
for it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from portfake.errors import Unavailable
from portfake.host.programs import ENVIRONMENT, Completed, run
from portfake.limits import DEFAULT, Limits

__all__ = ["Sandbox"]

_PROGRAMS: Final = ("bin", "sbin", "lib", "lib32", "lib64", "libx32", "etc")
_USR_HIDDEN: Final = ("ports", "src", "obj", "home")
_HINT: Final = "install bubblewrap, or stage natively"


@dataclass(frozen=True, slots=True)
class Sandbox:
    """What recipes see; the same names as the native stager's."""

    writable: Mapping[str, str]
    """Name that recipes use -> folder of the host."""
    shown: Mapping[str, str]
    """The same, read-only."""
    limits: Limits = DEFAULT

    def check(self) -> None:
        """Raise Unavailable where this machine has no bubblewrap, or lets nobody use it."""
        if shutil.which("bwrap", path=ENVIRONMENT["PATH"]) is None:
            raise Unavailable("this machine has no program bwrap", hint=_HINT)
        ended = run([*self._wrapping("/", {}), "true"], limits=self.limits)
        if ended.status:
            words = ended.complaint.decode("utf-8", "replace").strip()
            raise Unavailable(f"bubblewrap does not work here: {words}", hint=_HINT)

    def run(
        self, text: str, *, directory: str, environment: Mapping[str, str], errexit: bool
    ) -> Completed:
        """Run a recipe line as make would; LimitExceeded where it takes too long."""
        flags = "-ec" if errexit else "-c"
        line = [*self._wrapping(directory, environment), "/bin/sh", flags, text]
        return run(line, limits=self.limits)

    def _wrapping(self, directory: str, environment: Mapping[str, str]) -> Iterator[str]:
        # Nobody in there: no set-id bit, no capability, no terminal to write to.
        yield from ("bwrap", "--unshare-all", "--unshare-user", "--uid", "65534", "--gid", "65534")
        yield from ("--die-with-parent", "--new-session", "--clearenv")
        for name, value in {**ENVIRONMENT, **environment}.items():
            yield from ("--setenv", name, value)
        yield from ("--dev", "/dev", "--proc", "/proc")
        yield from _programs()
        # An overlay of the user's own may lie below /tmp.
        for name, folder in self.writable.items():
            yield from ("--bind", folder, name)
        for name, folder in self.shown.items():
            yield from ("--ro-bind", folder, name)
        yield from ("--chdir", directory)


def _programs() -> Iterator[str]:
    """Yield mounts of the machine's own programs, but for its ports tree."""
    usr = (path for path in sorted(Path("/usr").iterdir()) if path.name not in _USR_HIDDEN)
    for path in (*(Path("/", name) for name in _PROGRAMS), *usr):
        if path.is_symlink():
            yield from ("--symlink", str(path.readlink()), str(path))
        elif path.is_dir():
            yield from ("--ro-bind", str(path), str(path))
