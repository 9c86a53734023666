"""Opens what redirections name, and puts it in place of descriptors."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from portfake.model.entry import EntryType
from portfake.shell.expansion import Expansion
from portfake.shell.state import State
from portfake.shell.streams import Discard, FileOutput, Input, Output
from portfake.shell.syntax import Redirection
from portfake.shell.view import View

__all__ = ["RedirectionError", "redirect"]

_STREAMS = {"/dev/stdin": 0, "/dev/stdout": 1, "/dev/stderr": 2}


class RedirectionError(Exception):
    """A file could not be opened: the command does not run, its status is 2."""


def redirect(
    redirections: Iterable[Redirection], state: State, view: View, expansion: Expansion
) -> None:
    """Change the state's descriptors, in the order written.

    Raises RedirectionError with the text that sh(1) prints.
    """
    for redirection in redirections:
        number, operator = redirection.descriptor, redirection.operator
        if redirection.body is not None:
            body = expansion.text(redirection.body)
            _set_input(state, number, Input(body.encode("utf-8", "surrogateescape")))
            continue
        target = expansion.text(redirection.word)
        if operator in {">&", "<&"}:
            _duplicate(state, number, target)
            continue
        source = _descriptor(target)
        if source is not None:
            _duplicate(state, number, source)
            continue
        try:
            _open(state, view, number, operator, target)
        except OSError as error:
            what = "open" if operator == "<" else "create"
            raise RedirectionError(f"cannot {what} {target}: {error.strerror}") from None


def _open(state: State, view: View, number: int, operator: str, target: str) -> None:
    if operator in {"<", "<>"}:
        if operator == "<>" and view.stat(target) is None:
            view.write(target, ())
        if view.need(target).type is EntryType.DIRECTORY:
            raise RedirectionError(f"cannot open {target}: Is a directory")
        path = view.path(target)
        _set_input(state, number, Input(lambda: view.read(path)))
        return
    if target == "/dev/null":
        _set_output(state, number, Discard())
        return
    path = view.path(target)
    if operator == ">" and "noclobber" in state.flags and view.stat(path) is not None:
        raise RedirectionError(f"cannot create {target}: File exists")
    if operator == ">>":
        view.append(path, b"")
    else:
        view.write(path, ())
    _set_output(state, number, FileOutput(_appender(view, path)))


def _appender(view: View, path: str) -> Callable[[bytes], None]:
    return lambda data: view.append(path, data)


def _descriptor(target: str) -> str | None:
    """The number that /dev/stdout and /dev/fd/1 mean."""
    if target in _STREAMS:
        return str(_STREAMS[target])
    number = target.removeprefix("/dev/fd/")
    return number if number != target and number.isdigit() else None


def _duplicate(state: State, number: int, source: str) -> None:
    if source == "-":
        state.inputs.pop(number, None)
        state.outputs.pop(number, None)
        return
    if not source.isdigit():
        raise RedirectionError(f"{source}: bad file descriptor")
    found_input = state.inputs.get(int(source))
    found_output = state.outputs.get(int(source))
    if found_input is not None:
        _set_input(state, number, found_input)
    elif found_output is not None:
        _set_output(state, number, found_output)
    else:
        raise RedirectionError(f"{source}: bad file descriptor")


def _set_input(state: State, number: int, source: Input) -> None:
    state.outputs.pop(number, None)
    state.inputs[number] = source


def _set_output(state: State, number: int, output: Output) -> None:
    state.inputs.pop(number, None)
    state.outputs[number] = output
