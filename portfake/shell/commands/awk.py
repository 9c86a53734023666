"""awk: the language of portfake.shell.awk over the files that recipes see."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from portfake.errors import Place
from portfake.limits import LimitExceeded
from portfake.shell.awk import AwkError, AwkFailure, Machine, Program, parse
from portfake.shell.awk.lexer import unescaped
from portfake.shell.command import Command, Invocation, Options, UnknownCommand, UnknownOption
from portfake.shell.commands.cargo_sources import gitlab_hosts, source_lines
from portfake.shell.view import text_of

__all__ = ["COMMANDS"]

_OPTIONS = Options(valued="Ffv")
_BLOCK = 1 << 16
"""Bytes that wait to be appended to a file."""
_STEP = 32
"""Characters that are made for the price of a step."""
_TO_OUTPUT = {"/dev/stdout", "-"}


def _awk(run: Invocation) -> int:
    scripts = [name for _, name in run.given.all("f")]
    known = _SCRIPTS.get(scripts[-1].rpartition("/")[2]) if scripts else None
    values = dict(_assignments(run))
    if known is not None:
        return known(run, values, scripts)
    operands = list(run.operands)
    if scripts:
        text = "\n".join(text_of(run.read(name)) for name in scripts)
    else:
        text = operands.pop(0) if operands else ""
    files = _Files(run)
    machine = Machine(
        _parsed(text, run.place),
        files,
        arguments=operands,
        values=values,
        environment=run.environment,
    )
    try:
        return machine.run()
    except AwkFailure as error:
        run.complain(str(error))
        return 2
    finally:
        files.flush()


def _parsed(text: str, place: Place) -> Program:
    try:
        return parse(text)
    except AwkError as error:
        raise UnknownCommand(f"awk: this program is not known: {error}", where=place) from None


def _assignments(run: Invocation) -> list[tuple[str, str]]:
    found = []
    separator = run.given.get("F")
    if separator is not None:
        found.append(("FS", "\t" if separator == "t" else unescaped(separator)))
    for _, word in run.given.all("v"):
        name, _, value = word.partition("=")
        found.append((name, unescaped(value)))
    return found


class _Files:
    """A program's way to the files of a recipe."""

    def __init__(self, run: Invocation) -> None:
        self._run = run
        self._waiting: dict[str, bytearray] = {}

    def print(self, text: str) -> None:
        self._run.print(text, end="")

    def write(self, name: str, text: str, *, fresh: bool) -> None:
        content = text.encode("utf-8", "surrogateescape")
        if name in _TO_OUTPUT:
            self._run.out.write(content)
        elif name == "/dev/stderr":
            self._run.err.write(content)
        elif fresh:
            self.flush()
            self._run.view.write(name, [content])
        else:
            waiting = self._waiting.setdefault(name, bytearray())
            waiting += content
            if len(waiting) > _BLOCK:
                self.flush()

    def flush(self) -> None:
        """Write what waits to be written."""
        for name, content in self._waiting.items():
            self._run.view.append(name, bytes(content))
        self._waiting.clear()

    def read(self, name: str) -> str | None:
        self.flush()
        try:
            return text_of(self._run.read(name))
        except OSError:
            return None

    def spend(self, size: int = 0) -> None:
        longest = self._run.shell.limits.value
        if size > longest:
            raise LimitExceeded(f"awk: a text of more than {longest} bytes")
        self._run.shell.turn(1 + size // _STEP)


def _cargo_sources(run: Invocation, values: Mapping[str, str], scripts: Sequence[str]) -> int:
    common = next(name for name in scripts if name.endswith("/cargo-crates-git-common.awk"))
    hosts = gitlab_hosts(text_of(run.read(common)))
    for line in source_lines(values.get("GIT_SOURCES", ""), hosts, run.complain):
        run.print(line)
    return 0


_Script = Callable[[Invocation, Mapping[str, str], Sequence[str]], int]
_SCRIPTS: Mapping[str, _Script] = {
    # Mk/Uses/cargo.mk: it starts other programs
    "cargo-crates-git-fetch.awk": _cargo_sources,
}


def _check(arguments: Sequence[str | None]) -> str | None:
    words = ["\0" if word is None else word for word in arguments]
    try:
        given = _OPTIONS.parse(words, "awk")
    except UnknownOption as error:
        return error.message
    program = given.operands[0] if given.operands else "\0"
    if given.all("f") or "\0" in program:
        return None
    try:
        parse(program)
    except AwkError as error:
        return f"awk: this program is not known: {error}"
    return None


COMMANDS = (Command("awk", _awk, _OPTIONS, _check),)
