"""Names, dates and facts: basename, dirname, realpath, ls, stat, date, jot, uname and the like."""

from __future__ import annotations

import calendar
import re
import time
from collections.abc import Callable

from portfake.errors import Refused
from portfake.model.entry import Entry, EntryType
from portfake.shell.command import Command, CommandFailure, Invocation, Options
from portfake.shell.commands.attributes import parse_time

__all__ = ["COMMANDS"]


# names ----------------------------------------------------------------------------------------


def _basename(run: Invocation) -> int:
    operands = list(run.operands)
    suffix = run.given.get("s")
    if not ("a" in run.given or suffix is not None):
        if not 0 < len(operands) < 3:
            raise CommandFailure("usage: basename string [suffix]")
        suffix = operands[1] if len(operands) == 2 else None
        operands = operands[:1]
    for name in operands:
        base = (name.rstrip("/").rpartition("/")[2] or "/") if name else ""
        if suffix and base.endswith(suffix) and base != suffix:
            base = base[: -len(suffix)]
        run.print(base)
    return 0


def _dirname(run: Invocation) -> int:
    for name in run.operands:
        stripped = name.rstrip("/")
        folder = stripped.rpartition("/")[0]
        if folder:
            run.print(folder.rstrip("/") or "/")
        else:
            run.print("/" if name.startswith("/") else ".")
    return 0


def _realpath(run: Invocation) -> int:
    status = 0
    for name in run.operands or (".",):
        try:
            run.print(run.view.realpath(name))
        except OSError as error:
            if "q" not in run.given:
                run.complain(error)
            status = 1
    return status


def _readlink(run: Invocation) -> int:
    end = "" if "n" in run.given else "\n"
    status = 0
    for name in run.operands:
        if "f" in run.given:
            run.print(run.view.realpath(name), end=end)
            continue
        entry = run.view.stat(name, follow=False)
        if entry is None or entry.target is None:
            status = 1
        else:
            run.print(entry.target, end=end)
    return status


# ls -------------------------------------------------------------------------------------------


def _ls(run: Invocation) -> int:
    names = list(run.operands) or ["."]
    entries: list[tuple[str, Entry]] = []
    status = 0
    for name in names:
        entry = run.view.stat(name) or run.view.stat(name, follow=False)
        if entry is None:
            status = run.complain(f"{name}: No such file or directory")
        else:
            entries.append((name, entry))
    plain = "d" in run.given
    files = [e for e in entries if plain or e[1].type is not EntryType.DIRECTORY]
    folders = [e for e in entries if not (plain or e[1].type is not EntryType.DIRECTORY)]
    _list(run, files)
    for number, (name, _) in enumerate(folders):
        if len(entries) > 1 or "R" in run.given:
            run.print(f"{'' if number == 0 and not files else chr(10)}{name}:")
        _list_folder(run, name)
    return status


def _list_folder(run: Invocation, name: str) -> None:
    children = run.view.listdir(name)
    if "a" in run.given or "A" in run.given:
        children = ([".", ".."] if "a" in run.given else []) + children
    else:
        children = [child for child in children if not child.startswith(".")]
    found = [(child, run.view.need(f"{name}/{child}", follow=False)) for child in children]
    _list(run, found)
    if "R" in run.given:
        for child, entry in found:
            if entry.type is EntryType.DIRECTORY and child not in {".", ".."}:
                run.print(f"\n{name}/{child}:")
                _list_folder(run, f"{name}/{child}")


def _list(run: Invocation, entries: list[tuple[str, Entry]]) -> None:
    given = run.given
    if "f" not in given:
        entries = sorted(entries, key=lambda item: item[0].encode("utf-8", "surrogateescape"))
    if "t" in given:
        entries.sort(key=lambda item: -(item[1].mtime or 0))
    if "S" in given:
        entries.sort(key=lambda item: -(item[1].size or 0))
    if "r" in given:
        entries.reverse()
    for name, entry in entries:
        mark = ""
        if entry.type is EntryType.DIRECTORY and ("F" in given or "p" in given):
            mark = "/"
        elif "F" in given:
            mark = (
                "@" if entry.type is EntryType.SYMLINK else "*" if (entry.mode or 0) & 0o111 else ""
            )
        run.print(name + mark)


# stat -----------------------------------------------------------------------------------------


def _stat(run: Invocation) -> int:
    form = run.given.get("f")
    if form is None:
        raise run.refuse("only stat -f FORMAT is implemented")

    def show(name: str) -> None:
        entry = run.view.need(name, follow="L" in run.given)
        run.print(_formatted(run, form, name, entry), end="" if "n" in run.given else "\n")

    return run.each_operand(show)


