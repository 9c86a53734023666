"""The shell's own commands: those that change the shell itself."""

from __future__ import annotations

import re
from collections.abc import Callable

from portfake.errors import Place
from portfake.shell.command import Command, CommandFailure, Invocation, Options
from portfake.shell.commands.whereabouts import base_path
from portfake.shell.control import Break, Continue, Exit, Return
from portfake.shell.reading import read_line
from portfake.shell.state import OPTION_LETTERS
from portfake.shell.view import text_of

__all__ = ["BUILTINS", "SPECIAL"]

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


def _status(run: Invocation) -> int:
    if not run.arguments:
        return run.shell.state.status
    if not run.arguments[0].isdigit():
        raise CommandFailure(f"Illegal number: {run.arguments[0]}", 2)
    return int(run.arguments[0])


def _levels(run: Invocation) -> int:
    number = run.arguments[0] if run.arguments else "1"
    if not number.isdigit() or int(number) < 1:
        raise CommandFailure(f"Illegal number: {number}", 2)
    return int(number)


def _colon(run: Invocation) -> int:
    return 0


def _break(run: Invocation) -> int:
    raise Break(_levels(run))


def _continue(run: Invocation) -> int:
    raise Continue(_levels(run))


def _exit(run: Invocation) -> int:
    raise Exit(_status(run))


def _return(run: Invocation) -> int:
    raise Return(_status(run))


def _eval(run: Invocation) -> int:
    text = " ".join(run.arguments)
    return run.shell.evaluate(text, run.place) if text.strip() else 0


def _source(run: Invocation) -> int:
    if not run.arguments:
        raise CommandFailure("a file name is needed", 2)
    name = run.arguments[0]
    try:
        content = run.view.read(name)
    except OSError as error:
        run.complain(error)
        raise Exit(2) from None
    state = run.shell.state
    positional = state.positional
    if len(run.arguments) > 1:
        state.positional = list(run.arguments[1:])
    try:
        return run.shell.evaluate(text_of(content), Place(name, 1))
    except Return as leave:
        return leave.status
    finally:
        state.positional = positional


def _export(run: Invocation) -> int:
    if "p" in run.given or not run.operands:
        for name in sorted(run.shell.state.exported):
            value = run.shell.state.variables.get(name)
            run.print(f"export {name}" if value is None else f"export {name}={_quote(value)}")
        return 0
    return _declare(run, run.shell.state.exported.add)


def _readonly(run: Invocation) -> int:
    return _declare(run, run.shell.state.readonly.add)


def _local(run: Invocation) -> int:
    if not run.shell.state.scopes:
        raise CommandFailure("Not in a function", 2)
    return _declare(run, lambda name: None, first=run.shell.state.hide)


def _declare(
    run: Invocation, mark: Callable[[str], None], *, first: Callable[[str], None] | None = None
) -> int:
    for operand in run.operands:
        name, equals, value = operand.partition("=")
        if name == "-" and not equals:
            continue
        if not _NAME.match(name):
            raise CommandFailure(f"{name}: bad variable name", 2)
        if first is not None:
            first(name)
        if equals:
            run.shell.assign(name, value)
        mark(name)
    return 0


def _quote(text: str) -> str:
    if re.fullmatch(r"[\w@%+=:,./-]+", text, re.ASCII):
        return text
    return "'" + text.replace("'", "'\\''") + "'"


def _set(run: Invocation) -> int:
    state, arguments = run.shell.state, list(run.arguments)
    if not arguments:
        for name, value in sorted(state.variables.items()):
            run.print(f"{name}={_quote(value)}")
        return 0
    while arguments:
        argument = arguments[0]
        if argument in {"--", "-"}:
            state.positional = arguments[1:]
            return 0
        if len(argument) < 2 or argument[0] not in "-+":
            state.positional = arguments
            return 0
        change = state.flags.add if argument[0] == "-" else state.flags.discard
        arguments.pop(0)
        for letter in argument[1:]:
            if letter == "o":
                if not arguments:
                    raise CommandFailure("-o needs a name", 2)
                change(_option_name(run, arguments.pop(0)))
            elif letter in OPTION_LETTERS:
                change(OPTION_LETTERS[letter])
            else:
                raise run.refuse(f"option {argument} is not known")
    return 0


def _option_name(run: Invocation, name: str) -> str:
    if name not in {*OPTION_LETTERS.values(), "pipefail", "verify", "nolog", "vi", "emacs"}:
        raise run.refuse(f"option -o {name} is not known")
    return name


def _shift(run: Invocation) -> int:
    number = run.arguments[0] if run.arguments else "1"
    positional = run.shell.state.positional
    if not number.isdigit() or int(number) > len(positional):
        run.complain("can't shift that many")
        raise Exit(2)
    run.shell.state.positional = positional[int(number) :]
    return 0


def _unset(run: Invocation) -> int:
    for name in run.operands:
        if "f" in run.given:
            run.shell.state.functions.pop(name, None)
        elif name in run.shell.state.readonly:
            raise CommandFailure(f"{name}: is read only", 2)
        else:
            run.shell.state.unset(name)
    return 0


def _trap(run: Invocation) -> int:
    arguments = [argument for argument in run.arguments if argument != "--"]
    if len(arguments) < 2:
        if arguments in (["EXIT"], ["0"]):
            run.shell.state.exit_trap = None
        return 0
    action, *signals = arguments
    for signal in signals:
        if signal in {"EXIT", "0"}:
            run.shell.state.exit_trap = None if action == "-" else action
    return 0


