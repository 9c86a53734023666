"""mtree(8) as stage-dir calls it: makes the folders of a BSD.*.dist specification."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from portfake.errors import InputError, Place
from portfake.model.entry import EntryType
from portfake.shell.command import Command, CommandFailure, Invocation, Options
from portfake.shell.commands.attributes import group_name, owner_name
from portfake.shell.view import text_of

__all__ = ["COMMANDS"]


@dataclass(frozen=True, slots=True)
class _Spec:
    """One entry of a specification: its path below the top, and its keywords."""

    path: str
    keywords: dict[str, str]


def _specification(text: str, where: str) -> Iterator[_Spec]:
    """Read nested names, ``..`` and ``/set`` lines (mtree(5))."""
    common: dict[str, str] = {}
    folders: list[str] = []
    started = False
    joined = re.sub(r"\\\n[ \t]*", " ", text)
    for number, line in enumerate(joined.split("\n"), 1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        name, *rest = words
        keywords = dict(word.partition("=")[::2] for word in rest)
        if name == "/set":
            common |= keywords
        elif name == "/unset":
            for word in rest:
                common.pop(word, None)
        elif name == "..":
            if not started:
                raise InputError("unexpected ..", where=Place(where, number))
            if folders:
                folders.pop()
        else:
            values = common | keywords
            if name != "." and (".." in name.split("/") or name.startswith("/")):
                raise InputError(f"{name}: leads out", where=Place(where, number))
            path = "/".join([*folders, name]) if name != "." else "."
            yield _Spec(_unescaped(path), values)
            if values.get("type", "dir") == "dir" and name != ".":
                folders.append(name)
            started = True


def _unescaped(name: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8) & 0xFF), name)


def _mtree(run: Invocation) -> int:
    given = run.given
    if not ("U" in given or "u" in given):
        raise run.refuse("only -U and -u, which make what is missing, are implemented")
    top = given.get("p") or "."
    source = given.get("f")
    text = text_of(run.read(source) if source else run.stdin.read())
    if not run.view.is_folder(top):
        raise CommandFailure(f"{top}: No such file or directory")
    status = 0
    for spec in _specification(text, source or "mtree"):
        path = f"{top.rstrip('/')}/{spec.path}" if spec.path != "." else top
        kind = spec.keywords.get("type", "dir")
        if kind != "dir":
            if "d" in given:
                continue
            raise run.refuse(f"entries of type {kind} are not implemented")
        status |= _folder(run, spec, path)
    return status


def _folder(run: Invocation, spec: _Spec, path: str) -> int:
    view = run.view
    entry = view.stat(path, follow="L" in run.given)
    if entry is None:
        view.mkdir(path)
        run.print(f"{spec.path} missing (created)")
    elif entry.type is not EntryType.DIRECTORY:
        return run.complain(f"{path}: not a directory")
    mode = spec.keywords.get("mode")
    if mode is not None:
        if not re.fullmatch("[0-7]{1,4}", mode):
            raise CommandFailure(f"{mode}: bad mode")
        view.chmod(path, int(mode, 8))
    owner, group = spec.keywords.get("uname"), spec.keywords.get("gname")
    if owner or group:
        view.chown(path, owner and owner_name(owner), group and group_name(group))
    return 0


COMMANDS = (Command("mtree", _mtree, Options(flags="cdeiLnPqrUuWx", valued="fkKpsX")),)
