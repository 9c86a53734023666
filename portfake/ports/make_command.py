"""make(1) as a command of the shell's table: its command line as a value."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from portfake.errors import Refused
from portfake.shell.command import Command, Invocation, Options

__all__ = ["MakeCall", "make_command"]

_MODES = "eiknq"
_OPTIONS = Options(flags="eiknqsSB", valued="CDfIjJmV", permute=True)


@dataclass(frozen=True, slots=True)
class MakeCall:
    """What one call of make asks for."""

    directory: str
    """Where it runs, absolute."""
    makefile: str | None = None
    """Absolute; None for the folder's own."""
    expressions: tuple[str, ...] = ()
    """Names or texts to print (-V)."""
    defines: tuple[str, ...] = ()
    variables: dict[str, str] = field(default_factory=dict)
    targets: tuple[str, ...] = ()
    modes: frozenset[str] = frozenset()
    """Letters of the options that change what is made and how: -e -i -k -n -q."""


def make_command(answer: Callable[[MakeCall, Invocation], int]) -> Command:
    """Return the command; `answer` does what a call asks for and returns make's status."""

    def run(invocation: Invocation) -> int:
        return answer(_read(invocation), invocation)

    return Command("make", run, _OPTIONS)


def _read(invocation: Invocation) -> MakeCall:
    given = invocation.given
    view = invocation.view
    directory = posixpath.normpath(view.path(given.get("C") or "."))
    makefile = given.get("f")
    variables: dict[str, str] = {}
    targets = []
    for word in given.operands:
        name, sign, value = word.partition("=")
        if not sign:
            targets.append(word)
        elif name and not name[-1].isalnum() and name[-1] != "_":
            raise Refused(f"make: {word!r} is not understood", where=invocation.place)
        else:
            variables[name] = value
    return MakeCall(
        directory=directory,
        makefile=_absolute(makefile, directory) if makefile else None,
        expressions=_arguments(given.all("V")),
        defines=_arguments(given.all("D")),
        variables=variables,
        targets=tuple(targets),
        modes=frozenset(letter for letter in _MODES if letter in given),
    )


def _absolute(path: str, directory: str) -> str:
    return path if path.startswith("/") else f"{directory}/{path}"


def _arguments(options: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    return tuple(value for _, value in options)