def _cd(run: Invocation) -> int:
    state = run.shell.state
    target = run.operands[0] if run.operands else state.variables.get("HOME", "")
    if target == "-":
        target = state.variables.get("OLDPWD", "")
        run.print(target)
    if not target:
        raise CommandFailure("HOME not set", 2)
    path = run.view.realpath(target) if "P" in run.given else _logical(run, target)
    if not run.view.is_folder(path):
        there = run.view.stat(path) is not None
        raise CommandFailure(
            f"{target}: {'Not a directory' if there else 'No such file or directory'}", 2
        )
    state.set("OLDPWD", state.cwd)
    state.set("PWD", path)
    state.cwd = path
    return 0


def _logical(run: Invocation, target: str) -> str:
    """Take ``..`` away as `cd -L` does: by name, as long as what is left is a folder."""
    parts: list[str] = []
    for part in run.view.path(target).split("/"):
        if part == "..":
            if not run.view.is_folder("/" + "/".join(parts)):
                raise CommandFailure(f"{target}: No such file or directory", 2)
            parts = parts[:-1]
        elif part not in {"", "."}:
            parts.append(part)
    return "/" + "/".join(parts)


def _pwd(run: Invocation) -> int:
    cwd = run.shell.state.cwd
    run.print(run.view.realpath(cwd) if "P" in run.given else cwd)
    return 0


def _umask(run: Invocation) -> int:
    state = run.shell.state
    if not run.operands:
        run.print(f"{state.umask:04o}")
        return 0
    if not re.fullmatch("[0-7]{1,4}", run.operands[0]):
        raise run.refuse(f"umask {run.operands[0]} is not an octal number")
    state.umask = int(run.operands[0], 8)
    return 0


def _command(run: Invocation) -> int:
    if "v" in run.given or "V" in run.given:
        return _which(run)
    if not run.operands:
        return 0
    return run.shell.dispatch_plainly(run.operands[0], run.operands[1:], tested=run.shell.tested)


def _which(run: Invocation) -> int:
    status = 0
    for name in run.operands:
        state = run.shell.state
        if name in state.functions or name in SPECIAL or name in BUILTINS:
            run.print(name)
        elif run.shell.find(name) is not None:
            run.print(base_path(name) or name)
        elif "/" in name and run.view.stat(name) is not None:
            run.print(name)
        else:
            status = 127
    return status


def _getopts(run: Invocation) -> int:
    """POSIX's: OPTIND counts arguments; within one, the letter is kept as a fraction of it."""
    spec, name, *arguments = run.operands
    state = run.shell.state
    arguments = arguments or state.positional
    quiet = spec.startswith(":")
    index = int(state.variables.get("OPTIND", "1") or "1")
    letter_at = int(state.variables.get("_OPTLETTER", "1") or "1")
    argument = arguments[index - 1] if index <= len(arguments) else ""
    if len(argument) < 2 or argument[0] != "-" or argument == "--":
        state.set("OPTIND", str(index + (argument == "--")))
        state.set(name, "?")
        state.unset("_OPTLETTER")
        return 1
    letter = argument[letter_at]
    rest = argument[letter_at + 1 :]
    place = spec.find(letter)
    state.unset("OPTARG")
    if place == -1 or letter == ":":
        if quiet:
            state.set("OPTARG", letter)
        else:
            run.complain(f"Illegal option -{letter}")
        letter = "?"
    elif spec[place + 1 : place + 2] == ":":
        if not rest:
            index += 1
            rest = arguments[index - 1] if index <= len(arguments) else "\0"
        if rest == "\0":
            if quiet:
                state.set("OPTARG", letter)
            else:
                run.complain(f"No arg for -{letter} option")
            letter = ":" if quiet else "?"
        else:
            state.set("OPTARG", rest)
        rest = ""
    state.set(name, letter)
    state.set("OPTIND", str(index if rest else index + 1))
    state.set("_OPTLETTER", str(letter_at + 1 if rest else 1))
    return 0


def _setvar(run: Invocation) -> int:
    if len(run.arguments) == 2:
        run.shell.assign(run.arguments[0], run.arguments[1])
    elif len(run.arguments) == 1:
        run.shell.state.unset(run.arguments[0])
    else:
        raise CommandFailure("usage: setvar variable [value]", 2)
    return 0


def _exec(run: Invocation) -> int:
    raise Exit(run.shell.external(run.arguments[0], run.arguments[1:]) if run.arguments else 0)


def _table(*commands: Command) -> dict[str, Command]:
    return {command.name: command for command in commands}


SPECIAL: dict[str, Command] = _table(
    Command(":", _colon, None),
    Command(".", _source, None),
    Command("break", _break, None),
    Command("continue", _continue, None),
    Command("eval", _eval, None),
    Command("exec", _exec, None),
    Command("exit", _exit, None),
    Command("export", _export, Options("p")),
    Command("readonly", _readonly, Options("p")),
    Command("return", _return, None),
    Command("set", _set, None),
    Command("shift", _shift, None),
    Command("trap", _trap, None),
    Command("unset", _unset, Options("fv")),
)
"""Special builtins: a function cannot hide them, assignments before them stay."""

BUILTINS: dict[str, Command] = _table(
    Command("cd", _cd, Options("LP")),
    Command("chdir", _cd, Options("LP")),
    Command("command", _command, Options("pvV")),
    Command("getopts", _getopts, None),
    Command("hash", _colon, None),
    Command("local", _local, None),
    Command("pwd", _pwd, Options("LP")),
    Command("read", read_line, Options("r", "p")),
    Command("setvar", _setvar, None),
    Command("source", _source, None),
    Command("type", _which, None),
    Command("ulimit", _colon, None),
    Command("umask", _umask, Options("S")),
)
"""Regular builtins; test, echo, printf and the like are commands of the table."""
