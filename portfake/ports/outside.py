"""What evaluation may see of the world: the tree, the target's base system, and no more.

This is the Outside that make asks. Nothing here asks the host.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from portfake.errors import PortfakeError
from portfake.limits import DEFAULT, LimitExceeded
from portfake.make import FailedOutput
from portfake.ports.standing import Standing

if TYPE_CHECKING:
    from portfake.shell.command import Command

__all__ = ["MAKE_CONF", "SHARE_MK", "TargetOutside", "share_mk"]

SHARE_MK = "/usr/share/mk"
"""Where the base system's make files are on the target; portfake ships its own."""
MAKE_CONF = "/etc/make.conf"
_LIMITS = replace(DEFAULT, steps=1_000_000, seconds=60)
"""A command of evaluation has little to do; recipes may do more."""


class TargetOutside:
    """One target's answers while one port is evaluated."""

    def __init__(
        self,
        standing: Standing,
        *,
        make_conf: str | None,
        make_command: Callable[[Mapping[str, str]], Command],
        curdir: str,
    ) -> None:
        self._standing = standing
        self._make_conf = make_conf
        self._make_command = make_command
        self._curdir = curdir
        self._below = f"{curdir}/"
        self._names: AbstractSet[str] | None = None

    def text(self, path: str) -> str | None:
        """Return a makefile's text, None where the target has no such file."""
        if path == MAKE_CONF:
            return self._make_conf
        if path.startswith(f"{SHARE_MK}/"):
            return _share_mk_text(path[len(SHARE_MK) + 1 :])
        return self._standing.text(path)

    def exists(self, path: str) -> bool:
        """Whether the target has something at this path."""
        if path == MAKE_CONF:
            return self._make_conf is not None
        if path.startswith(f"{SHARE_MK}/"):
            return path[len(SHARE_MK) + 1 :] in _share_mk_names()
        if path.startswith(self._below) and self._lacks(path[len(self._below) :]):
            return False
        return self._standing.exists(path)

    def _lacks(self, path: str) -> bool:
        """Whether the port's folder, looked at once for an evaluation, has no such name.

        An ordinary port asks for a dozen files that only few ports have.
        """
        if self._names is None:
            self._names = self._standing.names(self._curdir)
        first = path.partition("/")[0]
        return bool(self._names) and first not in self._names and first not in {"", ".", ".."}

    def realpath(self, path: str) -> str | None:
        """Return where links lead to on the target, None for what is not there."""
        known = self._standing.profile.realpath(path)
        if known is not None:
            return known
        try:
            return self._standing.view.realpath(path)
        except OSError:
            return None

    def output(self, command: str, environ: Mapping[str, str]) -> str | None:
        """Return what a command prints: from the profile, else interpreted over the tree.

        None where a word of it is neither in a table nor a program that only computes.
        """
        answer = self._standing.answer(command)
        return self._interpreted(command, environ) if answer is None else answer

    def _interpreted(self, command: str, environ: Mapping[str, str]) -> str | None:
        from portfake.shell.commands import base_commands  # noqa: PLC0415  # few ports need it
        from portfake.shell.interpreter import Interpreter  # noqa: PLC0415  # as above

        interpreter = Interpreter(
            self._standing.view,
            {**base_commands(), "make": self._make_command(environ)},
            cwd=self._curdir,
            environment=environ,
            limits=_LIMITS,
        )
        try:
            result = interpreter.run(command, errexit=False)
        except LimitExceeded:
            raise
        except PortfakeError:
            return None
        output = result.output.decode("utf-8", "surrogateescape")
        return FailedOutput(output) if result.status else output


_OWN_SHARE_MK = Path(__file__).parent / "share" / "mk"


@cache
def _share_mk_names() -> frozenset[str]:
    return frozenset(file.name for file in _OWN_SHARE_MK.iterdir())


@cache
def _share_mk_text(name: str) -> str | None:
    return (_OWN_SHARE_MK / name).read_text("utf-8") if name in _share_mk_names() else None


def share_mk() -> dict[str, str]:
    """Return name -> text of portfake's own share/mk, for a make that runs elsewhere."""
    return {name: _share_mk_text(name) or "" for name in _share_mk_names()}
