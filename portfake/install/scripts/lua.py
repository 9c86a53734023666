"""Lua scripts of packages, known by the digest of their text; nothing is interpreted.

pkg-create(8) writes a keyword's Lua into the manifest with the argument filled in, and in front
of it, where the keyword asks for arguments, a line ``-- args: ...``. The digest is that of the
text without this line, with ``%@`` in the argument's place again and without indentation.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from portfake.model.entry import EntryType
from portfake.shell.overlay import Overlay

__all__ = ["KNOWN", "Known", "LuaCall", "LuaFailure", "plain_commands", "recognised", "text_digest"]

_ARGUMENTS = re.compile(r"\A-- args: ([^\n]*)\n")
_LITERAL = re.compile(r"(?:prefixed_path|gmatch)\(\s*\"([^\"\\\n]*)\"")
_STRING = r"(?:\"[^\"\\\n]*(?:\\.[^\"\\\n]*)*\"|'[^'\\\n]*(?:\\.[^'\\\n]*)*')"
_STATEMENT = re.compile(
    rf"\s*(?:--(?!\[)[^\n]*|(?:pkg\.print_msg|print)\(\s*{_STRING}\s*\)"
    rf"|pkg\.exec\(\s*\{{(?P<words>\s*{_STRING}(?:\s*,\s*{_STRING})*)\s*\}}\s*\))[ \t;]*(?:\n|\Z)"
)
_WORD = re.compile(_STRING)
_TEXT = 1 << 20


class LuaFailure(Exception):
    """The script ends with an error, as it would in Lua."""


@dataclass(frozen=True, slots=True)
class LuaCall:
    """One run of a known script."""

    files: Overlay
    prefix: str
    argument: str
    """The text behind the keyword."""
    upgrade: bool
    leave: Callable[[str, str], None]
    """Takes a command line for the running system, and what it is for."""

    @property
    def words(self) -> Sequence[str]:
        """The argument's words."""
        return self.argument.split()

    def path(self, name: str) -> str:
        """pkg.prefixed_path()."""
        return name if name.startswith("/") else f"{self.prefix}/{name}"


def text_digest(text: str) -> tuple[str, str]:
    """Return the digest of a script's text in 32 hex digits, and its argument."""
    found = _ARGUMENTS.match(text[:_TEXT])
    body = text[found.end() :] if found else text
    literal = _LITERAL.search(body)
    argument = found[1].strip() if found else literal[1] if literal else ""
    if argument and not set(argument) & set('"\\'):
        body = body.replace(f'"{argument}"', '"%@"')
    lines = (line.strip() for line in body.splitlines())
    plain = "\n".join(filter(None, lines))
    return hashlib.sha256(plain.encode("utf-8", "surrogateescape")).hexdigest()[:32], argument


def recognised(text: str) -> tuple[Known, str] | None:
    """Return what a script is and its argument; None for an unknown one."""
    digest, argument = text_digest(text)
    known = KNOWN.get(digest)
    return None if known is None else (known, argument)


def plain_commands(text: str) -> list[list[str]] | None:
    """Return the command lines of a script that prints and runs literal ones, and does no more."""
    commands, position = [], 0
    text = text.strip()
    while position < len(text):
        found = _STATEMENT.match(text, position)
        if found is None or "\\" in (found["words"] or ""):
            return None
        if found["words"] is not None:
            commands.append([word[1:-1] for word in _WORD.findall(found["words"])])
        position = found.end()
    return commands


# what they do


def _sample_names(call: LuaCall) -> tuple[str, str]:
    words = call.words
    if not words:
        raise LuaFailure("@sample without an argument")
    sample = call.path(words[0])
    return sample, call.path(words[1]) if len(words) > 1 else sample.removesuffix(".sample")


def _copy_sample(call: LuaCall) -> None:
    """pkg.copy() keeps mode, owner and times (libpkg/lua.c)."""
    sample, target = _sample_names(call)
    files = call.files
    if files.stat(target, follow=False) is not None:
        return
    entry = files.stat(sample)
    parent = files.stat(target.rpartition("/")[0] or "/")
    if entry is None or entry.type is not EntryType.FILE or parent is None:
        return
    files.write(target, [files.read(sample)], mode=entry.mode or 0o644)
    files.chown(target, entry.owner, entry.group)
    if entry.mtime is not None:
        files.utime(target, entry.mtime)


