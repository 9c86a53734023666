"""Commands that run other commands: sh, env, xargs, nice, nohup."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from portfake.errors import Place
from portfake.shell.command import (
    Command,
    CommandFailure,
    Invocation,
    Options,
)
from portfake.shell.parser import parse
from portfake.shell.state import OPTION_LETTERS
from portfake.shell.streams import Input
from portfake.shell.view import text_of

if TYPE_CHECKING:
    from portfake.shell.syntax import Word

__all__ = ["COMMANDS"]

_NAME_VALUE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=", re.ASCII)
_NAME_VALUE_IF_SET = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*:?\+[A-Za-z_][A-Za-z0-9_]*=", re.ASCII)


# sh -------------------------------------------------------------------------------------------


def _sh(run: Invocation) -> int:
    arguments = list(run.arguments)
    flags: set[str] = set()
    text: str | None = None
    wanted = False
    while arguments and len(arguments[0]) > 1 and arguments[0][0] in "-+":
        word = arguments.pop(0)
        if word == "--":
            break
        for letter in word[1:]:
            if letter == "c":
                wanted = True
            elif letter == "o" and arguments:
                flags.add(arguments.pop(0))
            elif letter in OPTION_LETTERS:
                (flags.add if word[0] == "-" else flags.discard)(OPTION_LETTERS[letter])
            elif letter != "s":
                raise run.refuse(f"option {word} is not known")
    if wanted:
        if not arguments:
            raise CommandFailure("-c requires an argument", 2)
        text = arguments.pop(0)
        name = arguments.pop(0) if arguments else "sh"
        return run.shell.spawn(parse(text, run.place), name, arguments, flags)
    if not arguments:
        return run.shell.spawn(parse(text_of(run.stdin.read()), run.place), "sh", [], flags)
    return _script(run, arguments[0], arguments[1:], flags)


def _script(run: Invocation, name: str, arguments: Sequence[str], flags: set[str]) -> int:
    """Run a script file: one of the framework's that the table knows, or its text."""
    known = run.shell.commands.get("/".join(name.rsplit("/", 3)[-3:]))
    if known is not None:
        return run.shell.call(["/".join(name.rsplit("/", 3)[-3:]), *arguments])
    content = run.view.read(name)
    return run.shell.spawn(parse(text_of(content), Place(name, 1)), name, arguments, flags)


def _inner_of_sh(words: Sequence[Word]) -> Iterator[str]:
    """Yield the text of ``sh -c text`` where it is literal."""
    for number, word in enumerate(words[:-1]):
        text = word.literal
        if text is None or not text.startswith("-"):
            return
        if "c" in text:
            script = words[number + 1].literal
            if script is not None:
                yield script
            return


# env ------------------------------------------------------------------------------------------


def _env(run: Invocation) -> int:
    given, operands = run.given, list(run.operands)
    environment = {} if "i" in given else run.environment
    for _, name in given.all("u"):
        environment.pop(name, None)
    for _, text in given.all("S"):
        operands = [*_split_words(text), *operands]
    while operands and "=" in operands[0]:
        name, _, value = operands.pop(0).partition("=")
        environment[name] = value
    if not operands:
        end = "\0" if "0" in given else "\n"
        for name, value in environment.items():
            run.print(f"{name}={value}", end=end)
        return 0
    return run.shell.call(operands, environment=environment)


def _split_words(text: str) -> list[str]:
    """``env -S``: a string split into words, with quotes."""
    words = []
    for match in re.finditer(r"""(?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s'"\\])+""", text):
        piece = re.sub(
            r"""'([^']*)'|"((?:\\.|[^"\\])*)"|\\(.)""",
            lambda m: m[1] or re.sub(r"\\(.)", r"\1", m[2] or "") or m[3] or "",
            match.group(),
        )
        words.append(piece)
    return words


def _inner_of_env(words: Sequence[Word]) -> Iterator[Sequence[Word]]:
    position = 0
    while position < len(words):
        text = words[position].literal
        source = text if text is not None else words[position].source
        if source.startswith("-") and len(source) > 1:
            position += 2 if source in {"-u", "-P"} else 1
        elif _NAME_VALUE.match(source.lstrip("\"'")) or _NAME_VALUE_IF_SET.match(source):
            position += 1
        else:
            yield words[position:]
            return


# xargs ----------------------------------------------------------------------------------------


def _xargs(run: Invocation) -> int:
    given = run.given
    command = list(run.operands) or ["echo"]
    items = _items(run)
    replaced = given.get("I")
    joined = given.get("J")
    if replaced is not None:
        status = 0
        for line in items:
            status |= _called(run, [word.replace(replaced, line) for word in command])
        return status
    size = _count(given.get("n") or given.get("L"), 5000)
    if not items:
        # unlike GNU's, BSD's xargs runs nothing for an empty input
        return 0
    status = 0
    for start in range(0, len(items), size):
        group = items[start : start + size]
        if joined is not None and joined in command:
            place = command.index(joined)
            words = [*command[:place], *group, *command[place + 1 :]]
        else:
            words = [*command, *group]
        status |= _called(run, words)
    return status


def _called(run: Invocation, words: Sequence[str]) -> int:
    run.shell.turn()
    status = run.shell.call(words, stdin=Input())
    if status == 255:
        raise CommandFailure(f"{words[0]}: exited with status 255; aborting")
    # Any failure of a command is 1 here, where GNU's says 123 (xargs(1), EXIT STATUS).
    return 1 if status else 0


def _count(text: str | None, default: int) -> int:
    if text is None:
        return default
    if not text.isdigit() or not int(text):
        raise CommandFailure(f"-n {text}: illegal number")
    return int(text)


_ITEM = re.compile(r"""(?:"[^"\n]*"|'[^'\n]*'|\\.|[^\s"'\\])+""", re.DOTALL)


def _items(run: Invocation) -> list[str]:
    text = text_of(run.stdin.read())
    if "0" in run.given:
        return text.removesuffix("\0").split("\0") if text else []
    if "I" in run.given or "L" in run.given:
        return [line.lstrip(" \t") for line in text.split("\n") if line.strip()]
    end = run.given.get("E")
    items = []
    for match in _ITEM.finditer(text):
        item = re.sub(
            r""""([^"\n]*)"|'([^'\n]*)'|\\(.)""",
            lambda m: next(part for part in m.groups() if part is not None),
            match.group(),
            flags=re.DOTALL,
        )
        if item == end:
            break
        items.append(item)
    return items


_XARGS = Options(flags="0oprtx", valued="EIJLnPRsS")


def _inner_after(options: Options) -> Callable[[Sequence[Word]], Iterator[Sequence[Word]]]:
    def inner(words: Sequence[Word]) -> Iterator[Sequence[Word]]:
        position = 0
        while position < len(words):
            text = words[position].literal
            if text is None or not text.startswith("-") or text == "-":
                yield words[position:]
                return
            position += 2 if text[-1] in options.valued and len(text) == 2 else 1

    return inner


# the rest -------------------------------------------------------------------------------------


def _plainly(run: Invocation) -> int:
    if not run.operands:
        raise CommandFailure(f"usage: {run.command} command [arguments]", 1)
    return run.shell.call(run.operands)


COMMANDS = (
    Command("sh", _sh, None, inner=_inner_of_sh),
    Command("env", _env, Options(flags="0iv", valued="uSPL"), inner=_inner_of_env),
    Command("xargs", _xargs, _XARGS, inner=_inner_after(_XARGS)),
    Command("nice", _plainly, Options(valued="n"), inner=_inner_after(Options(valued="n"))),
    Command("nohup", _plainly, Options(), inner=_inner_after(Options())),
)
