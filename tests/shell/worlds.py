"""A tree in memory or on disk, described alike, with a shell in it."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeAlias

from portfake.errors import Place
from portfake.limits import DEFAULT, Limits
from portfake.model.entry import EntryType
from portfake.shell.command import Command
from portfake.shell.commands import base_commands
from portfake.shell.interpreter import Interpreter
from portfake.shell.memory import MemoryFiles

Tree: TypeAlias = Mapping[str, str | bytes | None]
"""path -> content; None for a folder, ``-> target`` for a symlink, ``= other`` for a hard link;
a path may end in ``#755``, the mode."""


@dataclass(frozen=True)
class Outcome:
    """What a run came to; the tree is a set of lines, and hard links share a number in it."""

    status: int
    output: str
    tree: tuple[str, ...]


class World:
    """A tree in memory with a shell in it."""

    def __init__(self, tree: Tree = {}, *, top: str = "/w", limits: Limits = DEFAULT) -> None:  # noqa: B006 - only read
        self.top = top
        self.files = MemoryFiles(clock=1_700_000_000)
        self.commands: dict[str, Command] = base_commands()
        self.errors = ""
        self.shell = Interpreter(
            self.files,
            self.commands,
            cwd=top,
            environment={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"},
            limits=limits,
            clock=1_700_000_000,
        )
        path = ""
        for part in top.strip("/").split("/"):
            path += f"/{part}"
            self.files.mkdir(path)
        for name, content in tree.items():
            self.put(name, content)

    def put(self, name: str, content: str | bytes | None) -> None:
        name, _, mode = name.partition("#")
        path = f"{self.top}/{name}"
        if content is None:
            self.files.mkdir(path, int(mode or "755", 8))
        elif isinstance(content, str) and content.startswith("-> "):
            self.files.symlink(content[3:], path)
        elif isinstance(content, str) and content.startswith("= "):
            self.files.link(f"{self.top}/{content[2:]}", path)
        else:
            data = content.encode() if isinstance(content, str) else content
            self.files.write(path, [data], mode=int(mode or "644", 8))

    def run(self, script: str, *, errexit: bool = False) -> Outcome:
        result = self.shell.run(script, errexit=errexit, where=Place("test", 1))
        self.errors = result.errors.decode("utf-8", "surrogateescape")
        output = result.output.decode("utf-8", "surrogateescape")
        return Outcome(result.status, output, tuple(self.lines()))

    def lines(self) -> Iterator[str]:
        seen: dict[tuple[int, int], int] = {}
        for path, entry in self.files.tree(self.top).items():
            name = path.removeprefix(self.top + "/")
            if entry.type is EntryType.SYMLINK:
                yield f"{name} -> {entry.target}"
            elif entry.type is EntryType.DIRECTORY:
                yield f"{name}/ {entry.mode:o}"
            else:
                number = seen.setdefault(self.files.identity(path), len(seen))
                yield f"{name} {entry.mode:o} #{number} {self.files.read(path)!r}"


def lay_out(top: Path, tree: Tree) -> None:
    for name, content in tree.items():
        name, _, mode = name.partition("#")
        path = top / name
        if content is None:
            path.mkdir()
            path.chmod(int(mode or "755", 8))
        elif isinstance(content, str) and content.startswith("-> "):
            path.symlink_to(content[3:])
        elif isinstance(content, str) and content.startswith("= "):
            os.link(top / content[2:], path)
        else:
            path.write_bytes(content.encode() if isinstance(content, str) else content)
            path.chmod(int(mode or "644", 8))


def described(top: Path) -> Iterator[str]:
    seen: dict[int, int] = {}

    def walk(folder: Path) -> Iterator[str]:
        for path in sorted(folder.iterdir(), key=os.fsencode):
            name, info = path.relative_to(top), path.lstat()
            if path.is_symlink():
                yield f"{name} -> {path.readlink()}"
            elif path.is_dir():
                yield f"{name}/ {stat.S_IMODE(info.st_mode):o}"
                yield from walk(path)
            else:
                number = seen.setdefault(info.st_ino, len(seen))
                yield f"{name} {stat.S_IMODE(info.st_mode):o} #{number} {path.read_bytes()!r}"

    return walk(top)


def paragraphs(name: str) -> list[str]:
    """The scripts of a file in cases/: what stands between blank lines, but for comments."""
    text = (Path(__file__).parent / "cases" / name).read_text()
    parts = text.rstrip("\n").split("\n\n")
    return [part for part in parts if not part.startswith("# ")]


class Same(Protocol):
    """Runs a script here and by dash, and compares."""

    def __call__(self, script: str, tree: Tree = ..., *, errexit: bool = ...) -> Outcome: ...


MakeWorld: TypeAlias = Callable[..., World]
