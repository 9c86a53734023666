"""find(1): walks trees and judges what it meets; the expression is read by find_expression."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from portfake.limits import LimitExceeded
from portfake.model.entry import EntryType
from portfake.shell.command import Command, CommandFailure, Invocation, UnknownOption
from portfake.shell.commands.find_expression import inner_commands, parse_expression
from portfake.shell.commands.find_walk import Expression, Found, Quit, Walk

__all__ = ["COMMANDS"]


def _find(run: Invocation) -> int:
    options, paths, words = _split(list(run.arguments), run)
    if not paths:
        raise CommandFailure("usage: find [-H | -L | -P] [-EXdsx] [-f path] path ... [expression]")
    walk = Walk(run, extended="E" in options, depth_first="d" in options)
    expression = parse_expression(words, walk)
    follow = next((letter for letter in reversed(options) if letter in "HLP"), "P")
    try:
        for path in paths:
            _start(walk, expression, path, follow)
    except Quit:
        pass
    walk.finish()
    return walk.status


def _split(arguments: list[str], run: Invocation | None) -> tuple[str, list[str], list[str]]:
    """Take the arguments apart into option letters, paths and the expression's words."""
    letters, paths = "", list[str]()
    while arguments and arguments[0].startswith("-") and len(arguments[0]) > 1:
        argument = arguments[0]
        if argument == "--":
            arguments.pop(0)
            break
        if not set(argument[1:]) <= set("EHLPXdfsx"):
            break
        arguments.pop(0)
        letters += argument[1:]
        if argument.endswith("f") and arguments:
            paths.append(arguments.pop(0))
    while arguments and not _starts_expression(arguments[0]):
        paths.append(arguments.pop(0))
    return letters, paths, arguments


def _starts_expression(word: str) -> bool:
    return word in {"(", "!", ")"} or (word.startswith("-") and len(word) > 1)


def _start(walk: Walk, expression: Expression, path: str, follow: str) -> None:
    view = walk.run.view
    entry = view.stat(path, follow=follow in {"H", "L"}) or view.stat(path, follow=False)
    if entry is None:
        walk.complain(f"{path}: No such file or directory")
        return
    root = Found(path, path.rstrip("/").rpartition("/")[2] or path, entry, 0)
    _visit(walk, expression, root, follow_all=follow == "L")


def _visit(walk: Walk, expression: Expression, found: Found, *, follow_all: bool) -> None:
    walk.run.shell.budget.spend_steps()
    if found.depth > walk.run.shell.limits.depth:
        raise LimitExceeded(f"find: {found.path}: folders nest too deep")
    judged = found.depth >= walk.least and found.depth <= walk.most
    walk.pruned = False
    if judged and not walk.depth_first:
        expression(found)
    enters = found.entry.type is EntryType.DIRECTORY and found.depth < walk.most
    if enters and not (walk.pruned and not walk.depth_first):
        for child in _children(walk, found, follow_all=follow_all):
            _visit(walk, expression, child, follow_all=follow_all)
    if judged and walk.depth_first:
        expression(found)


def _children(walk: Walk, found: Found, *, follow_all: bool) -> Iterator[Found]:
    view = walk.run.view
    try:
        names = view.listdir(found.path)
    except OSError as error:
        walk.complain(f"{found.path}: {error.strerror}")
        return
    base = found.path if found.path.endswith("/") else found.path + "/"
    for name in names:
        path = base + name
        entry = view.stat(path, follow=follow_all) or view.stat(path, follow=False)
        if entry is not None:
            yield Found(path, name, entry, found.depth + 1)


def _check(arguments: Sequence[str | None]) -> str | None:
    """Say which primary is not known; one decided at run time ends the reading."""
    words = ["\0" if argument is None else argument for argument in arguments]
    _, _, expression = _split(words, None)
    try:
        parse_expression(expression, None)
    except UnknownOption as error:
        return error.message
    except CommandFailure as error:
        return None if "\0" in expression else f"find: {error.message}"
    return None


COMMANDS = (Command("find", _find, None, _check, inner_commands),)
