"""Attributes: chmod, chown, chgrp, touch, strip, brandelf, chflags."""

from __future__ import annotations

import calendar
import re
import time
from collections.abc import Callable, Iterator

from portfake.limits import LimitExceeded
from portfake.model.entry import Entry, EntryType
from portfake.shell.command import Command, CommandFailure, Invocation, Options
from portfake.shell.modes import changed_mode

__all__ = ["COMMANDS", "group_name", "owner_name", "parse_time", "stripped"]

_ELF = b"\x7fELF"
_EI_OSABI = 7
_ELF_ABIS = {"SVR4": 0, "Linux": 3, "FreeBSD": 9}


def owner_name(text: str) -> str:
    """A user as recorded: root for 0, other numbers as they are."""
    return "root" if text == "0" else text


def group_name(text: str) -> str:
    """A group as recorded: wheel for 0, other numbers as they are."""
    return "wheel" if text == "0" else text


def _each(
    run: Invocation, names: tuple[str, ...], change: Callable[[str, Entry, bool], None]
) -> int:
    """Do something to each name, and with -R to all below; links are not gone into."""
    status = 0
    follow_all, follow_named = "L" in run.given, "H" in run.given
    deep = "R" in run.given
    for name in names:
        try:
            entry = run.view.need(name, follow=not deep or follow_all or follow_named)
            for path, found in _below(run, name, entry, deep=deep, follow=follow_all):
                change(path, found, deep)
        except OSError as error:
            status = 0 if "f" in run.given else run.complain(error)
    return status


def _below(
    run: Invocation, name: str, entry: Entry, *, deep: bool, follow: bool, depth: int = 0
) -> Iterator[tuple[str, Entry]]:
    yield name, entry
    if not deep or entry.type is not EntryType.DIRECTORY:
        return
    if depth > run.shell.limits.depth:
        raise LimitExceeded(f"{run.command}: {name}: folders nest too deep")
    for child in run.view.listdir(name):
        path = f"{name.rstrip('/')}/{child}"
        found = run.view.stat(path, follow=follow) or run.view.need(path, follow=False)
        yield from _below(run, path, found, deep=True, follow=follow, depth=depth + 1)


_MODE_LETTERS = "goXrstuwx"


def _chmod(run: Invocation) -> int:
    # a mode may begin with a dash: chmod -w file
    letters = [option for option, _ in run.given.options if option in _MODE_LETTERS]
    operands = run.operands
    if letters:
        mode = "-" + "".join(letters)
    elif len(operands) > 1:
        mode, operands = operands[0], operands[1:]
    else:
        raise CommandFailure("usage: chmod [-fhv] [-R [-H | -L | -P]] mode file ...")
    umask = run.view.umask
    changed_mode(mode, 0, umask=umask)

    def change(path: str, entry: Entry, deep: bool) -> None:
        if entry.type is EntryType.SYMLINK and "h" not in run.given:
            return
        folder = entry.type is EntryType.DIRECTORY
        after = changed_mode(mode, entry.mode or 0, umask=umask, is_folder=folder)
        if after != entry.mode:
            run.view.chmod(path, after, follow="h" not in run.given)

    return _each(run, operands, change)


def _chown(run: Invocation) -> int:
    if len(run.operands) < 2:
        raise CommandFailure(f"usage: {run.command} [-fhvx] [-R [-H | -L | -P]] owner file ...")
    who, *names = run.operands
    owner, group = "", who
    if run.command == "chown":
        owner, colon, group = who.partition(":")
        if not colon and "." in owner:
            owner, _, group = owner.partition(".")

    def change(path: str, entry: Entry, deep: bool) -> None:
        run.view.chown(
            path,
            owner_name(owner) if owner else None,
            group_name(group) if group else None,
            follow=not deep and "h" not in run.given,
        )

    return _each(run, tuple(names), change)


def _chflags(run: Invocation) -> int:
    run.note(f"chflags {' '.join(run.arguments)}: file flags are not set")
    return 0


def _touch(run: Invocation) -> int:
    when = float(run.clock)
    reference = run.given.get("r")
    if reference is not None:
        when = float(run.view.need(reference).mtime or 0)
    elif (text := run.given.get("t") or run.given.get("d")) is not None:
        when = float(parse_time(text, run.clock))
    elif "A" in run.given:
        raise run.refuse("-A is not implemented")
    follow = "h" not in run.given

    def touch(name: str) -> None:
        if run.view.stat(name, follow=follow) is None:
            if "c" in run.given or not follow:
                return
            run.view.write(name, ())
        if "a" not in run.given or "m" in run.given:
            run.view.utime(name, when, follow=follow)

    return run.each_operand(touch)


def parse_time(text: str, now: int) -> int:
    """Seconds for ``[[CC]YY]MMDDhhmm[.SS]`` or ``YYYY-MM-DDThh:mm:ss[Z]``, both in UTC."""
    match = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,]\d+)?Z?", text)
    if match is None:
        match = re.fullmatch(r"((?:\d\d)?\d\d)?(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d\d))?", text)
    if match is None:
        raise CommandFailure(f"{text}: out of range or illegal time specification")
    year_text = match[1] or time.strftime("%Y", time.gmtime(now))
    year = int(year_text)
    if len(year_text) == 2:
        year += 1900 if year > 68 else 2000
    fields = [year, *(int(match[number] or 0) for number in range(2, 7))]
    return calendar.timegm((*fields, 0, 0, 0))


def stripped(run: Invocation, name: str) -> None:
    """Note that symbols stay in a file; strip(1) changes ELF files only."""
    with run.view.open(name) as file:
        elf = file.read(4) == _ELF
    run.note(f"{name}: symbols not stripped" if elf else f"{name}: not an ELF file, not stripped")


def _strip(run: Invocation) -> int:
    if "o" in run.given:
        raise run.refuse("-o is not implemented")
    return run.each_operand(lambda name: stripped(run, name))


def _brandelf(run: Invocation) -> int:
    """brandelf(1): the ABI byte of an ELF header, set by name or number."""
    name, number = run.given.get("t"), run.given.get("f")
    abi = _ELF_ABIS.get(name or "FreeBSD") if number is None else int(number)
    if abi is None or not 0 <= abi <= 255 or "l" in run.given:
        raise run.refuse(f"{name or '-l'}: not known")

    def brand(file: str) -> None:
        content = run.view.read(file)
        if not content.startswith(_ELF):
            raise CommandFailure(f"file '{file}' is not ELF format")
        run.view.write(file, (content[:_EI_OSABI], bytes([abi]), content[_EI_OSABI + 1 :]))

    return run.each_operand(brand)


COMMANDS = (
    Command("brandelf", _brandelf, Options(flags="lv", valued="ft")),
    Command("chmod", _chmod, Options(flags="fhvRHLP" + _MODE_LETTERS)),
    Command("chown", _chown, Options(flags="fhvxRHLP")),
    Command("chgrp", _chown, Options(flags="fhvxRHLP")),
    Command("chflags", _chflags, Options(flags="fhvxRHLP")),
    Command("touch", _touch, Options(flags="acfhm", valued="Adrt")),
    Command(
        "strip",
        _strip,
        Options(
            flags="dgpSsuXxw",
            valued="KNRo",
            long={
                name: name
                for name in ("strip-all", "strip-debug", "strip-unneeded", "preserve-dates")
            },
            long_valued={"remove-section": "R", "keep-symbol": "K", "strip-symbol": "N"},
            permute=True,
        ),
    ),
)