_FIELD = re.compile(r"%(?:([nt%])|([-+ #0]*)(\d*)(S?)([HML]?)([a-zA-Z]))")


def _formatted(run: Invocation, form: str, name: str, entry: Entry) -> str:
    def field(match: re.Match[str]) -> str:
        if match[1]:
            return {"n": "\n", "t": "\t", "%": "%"}[match[1]]
        key = match[4] + match[5] + match[6]
        value = _stat_value(run, key, name, entry)
        return f"{value:>{match[3]}}" if match[3] and not match[2] else value

    return _FIELD.sub(field, form)


def _stat_value(run: Invocation, key: str, name: str, entry: Entry) -> str:
    mode = (entry.mode or 0) | _TYPE_BITS[entry.type]
    values: dict[str, Callable[[], str]] = {
        "N": lambda: name,
        "i": lambda: str(run.view.identity(name)[1]),
        "d": lambda: str(run.view.identity(name)[0]),
        "z": lambda: str(entry.size or 0),
        "l": lambda: str(run.view.link_count(name)),
        "m": lambda: str(entry.mtime or 0),
        "p": lambda: f"{mode:o}",
        "Lp": lambda: f"{mode & 0o777:o}",
        "Mp": lambda: f"{mode >> 9 & 7:o}",
        "OLp": lambda: f"{mode & 0o777:o}",
        "u": lambda: _number(entry.owner),
        "g": lambda: _number(entry.group),
        "Su": lambda: entry.owner or "root",
        "Sg": lambda: entry.group or "wheel",
        "Y": lambda: entry.target or "",
        "SY": lambda: f" -> {entry.target}" if entry.target else "",
        "HT": lambda: _TYPE_WORDS[entry.type],
        "Sm": lambda: time.strftime("%b %e %H:%M:%S %Y", time.gmtime(entry.mtime or 0)),
    }
    if key not in values:
        raise run.refuse(f"the format %{key} is not known")
    return values[key]()


_TYPE_BITS = {
    EntryType.FILE: 0o100000,
    EntryType.DIRECTORY: 0o040000,
    EntryType.SYMLINK: 0o120000,
    EntryType.FIFO: 0o010000,
    EntryType.SOCKET: 0o140000,
    EntryType.CHARACTER_DEVICE: 0o020000,
    EntryType.BLOCK_DEVICE: 0o060000,
}
_TYPE_WORDS = {
    EntryType.FILE: "Regular File",
    EntryType.DIRECTORY: "Directory",
    EntryType.SYMLINK: "Symbolic Link",
    EntryType.FIFO: "Fifo File",
    EntryType.SOCKET: "Socket",
    EntryType.CHARACTER_DEVICE: "Character Device",
    EntryType.BLOCK_DEVICE: "Block Device",
}


def _number(name: str | None) -> str:
    return name if name and name.isdigit() else "0"


# dates ----------------------------------------------------------------------------------------


def _date(run: Invocation) -> int:
    given, operands = run.given, list(run.operands)
    when = run.clock
    reference = given.get("r")
    if reference is not None:
        if reference.lstrip("-").isdigit():
            when = int(reference)
        else:
            when = run.view.need(reference).mtime or 0
    if "v" in given:
        raise run.refuse("-v is not implemented")
    if "f" in given:
        text = operands.pop(0) if operands else ""
        try:
            when = calendar.timegm(time.strptime(text, given.get("f") or ""))
        except ValueError:
            raise CommandFailure(f"Failed conversion of ``{text}''") from None
    form = "+%a %b %e %H:%M:%S UTC %Y"
    if operands and operands[0].startswith("+"):
        form = operands.pop(0)
    elif operands and "j" in given:
        when = parse_time(operands.pop(0), run.clock)
    if operands:
        raise run.refuse("the date is not set here")
    if "R" in given:
        form = "+%a, %d %b %Y %H:%M:%S +0000"
    form = form[1:].replace("%s", str(when)).replace("%Z", "UTC").replace("%z", "+0000")
    run.print(time.strftime(form, time.gmtime(when)))
    return 0


# numbers --------------------------------------------------------------------------------------


def _seq(run: Invocation) -> int:
    numbers = [_decimal(run, operand) for operand in run.operands]
    if not 0 < len(numbers) < 4:
        raise CommandFailure("usage: seq [-w] [-s string] [first [incr]] last")
    first = numbers[0] if len(numbers) > 1 else 1
    last = numbers[-1]
    step = numbers[1] if len(numbers) == 3 else (1 if first <= last else -1)
    if step == 0:
        raise CommandFailure("zero increment")
    values = [str(n) for n in range(first, last + (1 if step > 0 else -1), step)][:1_000_000]
    if "w" in run.given:
        width = max(map(len, values), default=0)
        values = [value.zfill(width) for value in values]
    separator = run.given.get("s")
    if values:
        run.print(("\n" if separator is None else separator).join(values))
    return 0