def _remove_sample(call: LuaCall) -> None:
    sample, target = _sample_names(call)
    files = call.files
    first, second = files.stat(sample), files.stat(target)
    if first is None or second is None or first.type is not EntryType.FILE:
        return
    if second.type is EntryType.FILE and files.read(sample) == files.read(target):
        files.unlink(target)


_SHELLS = "/etc/shells"


def _shells(call: LuaCall) -> list[str]:
    try:
        text = call.files.read(_SHELLS).decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        raise LuaFailure(f"{_SHELLS}: No such file or directory") from None
    return text.splitlines(keepends=True)


def _add_shell(call: LuaCall) -> None:
    path = call.path(call.argument)
    lines = _shells(call)
    if any(line.rstrip("\n") == path for line in lines):
        return
    call.files.write(_SHELLS, [f"{path}\n".encode("utf-8", "surrogateescape")], append=True)


def _remove_shell(call: LuaCall) -> None:
    path = call.path(call.argument)
    lines = [line.rstrip("\n") for line in _shells(call)]
    if path in lines:
        left = "".join(f"{line}\n" for line in lines if line != path)
        call.files.write(_SHELLS, [left.encode("utf-8", "surrogateescape")])


def _touch(call: LuaCall) -> None:
    for word in call.words:
        path = call.path(word)
        try:
            call.files.write(path, [], append=True)
        except OSError as error:
            raise LuaFailure(f"{path}: {error.strerror}") from None


def _remove_empty(call: LuaCall) -> None:
    path = call.path(call.argument)
    entry = call.files.stat(path, follow=False)
    if entry is not None and entry.type is EntryType.FILE and not entry.size:
        call.files.unlink(path)


def _index_fonts(call: LuaCall) -> None:
    folder = call.path(call.argument)
    for command in ("mkfontscale", "mkfontdir"):
        call.leave(f"{command} {folder}", "font indexes")


def _unindex_fonts(call: LuaCall) -> None:
    """With no font left the indexes are `0`, a line alone, and go."""
    files, folder = call.files, call.path(call.argument)
    entry = files.stat(folder)
    if entry is None or entry.type is not EntryType.DIRECTORY:
        return
    indexes = ("fonts.scale", "fonts.dir")
    if set(files.listdir(folder)) - set(indexes):
        _index_fonts(call)
        return
    for name in indexes:
        there = files.stat(f"{folder}/{name}", follow=False)
        if there is not None and there.type is EntryType.FILE:
            files.unlink(f"{folder}/{name}")


@dataclass(frozen=True, slots=True)
class Known:
    """A script that is known."""

    name: str
    act: Callable[[LuaCall], None]


_SAMPLE_REMOVED = Known("@sample", _remove_sample)
_SHELL_ADDED, _SHELL_REMOVED = Known("@shell", _add_shell), Known("@shell", _remove_shell)

# Keywords/*.ucl of the ports trees of 2020 to 2023.
KNOWN: Mapping[str, Known] = {
    "17bdc202705cf533d50d84d8106ac7e1": Known("@fontsdir", _unindex_fonts),
    "7b2d81811a3592a00ff89660a0e2d49e": _SAMPLE_REMOVED,
    "9ea10c9ba342b6995648a8758f0b0c51": _SAMPLE_REMOVED,
    "b0cc1ad7fc06c68337fcbb0bee41248b": _SHELL_REMOVED,
    "bb25828ab9db80258fe9c2acf507cba5": _SHELL_ADDED,
    "bc7643d53eb0916495f3320755b6112b": _SHELL_ADDED,
    "c02887bac9002e2b05ca9fd402857f8d": _SHELL_REMOVED,
    "c09ac1947fc39be686123dc5979678ba": Known("@touch", _touch),
    "d5c721d8f1e8e9536268da0654f18029": Known("@sample", _copy_sample),
    "e4a7507691a604b7a49e57f26f4a7df8": Known("@fontsdir", _index_fonts),
    "f0a3afdff67d8ec277cf866ddd8c45af": Known("@rmempty", _remove_empty),
    # portfake's own sample tree
    "825ab302ee39b5d9f4d913fe4191c1aa": _SAMPLE_REMOVED,
    "f23d04dd709aaa9339db6fef63c58543": Known("@sample", _copy_sample),
}
"""Digest -> script."""
