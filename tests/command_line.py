"""Calls of portfake as a user makes them, and what they leave of a root."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import sqlite3
import stat
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from portfake.cli.main import main
from portfake.model.abi import Abi
from portfake.model.entry import Entry, EntryType
from portfake.model.manifest import Dependency, Manifest, PackagedFile, Phase
from portfake.packages.archive_writer import Format, file_name, write_package
from portfake.packages.sums import file_sum
from tests.sample_ports import ABI, DISTFILES, TREE

__all__ = [
    "DATABASE",
    "Answer",
    "Scene",
    "call",
    "files_of",
    "records",
    "rows",
    "snapshot",
    "write_small_package",
]

DATABASE = "var/db/pkg/local.sqlite"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call came to."""

    status: int
    out: str
    err: str

    @property
    def documents(self) -> list[dict[str, Any]]:
        """The JSON documents on stdout."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def errors(self) -> list[dict[str, Any]]:
        """The errors on stderr, of a call with --json."""
        return [json.loads(line) for line in self.err.splitlines() if line.startswith("{")]


def call(*words: str | Path) -> Answer:
    """Run one command line in this process."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            status = main([str(word) for word in words])
        except SystemExit as leave:
            status = leave.code if isinstance(leave.code, int) else 0
    return Answer(status, out.getvalue(), err.getvalue())


def snapshot(folder: Path) -> dict[str, tuple[object, ...]]:
    """Everything below a folder: type, mode, owners, times, names, content."""
    found: dict[str, tuple[object, ...]] = {}
    for path in [folder, *sorted(folder.rglob("*"))]:
        state = path.lstat()
        content = ""
        if stat.S_ISREG(state.st_mode):
            content = hashlib.sha256(path.read_bytes()).hexdigest()
        elif stat.S_ISLNK(state.st_mode):
            content = str(path.readlink())
        ids = (state.st_ino, state.st_nlink, state.st_uid, state.st_gid)
        found[str(path.relative_to(folder))] = (state.st_mode, *ids, state.st_mtime_ns, content)
    return found


def rows(root: Path, query: str) -> list[tuple[Any, ...]]:
    """What a root's database answers."""
    uri = f"file:{root / DATABASE}?mode=ro"
    with contextlib.closing(sqlite3.connect(uri, uri=True)) as database:
        return database.execute(query).fetchall()


def records(root: Path) -> list[str]:
    """The database as SQL; times are SOURCE_DATE_EPOCH's."""
    with contextlib.closing(sqlite3.connect(root / DATABASE)) as database:
        return list(database.iterdump())


def files_of(root: Path) -> list[str]:
    """The files and links below a root, but for the database and the ledger."""
    found = (path for path in root.rglob("*") if path.is_symlink() or not path.is_dir())
    names = (f"/{path.relative_to(root)}" for path in found if "local.sqlite" not in path.name)
    return sorted(name for name in names if not name.startswith("/var/db/portfake/"))


@dataclass(slots=True)
class Scene:
    """A root, ports of one's own before those of the sample tree, and distfiles."""

    folder: Path
    tree: Path = TREE
    distfiles: Path = DISTFILES
    abi: str = ABI
    ports: list[str] = field(default_factory=list)

    @property
    def root(self) -> Path:
        """The root."""
        return self.folder / "root"

    @property
    def overlay(self) -> Path:
        """The ports of one's own."""
        return self.folder / "overlay"

    def __post_init__(self) -> None:
        self.root.mkdir(exist_ok=True)
        self.overlay.mkdir()

    def port(
        self,
        recipe: str = "@${PRINTF} '#!/bin/sh\\n' > ${STAGEDIR}${PREFIX}/bin/demo",
        *,
        lines: str = "DISTFILES=\nPLIST_FILES=\tbin/demo",
        files: dict[str, str | bytes] | None = None,
        origin: str = "misc/demo",
    ) -> str:
        """Write a port that stages with this recipe; return its origin."""
        folder = self.overlay / origin
        folder.mkdir(parents=True)
        rules = "".join(f"\t{line}\n" for line in recipe.splitlines())
        (folder / "Makefile").write_text(
            f"PORTNAME=\t{folder.name}\nPORTVERSION=\t1.0\nCATEGORIES=\t{folder.parent.name}\n"
            "MAINTAINER=\tdemo@example.org\nCOMMENT=\tOne of the tests\n"
            f"WWW=\thttps://example.org/\nNO_ARCH=\tyes\nNO_BUILD=\tyes\n{lines}\n"
            f"do-install:\n{rules}.include <bsd.port.mk>\n"
        )
        for name, content in {"pkg-descr": "A port of the tests\n", **(files or {})}.items():
            path = folder / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return origin

    @property
    def target(self) -> list[str | Path]:
        """The options that say what is evaluated."""
        return [
            *("--ports", self.tree, "--overlay", self.overlay),
            *("--distdir", self.distfiles, "--abi", self.abi),
        ]

    def install(self, *words: str | Path, root: Path | None = None) -> Answer:
        """Call `portfake install`, without dependencies unless told otherwise."""
        return call("install", "--root", root or self.root, *self.target, *words)

    def refused(self, *words: str | Path, status: int) -> dict[str, Any]:
        """Install what cannot be, and return the first error; the root has to stay as it is."""
        before = snapshot(self.root)
        answer = self.install("--json", "--no-deps", *words)
        assert answer.status == status, answer.err
        assert answer.out == ""
        assert snapshot(self.root) == before
        assert answer.errors, answer.err
        return answer.errors[0]


def write_small_package(
    folder: Path,
    name: str,
    version: str = "1.0",
    *,
    abi: str = ABI,
    origin: str | None = None,
    files: dict[str, bytes] | None = None,
    deps: tuple[Dependency, ...] = (),
    scripts: dict[Phase, str] | None = None,
    **more: tuple[str, ...],
) -> Path:
    """Write a .pkg into the folder; return its path. `more` are lists of its manifest."""
    content = {f"/usr/local/bin/{name}": b"#!/bin/sh\n"} if files is None else files
    manifest = Manifest(
        name=name,
        version=version,
        origin=origin or f"misc/{name}",
        comment=f"The package {name}",
        desc="Made by a test",
        maintainer="demo@example.org",
        www="https://example.org/",
        prefix="/usr/local",
        abi=abi,
        arch=Abi.parse(abi).legacy,
        flatsize=sum(map(len, content.values())),
        categories=("misc",),
        deps=deps,
        files=tuple(
            PackagedFile(path=path, sum=file_sum(io.BytesIO(text)), mode=0o755, mtime=1_700_000_000)
            for path, text in content.items()
        ),
        scripts=scripts or {},
    )
    manifest = replace(manifest, **more)  # type: ignore[arg-type] # each a tuple of words
    entries = [
        (
            Entry(path=path, type=EntryType.FILE, mode=0o755, size=len(text), mtime=1_700_000_000),
            io.BytesIO(text),
        )
        for path, text in content.items()
    ]
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / file_name(manifest)
    with path.open("wb") as stream:
        write_package(manifest, entries, stream, format=Format.GZIP)
    return path