def _decimal(run: Invocation, text: str) -> int:
    if not re.fullmatch(r"-?\d{1,15}", text):
        raise run.refuse(f"{text}: only whole numbers are implemented")
    return int(text)


def _jot(run: Invocation) -> int:
    """Print a sequence: reps, begin, end, step; what is missing follows from the rest."""
    if any(option in run.given for option in "rc"):
        raise run.refuse("-r and -c are not implemented")
    given = [None if text in {"-", ""} else _decimal(run, text) for text in run.operands]
    reps, begin, end, step = [*given, None, None, None, None][:4]
    begin = 1 if begin is None and (end is None or reps is None) else begin
    step = 1 if step is None and (end is None or reps is None) else step
    if reps is None:
        reps = 100 if end is None else (end - (begin or 0)) // (step or 1) + 1
    if begin is None:
        begin = (end or 0) - (reps - 1) * (step or 1)
    if step is None:
        step = ((end or 0) - begin) // (reps - 1) if reps > 1 else 0
    word = run.given.get("w")
    text = run.given.get("b")
    lines = []
    for number in range(min(reps, 1_000_000)):
        value = str(begin + number * step)
        if text is not None:
            value = text
        elif word is not None:
            value = word % int(value) if "%" in word else word + value
        lines.append(value)
    separator = run.given.get("s")
    run.print(("\n" if separator is None else separator).join(lines))
    return 0


# facts of the target --------------------------------------------------------------------------


def _uname(run: Invocation) -> int:
    """Print what the environment's UNAME_s and so on say (uname(1)): the target's, never ours."""
    letters = "".join(option for option, _ in run.given.options) or "s"
    if "a" in letters:
        letters = "snrvm"
    values = []
    for letter in "snrvmpiKUb":
        if letter not in letters:
            continue
        value = run.environment.get(f"UNAME_{letter}", "FreeBSD" if letter == "s" else None)
        if value is None:
            raise Refused(f"uname -{letter}: the target is not known here", where=run.place)
        values.append(value)
    run.print(" ".join(values))
    return 0


def _id(run: Invocation) -> int:
    names = "n" in run.given
    if "u" in run.given:
        run.print("root" if names else "0")
    elif "g" in run.given or "G" in run.given:
        run.print("wheel" if names else "0")
    else:
        run.print("uid=0(root) gid=0(wheel) groups=0(wheel)")
    return 0


def _says(text: str) -> Callable[[Invocation], int]:
    def say(run: Invocation) -> int:
        run.print(text)
        return 0

    return say


def _nothing(run: Invocation) -> int:
    return 0


def _pwd(run: Invocation) -> int:
    run.print(run.view.realpath("."))
    return 0


def _mktemp(run: Invocation) -> int:
    given = run.given
    template = run.operands[0] if run.operands else None
    folder = run.environment.get("TMPDIR") or "/tmp"  # noqa: S108 - within the view
    prefix = given.get("t")
    if template is None:
        template = f"{folder.rstrip('/')}/{prefix or 'tmp'}.XXXXXXXX"
    stem = template.rstrip("X")
    for number in range(100_000):
        name = f"{stem}{number:0{max(len(template) - len(stem), 1)}d}"
        if run.view.stat(name, follow=False) is not None:
            continue
        if "u" not in given:
            if "d" in given:
                run.view.mkdir(name, 0o700)
            else:
                run.view.write(name, (), mode=0o600)
        run.print(name)
        return 0
    raise CommandFailure(f"mkstemp failed on {template}: File exists")


COMMANDS = (
    Command("basename", _basename, Options(flags="a", valued="s")),
    Command("dirname", _dirname, Options()),
    Command("realpath", _realpath, Options(flags="q")),
    Command("readlink", _readlink, Options(flags="fn")),
    Command("ls", _ls, Options(flags="1AaCdFfpRrSt")),
    Command("stat", _stat, Options(flags="LnqF", valued="ft")),
    Command("date", _date, Options(flags="jnRu", valued="frvI")),
    Command("seq", _seq, Options(flags="w", valued="sf")),
    Command("jot", _jot, Options(flags="cnr", valued="bswp")),
    Command("uname", _uname, Options(flags="abiKmnoprsUv")),
    Command("id", _id, Options(flags="Ggnru")),
    Command("whoami", _says("root"), Options()),
    Command("hostname", _says("localhost"), Options(flags="s")),
    Command("sleep", _nothing, None),
    Command("sync", _nothing, None),
    Command("pwd", _pwd, Options(flags="LP")),
    Command("mktemp", _mktemp, Options(flags="dqu", valued="tp")),
)
